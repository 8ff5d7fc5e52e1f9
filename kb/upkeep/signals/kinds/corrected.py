"""Agents took another section than the one that was shown: what was shown did not answer, or not so well.

A proposed known question tells it (kb/known/uses.py): it names the answer that was given, and the section that was
taken in its place. The signal is the shown article's, whether the other section is another's or its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.models import AnswerCitation, AnswerRow, KnownQuestion, Publication, Revision
from kb.upkeep.signals.live_texts import BATCH, MOST_PLACES, live_texts, rows_of, whole
from kb.upkeep.signals.signal import Evidence, Finding, Looking, Severity, Topic

LOOKS_BACK = timedelta(days=90)
OFTEN = 2  # answers that were corrected: one may be a question that was put badly
VERY_OFTEN = 5


class Corrected:
    """Agents corrected answers from it."""

    kind = "corrected"
    topics = frozenset({Topic.ANSWERS})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each article whose text in force was shown and passed over more than once."""
        passed = _passed_over(session, looking)
        wanted = {article_id for article_id, answers in passed.items() if len(answers) >= OFTEN}
        wanted = wanted if articles is None else wanted & set(articles)
        if not wanted:
            return
        for article_id, revision_id, published_at in rows_of(session, live_texts(looking, Publication.published_at),
                                                             wanted):
            since = [answer_id for answer_id, asked_at in passed[article_id] if asked_at >= published_at]
            if len(since) >= OFTEN:  # a new text is given its chance
                beside = (Evidence("", source=f"answer:{answer_id}") for answer_id in since[:MOST_PLACES])
                yield Finding(self.kind, article_id,
                              Severity.WARNING if len(since) >= VERY_OFTEN else Severity.INFO,
                              evidence=(whole(revision_id), *beside),
                              facts={"times": len(since), "days": LOOKS_BACK.days})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        return Message("{times} times in {days} days an agent took another section than the one shown from it",
                       times=facts["times"], days=facts["days"])


def _passed_over(session: Session, looking: Looking) -> dict[str, list[tuple[str, datetime]]]:
    """Answers of this time that an agent took another section for, the latest first, by the articles that they cite."""
    rows = session.execute(
        select(KnownQuestion.answer_id, AnswerRow.asked_at).distinct()
        .join(AnswerRow, AnswerRow.id == KnownQuestion.answer_id)
        .where(AnswerRow.asked_at > looking.now - LOOKS_BACK, AnswerRow.abstained.is_(False))
        .order_by(AnswerRow.asked_at.desc(), KnownQuestion.answer_id)).all()
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for at in range(0, len(rows), BATCH):
        times = {row[0]: row[1] for row in rows[at:at + BATCH]}
        for answer_id, article_id in session.execute(
                select(AnswerCitation.answer_id, Revision.article_id).distinct()
                .join(Revision, Revision.id == AnswerCitation.revision_id)
                .where(AnswerCitation.answer_id.in_(list(times)))):
            found[article_id].append((answer_id, times[answer_id]))
    return {article_id: sorted(answers, key=lambda one: (-one[1].timestamp(), one[0]))
            for article_id, answers in found.items()}
