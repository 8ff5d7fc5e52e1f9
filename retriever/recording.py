"""Keeping an answer in the log, so that it can be explained, judged and given again at its own time."""

from __future__ import annotations

import logging
from datetime import datetime

from kb.db import Database
from kb.errors import Conflict, KbError
from kb.record import answers
from retriever.answer import Answer
from retriever.find import Run
from retriever.kept import kept_of
from retriever.scope import Scope

log = logging.getLogger(__name__)


def record_answer(database: Database, run: Run, answer: Answer, scope: Scope, lang: str, *, keep_question: bool,
                  now: datetime, call_ref: str | None = None, follows: str | None = None) -> None:
    """Keep the answer; a log that cannot be written does not keep the caller waiting, and ``degraded`` says so.

    An answer that is there already stays as it is: the same question came twice.
    """
    begins_anew = answer.new_topic and not answer.abstained
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
        call_ref=call_ref, follows=None if begins_anew else follows, shown=kept_of(answer, with_words=keep_question),
    )
    try:
        with run.stage("record"), database.logging() as session:
            if not answers.is_kept(session, record.id):
                answers.record(session, record, keep_question=keep_question)
    except KbError as error:
        if isinstance(error, Conflict) and _is_kept(database, record.id):
            return  # it came twice at once, and the other was quicker
        log.warning("answer not recorded: %s", error.code)
        run.degrade("not_recorded")


def _is_kept(database: Database, answer_id: str) -> bool:
    with database.reading() as session:
        return answers.is_kept(session, answer_id)
