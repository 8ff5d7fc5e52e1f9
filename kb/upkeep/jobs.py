"""Jobs by the clock: a run is a row for (job, due time), so that of any number of processes one does it, once.

Only the latest due time that has passed counts: what these jobs do, they do for all that is old, so that runs missed
while nobody served need no run of their own. Who dies in the middle holds a lease; when that ends, another takes over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, select, update

from kb.db import Database
from kb.errors import Conflict, KbError
from kb.models import JobRun

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=30)  # longer than any of these jobs takes

Work = Callable[[datetime], str]  # does the job as of then; says in a few words what it did


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do by the clock. ``due`` gives the latest due time that is not after an instant."""

    name: str
    due: Callable[[datetime], datetime]
    work: Work


def daily(hour: int, tz: ZoneInfo) -> Callable[[datetime], datetime]:
    """Due at this hour of each day of the calendar; where a change of clocks leaves the hour out, when it would be."""
    def due(now: datetime) -> datetime:
        today = now.astimezone(tz).date()
        at = datetime.combine(today, time(hour), tzinfo=tz).astimezone(UTC)
        return at if at <= now else datetime.combine(today - timedelta(days=1), time(hour), tzinfo=tz).astimezone(UTC)

    return due


def every(minutes: int) -> Callable[[datetime], datetime]:
    """Due at every multiple of so many minutes since the epoch."""
    def due(now: datetime) -> datetime:
        step = minutes * 60
        return datetime.fromtimestamp(int(now.timestamp()) // step * step, UTC)

    return due


def run_due(database: Database, jobs: Sequence[Job], *, worker: str, now: datetime) -> list[str]:
    """Do what is due and nobody has done; the names of the jobs that were done here. One that fails is logged, the
    others are done."""
    done = []
    for job in jobs:
        due = job.due(now)
        if not _claim(database, job.name, due, worker, now):
            continue
        try:
            outcome, detail = "done", job.work(now)
        except KbError as error:
            outcome, detail = "failed", f"{error.code}: {error.message}"
            log.warning("job failed", extra={"job": job.name, "code": error.code})
        except Exception as error:  # one job; its next due time comes, the others are done
            outcome, detail = "failed", type(error).__name__
            log.exception("job failed", extra={"job": job.name})
        _finish(database, job.name, due, worker, outcome, detail, now)
        done.append(job.name)
    return done


def _claim(database: Database, name: str, due: datetime, worker: str, now: datetime) -> bool:
    """Take this run, if nobody has it or its owner's lease is over."""
    with database.reading() as session:
        found = session.execute(select(JobRun.finished_at, JobRun.lease_until).where(
            JobRun.job == name, JobRun.due_at == due)).first()
    if found is not None and (found.finished_at is not None or found.lease_until > now):
        return False
    try:
        with database.transaction() as session:
            if found is None:
                session.add(JobRun(job=name, due_at=due, worker=worker, claimed_at=now, lease_until=now + LEASE))
                return True
            taken = session.execute(
                update(JobRun).where(JobRun.job == name, JobRun.due_at == due, JobRun.finished_at.is_(None),
                                     JobRun.lease_until <= now)
                .values(worker=worker, claimed_at=now, lease_until=now + LEASE))
            assert isinstance(taken, CursorResult)
            return taken.rowcount == 1
    except Conflict:  # another process was first
        return False


def _finish(database: Database, name: str, due: datetime, worker: str, outcome: str, detail: str, now: datetime,
            ) -> None:
    with database.transaction() as session:
        session.execute(
            update(JobRun).where(JobRun.job == name, JobRun.due_at == due, JobRun.worker == worker)
            .values(finished_at=now, outcome=outcome, detail=detail[:300]))
