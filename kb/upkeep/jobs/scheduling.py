"""The jobs as people see them: what runs when, what ran and how it ended; pause one, let it go on, ask for a run now.

A run that is asked for is a row that whichever process looks first takes up: nobody waits for it in a browser. What
falls due while a job is paused is not made up for later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.dialects import insert_new
from kb.errors import Conflict, Invalid, NotFound
from kb.messages.keeping import from_json
from kb.messages.message import Message
from kb.models import JobRun, ScheduledJob
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.upkeep.jobs.schedule import Schedule

MOST = 200  # runs of one page
_SEPARATOR = "|"

Schedules = Mapping[str, Schedule | None]


class Outcome(StrEnum):
    """How a run stands."""

    WAITING = "waiting"  # it was asked for, and nobody has begun
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """A run: due when, or asked for by whom; how it stands, and in words what it did, or why it could not."""

    job: str
    due_at: datetime
    asked_by: str
    worker: str
    claimed_at: datetime
    finished_at: datetime | None
    outcome: Outcome
    attempts: int
    told: Message

    @property
    def position(self) -> str:
        """Where a list goes on after it."""
        return f"{self.due_at.isoformat()}{_SEPARATOR}{self.job}"

    @property
    def took(self) -> timedelta | None:
        """How long it took."""
        return self.finished_at - self.claimed_at if self.finished_at and self.attempts else None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job: when it is due next (None: it is paused, or only done when asked for), who paused it, its newest run that
    ended, whether somebody is at it, whether a run is asked for."""

    name: str
    expression: str
    next_at: datetime | None
    paused_at: datetime | None
    paused_by: str
    is_running: bool
    is_asked: bool
    last: Run | None
    failures: int  # in a row, until now


def list_jobs(session: Session, actor: Actor, schedules: Schedules, *, now: datetime) -> list[JobView]:
    """Every job of this installation, in the order of the settings."""
    require(actor, Action.RUN_JOBS)
    rows = {row.name: row for row in session.scalars(select(ScheduledJob))}
    asked = set(session.scalars(select(JobRun.job).where(JobRun.finished_at.is_(None), JobRun.asked_by != "")))
    return [_view(session, name, schedule, rows.get(name), name in asked, now) for name, schedule in schedules.items()]


def list_runs(session: Session, actor: Actor, *, job: str = "", outcome: Outcome | None = None, after: str = "",
              limit: int = 50) -> list[Run]:
    """Runs, the latest due first, one more than ``limit`` where there are more."""
    require(actor, Action.RUN_JOBS)
    query = select(JobRun).order_by(JobRun.due_at.desc(), JobRun.job.desc()).limit(min(limit, MOST) + 1)
    if job:
        query = query.where(JobRun.job == job)
    if outcome is not None:
        query = query.where(JobRun.outcome == (outcome.value if outcome in (Outcome.DONE, Outcome.FAILED) else ""))
        query = query.where(JobRun.attempts == 0) if outcome is Outcome.WAITING else query
    if after:
        due, name = _position(after)
        query = query.where(or_(JobRun.due_at < due, and_(JobRun.due_at == due, JobRun.job < name)))
    return [_run(row) for row in session.scalars(query)]


def ask_run(session: Session, actor: Actor, name: str, schedules: Schedules, *, now: datetime, origin: str) -> datetime:
    """Ask that a job is done now, whether it is paused or not; the run's due time. Raises Conflict where one that was
    asked for has not ended yet."""
    require(actor, Action.RUN_JOBS)
    _locked(session, name, schedules, now)
    waiting = session.scalar(select(JobRun.asked_by).where(
        JobRun.job == name, JobRun.finished_at.is_(None), JobRun.asked_by != "").limit(1))
    if waiting:
        raise Conflict("asked_already", "{actor} has asked for {job} already, and that run has not ended",
                       actor=waiting, job=name)
    due = now if now.microsecond else now + timedelta(microseconds=1)  # at no due time of the clock's own
    session.add(JobRun(job=name, due_at=due, worker="", claimed_at=now, lease_until=now, asked_by=actor.name,
                       attempts=0))
    session.flush()
    record(session, actor, "run_job", f"job:{name}", now=now, origin=origin)
    return due


def pause(session: Session, actor: Actor, name: str, schedules: Schedules, *, now: datetime, origin: str) -> None:
    """Let no run of the job begin by the clock; one that is under way goes on."""
    require(actor, Action.RUN_JOBS)
    row = _locked(session, name, schedules, now)
    if row.paused_at is not None:
        raise Conflict("paused", "{job} is paused already, by {actor}", job=name, actor=row.paused_by)
    row.paused_at, row.paused_by = now, actor.name
    session.flush()
    record(session, actor, "pause_job", f"job:{name}", now=now, origin=origin)


def resume(session: Session, actor: Actor, name: str, schedules: Schedules, *, now: datetime, origin: str) -> None:
    """Let the clock go on with the job; what fell due in the meantime is left out."""
    require(actor, Action.RUN_JOBS)
    row = _locked(session, name, schedules, now)
    if row.paused_at is None:
        raise Conflict("not_paused", "{job} is not paused", job=name)
    before = {"paused_by": row.paused_by, "paused_at": row.paused_at.isoformat()}
    row.paused_at, row.paused_by, row.since = None, "", now
    session.flush()
    record(session, actor, "resume_job", f"job:{name}", now=now, origin=origin, before=before)


def _locked(session: Session, name: str, schedules: Schedules, now: datetime) -> ScheduledJob:
    if name not in schedules:
        raise NotFound("no_job", "there is no job {name!r}; known: {known}", name=name[:40], known=sorted(schedules))
    insert_new(session, ScheduledJob, [{"name": name, "since": now, "worker": "", "paused_by": ""}],
               returning=(ScheduledJob.name,))
    return session.scalars(select(ScheduledJob).where(ScheduledJob.name == name).with_for_update()
                           .execution_options(populate_existing=True)).one()


def _view(session: Session, name: str, schedule: Schedule | None, row: ScheduledJob | None, is_asked: bool,
          now: datetime) -> JobView:
    ended = select(JobRun).where(JobRun.job == name, JobRun.outcome != "").order_by(JobRun.due_at.desc()).limit(1)
    last = session.scalars(ended).first()
    good = session.scalar(select(func.max(JobRun.due_at)).where(JobRun.job == name, JobRun.outcome == "done"))
    failed = select(func.count()).select_from(JobRun).where(JobRun.job == name, JobRun.outcome == "failed")
    failures = session.scalar(failed.where(JobRun.due_at > good) if good else failed) or 0
    is_paused = row is not None and row.paused_at is not None
    return JobView(name, schedule.expression if schedule else "",
                   schedule.next(now) if schedule and not is_paused else None, row.paused_at if row else None,
                   row.paused_by if row else "",
                   row is not None and row.lease_until is not None and row.lease_until > now, is_asked,
                   _run(last) if last else None, failures)


def _run(row: JobRun) -> Run:
    told = from_json({"template": row.detail, "facts": row.facts or {}})
    outcome = Outcome(row.outcome) if row.outcome else Outcome.RUNNING if row.attempts else Outcome.WAITING
    return Run(row.job, row.due_at, row.asked_by, row.worker, row.claimed_at, row.finished_at, outcome, row.attempts,
               told)


def _position(after: str) -> tuple[datetime, str]:
    """The due time and job that a list goes on after."""
    at, _, name = after.partition(_SEPARATOR)
    try:
        due = datetime.fromisoformat(at)
        if due.tzinfo is None or not 1 < due.year < 9000:
            raise ValueError
    except ValueError as error:
        raise Invalid("position", "no page begins there: start with the first",
                      fields={"after": "unknown"}) from error
    return due, name
