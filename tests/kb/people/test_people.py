"""People: rights by role and department, sign-in without hints, secrets stored as hashes, everything ends at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from kb import setup
from kb.actor import SYSTEM, Actor, Role
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.models import Department
from kb.people import people
from kb.people.permissions import Action, can
from kb.record import audit
from tests.conftest import NOW

PASSWORD = "correct horse battery"


def added(database: Database, login: str = "wang", grants: Sequence[people.Grant] = ((Role.AGENT, None),),
          password: str | None = PASSWORD) -> str:
    with database.transaction() as session:
        people.create_user(session, SYSTEM, login=login, name=login, grants=grants, password=password, now=NOW)
    return login


def signed_in(database: Database, login: str = "wang", password: str = PASSWORD, *, address: str = "192.0.2.1",
              minutes: int = 0, tries: int = 3) -> str:
    return people.sign_in(database, login, password, address=address, now=NOW + timedelta(minutes=minutes),
                          session_hours=12, tries=tries)


def viewer(database: Database, session_id: str, hours: float = 0) -> Actor | None:
    with database.reading() as session:
        return people.viewer_by_session(session, session_id, now=NOW + timedelta(hours=hours))


def test_a_session_lasts_its_hours_and_ends_with_sign_out(database: Database) -> None:
    added(database)
    first, second = signed_in(database), signed_in(database)
    assert first != second
    found = viewer(database, first)
    assert found is not None and found.name == "wang"
    assert viewer(database, first, hours=12) is None
    with database.transaction() as session:
        people.sign_out(session, first, now=NOW)
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
        people.disable_user(session, SYSTEM, "gone", now=NOW)
    with pytest.raises(Denied) as caught:
        signed_in(database, login, password)
    assert (caught.value.code, caught.value.message) == ("sign_in", "user name or password is wrong")


def test_fault_33_guesses_on_one_account_are_throttled_from_any_address(database: Database) -> None:
    added(database)
    for n in range(3):
        with pytest.raises(Denied, match="wrong"):
            signed_in(database, password="a wrong password", address=f"192.0.2.{n}")
    with pytest.raises(Denied) as caught:
        signed_in(database, address="192.0.2.99")
    assert caught.value.code == "throttled"
    assert signed_in(database, minutes=16)


def test_fault_33_one_password_over_many_accounts_is_throttled_by_address(database: Database) -> None:
    added(database)
    for n in range(3):
        with pytest.raises(Denied, match="wrong"):
            signed_in(database, f"guess{n}")
    with pytest.raises(Denied) as caught:
        signed_in(database)
    assert caught.value.code == "throttled"
    assert signed_in(database, address="192.0.2.2")


def test_successful_sign_ins_never_throttle_an_office_behind_one_address(database: Database) -> None:
    added(database)
    for _ in range(10):
        assert signed_in(database)


def test_fault_36_tokens_and_sessions_are_stored_as_hashes_only(database: Database, tmp_path: Path) -> None:
    added(database)
    with database.transaction() as session:
        token = people.create_token(session, SYSTEM, "wang", name="desk", scopes=["ask"], days=30, now=NOW)
    session_id = signed_in(database)
    database.close()
    stored = b"".join(p.read_bytes() for p in (tmp_path / "data").iterdir())
    assert token.startswith("kb_")
    for secret in (token, session_id, PASSWORD):
        assert secret.encode() not in stored


def test_a_token_gives_its_scopes_until_it_expires(database: Database) -> None:
    added(database)
    with database.transaction() as session:
        token = people.create_token(session, SYSTEM, "wang", name="desk", scopes=["ask", "read"], days=30, now=NOW)
    with database.reading() as session:
        found = people.viewer_by_token(session, token, now=NOW)
        assert found is not None and found[0].name == "wang" and found[1] == {"ask", "read"}
        assert people.viewer_by_token(session, token, now=NOW + timedelta(days=30)) is None
        assert people.viewer_by_token(session, token[:-1], now=NOW) is None
        assert people.viewer_by_token(session, "kb_\ud800", now=NOW) is None


def test_fault_35_disabling_a_user_ends_sessions_and_tokens_at_once(database: Database) -> None:
    added(database)
    with database.transaction() as session:
        token = people.create_token(session, SYSTEM, "wang", name="desk", scopes=["ask"], days=None, now=NOW)
    session_id = signed_in(database)
    with database.transaction() as session:
        people.disable_user(session, SYSTEM, "wang", now=NOW)
    assert viewer(database, session_id) is None
    with database.reading() as session:
        assert people.viewer_by_token(session, token, now=NOW) is None
        with pytest.raises(Denied):
            people.actor_of(session, "wang", now=NOW)


def test_a_role_counts_only_in_its_own_department(database: Database) -> None:
    with database.transaction() as session:
        session.add(Department(code="fund", name_zh="公积金", name_en="Fund", phone=""))
    added(database, "li", [(Role.EDITOR, "fund"), (Role.APPROVER, "hrss")])
    with database.reading() as session:
        actor = people.actor_of(session, "li", now=NOW)
    assert can(actor, Action.APPROVE, department="hrss")
    assert not can(actor, Action.APPROVE, department="fund")
    assert actor.departments == {"fund", "hrss"}


@pytest.mark.parametrize(("login", "grants", "password"), [
    ("Wang", [], None), ("system", [], None), ("a b", [], None), ("", [], None), ("x" * 65, [], None),
    ("li", [(Role.EDITOR, None)], None), ("li", [(Role.EDITOR, "nowhere")], None), ("li", [(Role.AGENT, "hrss")], None),
    ("li", [], "short"), ("li", [], "x" * 201),
])
def test_a_user_that_cannot_be_is_refused(database: Database, login: str, grants: list[people.Grant],
                                          password: str | None) -> None:
    with pytest.raises(Invalid):
        added(database, login, grants, password)


def test_only_administrators_manage_users_and_all_of_it_is_audited(database: Database) -> None:
    added(database)
    with pytest.raises(Conflict):
        added(database)
    with database.transaction() as session:
        agent = people.actor_of(session, "wang", now=NOW)
        for act in (lambda: people.list_users(session, agent),
                    lambda: people.disable_user(session, agent, "wang", now=NOW),
                    lambda: people.create_token(session, agent, "wang", name="x", scopes=["admin"], days=1, now=NOW)):
            with pytest.raises(Denied):
                act()
        assert people.create_token(session, agent, "wang", name="own", scopes=["ask"], days=1, now=NOW)
        with pytest.raises(NotFound):
            people.actor_of(session, "nobody", now=NOW)
    with database.reading() as session:
        assert [e.action for e in audit.tail(session)] == ["create_token", "create_user"]
        assert [u.login for u in people.list_users(session, SYSTEM)] == ["wang"]


def test_the_sample_gets_one_sign_in_of_each_kind_once(database: Database) -> None:
    with database.transaction() as session:
        session.add(Department(code="fund", name_zh="公积金", name_en="Fund", phone=""))
    shown = setup.add_sample_users(database, now=NOW)
    assert setup.add_sample_users(database, now=NOW) == []
    assert [login for login, _ in shown] == ["agent", "supervisor", "manager", "admin", "hrss-editor", "hrss-approver"]
    for login, password in shown:
        assert viewer(database, signed_in(database, login, password)) is not None
