"""What was kept long enough is removed: questions' texts, then whole answers, ended sessions, failed sign-ins.

An answer without its question stays explainable: its citations, times and scores are kept for years. A few thousand
rows go in one transaction, found before it begins, so that no ask waits long for the write lock; whatever ends a run
early leaves finished batches, and the next run does the rest. Of the outbox goes what every index has heard, of the
replies kept for requests that are sent again those whose time is over, of attached files those that no text carries;
of notices and signals what is over (:mod:`kb.upkeep.past_matters`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, and_, delete, func, null, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.actor import Actor
from kb.articles import file_store
from kb.db import Database
from kb.dialects import overwrite_removed
from kb.models import AnswerCitation, AnswerRow, IdempotencyKey, JobRun, SignInAttempt, WebSession
from kb.people.permissions import Action, require
from kb.record import outbox
from kb.record.journal import record
from kb.settings import RetentionSettings
from kb.upkeep import forgetting, past_matters

BATCH = 2_000  # answers in one transaction
_IN = 500  # values of one IN list, below SQLite's limit
_RUNS = 2_000  # of a job; a month and more of one that is due each hour, which what is made up for never exceeds
_ATTEMPTS = timedelta(days=1)  # longer than any throttle looks back

Show = Callable[[int, int], None]  # called with how many rows are done, of how many


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was removed, or would be, and from before when."""

    questions_before: datetime
    answers_before: datetime
    questions: int = 0
    answers: int = 0
    citations: int = 0
    sessions: int = 0
    attempts: int = 0
    events: int = 0
    runs: int = 0
    requests: int = 0
    files: int = 0
    notes: int = 0  # on answers, and questions' places in gaps
    notices: int = 0
    deliveries: int = 0  # of notices, by mail or to other systems
    signals: int = 0  # that were cleared

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to remove."""
        return not (self.total or self.citations)

    @property
    def total(self) -> int:
        """Rows removed or changed, citations not counted: they go with their answers."""
        return (self.questions + self.answers + self.sessions + self.attempts + self.events + self.runs
                + self.requests + self.files + self.notes + self.notices + self.deliveries + self.signals)


def prune(database: Database, actor: Actor, kept: RetentionSettings, *, now: datetime, origin: str,
          is_trial: bool = False, batch: int = BATCH, show: Show = lambda _done, _of: None) -> Pruned:
    """Remove what is older than the settings keep, and note the counts in the audit log; a trial only counts.

    Opens transactions of its own, one for each ``batch`` of answers: it is called by no service inside another's.
    """
    require(actor, Action.PRUNE)
    due = _due(database, Pruned(now - timedelta(days=kept.question_days), _years_before(now, kept.answer_years)), kept,
               now)
    if is_trial:
        return due
    done = Pruned(due.questions_before, due.answers_before)
    try:
        for step in _steps(database, due, kept, now, batch):
            done = replace(done, **{name: getattr(done, name) + count for name, count in step.items()})
            show(min(due.total, done.total), due.total)
    finally:  # what is removed stays removed, and is told of, whatever ends the run
        if not done.is_empty:
            with database.transaction() as session:
                record(session, actor, "prune", "log:answers", now=now, origin=origin, after={
              "questions_before": done.questions_before.isoformat(), "questions": done.questions,
              "answers_before": done.answers_before.isoformat(), "answers": done.answers,
              "citations": done.citations, "sessions": done.sessions, "attempts": done.attempts,
              "events": done.events, "runs": done.runs, "requests": done.requests,
              "files": done.files, "notes": done.notes, "notices": done.notices,
              "deliveries": done.deliveries, "signals": done.signals})
    return done


def _years_before(now: datetime, years: int) -> datetime:
    """The same day years ago; of 29 February the 28th."""
    year = max(1, now.year - years)
    return now.replace(year=year, day=28) if (now.month, now.day) == (2, 29) else now.replace(year=year)


def _has_question(due: Pruned) -> list[ColumnElement[bool]]:
    return [AnswerRow.asked_at < due.questions_before, AnswerRow.question != ""]


def _is_over(now: datetime) -> ColumnElement[bool]:
    return or_(WebSession.expires_at <= now, WebSession.revoked_at <= now)


def _is_old_run(session: Session, kept: RetentionSettings, now: datetime) -> ColumnElement[bool]:
    """Runs of long ago; of jobs that are due each minute all but the newest that were done as they should."""
    many = session.scalars(select(JobRun.job).group_by(JobRun.job).having(func.count() > _RUNS)).all()
    before = {name: session.scalar(select(JobRun.due_at).where(JobRun.job == name).order_by(JobRun.due_at.desc())
                                   .offset(_RUNS).limit(1)) for name in many}
    return or_(JobRun.due_at < now - timedelta(days=kept.run_days), *(
        and_(JobRun.job == name, JobRun.due_at <= due, JobRun.outcome == "done", JobRun.asked_by == "")
        for name, due in before.items()))


def _due(database: Database, due: Pruned, kept: RetentionSettings, now: datetime) -> Pruned:
    """How much there is to remove."""
    old = AnswerRow.asked_at < due.answers_before
    failed = SignInAttempt.at <= now - _ATTEMPTS
    with database.reading() as session:
        def count(table: type[Any], *where: ColumnElement[bool]) -> int:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

        past = past_matters.count_past(session, kept, now)
        return replace(
            due, questions=count(AnswerRow, *_has_question(due), ~old), answers=count(AnswerRow, old),
            citations=session.scalar(select(func.count()).select_from(AnswerCitation)
                                     .join(AnswerRow, AnswerRow.id == AnswerCitation.answer_id).where(old)) or 0,
            sessions=count(WebSession, _is_over(now)), attempts=count(SignInAttempt, failed),
            events=outbox.prunable(session, before=now - timedelta(days=kept.outbox_days)),
            runs=count(JobRun, _is_old_run(session, kept, now)),
            requests=count(IdempotencyKey, IdempotencyKey.ends_at <= now),
            files=len(file_store.unused(session, before=now - file_store.LEFT)),
            notes=forgetting.count_old(session, questions_before=due.questions_before,
                                       answers_before=due.answers_before),
            notices=past["notices"], deliveries=past["deliveries"], signals=past["signals"])


def _steps(database: Database, due: Pruned, kept: RetentionSettings, now: datetime, batch: int,
           ) -> Iterator[dict[str, int]]:
    """Remove batch by batch; after each, what it removed."""
    with database.transaction() as session:
        overwrite_removed(session)
        step = {"sessions": _run(session, delete(WebSession).where(_is_over(now))),
                "attempts": _run(session, delete(SignInAttempt).where(SignInAttempt.at <= now - _ATTEMPTS)),
                "events": outbox.prune(session, before=now - timedelta(days=kept.outbox_days), now=now),
                "runs": _run(session, delete(JobRun).where(_is_old_run(session, kept, now))),
                "requests": _run(session, delete(IdempotencyKey).where(IdempotencyKey.ends_at <= now)),
                "files": file_store.remove_unused(session, before=now - file_store.LEFT),
                "notes": forgetting.forget_old(session, questions_before=due.questions_before,
                                               answers_before=due.answers_before),
                **past_matters.remove_notices(session, kept, now)}
    yield step
    for _ in range(-(-due.signals // batch)):
        with database.transaction() as session:
            step = {"signals": past_matters.remove_signals(session, kept, now, batch)}
        yield step
    for ids in _batches(database, batch, AnswerRow.asked_at < due.answers_before):
        with database.transaction() as session:
            overwrite_removed(session)
            for part in _parts(ids):
                forgetting.forget_answers(session, part)
            step = {"citations": sum(_run(session, delete(AnswerCitation).where(AnswerCitation.answer_id.in_(part)))
                                     for part in _parts(ids)),
                    "answers": sum(_run(session, delete(AnswerRow).where(AnswerRow.id.in_(part)))
                                   for part in _parts(ids))}
        yield step
    for ids in _batches(database, batch, *_has_question(due)):
        with database.transaction() as session:
            overwrite_removed(session)
            step = {"questions": sum(_run(session, update(AnswerRow).where(AnswerRow.id.in_(part))
                                          .values(question="", shown=null())) for part in _parts(ids))}
        yield step


def _batches(database: Database, batch: int, *where: ColumnElement[bool]) -> Iterator[list[str]]:
    """The ids of such answers, oldest first, each batch read before its transaction begins."""
    last: tuple[datetime, str] | None = None
    at: InstrumentedAttribute[datetime] = AnswerRow.asked_at
    while True:
        query = select(at, AnswerRow.id).where(*where).order_by(at, AnswerRow.id).limit(batch)
        if last is not None:  # the rows before are done: they are not read again
            query = query.where(at >= last[0], or_(at > last[0], AnswerRow.id > last[1]))
        with database.reading() as session:
            rows = [(row[0], row[1]) for row in session.execute(query)]
        if not rows:
            return
        last = rows[-1]
        yield [answer_id for _, answer_id in rows]


def _parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _IN):
        yield ids[start:start + _IN]


def _run(session: Session, statement: Delete | Update) -> int:
    """Carry it out; how many rows it touched."""
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount
