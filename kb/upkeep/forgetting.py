"""What flows back from answers is kept no longer than what it flows back from.

Notes, replies and a search's words go with the questions' texts, for people write down in them what was asked; so does
a question's place in a gap. A verdict stays as long as its answer, as does a call that had to be told something.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from kb.models import CallbackEntry, FeedbackRow, GapQuestion, GapRow


def count_old(session: Session, *, questions_before: datetime, answers_before: datetime) -> int:
    """How many rows :func:`forget_old` would change or remove."""
    def count(table: type[Any], *where: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    return (count(FeedbackRow, _is_worded(questions_before), FeedbackRow.given_at >= answers_before)
            + count(FeedbackRow, FeedbackRow.given_at < answers_before)
            + count(CallbackEntry, CallbackEntry.note != "", CallbackEntry.done_at < questions_before)
            + count(GapQuestion, GapQuestion.asked_at < questions_before))


def forget_old(session: Session, *, questions_before: datetime, answers_before: datetime) -> int:
    """Empty the notes that were kept as long as a question is, remove old questions from their gaps, gaps that have
    none, and verdicts as old as the oldest answers; how many rows that were, gaps not counted."""
    done = _run(session, delete(FeedbackRow).where(FeedbackRow.given_at < answers_before))
    done += _run(session, update(FeedbackRow).where(_is_worded(questions_before)).values(note="", words="", reply=""))
    done += _run(session, update(CallbackEntry).where(
        CallbackEntry.note != "", CallbackEntry.done_at < questions_before).values(note=""))
    done += _run(session, delete(GapQuestion).where(GapQuestion.asked_at < questions_before))
    _run(session, delete(GapRow).where(~exists().where(GapQuestion.gap_id == GapRow.id)))
    return done


def forget_answers(session: Session, answer_ids: Sequence[str]) -> None:
    """Remove what hangs on these answers: they go, and it with them."""
    for table in (FeedbackRow, CallbackEntry, GapQuestion):
        _run(session, delete(table).where(table.answer_id.in_(answer_ids)))


def _is_worded(before: datetime) -> ColumnElement[bool]:
    worded = or_(FeedbackRow.note != "", FeedbackRow.words != "", FeedbackRow.reply != "")
    return worded & (FeedbackRow.given_at < before)


def _run(session: Session, statement: Delete | Update) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount
