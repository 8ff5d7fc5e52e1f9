"""Who comes to a department or leaves it, and what becomes of departments, is seen at once, and looked at once."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from kb.actor import Role
from kb.articles.acts.reorganising import dissolve
from kb.db import Database
from kb.models import OutboxEvent, SignalRow
from kb.people import people
from kb.record import outbox
from kb.settings import Settings
from kb.upkeep.jobs.clock import Clock
from kb.upkeep.signals.scanning import Scanned, scan_changed
from kb.upkeep.signals.staffing import scan_staff
from tests.kb.factories import ADMIN, add_department, at
from tests.kb.upkeep.jobs.test_runs import wait_until
from tests.kb.upkeep.signals.arranging import write

TZ = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def staffed(database: Database) -> Database:
    """A department with one who writes and one who signs, and an article of its."""
    write(database, "card", day=0)
    with database.transaction() as session:
        for login, role in (("li", Role.EDITOR), ("wu", Role.APPROVER)):
            people.create_user(session, ADMIN, login=login, name=login, grants=[(role, "hrss")], password=None,
                               now=at(1))
    scan_staff(database, at(1), TZ)
    return database


def open_reasons(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.facts["why"] for row in session.scalars(select(SignalRow).where(
            SignalRow.kind == "owner", SignalRow.cleared_at.is_(None)))]


def test_who_is_shut_out_and_let_in_again_raises_and_clears(staffed: Database) -> None:
    assert open_reasons(staffed) == []
    with staffed.transaction() as session:
        people.disable_user(session, ADMIN, "wu", now=at(2))
    assert scan_staff(staffed, at(2), TZ).raised == 1 and open_reasons(staffed) == ["nobody_signs"]
    assert scan_staff(staffed, at(2), TZ) == Scanned()
    with staffed.transaction() as session:
        people.enable_user(session, ADMIN, "wu", now=at(3))
    assert scan_staff(staffed, at(3), TZ).cleared == 1 and open_reasons(staffed) == []


def test_roles_that_are_taken_and_given_raise_and_clear(staffed: Database) -> None:
    with staffed.transaction() as session:
        people.set_roles(session, ADMIN, "li", [(Role.AGENT, None)], now=at(2))
    scan_staff(staffed, at(2), TZ)
    assert open_reasons(staffed) == ["nobody_else"]
    with staffed.transaction() as session:
        people.create_user(session, ADMIN, login="xu", name="xu", grants=[(Role.EDITOR, "hrss")], password=None,
                           now=at(3))
    scan_staff(staffed, at(3), TZ)
    assert open_reasons(staffed) == []


def test_a_dissolved_departments_articles_are_asked_about_under_their_new_owner(staffed: Database) -> None:
    add_department(staffed, "fund")
    with staffed.transaction() as session:
        dissolve(session, ADMIN, "hrss", successor="fund", now=at(2), origin="test")
    scan_staff(staffed, at(2), TZ)
    assert open_reasons(staffed) == ["nobody_writes"]  # its people do not go with the articles
    with staffed.transaction() as session:
        people.set_roles(session, ADMIN, "li", [(Role.EDITOR, "fund")], now=at(3))
        people.set_roles(session, ADMIN, "wu", [(Role.APPROVER, "fund")], now=at(3))
    scan_staff(staffed, at(3), TZ)
    assert open_reasons(staffed) == []


def test_people_without_a_department_and_other_names_say_nothing(staffed: Database) -> None:
    with staffed.reading() as session:
        before = outbox.head(session, outbox.Topic.STAFF)
    with staffed.transaction() as session:
        people.create_user(session, ADMIN, login="zhao", name="赵", grants=[], password=None, now=at(2))
        people.rename_user(session, ADMIN, "zhao", "钱", now=at(2))
    with staffed.reading() as session:
        assert outbox.head(session, outbox.Topic.STAFF) == before


def test_engines_and_the_look_at_articles_hear_nothing_of_it(staffed: Database) -> None:
    scan_changed(staffed, at(1), TZ)
    with staffed.reading() as session:
        checkpoint = outbox.head(session)
    with staffed.transaction() as session:
        people.disable_user(session, ADMIN, "wu", now=at(2))
    with staffed.reading() as session:
        assert outbox.head(session) == checkpoint and outbox.read_after(session, checkpoint) == []
        assert session.scalar(select(OutboxEvent.article_id).where(OutboxEvent.topic == "staff").limit(1)) == ""


def test_the_clock_looks_at_once_without_a_due_time(staffed: Database, settings: Settings) -> None:
    clock = Clock(settings, staffed, clock=lambda: at(2), more={"signals": lambda _now: "left out"})
    clock.start()
    try:
        with staffed.transaction() as session:
            people.disable_user(session, ADMIN, "wu", now=at(2))
        wait_until(lambda: open_reasons(staffed) == ["nobody_signs"])
    finally:
        clock.close()
