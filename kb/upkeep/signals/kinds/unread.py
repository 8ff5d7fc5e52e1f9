"""An article that no answer has cited for long, while it was near to question after question that went unanswered: its
subject is asked about, and what it says does not serve. An answer from it clears it, or a new text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.models import AnswerCitation, AnswerRow, Publication, Revision
from kb.upkeep.signals.live_texts import MOST_PLACES, live_texts, rows_of, whole
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

LOOKS_BACK = timedelta(days=90)
OFTEN = 5  # unanswered questions that it was near to
LOOKED_AT = 20_000  # unanswered questions, the latest: more take seconds to read, and say no more
_FIRST = 3  # of the articles that were near, those that the question was about


class UnreadButAsked:
    """Unread for long while its subject is asked about."""

    kind = "unread"
    topics = frozenset({Topic.ANSWERS})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each such article; a text that is new in this time is given its time."""
        near = _near(session, looking)
        asked = {article_id for article_id, answers in near.items() if len(answers) >= OFTEN}
        wanted = asked if articles is None else asked & set(articles)
        cited = _cited(session, looking, wanted)
        query = live_texts(looking, Publication.published_at)
        for article_id, revision_id, published_at in rows_of(session, query, wanted):
            if article_id not in cited and published_at <= looking.now - LOOKS_BACK:
                answers = near[article_id]
                beside = (Evidence("", source=f"answer:{answer_id}") for answer_id in answers[:MOST_PLACES])
                yield Finding(self.kind, article_id, Severity.INFO, evidence=(whole(revision_id), *beside),
                              facts={"times": len(answers), "days": LOOKS_BACK.days})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        return Message("no answer has cited it for {days} days, while it was near to {times} questions without answer",
                       days=facts["days"], times=facts["times"])


def _near(session: Session, looking: Looking) -> dict[str, list[str]]:
    """The latest unanswered questions, by the articles that were near to them."""
    rows = session.execute(
        select(AnswerRow.id, AnswerRow.nearest).where(
            AnswerRow.asked_at > looking.now - LOOKS_BACK, AnswerRow.asked_at <= looking.now,
            AnswerRow.abstained.is_(True))
        .order_by(AnswerRow.asked_at.desc(), AnswerRow.id).limit(LOOKED_AT))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for answer_id, nearest in rows:
        for article_id in _named(nearest):
            found[article_id].append(answer_id)
    return found


def _named(nearest: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    named = (str(near.get("article_id", "")) for near in list(nearest)[:_FIRST])
    return (article_id for article_id in Counter(named) if article_id)


def _cited(session: Session, looking: Looking, articles: Collection[str]) -> set[str]:
    """Those of the articles that an answer of this time cites."""
    query = (select(Revision.article_id).distinct()
             .join(AnswerCitation, AnswerCitation.revision_id == Revision.id)
             .join(AnswerRow, AnswerRow.id == AnswerCitation.answer_id)
             .where(AnswerRow.asked_at > looking.now - LOOKS_BACK, AnswerRow.abstained.is_(False)))
    return {row[0] for row in rows_of(session, query, articles, Revision.article_id)}
