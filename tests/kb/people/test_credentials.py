"""Passwords changed and set: never in a log, the old one gone, one that somebody else set good once."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kb.actor import CITIZEN, OPERATOR
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid
from kb.models import AuditEntry
from kb.people import credentials, directory, people, tokens
from kb.record import audit
from tests.conftest import NOW
from tests.kb.people.accounts import ELSEWHERE, HOME, LASTING, PASSWORD, actor, added, opened, signed_in, viewer

ANOTHER = "another long secret"


def changed(database: Database, old: str = PASSWORD, new: str = ANOTHER, *, address: str = HOME, tries: int = 3) -> str:
    return credentials.change_password(database, actor(database), old, new, address=address, now=NOW, lasting=LASTING,
                                       tries=tries)


def reset(database: Database, password: str = ANOTHER) -> int:
    with database.transaction() as session:
        return credentials.set_password(session, OPERATOR, "wang", password, now=NOW)


def test_fault_36_tokens_and_sessions_are_stored_as_hashes_only(database: Database, tmp_path: Path) -> None:
    added(database)
    with database.transaction() as session:
        token = tokens.create_token(session, OPERATOR, "wang", name="desk", scopes=["ask"], days=30, now=NOW)
    secrets = [token, PASSWORD, ANOTHER, "a third long secret", signed_in(database), changed(database)]
    reset(database, secrets[3])
    database.close()
    stored = b"".join(p.read_bytes() for p in (tmp_path / "data").iterdir())
    assert token.startswith("kb_")
    for secret in secrets:
        assert secret.encode() not in stored


def test_changing_ones_password_ends_the_other_sessions_and_renews_the_present_one(database: Database) -> None:
    added(database)
    added(database, "li")
    others = [signed_in(database), signed_in(database, address=ELSEWHERE)]
    colleague = signed_in(database, "li")
    with database.transaction() as session:
        token = tokens.create_token(session, OPERATOR, "wang", name="desk", scopes=["ask"], days=30, now=NOW)
    renewed = changed(database)
    assert [viewer(database, other) for other in others] == [None, None]
    found = viewer(database, renewed)
    assert found is not None and found.name == "wang"
    assert viewer(database, colleague) is not None
    with database.reading() as session:
        assert tokens.viewer_by_token(session, token, now=NOW) is not None
        last = audit.tail(session, 1)[0]
    assert (last.actor, last.action, last.subject, last.after) == (
        "wang", "change_password", "user:wang", {"sessions_ended": 2})
    with pytest.raises(Denied):
        signed_in(database)
    assert signed_in(database, password=ANOTHER)


@pytest.mark.parametrize(("old", "new", "code"), [
    ("wrong wrong wrong", ANOTHER, "wrong_password"), ("", ANOTHER, "wrong_password"),
    (PASSWORD, PASSWORD, "same_password"), (PASSWORD, "too short", "password"), (PASSWORD, "x" * 201, "password"),
    (PASSWORD, "", "password"),
])
def test_a_password_change_that_cannot_be_changes_nothing(database: Database, old: str, new: str, code: str) -> None:
    added(database)
    open_one = signed_in(database)
    with pytest.raises(Invalid) as caught:
        changed(database, old, new)
    assert caught.value.code == code
    assert viewer(database, open_one) is not None
    assert signed_in(database)


def test_nobody_guesses_the_present_password_at_a_screen_left_open(database: Database) -> None:
    added(database)
    for _ in range(3):
        with pytest.raises(Invalid, match="present password is wrong"):
            changed(database, "a wrong password")
    with pytest.raises(Denied) as caught:
        changed(database)
    assert caught.value.code == "throttled"
    assert changed(database, address=ELSEWHERE)


def test_who_has_not_signed_in_changes_no_password(database: Database) -> None:
    with pytest.raises(Denied):
        credentials.change_password(database, CITIZEN, PASSWORD, ANOTHER, address=HOME, now=NOW, lasting=LASTING,
                                    tries=3)


def test_who_was_shut_out_meanwhile_changes_no_password(database: Database) -> None:
    added(database)
    wang = actor(database)
    with database.transaction() as session:
        people.disable_user(session, OPERATOR, "wang", now=NOW)
    with pytest.raises(Conflict, match="sign in again"):
        credentials.change_password(database, wang, PASSWORD, ANOTHER, address=HOME, now=NOW, lasting=LASTING, tries=3)
    with database.transaction() as session:
        people.enable_user(session, OPERATOR, "wang", now=NOW)
    assert signed_in(database)


def test_setting_a_password_ends_all_sessions_and_lets_them_in_at_once(database: Database) -> None:
    added(database)
    ids = [signed_in(database), signed_in(database, address=ELSEWHERE)]
    for _ in range(3):
        with pytest.raises(Denied):
            signed_in(database, password="forgotten, alas")
    assert reset(database) == 2
    assert [viewer(database, each) for each in ids] == [None, None]
    assert signed_in(database, password=ANOTHER)
    with pytest.raises(Denied):
        signed_in(database)
    with pytest.raises(Invalid, match="10 to 200"):
        reset(database, "short")


def test_who_had_no_password_signs_in_with_the_one_set(database: Database) -> None:
    added(database, password=None)
    reset(database)
    assert signed_in(database, password=ANOTHER)


def test_fault_36_no_password_is_in_the_audit_log_nor_in_any_other(database: Database,
                                                                   caplog: pytest.LogCaptureFixture) -> None:
    added(database)
    with caplog.at_level(logging.DEBUG):
        signed_in(database)
        changed(database)
        reset(database, "a third long secret")
        with pytest.raises(Denied) as caught:
            signed_in(database, password="a fourth long secret")
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry)).all()
    assert {"sign_in", "change_password", "set_password"} <= {entry.action for entry in entries}
    told = json.dumps([[e.action, e.subject, e.before, e.after] for e in entries])
    for text in (told, caplog.text, str(caught.value), str(caught.value.facts)):
        assert not [word for word in (PASSWORD, ANOTHER, "third long", "fourth long") if word in text]


def test_a_session_that_has_expired_is_not_counted_among_those_ended(database: Database) -> None:
    added(database)
    signed_in(database)
    with database.transaction() as session:
        assert credentials.set_password(session, OPERATOR, "wang", ANOTHER, now=NOW + timedelta(hours=13)) == 0


def is_limited(database: Database, password: str) -> bool:
    found = opened(database, signed_in(database, password=password))
    assert found is not None
    return found.must_change_password


def test_a_password_that_somebody_else_set_must_be_changed_and_then_no_more(database: Database) -> None:
    added(database, is_once=True)
    assert is_limited(database, PASSWORD) and is_limited(database, PASSWORD)  # until it is changed
    with pytest.raises(Invalid, match="choose another"):
        changed(database, PASSWORD, PASSWORD)
    renewed = opened(database, changed(database))
    assert renewed is not None and not renewed.must_change_password
    assert not is_limited(database, ANOTHER)
    reset(database, PASSWORD)
    assert is_limited(database, PASSWORD)
    with database.transaction() as session:
        credentials.set_password(session, OPERATOR, "wang", ANOTHER, is_once=False, now=NOW)
    assert not is_limited(database, ANOTHER)


def test_tokens_go_on_while_a_password_must_be_changed(database: Database) -> None:
    added(database)
    with database.transaction() as session:
        token = tokens.create_token(session, OPERATOR, "wang", name="desk", scopes=["ask"], days=30, now=NOW)
    reset(database)
    with database.reading() as session:
        assert tokens.viewer_by_token(session, token, now=NOW) is not None


def test_the_list_of_people_says_who_must_choose_a_password(database: Database) -> None:
    added(database, is_once=True)
    added(database, "li")
    added(database, "robot", password=None)
    with database.reading() as session:
        found = {u.login: (u.has_password, u.must_change_password) for u in directory.list_users(session, OPERATOR)}
    assert found == {"wang": (True, True), "li": (True, False), "robot": (False, False)}
