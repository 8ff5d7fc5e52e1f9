"""A department hears once a day of new gaps and signals, and of every text that callers were told in another form."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from kb.actor import Role
from kb.db import Database
from kb.messages.catalogue import say
from kb.messages.keeping import from_json
from kb.models import CallbackLook, GapRow, Notice, Revision, SignalRow, User
from kb.people import people
from kb.upkeep.flow_notices import tell_flow
from tests.kb.factories import ADMIN, add_department, at, published

NOON = at(0) + timedelta(hours=4)


@pytest.fixture
def office(database: Database) -> Database:
    """An article of hrss, and people of two departments."""
    add_department(database, "medins")
    with database.transaction() as session:
        for login, grant in {"hrss-editor": (Role.EDITOR, "hrss"), "hrss-approver": (Role.APPROVER, "hrss"),
                             "medins-editor": (Role.EDITOR, "medins"), "agent": (Role.AGENT, None)}.items():
            people.create_user(session, ADMIN, login=login, name=login, grants=[grant], password=None, now=at(0))
    published(database)
    return database


def tell(database: Database, now: datetime = NOON) -> int:
    with database.transaction() as session:
        return tell_flow(session, now=now)


def told(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(login, say(from_json(message), "zh")) for login, message in session.execute(
            select(User.login, Notice.message).join(Notice, Notice.user_id == User.id).order_by(User.login, Notice.id))]


def add_signal(database: Database, key: str, now: datetime = NOON) -> None:
    with database.transaction() as session:
        article = session.scalars(select(Revision.article_id)).one()
        session.add(SignalRow(id=str(uuid.uuid4()), article_id=article, kind="date", key=key, severity="info",
                              audience="public", raised_at=now))


def add_gap(database: Database, department: str | None, now: datetime = NOON) -> None:
    with database.transaction() as session:
        session.add(GapRow(id=str(uuid.uuid4()), state="open", department=department, central=str(uuid.uuid4()),
                           asked=1, weight=1.0, first_asked_at=now, last_asked_at=now, found_at=now))


def test_nothing_new_is_told_to_nobody(office: Database) -> None:
    assert tell(office) == 0


def test_signals_are_told_once_a_day_to_the_department(office: Database) -> None:
    add_signal(office, "one")
    assert tell(office) == 2
    add_signal(office, "two")
    assert tell(office) == 0
    assert told(office) == [("hrss-approver", "贵部门有条目可能过时：新增预警1条"),
                            ("hrss-editor", "贵部门有条目可能过时：新增预警1条")]
    add_signal(office, "three", NOON + timedelta(days=1))
    assert tell(office, NOON + timedelta(days=1, minutes=1)) == 2


def test_gaps_of_a_department_are_told_to_it_alone_and_nobodys_to_nobody(office: Database) -> None:
    add_gap(office, "medins")
    add_gap(office, None)
    assert tell(office) == 1
    assert told(office) == [("medins-editor", "市民问的事，贵部门的条目答不了：新增知识缺口1个")]


def test_callers_to_call_back_are_told_by_the_text_that_made_them(office: Database) -> None:
    with office.transaction() as session:
        session.add(CallbackLook(revision_id=session.scalars(select(Revision.id)).one(), looked_at=NOON, named=3))
    assert tell(office) == 2
    assert tell(office) == 0
    assert told(office)[0] == ("hrss-approver", "有3次答复说的是《补卡》改动以前的内容，请看看要不要回访")
