"""Keeping an answer in the log, so that it can be explained, judged and given again at its own time."""

from __future__ import annotations

import logging
from datetime import datetime

from kb.db import Database
from kb.errors import KbError
from kb.record import answers
from retriever.answer import Answer
from retriever.find import Run
from retriever.scope import Scope

log = logging.getLogger(__name__)


def record_answer(database: Database, run: Run, answer: Answer, scope: Scope, lang: str, *, keep_question: bool,
                  now: datetime, call_ref: str | None = None) -> None:
    """Keep the answer; a log that cannot be written does not keep the caller waiting, and ``degraded`` says so."""
    record = answers.AnswerRecord(
        id=answer.answer_id, asked_at=now, user_id=scope.viewer.user_id,
        audience="agent" if "agent" in scope.audiences else "public", lang=lang,
        question=answer.question, as_of=answer.as_of, known_at=answer.known_at, abstained=answer.abstained,
        reason=answer.reason, confidence=answer.confidence,
        sentences=tuple(s.as_dict() for s in answer.all_sentences),
        citations=tuple(answers.CitedSpan(c.n, c.revision_id, c.start, c.end, c.quote) for c in answer.citations),
        nearest=tuple({"article_id": n.article_id, "slug": n.slug, "title": n.title, "department": n.department,
                       "score": n.score} for n in answer.nearest), engine=answer.engine, composer=answer.composer,
        took_ms=run.took_ms, degraded=tuple(run.degraded), stages=dict(run.stages), state=str(answer.state),
        choices=tuple({"revision_id": c.revision_id, "heading_path": list(c.heading_path), "start": c.start,
                       "end": c.end, "marked": [list(span) for span in c.marked]} for c in answer.choices),
        call_ref=call_ref,
    )
    try:
        with run.stage("record"), database.logging() as session:
            answers.record(session, record, keep_question=keep_question)
    except KbError as error:
        log.warning("answer not recorded: %s", error.code)
        run.degrade("not_recorded")
