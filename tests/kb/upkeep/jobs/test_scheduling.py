"""Jobs as people see them: who may look, pause and ask; what is audited; lists page by page."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from kb.actor import OPERATOR, Actor
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.models import AuditEntry, JobRun
from kb.settings import Settings
from kb.upkeep.jobs import scheduling
from kb.upkeep.jobs.running import Runner
from kb.upkeep.jobs.runs import Job
from kb.upkeep.jobs.schedule import Schedule, schedules_of
from kb.upkeep.jobs.scheduling import Outcome
from tests.conftest import NOW
from tests.kb.factories import ADMIN, AGENT, MANAGER, approver

DAILY = Schedule("0 3 * * *", ZoneInfo("Asia/Shanghai"))
NAMES: scheduling.Schedules = {"tidy": DAILY, "asked": None}


def act(database: Database, what: str, name: str = "tidy", actor: Actor = MANAGER, now: datetime = NOW) -> object:
    with database.transaction() as session:
        do = {"pause": scheduling.pause, "resume": scheduling.resume, "ask": scheduling.ask_run}[what]
        return do(session, actor, name, NAMES, now=now, origin="test")


def look(database: Database, now: datetime, *, fails: bool = False) -> list[str]:
    def work(_at: datetime) -> str:
        if fails:
            raise Invalid("x", "the body must be a JSON object")
        return "done"

    return Runner(database, [Job("tidy", DAILY, work, timedelta(days=7)), Job("asked", None, work)],
                  lambda: now).look()


def view(database: Database, name: str = "tidy", now: datetime = NOW) -> scheduling.JobView:
    with database.reading() as session:
        return next(job for job in scheduling.list_jobs(session, ADMIN, NAMES, now=now) if job.name == name)


def test_every_job_of_the_settings_is_listed_before_it_ever_ran(database: Database, settings: Settings) -> None:
    with database.reading() as session:
        found = scheduling.list_jobs(session, OPERATOR, schedules_of(settings), now=NOW)
    assert {"prune", "facts", "audit_checkpoint"} <= {job.name for job in found}
    assert all(job.next_at is not None and job.next_at > NOW and job.last is None for job in found)


def test_what_falls_due_in_a_pause_is_left_out(database: Database) -> None:
    look(database, NOW)
    act(database, "pause")
    paused = view(database)
    assert (paused.next_at, paused.paused_by) == (None, "km")
    assert look(database, NOW + timedelta(days=3)) == []
    act(database, "resume", now=NOW + timedelta(days=3))
    assert look(database, NOW + timedelta(days=3, hours=1)) == []
    assert look(database, NOW + timedelta(days=4)) == ["tidy"]
    assert view(database).next_at == DAILY.next(NOW)


def test_a_run_is_asked_for_once_at_a_time_also_while_paused(database: Database) -> None:
    act(database, "pause")
    act(database, "ask")
    assert view(database).is_asked
    with pytest.raises(Conflict) as caught:
        act(database, "ask", actor=ADMIN)
    assert caught.value.facts["actor"] == "km"
    assert look(database, NOW) == ["tidy"]
    act(database, "ask", now=NOW + timedelta(minutes=1))
    act(database, "ask", "asked")
    look(database, NOW + timedelta(minutes=2))
    with database.reading() as session:
        found = scheduling.list_runs(session, MANAGER)
    assert [(run.job, run.asked_by, run.outcome) for run in found] == [
        ("tidy", "km", "done"), ("tidy", "km", "done"), ("asked", "km", "done")]
    assert not view(database).is_asked and view(database).last == found[0]


def test_failures_are_counted_until_it_goes_well_again(database: Database) -> None:
    look(database, NOW)
    for days in (1, 2, 3):
        look(database, NOW + timedelta(days=days), fails=True)
    assert view(database).failures == 3
    look(database, NOW + timedelta(days=4))
    assert view(database).failures == 0
    with database.reading() as session:
        assert len(scheduling.list_runs(session, ADMIN, outcome=Outcome.FAILED)) == 3
        assert scheduling.list_runs(session, ADMIN, outcome=Outcome.RUNNING) == []


def test_runs_are_read_page_by_page(database: Database) -> None:
    with database.transaction() as session:
        for n in range(7):
            for job in ("a", "b"):
                session.add(JobRun(job=job, due_at=NOW + timedelta(hours=n), worker="w", claimed_at=NOW,
                                   lease_until=NOW, finished_at=NOW, outcome="done"))
    seen: list[tuple[str, datetime]] = []
    after = ""
    with database.reading() as session:
        while page := scheduling.list_runs(session, ADMIN, after=after, limit=3)[:3]:
            seen += [(run.job, run.due_at) for run in page]
            after = page[-1].position
        assert seen == sorted(seen, key=lambda one: (one[1], one[0]), reverse=True) and len(set(seen)) == 14
        assert len(scheduling.list_runs(session, ADMIN, job="a", limit=200)) == 7
        for wrong in ("x", "|", "2026-01-01|a", "9999-12-31T00:00:00+00:00|a", "0001-01-01T00:00:00+00:00|a"):
            with pytest.raises(Invalid):
                scheduling.list_runs(session, ADMIN, after=wrong)


def test_what_is_done_to_a_job_stands_in_the_audit_log(database: Database) -> None:
    for what in ("pause", "ask", "resume"):
        act(database, what)
    with database.reading() as session:
        entries = session.execute(select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject)
                                  .order_by(AuditEntry.id)).all()
    assert [tuple(entry) for entry in entries] == [
        ("km", "pause_job", "job:tidy"), ("km", "run_job", "job:tidy"), ("km", "resume_job", "job:tidy")]


def test_neither_twice_nor_a_job_that_there_is_not(database: Database) -> None:
    for what in ("pause", "resume", "ask"):
        with pytest.raises(NotFound):
            act(database, what, "nothing")
    with pytest.raises(Conflict):
        act(database, "resume")
    act(database, "pause")
    with pytest.raises(Conflict):
        act(database, "pause", actor=ADMIN)


@pytest.mark.parametrize("actor", [AGENT, approver()])
def test_others_neither_look_nor_act(database: Database, actor: Actor) -> None:
    for what in ("pause", "resume", "ask"):
        with pytest.raises(Denied):
            act(database, what, actor=actor)
    with database.reading() as session:
        with pytest.raises(Denied):
            scheduling.list_jobs(session, actor, NAMES, now=NOW)
        with pytest.raises(Denied):
            scheduling.list_runs(session, actor)
