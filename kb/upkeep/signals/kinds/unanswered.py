"""Questions that the article lies nearest to and does not answer: a gap beside it, asked again and again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.models import GapQuestion, GapRow, Publication
from kb.upkeep.signals.live_texts import live_texts, rows_of, whole
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

LOOKS_BACK = timedelta(days=90)
OFTEN = 3  # questions that mean the same
VERY_OFTEN = 10


class Unanswered:
    """It was shown for questions that it does not answer."""

    kind = "unanswered"
    topics = frozenset({Topic.ANSWERS})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each open gap of such an article, whose key is the gap."""
        asked = (select(GapQuestion.gap_id, func.count().label("times"))
                 .where(GapQuestion.asked_at > looking.now - LOOKS_BACK, GapQuestion.asked_at <= looking.now)
                 .group_by(GapQuestion.gap_id).having(func.count() >= OFTEN).subquery())
        query = (live_texts(looking, GapRow.id, asked.c.times)
                 .join(GapRow, GapRow.article_id == Publication.article_id)
                 .join(asked, asked.c.gap_id == GapRow.id)
                 .where(GapRow.state.in_(("open", "drafting"))).order_by(GapRow.id))
        for article_id, revision_id, gap_id, times in rows_of(session, query, articles):
            yield Finding(self.kind, article_id, Severity.WARNING if times >= VERY_OFTEN else Severity.INFO, gap_id,
                          (whole(revision_id), Evidence("", source=f"gap:{gap_id}")),
                          {"times": times, "days": LOOKS_BACK.days, "gap": gap_id})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        return Message("in {days} days it was nearest to a question that it does not answer, {times} times",
                       days=facts["days"], times=facts["times"])
