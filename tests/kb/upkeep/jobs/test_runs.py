"""A due time is done once, however many look; a dead worker's run is taken over; one failure stops no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kb.actor import Role
from kb.db import Database
from kb.errors import Invalid, Unavailable
from kb.messages.catalogue import say
from kb.messages.message import Message
from kb.models import JobRun, Notice, ScheduledJob
from kb.people import people
from kb.record import audit
from kb.record.checkpoints import PUBLIC_KEY, public_key, read
from kb.settings import Settings, load_settings
from kb.upkeep.jobs import scheduling
from kb.upkeep.jobs.clock import Clock, checkpoint_folder, jobs_of
from kb.upkeep.jobs.running import Runner
from kb.upkeep.jobs.runs import DIED, LEASE, MOST_ATTEMPTS, Job, Open, Standing, begins, decide, first_standing
from kb.upkeep.jobs.schedule import Schedule
from tests.conftest import NOW
from tests.kb.factories import ADMIN, published

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
DAILY, HOURLY = Schedule("0 3 * * *", SHANGHAI), Schedule("0 * * * *", SHANGHAI)
WEEK = timedelta(days=7)


def noting(done: list[datetime], schedule: Schedule | None = DAILY, makes_up: timedelta | None = None) -> Job:
    def work(at: datetime) -> Message:
        done.append(at)
        return Message("{count} rows removed", count=2)

    return Job("note", schedule, work, makes_up)


def look(database: Database, *given_: Job, now: datetime = NOW, worker: str = "w", **more: object) -> list[str]:
    return Runner(database, given_, lambda: now, worker, **more).look()  # type: ignore[arg-type]


def runs(database: Database) -> list[JobRun]:
    with database.reading() as session:
        return list(session.scalars(select(JobRun).order_by(JobRun.due_at, JobRun.job)))


def ends(_at: datetime) -> str:
    raise SystemExit


def test_a_due_time_is_done_once_however_often_one_looks(database: Database) -> None:
    done: list[datetime] = []
    for minutes in range(0, 60 * 49, 30):  # two days and an hour
        look(database, noting(done), now=NOW + timedelta(minutes=minutes))
    assert len(done) == len(runs(database)) == 3  # the one that had passed, and two more
    assert {(r.outcome, r.detail, r.worker[:2]) for r in runs(database)} == {("done", "{count} rows removed", "w:")}


def test_k10_of_many_that_look_at_once_one_does_it(database: Database) -> None:
    done: list[datetime] = []
    ready = threading.Barrier(6, timeout=20)

    def go(name: str) -> None:
        ready.wait()
        look(database, noting(done), worker=name)

    threads = [threading.Thread(target=go, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(runs(database)) == 1


def test_the_latest_due_time_stands_for_those_that_nobody_was_there_for(database: Database) -> None:
    done: list[datetime] = []
    look(database, noting(done))
    look(database, noting(done), now=NOW + timedelta(days=9))
    assert done == [NOW, NOW + timedelta(days=9)]  # as of the present


def test_each_due_time_is_made_up_for_in_order_as_far_back_as_the_job_says(database: Database) -> None:
    done: list[datetime] = []
    job = noting(done, makes_up=timedelta(days=3))
    assert look(database, job) == []  # what was due before it was known is nobody's
    assert look(database, job, now=NOW + timedelta(days=9)) == ["note"] * 3
    assert done == [DAILY.latest(NOW + timedelta(days=n)) for n in (7, 8, 9)]
    assert look(database, job, now=NOW + timedelta(days=9, hours=1)) == []


def test_fault_67_two_schedulers_one_that_dies_and_a_job_longer_than_its_interval(database: Database) -> None:
    met: list[list[str]] = []
    done: list[datetime] = []
    due = HOURLY.next(NOW)

    def slow(at: datetime) -> str:
        done.append(at)
        for minutes in (1, 59, 61, 125):  # others look while it works, past its next due times
            met.append(look(database, job, now=due + timedelta(minutes=minutes), worker="other"))
        return "slow"

    job = Job("note", HOURLY, slow)
    with pytest.raises(SystemExit):
        look(database, Job("note", HOURLY, ends), now=due, worker="dead")
    assert look(database, job, now=due + LEASE / 2) == []  # started again at once: the dead one may yet live
    assert look(database, job, now=due + LEASE, lease=timedelta(hours=3)) == ["note"]
    assert met == [[]] * 4 and len(done) == 1
    assert [(r.due_at, r.outcome, r.attempts) for r in runs(database)] == [(due, "done", 2)]


def test_the_run_of_a_dead_worker_is_taken_over_when_its_lease_is_over(database: Database) -> None:
    done: list[datetime] = []
    with pytest.raises(SystemExit):
        look(database, Job("note", DAILY, ends), worker="dead")
    assert look(database, noting(done), worker="next", now=NOW + LEASE / 2) == []
    assert look(database, noting(done), worker="next", now=NOW + LEASE) == ["note"]
    assert [(r.worker[:5], r.outcome) for r in runs(database)] == [("next:", "done")]


def test_a_lease_is_renewed_while_the_work_goes_on(database: Database) -> None:
    now = [NOW]
    other: list[str] = []

    def lease_until() -> datetime | None:
        with database.reading() as session:
            return session.get_one(ScheduledJob, "note").lease_until

    def work(_at: datetime) -> str:
        now[0] += LEASE * 0.6
        wait_until(lambda: lease_until() == now[0] + LEASE)
        now[0] += LEASE * 0.6
        other.extend(look(database, job, now=now[0], worker="other"))
        return "worked"

    job = Job("note", DAILY, work)
    assert Runner(database, [job], lambda: now[0], "w", renew_s=0.02).look() == ["note"]
    assert other == [] and lease_until() is None


def test_who_lost_the_lease_does_not_write_over_the_other(database: Database) -> None:
    def work(_at: datetime) -> str:
        assert look(database, Job("note", DAILY, lambda _at: "other"), now=NOW + LEASE, worker="other") == ["note"]
        return "late"

    look(database, Job("note", DAILY, work), worker="late")
    assert [(r.worker[:6], r.detail) for r in runs(database)] == [("other:", "other")]


def test_a_run_that_ends_every_process_is_given_up(database: Database) -> None:
    done: list[datetime] = []
    look(database, noting(done, makes_up=WEEK))
    for n in range(MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            look(database, Job("note", DAILY, ends, WEEK), now=NOW + timedelta(days=1) + n * LEASE)
    look(database, noting(done, makes_up=WEEK), now=NOW + timedelta(days=2))
    assert [(r.outcome, r.attempts) for r in runs(database)] == [("failed", MOST_ATTEMPTS), ("done", 1)]
    assert runs(database)[0].detail == DIED.template


def test_a_job_that_fails_is_noted_and_the_next_is_done(database: Database) -> None:
    done: list[datetime] = []

    def refuse(_at: datetime) -> str:
        raise Invalid("x", "{actor} has signed revision {number} already", actor="li", number=3)

    def break_down(_at: datetime) -> str:
        raise RuntimeError("13812345678")

    look(database, Job("a", HOURLY, refuse), Job("b", HOURLY, break_down), noting(done))
    with database.reading() as session:
        found = {r.job: (r.outcome, say(r.told, "en"), say(r.told, "zh")) for r in scheduling.list_runs(session, ADMIN)}
    assert found["a"] == ("failed", "li has signed revision 3 already", "li 已签过第 3 版")
    assert found["b"][:2] == ("failed", "unexpected RuntimeError") and found["note"][0] == "done"


def test_what_could_not_be_served_is_tried_again_later_and_in_order(database: Database) -> None:
    tries: list[datetime] = []

    def fails_twice(at: datetime) -> str:
        tries.append(at)
        if len(tries) < 3:
            raise Unavailable("disk_full", "the disk is full")
        return "done"

    job = Job("note", DAILY, fails_twice, WEEK)
    look(database, job)
    late = NOW + timedelta(days=2)
    for minutes in (0, 0.5, 1, 2, 7, 8):
        look(database, job, now=late + timedelta(minutes=minutes))
    first, second = (DAILY.latest(NOW + timedelta(days=n)) for n in (1, 2))
    assert tries == [first, first, first, second]
    assert [(r.outcome, r.attempts) for r in runs(database)] == [("done", 3), ("done", 1)]


def test_what_can_never_be_served_fails_in_the_end(database: Database) -> None:
    def full(_at: datetime) -> str:
        raise Unavailable("disk_full", "the disk is full")

    for hours in range(24):
        look(database, Job("note", DAILY, full), now=NOW + timedelta(hours=hours / 3))
    assert [(r.outcome, r.attempts) for r in runs(database)] == [("failed", MOST_ATTEMPTS)]


def test_administrators_are_told_of_a_failure_once_a_day(database: Database) -> None:
    def refuse(_at: datetime) -> str:
        raise Invalid("x", "the body must be a JSON object")

    with database.transaction() as session:
        for login, role in (("chief", Role.ADMIN), ("li", Role.AGENT)):
            people.create_user(session, ADMIN, login=login, name=login, grants=[(role, None)], password=None, now=NOW)
    for hours in (0, 1, 2, 24):
        look(database, Job("note", HOURLY, refuse), now=NOW + timedelta(hours=hours))
    with database.reading() as session:
        assert [row.key for row in session.scalars(select(Notice))] == ["job:note:2026-11-24", "job:note:2026-11-25"]


def test_fault_68_clocks_set_back_or_forward_double_nothing_and_lose_nothing(database: Database) -> None:
    done: list[datetime] = []
    job = noting(done, HOURLY, makes_up=WEEK)
    for hours in (0, 1, 2, 3, 1, 1.5, 2, 3, 4, 28, 4.5, 5, 6, 29, 30):  # 2 h back; a day forward by mistake, and back
        look(database, job, now=NOW + timedelta(hours=hours))
    assert len(done) == len(set(done)) == 30 and sorted(done) == [HOURLY.latest(NOW + timedelta(hours=n))
                                                                for n in range(1, 31)]


LOOKS = st.lists(st.tuples(st.integers(-180, 2_000), st.sampled_from(["done", "dies", "again"])), min_size=1,
                 max_size=25)


@settings(deadline=None, max_examples=60)
@given(steps=LOOKS, makes_up=st.sampled_from([None, timedelta(days=1), WEEK]))
def test_whatever_happens_each_due_time_is_decided_for_once_and_none_is_skipped(
        steps: list[tuple[int, str]], makes_up: timedelta | None) -> None:
    job = Job("note", Schedule("0 */5 * * *", NEW_YORK), ends, makes_up)
    now = datetime(2026, 11, 1, tzinfo=UTC)  # clocks are set back within
    standing, rows = first_standing(job, now), {}  # due time: (attempts, not before, whether finished)
    took: list[datetime] = []
    for minutes, what in steps:
        now += timedelta(minutes=minutes)
        unfinished = [Open(due, "", n, after) for due, (n, after, over) in sorted(rows.items()) if not over]
        taken = {due for due in rows if begins(job, standing, now) <= due <= now}
        made = decide(job, standing, unfinished, taken, now)
        if made is None:
            continue
        for due in made.gives_up:
            rows[due] = (*rows[due][:2], True)
        if made.due_at is None:
            continue
        assert made.is_new == (made.due_at not in rows) and (not made.is_new or made.due_at <= now)
        attempts = rows.get(made.due_at, (0, now, False))[0] + 1
        assert attempts <= MOST_ATTEMPTS
        if made.is_new:
            took.append(made.due_at)
        rows[made.due_at] = (attempts, now + timedelta(minutes=5 if what == "again" else 0), what == "done")
    assert len(took) == len(set(took))


def test_a_standing_lease_holds_off_everybody() -> None:
    held = Standing(NOW - WEEK, lease_until=NOW + LEASE)
    assert decide(noting([]), held, [], [], NOW) is None
    assert decide(noting([]), held, [Open(NOW, "li", 0, NOW)], [], NOW) is None


def test_the_clock_prunes_and_signs_the_log(database: Database, settings: Settings) -> None:
    published(database)
    names = look(database, *jobs_of(settings, database))
    assert {"audit_checkpoint", "facts", "prune"} <= set(names)
    assert {r.outcome for r in runs(database)} == {"done"}
    kept = read(checkpoint_folder(settings), public_key(settings.data_dir / PUBLIC_KEY))
    with database.reading() as session:
        assert [c.head for c in kept] == [audit.head(session)]
        assert audit.verify(session, [c.head for c in kept]).broken_at is None


def test_nothing_that_the_clock_does_is_done_with_the_rights_of_an_administrator_or_a_manager() -> None:
    root = Path(__file__).parents[4]
    modules = [*(root / "kb" / "upkeep").rglob("*.py"), root / "retriever" / "flowback.py"]
    assert not [path.name for path in modules if "OPERATOR" in path.read_text(encoding="utf-8")] and len(modules) > 50


def test_every_job_says_in_chinese_too_what_it_did(database: Database, settings: Settings) -> None:
    published(database)
    for job in jobs_of(settings, database):
        told = job.work(NOW)
        assert isinstance(told, Message) and say(told, "zh") != say(told, "en"), job.name


def test_the_clock_looks_at_once_and_stops(database: Database, settings: Settings) -> None:
    clock = Clock(settings, database, clock=lambda: NOW)
    clock.start()
    wait_until(lambda: {"prune", "facts", "audit_checkpoint"} <= {r.job for r in runs(database) if r.finished_at})
    clock.close()
    assert all(r.outcome == "done" for r in runs(database) if r.finished_at)


def test_a_job_without_a_schedule_waits_until_somebody_asks(database: Database) -> None:
    done: list[datetime] = []
    job = noting(done, None)
    assert look(database, job) == []
    with database.transaction() as session:
        scheduling.ask_run(session, ADMIN, "note", {"note": None}, now=NOW, origin="test")
    assert look(database, job, now=NOW + timedelta(minutes=1)) == ["note"] and done == [NOW + timedelta(minutes=1)]


def test_an_expression_that_is_none_stops_the_start(database: Database, settings: Settings) -> None:
    wrong = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, jobs={"prune": "0 25 * * *"})
    with pytest.raises(Invalid) as caught:
        Clock(wrong, database)
    assert caught.value.facts["key"] == "jobs.prune"
    off = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, jobs={"prune": ""})
    assert next(job for job in jobs_of(off, database) if job.name == "prune").schedule is None


def wait_until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(400):
        if is_so():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come to that")
