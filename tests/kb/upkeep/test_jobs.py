"""A due time is done once, however many look; a dead worker's run is taken over; one failure stops no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kb.db import Database
from kb.errors import Unavailable
from kb.models import JobRun
from kb.record import audit
from kb.record.checkpoints import PUBLIC_KEY, public_key, read
from kb.settings import Settings
from kb.upkeep.clock import Clock, checkpoint_folder, jobs_of
from kb.upkeep.jobs import LEASE, Job, daily, every, run_due
from tests.conftest import NOW
from tests.kb.factories import published

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
INSTANTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda s: datetime.fromtimestamp(s, UTC))  # 2020 to 2034


def noting(done: list[datetime], due: Callable[[datetime], datetime] | None = None) -> Job:
    def work(now: datetime) -> str:
        done.append(now)
        return "worked"

    return Job("note", due or daily(3, SHANGHAI), work)


def runs(database: Database) -> list[JobRun]:
    with database.reading() as session:
        return list(session.scalars(select(JobRun).order_by(JobRun.due_at, JobRun.job)))


def test_a_due_time_is_done_once_however_often_one_looks(database: Database) -> None:
    done: list[datetime] = []
    for minutes in range(0, 60 * 49, 30):  # two days and an hour
        run_due(database, [noting(done)], worker="w", now=NOW + timedelta(minutes=minutes))
    assert len(done) == len(runs(database)) == 3  # the one that had passed, and two more
    assert {(r.outcome, r.detail, r.worker) for r in runs(database)} == {("done", "worked", "w")}


def test_k10_of_many_that_look_at_once_one_does_it(database: Database) -> None:
    done: list[datetime] = []
    ready = threading.Barrier(6, timeout=20)

    def look(name: str) -> None:
        ready.wait()
        run_due(database, [noting(done)], worker=name, now=NOW)

    threads = [threading.Thread(target=look, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(runs(database)) == 1


def test_what_was_missed_while_nobody_served_is_done_once(database: Database) -> None:
    done: list[datetime] = []
    run_due(database, [noting(done)], worker="w", now=NOW)
    run_due(database, [noting(done)], worker="w", now=NOW + timedelta(days=9))
    assert len(done) == 2


def test_the_run_of_a_dead_worker_is_taken_over_when_its_lease_is_over(database: Database) -> None:
    done: list[datetime] = []

    def die(_now: datetime) -> str:
        raise SystemExit

    with pytest.raises(SystemExit):
        run_due(database, [Job("note", daily(3, SHANGHAI), die)], worker="dead", now=NOW)
    assert run_due(database, [noting(done)], worker="next", now=NOW + LEASE / 2) == []
    assert run_due(database, [noting(done)], worker="next", now=NOW + LEASE) == ["note"]
    assert [(r.worker, r.outcome) for r in runs(database)] == [("next", "done")]


def test_a_job_that_fails_is_noted_and_the_next_is_done(database: Database) -> None:
    done: list[datetime] = []

    def refuse(_now: datetime) -> str:
        raise Unavailable("disk_full", "the disk is full")

    def break_down(_now: datetime) -> str:
        raise RuntimeError("13812345678")

    hourly = every(60)
    run_due(database, [Job("a", hourly, refuse), Job("b", hourly, break_down), noting(done)], worker="w", now=NOW)
    assert {(r.job, r.outcome, r.detail) for r in runs(database)} == {
        ("a", "failed", "disk_full: the disk is full"), ("b", "failed", "RuntimeError"), ("note", "done", "worked")}


@pytest.mark.parametrize("tz", [SHANGHAI, NEW_YORK])
@given(now=INSTANTS, hour=st.integers(0, 23))
def test_a_daily_job_is_due_at_its_hour_and_never_in_the_future(tz: ZoneInfo, now: datetime, hour: int) -> None:
    due = daily(hour, tz)(now)
    assert timedelta() <= now - due <= timedelta(hours=26)  # a day, and what a change of clocks adds
    local = due.astimezone(tz)
    skipped = datetime(local.year, local.month, local.day, hour, tzinfo=tz).astimezone(UTC) == due
    assert local.hour == hour or skipped
    assert daily(hour, tz)(due) == due


@given(now=INSTANTS, minutes=st.integers(5, 1_440))
def test_a_regular_job_is_due_at_steps(now: datetime, minutes: int) -> None:
    due = every(minutes)(now)
    assert timedelta() <= now - due < timedelta(minutes=minutes)
    assert every(minutes)(due) == due


def test_the_clock_prunes_and_signs_the_log(database: Database, settings: Settings) -> None:
    published(database)
    names = run_due(database, jobs_of(settings, database), worker="w", now=NOW)
    assert sorted(names) == ["audit_checkpoint", "facts", "prune"]
    assert [r.outcome for r in runs(database)] == ["done"] * 3
    kept = read(checkpoint_folder(settings), public_key(settings.data_dir / PUBLIC_KEY))
    with database.reading() as session:
        assert [c.head for c in kept] == [audit.head(session)]
        assert audit.verify(session, [c.head for c in kept]).broken_at is None


def test_the_clock_looks_at_once_and_stops(database: Database, settings: Settings) -> None:
    clock = Clock(settings, database, clock=lambda: NOW)
    clock.start()
    deadline = threading.Event()
    for _ in range(200):
        if len(runs(database)) == 3 and all(r.finished_at for r in runs(database)):
            break
        deadline.wait(0.05)
    clock.close()
    assert {r.job for r in runs(database)} == {"prune", "facts", "audit_checkpoint"}
