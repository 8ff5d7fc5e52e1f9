"""People: who may be added, roles by department, shutting out and letting in, one administrator always left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import setup
from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, KbError, NotFound
from kb.models import Department, User
from kb.people import credentials, directory, people, tokens
from kb.people.permissions import Action, can
from kb.record import audit
from tests.conftest import NOW
from tests.kb.people.accounts import PASSWORD, actor, added, admin, signed_in, viewer

ADMIN: people.Grant = (Role.ADMIN, None)
AGENT: people.Grant = (Role.AGENT, None)


def disable(database: Database, login: str) -> None:
    with database.transaction() as session:
        people.disable_user(session, OPERATOR, login, now=NOW)


def set_roles(database: Database, login: str, *grants: people.Grant) -> None:
    with database.transaction() as session:
        people.set_roles(session, OPERATOR, login, grants, now=NOW)


def entries(database: Database, count: int) -> list[tuple[str, str, object, object]]:
    with database.reading() as session:
        return [(e.action, e.subject, e.before, e.after) for e in audit.tail(session, count)]


def test_fault_35_disabling_a_user_ends_sessions_and_tokens_at_once(database: Database) -> None:
    added(database)
    with database.transaction() as session:
        token = tokens.create_token(session, OPERATOR, "wang", name="desk", scopes=["ask"], days=None, now=NOW)
    session_id = signed_in(database)
    disable(database, "wang")
    assert viewer(database, session_id) is None
    with database.reading() as session:
        assert tokens.viewer_by_token(session, token, now=NOW) is None
        with pytest.raises(Denied):
            people.actor_of(session, "wang", now=NOW)


def test_who_is_enabled_again_signs_in_with_the_old_password_and_roles_and_no_old_session(database: Database) -> None:
    added(database)
    session_id = signed_in(database)
    disable(database, "wang")
    with pytest.raises(Denied, match="wrong"):
        signed_in(database)
    with database.transaction() as session:
        people.enable_user(session, OPERATOR, "wang", now=NOW)
    assert viewer(database, session_id) is None
    found = viewer(database, signed_in(database))
    assert found is not None and found.roles == {Role.AGENT}
    assert ("enable_user", "user:wang", None, None) in entries(database, 2)
    with pytest.raises(Conflict, match="not disabled"), database.transaction() as session:
        people.enable_user(session, OPERATOR, "wang", now=NOW)


def test_a_new_name_is_cleaned_and_audited_and_the_login_stays(database: Database) -> None:
    added(database)
    with database.transaction() as session:
        people.rename_user(session, OPERATOR, "wang", " 王\u200b  小明 ", now=NOW)
        people.rename_user(session, OPERATOR, "wang", "王 小明", now=NOW)  # the same one: nothing to tell
        assert [(u.login, u.name) for u in directory.list_users(session, OPERATOR)] == [("wang", "王 小明")]
    assert entries(database, 5) == [("rename_user", "user:wang", {"name": "wang"}, {"name": "王 小明"}),
                                    ("create_user", "user:wang", None, {"name": "wang", "grants": [["agent", None]]})]
    for name in ("", " \u200b", "长" * 101):
        with pytest.raises(Invalid, match="1 to 100"), database.transaction() as session:
            people.rename_user(session, OPERATOR, "wang", name, now=NOW)


def test_new_roles_replace_all_others_and_end_the_sessions(database: Database) -> None:
    added(database, "li", [AGENT, (Role.EDITOR, "hrss")])
    session_id = signed_in(database, "li")
    set_roles(database, "li", (Role.APPROVER, "hrss"), (Role.APPROVER, "hrss"))
    assert viewer(database, session_id) is None
    found = actor(database, "li")
    assert (found.roles, found.grants) == ({Role.APPROVER}, {(Role.APPROVER, "hrss")})
    set_roles(database, "li", (Role.APPROVER, "hrss"))  # as they are: nothing to tell
    assert entries(database, 1) == [("set_roles", "user:li", {"grants": [["agent", None], ["editor", "hrss"]]},
                                     {"grants": [["approver", "hrss"]]})]
    set_roles(database, "li")
    assert actor(database, "li").roles == {Role.CITIZEN}


@pytest.mark.parametrize("grant", [(Role.EDITOR, None), (Role.EDITOR, "nowhere"), (Role.AGENT, "hrss")])
def test_roles_that_cannot_be_change_nothing(database: Database, grant: people.Grant) -> None:
    added(database)
    with pytest.raises(Invalid):
        set_roles(database, "wang", AGENT, grant)
    assert actor(database).roles == {Role.AGENT}


LOSSES: list[Callable[[Session, str], None]] = [
    lambda session, login: people.disable_user(session, OPERATOR, login, now=NOW),
    lambda session, login: people.set_roles(session, OPERATOR, login, [AGENT], now=NOW),
    lambda session, login: people.set_roles(session, OPERATOR, login, [], now=NOW),
]


@pytest.mark.parametrize("lose", LOSSES, ids=["disabled", "other role", "no role"])
def test_the_last_administrator_stays(database: Database, lose: Callable[[Session, str], None]) -> None:
    admin(database, "first")
    admin(database, "second")
    added(database)
    with database.transaction() as session:
        lose(session, "second")
        lose(session, "wang")  # no administrator: whoever else goes, goes
    with pytest.raises(Conflict, match="make somebody else one first") as caught, database.transaction() as session:
        lose(session, "first")
    assert caught.value.code == "last_admin"
    assert Role.ADMIN in actor(database, "first").roles
    set_roles(database, "first", ADMIN, AGENT)  # more roles, and still an administrator
    admin(database, "third")
    with database.transaction() as session:
        lose(session, "first")


def test_a_disabled_administrator_is_none_and_may_lose_the_role(database: Database) -> None:
    admin(database, "first")
    admin(database, "second")
    disable(database, "second")
    with pytest.raises(Conflict, match="last administrator"):
        disable(database, "first")
    set_roles(database, "second", AGENT)
    with pytest.raises(Conflict, match="last administrator"):
        set_roles(database, "first")


@pytest.mark.parametrize("lose", LOSSES[:2], ids=["disabled", "other role"])
def test_administrators_who_shut_each_other_out_at_once_leave_one(database: Database,
                                                                   lose: Callable[[Session, str], None]) -> None:
    logins = [admin(database, f"admin{n}") for n in range(4)]
    gate = threading.Barrier(len(logins))
    refused: list[str] = []

    def act(login: str) -> None:
        gate.wait()
        try:
            with database.transaction() as session:
                lose(session, login)
        except KbError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=act, args=(login,)) for login in logins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["last_admin"]
    with database.reading() as session:
        left = [u.login for u in directory.list_users(session, OPERATOR) if ADMIN in u.grants and u.disabled_at is None]
    assert len(left) == 1


def test_the_list_tells_who_signed_in_when_and_who_is_shut_out(database: Database) -> None:
    added(database)
    added(database, "never")
    signed_in(database)
    signed_in(database, minutes=5)
    disable(database, "wang")
    with database.reading() as session:
        listed = directory.list_users(session, OPERATOR)
    assert [(u.login, u.disabled_at, u.last_sign_in_at) for u in listed] == [
        ("never", None, None), ("wang", NOW, NOW + timedelta(minutes=5))]


def test_a_role_counts_only_in_its_own_department(database: Database) -> None:
    with database.transaction() as session:
        session.add(Department(code="fund", name_zh="公积金", name_en="Fund", phone=""))
    added(database, "li", [(Role.EDITOR, "fund"), (Role.APPROVER, "hrss")])
    li = actor(database, "li")
    assert can(li, Action.APPROVE, "hrss")
    assert not can(li, Action.APPROVE, "fund")
    assert li.departments == {"fund", "hrss"}


@pytest.mark.parametrize(("login", "grants", "password"), [
    ("Wang", [], None), ("a b", [], None), ("", [], None), ("x" * 65, [], None),
    ("li", [(Role.EDITOR, None)], None), ("li", [(Role.EDITOR, "nowhere")], None), ("li", [(Role.AGENT, "hrss")], None),
    ("li", [], "short"), ("li", [], "x" * 201),
])
def test_a_user_that_cannot_be_is_refused(database: Database, login: str, grants: Sequence[people.Grant],
                                          password: str | None) -> None:
    with pytest.raises(Invalid):
        added(database, login, grants, password)


@pytest.mark.parametrize("login", ["system", "operator", "citizen", "import", "Operator", "ｏｐｅｒａｔｏｒ",
                                   "0perator", "оperator", "oper\u200bator", " operator "])
def test_nobody_is_called_what_the_log_calls_no_person(database: Database, login: str) -> None:
    with pytest.raises(Invalid, match="cannot be had") as refused:
        added(database, login)
    assert refused.value.code == "login_reserved" and refused.value.facts["fields"] == {"login": "reserved"}


@pytest.mark.parametrize("login", ["operator-2", "system.admin", "operators", "important"])
def test_a_login_that_only_begins_like_one_of_them_is_anybodys(database: Database, login: str) -> None:
    assert added(database, login) == login


def test_only_administrators_manage_users(database: Database) -> None:
    added(database)
    with pytest.raises(Conflict):
        added(database)
    agent = actor(database)
    with database.transaction() as session:
        acts: list[Callable[[], object]] = [
            lambda: directory.list_users(session, agent),
            lambda: people.disable_user(session, agent, "wang", now=NOW),
            lambda: people.enable_user(session, agent, "wang", now=NOW),
            lambda: people.rename_user(session, agent, "wang", "x", now=NOW),
            lambda: people.set_roles(session, agent, "wang", [ADMIN], now=NOW),
            lambda: credentials.set_password(session, agent, "wang", PASSWORD, now=NOW),
            lambda: credentials.unlock_user(session, agent, "wang", now=NOW),
            lambda: credentials.unlock_address(session, agent, "192.0.2.1", now=NOW),
        ]
        for act in acts:
            with pytest.raises(Denied):
                act()
        with pytest.raises(NotFound):
            people.actor_of(session, "nobody", now=NOW)
    assert [action for action, *_ in entries(database, 9)] == ["create_user"]


def test_what_is_done_to_nobody_says_so(database: Database) -> None:
    with database.transaction() as session:
        acts: list[Callable[[], object]] = [
            lambda: people.disable_user(session, OPERATOR, "nobody", now=NOW),
            lambda: people.enable_user(session, OPERATOR, "nobody", now=NOW),
            lambda: people.rename_user(session, OPERATOR, "nobody", "x", now=NOW),
            lambda: people.set_roles(session, OPERATOR, "NOBODY", [], now=NOW),
            lambda: credentials.set_password(session, OPERATOR, "no\x00body", PASSWORD, now=NOW),
            lambda: credentials.unlock_user(session, OPERATOR, "\ud800", now=NOW),
        ]
        for act in acts:
            with pytest.raises(NotFound, match="kb user list"):
                act()


def test_the_sample_gets_one_sign_in_of_each_kind_once(database: Database) -> None:
    with database.transaction() as session:
        session.add(Department(code="fund", name_zh="公积金", name_en="Fund", phone=""))
    shown = setup.add_sample_users(database, now=NOW)
    assert setup.add_sample_users(database, now=NOW) == []
    assert [login for login, _ in shown] == ["agent", "supervisor", "manager", "admin", "hrss-editor", "hrss-approver"]
    for login, password in shown:
        assert viewer(database, signed_in(database, login, password)) is not None
    with database.reading() as session:
        hashes = session.scalars(select(User.password_hash).where(User.password_hash.is_not(None))).all()
    assert len(hashes) == len(shown) and all(str(h).startswith("$argon2id$") for h in hashes)
