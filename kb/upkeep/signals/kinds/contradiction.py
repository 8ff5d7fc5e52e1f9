"""The same matter stated differently by another article in force. Reading both is done beforehand, by whoever can read
(retriever/contradictions.py); here the kept pairs become findings, for both articles, as long as both texts stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.articles.kept_conflicts import LiveConflict, live_conflicts
from kb.messages.message import Message
from kb.models import Revision
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

_BATCH = 500  # values of one IN list
_MOST_PLACES = 5  # of each text in one finding


class Contradicted:
    """One finding for each other article and kind of statement; the own words stand first in its evidence."""

    kind = "contradiction"
    topics = frozenset({Topic.ARTICLE, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """What is kept of texts in force; comparing goes on by itself, so that a new text's come a little later."""
        grouped: dict[tuple[str, str, str], list[LiveConflict]] = {}
        for one in live_conflicts(session, articles, now=looking.now):
            grouped.setdefault((one.article_id, one.other_article_id, one.found.kind), []).append(one)
        sources = _sources(session, {text for some in grouped.values() for one in some
                                     for text in (one.found.revision_id, one.found.other_revision_id)})
        for (article_id, other_id, kind), some in sorted(grouped.items()):
            evidence = _evidence(some, sources)
            if evidence:
                yield Finding(self.kind, article_id, Severity.WARNING, f"{other_id}#{kind}", evidence,
                              {"other": some[0].other_title, "what": kind})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        if facts["what"] == "stance":
            return Message("the article “{other}” waives what this one asks for, or asks for what it waives",
                           other=facts["other"])
        return Message("the article “{other}” gives another figure for the same matter", other=facts["other"])


def _evidence(some: Collection[LiveConflict], sources: Mapping[str, str]) -> tuple[Evidence, ...]:
    own: dict[Evidence, None] = {}
    others: dict[Evidence, None] = {}
    for one in some:
        f = one.found
        for kept, text, start, end in ((own, f.revision_id, f.start, f.end),
                                       (others, f.other_revision_id, f.other_start, f.other_end)):
            if text in sources:
                kept[Evidence(sources[text][start:end], text, start, end)] = None
    return (*list(own)[:_MOST_PLACES], *list(others)[:_MOST_PLACES]) if own and others else ()


def _sources(session: Session, revision_ids: Collection[str]) -> dict[str, str]:
    ids = sorted(revision_ids)
    found: dict[str, str] = {}
    for at in range(0, len(ids), _BATCH):
        for key, source in session.execute(select(Revision.id, Revision.source).where(
                Revision.id.in_(ids[at:at + _BATCH]), Revision.redacted_at.is_(None))):
            found[key] = source
    return found
