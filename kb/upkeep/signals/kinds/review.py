"""The day by which a text is to be looked at again: past, or near. Confirming the text, or a new one, clears it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kb.articles.live import REVIEW_BY
from kb.messages.message import Message
from kb.models import Publication, Revision
from kb.upkeep.signals.live_texts import live_texts, rows_of, whole
from kb.upkeep.signals.signal import Finding, Looking, Severity, Topic

NEAR = timedelta(days=30)


class ReviewDue:
    """Review date passed or near."""

    kind = "review"
    topics = frozenset({Topic.ARTICLE, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """Of each text in force at most one."""
        query = live_texts(looking, REVIEW_BY).join(Revision, Revision.id == Publication.revision_id).where(
            looking.now + NEAR >= REVIEW_BY)
        for article_id, revision_id, due in rows_of(session, query, articles):
            is_past = due <= looking.now
            yield Finding(self.kind, article_id, Severity.WARNING if is_past else Severity.INFO,
                          evidence=(whole(revision_id),),
                          facts={"by": due.astimezone(looking.tz).date().isoformat(), "is_past": is_past})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        by = date.fromisoformat(facts["by"])
        if facts["is_past"]:
            return Message("its review was due by {by} and has not been done", by=by)
        return Message("its review is due by {by}", by=by)
