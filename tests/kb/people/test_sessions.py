"""Signing in without hints; sessions that end by sign-out, by time, by lying idle; listed, and ended one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from kb.actor import CITIZEN, OPERATOR, Role
from kb.db import Database
from kb.errors import Denied, NotFound
from kb.models import User, WebSession
from kb.people import people, sessions
from kb.people.devices import device_of
from kb.people.passwords import hash_secret
from kb.record import audit
from tests.conftest import NOW
from tests.kb.people.accounts import ELSEWHERE, LASTING, PASSWORD, actor, added, admin, opened, signed_in, viewer

SHORT = sessions.Lasting(hours=12, idle_minutes=30)


def test_a_session_lasts_its_hours_and_ends_with_sign_out(database: Database) -> None:
    added(database)
    first, second = signed_in(database), signed_in(database)
    assert first != second
    found = viewer(database, first)
    assert found is not None and found.name == "wang"
    assert viewer(database, first, hours=12) is None
    with database.transaction() as session:
        sessions.sign_out(session, first, now=NOW)
    assert viewer(database, first) is None
    assert viewer(database, second) is not None


@pytest.mark.parametrize(("login", "password"), [
    ("wang", "wrong wrong wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("robot", PASSWORD),
    ("\ud800", PASSWORD), ("wang", "\ud800" * 9), ("wang", "x" * 100_000), ("wang\x00", PASSWORD), ("", ""),
])
def test_fault_33_every_failed_sign_in_gets_the_same_answer(database: Database, login: str, password: str) -> None:
    added(database)
    added(database, "gone")
    added(database, "robot", password=None)
    with database.transaction() as session:
        people.disable_user(session, OPERATOR, "gone", now=NOW)
    with pytest.raises(Denied) as caught:
        signed_in(database, login, password)
    assert (caught.value.code, caught.value.message) == ("sign_in", "user name or password is wrong")


def idle(database: Database) -> str:
    """A session that ends when it lies idle for half an hour."""
    return sessions.sign_in(database, "wang", PASSWORD, address=ELSEWHERE, now=NOW, lasting=SHORT, tries=3)


def use(database: Database, session_id: str, minutes: float) -> bool:
    """Come with the session as a request does; whether it was still open."""
    found = opened(database, session_id, minutes / 60)
    if found is not None:
        sessions.note_use(database, session_id, found, lasting=SHORT, now=NOW + timedelta(minutes=minutes))
    return found is not None


def test_a_session_that_lies_idle_ends_and_one_that_is_used_goes_on(database: Database) -> None:
    added(database)
    used, left = idle(database), idle(database)
    assert all(use(database, used, minutes) for minutes in range(0, 719, 20))
    assert not use(database, used, 720)  # the hours count as well
    assert use(database, left, 29) and not use(database, idle(database), 30)


def test_reading_pages_writes_nothing_but_once_in_a_few_minutes(database: Database) -> None:
    added(database)
    session_id = idle(database)
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN", "SET LOCAL")):
            written.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    for minutes in (0, 1, 2, 4, 4.9):
        use(database, session_id, minutes)
    assert written == []
    for minutes in (5, 6, 7, 9.9):
        use(database, session_id, minutes)
    assert len(written) == 1
    event.remove(database.engine, "before_cursor_execute", note)
    with database.reading() as session:
        (view,) = sessions.list_sessions(session, actor(database), "wang", now=NOW + timedelta(minutes=10))
    assert (view.used_at, view.ends_at) == (NOW + timedelta(minutes=5), NOW + timedelta(minutes=35))


def test_a_session_of_the_release_before_lasts_its_hours(database: Database) -> None:
    added(database)
    with database.transaction() as session:
        user = people.find_user(session, "wang")
        session.add(WebSession(id_sha256=hash_secret("old"), user_id=user.id, created_at=NOW,
                               expires_at=NOW + timedelta(hours=12)))
    assert opened(database, "old", 11) is not None and opened(database, "old", 12) is None
    with database.reading() as session:
        (view,) = sessions.list_sessions(session, OPERATOR, "wang", now=NOW)
    assert (view.used_at, view.ends_at, view.device) == (NOW, NOW + timedelta(hours=12), "")


def listed(database: Database, login: str = "wang") -> list[sessions.SessionView]:
    with database.reading() as session:
        return sessions.list_sessions(session, OPERATOR, login, now=NOW)


def test_the_list_names_open_sessions_and_never_their_ids(database: Database) -> None:
    added(database)
    first = signed_in(database, device="Firefox, Windows")
    gone = signed_in(database, minutes=1)
    with database.transaction() as session:
        sessions.sign_out(session, gone, now=NOW)
    (view,) = listed(database)
    assert (view.handle, view.device, view.opened_at) == (sessions.handle_of(first), "Firefox, Windows", NOW)
    assert view.handle not in first and viewer(database, view.handle) is None
    with database.reading() as session:
        assert session.get_one(User, actor(database).user_id).last_sign_in_at == NOW + timedelta(minutes=1)


def test_one_session_is_ended_or_all_or_all_but_the_present_one(database: Database) -> None:
    added(database)
    added(database, "li")
    first, second, third = (signed_in(database, minutes=n) for n in range(3))
    colleague = signed_in(database, "li")
    wang = actor(database)
    with database.transaction() as session:
        sessions.end_session(session, wang, "wang", sessions.handle_of(first), now=NOW, origin="web")
        for handle in (sessions.handle_of(first), sessions.handle_of(colleague), "", "%" * 16, "\x00" * 16, "f" * 64):
            with pytest.raises(NotFound):
                sessions.end_session(session, wang, "wang", handle, now=NOW)
    assert [viewer(database, each) is None for each in (first, second, third)] == [True, False, False]
    with database.transaction() as session:
        assert sessions.end_sessions(session, wang, "wang", but=third, now=NOW, origin="web") == 1
        assert sessions.end_sessions(session, wang, "wang", but=third, now=NOW) == 0
    assert [viewer(database, each) is None for each in (second, third)] == [True, False]
    with database.transaction() as session:
        assert sessions.end_sessions(session, OPERATOR, "wang", now=NOW) == 1
        told = [(e.actor, e.action, e.after) for e in audit.tail(session, 3)]
    assert sorted(told, key=str) == sorted([
        ("wang", "end_session", {"session": sessions.handle_of(first)}),
        ("wang", "end_sessions", {"sessions_ended": 1}), ("operator", "end_sessions", {"sessions_ended": 1})], key=str)
    assert viewer(database, third) is None and viewer(database, colleague) is not None


@pytest.mark.parametrize("act", [
    lambda session, who: sessions.list_sessions(session, who, "wang", now=NOW),
    lambda session, who: sessions.end_session(session, who, "wang", "0" * 16, now=NOW),
    lambda session, who: sessions.end_sessions(session, who, "wang", now=NOW),
])
def test_only_administrators_see_and_end_the_sessions_of_others(database: Database,
                                                                act: Callable[[Session, Any], object]) -> None:
    added(database)
    added(database, "li")
    admin(database)
    signed_in(database)
    for who in (actor(database, "li"), CITIZEN):
        with pytest.raises(Denied), database.transaction() as session:
            act(session, who)
    assert len(listed(database)) == 1
    with database.reading() as session:
        assert sessions.list_sessions(session, actor(database, "root"), "wang", now=NOW)


def test_fault_32_other_roles_end_the_sessions_and_the_same_ones_do_not(database: Database) -> None:
    added(database)
    session_id = signed_in(database)
    with database.transaction() as session:
        people.set_roles(session, OPERATOR, "wang", [(Role.AGENT, None)], now=NOW)
    assert viewer(database, session_id) is not None
    with database.transaction() as session:
        people.set_roles(session, OPERATOR, "wang", [(Role.AGENT, None), (Role.EDITOR, "hrss")], now=NOW)
    assert viewer(database, session_id) is None
    found = viewer(database, signed_in(database))
    assert found is not None and found.departments == {"hrss"}


@pytest.mark.parametrize(("user_agent", "device"), [
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 "
     "Edg/139.0.0.0", "Edge, Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1",
     "Safari, iPhone"),
    ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116 Mobile Safari/537.36 MicroMessenger/8.0.50",
     "WeChat, Android"),
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36", "Chrome, Linux"),
    ("curl/8", ""), ("", ""), ("x" * 10_000, ""),
])
def test_a_device_is_the_browsers_family_and_its_system(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device


def test_a_sessions_last_is_as_long_as_it_says(database: Database) -> None:
    added(database)
    signed_in(database)
    assert listed(database)[0].ends_at == NOW + timedelta(hours=LASTING.hours)
