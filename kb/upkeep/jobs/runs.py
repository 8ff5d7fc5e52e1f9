"""Jobs by the clock: a run is a row for (job, due time), so that of any number of processes one does it, once.

Each job says what becomes of due times that nobody was there for: the latest stands for all (what it does, it does for
all that is old), or each is made up for, in order, as far back as the job says. A process holds the job's lease while
it works and renews it; when it dies the lease ends and another takes the run over, a few times at most. Since the lease
is the job's, one that takes longer than its interval never meets itself.

:func:`decide` chooses and touches nothing; :func:`claim` carries that out under the job's row, locked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.db import Database
from kb.dialects import insert_new
from kb.messages.keeping import as_json
from kb.messages.message import Message
from kb.models import JobRun, ScheduledJob
from kb.upkeep.jobs.schedule import Schedule

LEASE = timedelta(minutes=3)
MOST_ATTEMPTS = 5  # of one run: after that it is given up, so that it cannot end every process that takes it
_AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))  # after each attempt
LONGEST_DETAIL = 300  # characters
DIED = Message("its process ended before it was done")
_EVER = datetime(1970, 1, 1, tzinfo=UTC)

Work = Callable[[datetime], Message | str]  # does the job as of an instant; says in a few words what it did


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do by the clock; without a ``schedule`` only when somebody asks for it.

    ``makes_up`` is how far back each missed due time is made up for, in order, a month at most; ``work`` is then called
    as of its due time. Without it the latest due time stands for all before, and ``work`` is called as of the present.
    """

    name: str
    schedule: Schedule | None
    work: Work
    makes_up: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A job as the database has it: due times after ``since`` count; who holds it until when."""

    since: datetime
    is_paused: bool = False
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A run that is not finished; it may be taken up from ``not_before``."""

    due_at: datetime
    asked_by: str
    attempts: int
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Which run to take up, and which to give up before."""

    due_at: datetime | None
    is_new: bool = False
    gives_up: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that is this worker's until its lease ends."""

    job: str
    due_at: datetime
    attempt: int
    asked_by: str
    worker: str


def first_standing(job: Job, now: datetime) -> Standing:
    """How a job begins that nobody has seen before: what is made up for counts from now on."""
    return Standing(now if job.makes_up is not None else _EVER)


def decide(job: Job, standing: Standing, unfinished: Sequence[Open], taken: Collection[datetime], now: datetime,
           ) -> Decision | None:
    """What to do now; None: nothing. ``unfinished`` are the job's runs in order, ``taken`` the due times that have a
    run, as far back as :func:`begins` looks."""
    if standing.lease_until is not None and standing.lease_until > now:
        return None
    spent = tuple(run.due_at for run in unfinished if run.attempts >= MOST_ATTEMPTS)
    left = [run for run in unfinished if run.due_at not in spent]
    asked = [run for run in left if run.asked_by and run.not_before <= now]
    own = [] if standing.is_paused else [run for run in left if not run.asked_by]
    fresh = None if standing.is_paused else _fresh(job, standing, taken, now)
    if fresh is not None and job.makes_up is None:  # it stands for those before
        return Decision(fresh, True, spent + tuple(run.due_at for run in own))
    ready = [run.due_at for run in (*own[:1], *asked) if run.not_before <= now]
    if ready:
        return Decision(min(ready), False, spent)
    if fresh is not None and not own:  # in order: not while one before it waits to be tried again
        return Decision(fresh, True, spent)
    return Decision(None, False, spent) if spent else None


def begins(job: Job, standing: Standing, now: datetime) -> datetime:
    """From when on it matters which due times have a run."""
    if job.makes_up is None:
        latest = job.schedule.latest(now) if job.schedule else None
        return latest or now
    return max(standing.since, now - job.makes_up)


def _fresh(job: Job, standing: Standing, taken: Collection[datetime], now: datetime) -> datetime | None:
    """The due time to take next that nobody has taken."""
    if job.schedule is None:
        return None
    if job.makes_up is None:
        latest = job.schedule.latest(now)
        return latest if latest is not None and latest > standing.since and latest not in taken else None
    for due in job.schedule.after(begins(job, standing, now)):
        if due > now:
            break
        if due not in taken:
            return due
    return None


def claim(database: Database, job: Job, *, worker: str, now: datetime, lease: timedelta = LEASE) -> Claim | None:
    """Take up the run that is next, if there is one and nobody is at the job."""
    with database.reading() as session:  # most often there is nothing to do, and nobody has to wait for this
        row = session.get(ScheduledJob, job.name)
        if row is not None and _decided(session, job, _standing(row), now) is None:
            return None
    with database.transaction() as session:
        first = first_standing(job, now)
        insert_new(session, ScheduledJob, [{"name": job.name, "since": first.since, "worker": "", "paused_by": ""}],
                   returning=(ScheduledJob.name,))
        row = session.scalars(select(ScheduledJob).where(ScheduledJob.name == job.name).with_for_update()
                              .execution_options(populate_existing=True)).one()
        decision = _decided(session, job, _standing(row), now)
        if decision is None:
            return None
        _give_up(session, job.name, decision.gives_up, now)
        if decision.due_at is None:
            return None
        row.worker, row.lease_until = worker, now + lease
        if decision.is_new and job.makes_up is not None:  # all before are taken: nobody has to look at them again
            row.since = max(row.since, decision.due_at)
        return _taken(session, job.name, decision.due_at, decision.is_new, worker, now)


def renew(database: Database, held: Claim, *, now: datetime, lease: timedelta = LEASE) -> bool:
    """Hold the job longer; False where another has it by now."""
    with database.transaction() as session:
        done = session.execute(update(ScheduledJob).where(
            ScheduledJob.name == held.job, ScheduledJob.worker == held.worker).values(lease_until=now + lease)
            .returning(ScheduledJob.name)).all()
        return bool(done)


def finish(database: Database, held: Claim, *, outcome: str, told: Message | str, now: datetime) -> bool:
    """Note how the run ended, and let go of the job; False where another has taken it over."""
    with database.transaction() as session:
        run = _let_go(session, held)
        if run is None:
            return False
        run.finished_at, run.outcome, (run.detail, run.facts) = now, outcome, _said(told)
        return True


def put_off(database: Database, held: Claim, *, now: datetime) -> bool:
    """Leave a run to be tried again in a while; False where it is not to be: it was tried too often, or is another's.
    """
    if held.attempt >= MOST_ATTEMPTS:
        return False
    with database.transaction() as session:
        run = _let_go(session, held)
        if run is not None:
            run.lease_until = now + _AGAIN[min(held.attempt, len(_AGAIN)) - 1]
        return run is not None


def _decided(session: Session, job: Job, standing: Standing, now: datetime) -> Decision | None:
    runs = session.execute(select(JobRun.due_at, JobRun.asked_by, JobRun.attempts, JobRun.lease_until).where(
        JobRun.job == job.name, JobRun.finished_at.is_(None)).order_by(JobRun.due_at)).all()
    taken = set(session.scalars(select(JobRun.due_at).where(
        JobRun.job == job.name, JobRun.due_at >= begins(job, standing, now), JobRun.due_at <= now)))
    return decide(job, standing, [Open(*run) for run in runs], taken, now)


def _standing(row: ScheduledJob) -> Standing:
    return Standing(row.since, row.paused_at is not None, row.lease_until)


def _give_up(session: Session, name: str, dues: Collection[datetime], now: datetime) -> None:
    for due in dues:
        session.execute(update(JobRun).where(JobRun.job == name, JobRun.due_at == due).values(
            finished_at=now, outcome="failed", detail=DIED.template, facts=None))


def _taken(session: Session, name: str, due: datetime, is_new: bool, worker: str, now: datetime) -> Claim:
    if is_new:
        session.add(JobRun(job=name, due_at=due, worker=worker, claimed_at=now, lease_until=now, attempts=1))
        session.flush()
        return Claim(name, due, 1, "", worker)
    run = session.get_one(JobRun, (name, due), populate_existing=True)
    run.worker, run.claimed_at, run.attempts = worker, now, run.attempts + 1
    return Claim(name, due, run.attempts, run.asked_by, worker)


def _said(told: Message | str) -> tuple[str, dict[str, Any]]:
    kept = as_json(told)
    return kept["template"][:LONGEST_DETAIL], kept["facts"]


def _let_go(session: Session, held: Claim) -> JobRun | None:
    """Free the job; its run, locked with it, None where another has taken the job over."""
    row = session.scalars(select(ScheduledJob).where(ScheduledJob.name == held.job).with_for_update()
                          .execution_options(populate_existing=True)).one_or_none()
    if row is None or row.worker != held.worker:
        return None
    row.worker, row.lease_until = "", None
    return session.get(JobRun, (held.job, held.due_at), populate_existing=True)
