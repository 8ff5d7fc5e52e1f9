"""What those who used an answer said of it: wrong, outdated or incomplete, of words that are still in force.

It is about words, not about a revision: a new text that keeps the words that were meant keeps the signal. What was
declined counts no more; what was mended clears it with the text that mends it, or at once where the text was right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.models import FeedbackRow, Publication, Revision
from kb.upkeep.signals.live_texts import BATCH, MOST_PLACES, live_texts, rows_of
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

_SEVERAL = 2  # people who say that a text is wrong or outdated: more than one may be mistaken less often
_COUNTS = ("open", "accepted")


@dataclass(frozen=True, slots=True)
class _Said:
    verdict: str
    given_by: str
    evidence: Evidence


class VotedDown:
    """Answers from it were said to be wrong, outdated or incomplete."""

    kind = "votes"
    topics = frozenset({Topic.ANSWERS, Topic.ARTICLE})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each article of which something is said that its text in force still holds."""
        for article_id, said in _said(session, looking, articles).items():
            grave = {one.given_by for one in said if one.verdict in ("wrong", "outdated")}
            severity = (Severity.SERIOUS if len(grave) >= _SEVERAL else Severity.WARNING if grave else Severity.INFO)
            times = {verdict: sum(one.verdict == verdict for one in said) for verdict in
                     ("wrong", "outdated", "incomplete")}
            places = tuple(dict.fromkeys(one.evidence for one in said))[:MOST_PLACES]
            yield Finding(self.kind, article_id, severity, evidence=places,
                          facts={**times, "people": len({one.given_by for one in said})})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        return Message("{people} people said of answers from it: {wrong} times wrong, {outdated} times outdated, "
                       "{incomplete} times incomplete", people=facts["people"], wrong=facts["wrong"],
                       outdated=facts["outdated"], incomplete=facts["incomplete"])


def _said(session: Session, looking: Looking, articles: Collection[str] | None) -> dict[str, list[_Said]]:
    """What was said and still concerns the text in force, by article, the latest first."""
    query = (live_texts(looking, FeedbackRow.verdict, FeedbackRow.given_by, FeedbackRow.revision_id,
                        FeedbackRow.start, FeedbackRow.end)
             .join(FeedbackRow, FeedbackRow.article_id == Publication.article_id)
             .where(FeedbackRow.state.in_(_COUNTS), FeedbackRow.verdict != "right",
                    FeedbackRow.revision_id.is_not(None)).order_by(FeedbackRow.given_at.desc(), FeedbackRow.id))
    rows = list(rows_of(session, query, articles))
    texts = _texts(session, sorted({revision_id for row in rows for revision_id in (row[1], row[4])}))
    found: dict[str, list[_Said]] = defaultdict(list)
    for article_id, live_id, verdict, given_by, revision_id, start, end in rows:
        at = _stands(texts.get(revision_id, ""), texts.get(live_id, ""), start, end)
        if at is not None:
            found[article_id].append(_Said(verdict, given_by, Evidence(texts[live_id][at[0]:at[1]], live_id, *at)))
    return dict(found)


def _texts(session: Session, revision_ids: Sequence[str]) -> dict[str, str]:
    """The sources of these revisions, of erased ones none."""
    found: dict[str, str] = {}
    for at in range(0, len(revision_ids), BATCH):
        found |= {row[0]: row[1] for row in session.execute(select(Revision.id, Revision.source).where(
            Revision.id.in_(revision_ids[at:at + BATCH]), Revision.redacted_at.is_(None)))}
    return found


def _stands(meant: str, live: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the words that were meant stand in the text in force, nearest to where they stood; None where they do not,
    or no words were meant."""
    quote = meant[start:end]
    if not quote.strip():
        return None
    if live[start:end] == quote:
        return start, end
    places = []
    at = live.find(quote)
    while at >= 0:
        places.append(at)
        at = live.find(quote, at + len(quote))
    if not places:
        return None
    first = min(places, key=lambda place: abs(place - start))
    return first, first + len(quote)
