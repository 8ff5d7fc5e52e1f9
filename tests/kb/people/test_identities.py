"""Persons of a sign-in service: known by issuer and subject, linked by administrators, never by a login they chose."""

from __future__ import annotations

import threading

import pytest

from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, KbError, NotFound
from kb.models import UserIdentity
from kb.people import directory, identities, people
from kb.people.identities import Claimed, OidcSettings
from kb.people.people import find_user
from kb.people.sessions import begin
from kb.record import audit
from tests.conftest import NOW
from tests.kb.people.accounts import LASTING, actor, added, opened

ISSUER = "https://id.example"


def rules(first: str = "refuse", roles: str = "") -> OidcSettings:
    return OidcSettings(issuer=ISSUER, client_id="x", first_sign_in=first, roles=roles)


def came(database: Database, subject: str, login: str = "wang", first: str = "refuse", *, roles: str = "") -> str:
    """The login of whose session is opened."""
    session_id = identities.sign_in_by(database, Claimed(ISSUER, subject, login, "王"), rules(first, roles), now=NOW,
                                       lasting=LASTING, device="Firefox, Linux")
    found = opened(database, session_id)
    assert found is not None and found.issuer == ISSUER
    return found.actor.name


def link(database: Database, login: str, subject: str) -> None:
    with database.transaction() as session:
        identities.link(session, OPERATOR, login, issuer=ISSUER, subject=subject, now=NOW)


def test_who_is_linked_is_known_by_the_subject_whatever_the_login(database: Database) -> None:
    added(database)
    added(database, "li")
    link(database, "wang", "s-1")
    assert came(database, "s-1", "li", "make") == "wang"
    with database.reading() as session:
        (found,) = directory.identities_of(session, OPERATOR, "wang")
        last = audit.tail(session, 1)[0]
    assert (found.issuer, found.subject) == (ISSUER, "s-1")
    assert (last.actor, last.action, last.after) == ("wang", "sign_in", {"issuer": ISSUER})


def test_a_person_and_a_user_are_linked_once(database: Database) -> None:
    added(database)
    added(database, "li")
    link(database, "wang", "s-1")
    for login, subject in (("li", "s-1"), ("wang", "s-2"), ("wang", "s-1")):
        with pytest.raises(Conflict):
            link(database, login, subject)
    with database.transaction() as session:
        identities.unlink(session, OPERATOR, "wang", issuer=ISSUER, now=NOW)
        with pytest.raises(NotFound):
            identities.unlink(session, OPERATOR, "wang", issuer=ISSUER, now=NOW)
    with pytest.raises(Denied):
        came(database, "s-1")
    link(database, "li", "s-1")
    assert came(database, "s-1") == "li"


def test_who_is_unlinked_is_signed_out_of_what_they_came_to_by_the_service(database: Database) -> None:
    added(database)
    link(database, "wang", "s-1")
    by_service = identities.sign_in_by(database, Claimed(ISSUER, "s-1", "wang", "王"), rules(), now=NOW,
                                       lasting=LASTING)
    with database.transaction() as session:
        by_password = begin(session, find_user(session, "wang"), now=NOW, lasting=LASTING, device="")
    with database.transaction() as session:
        identities.unlink(session, OPERATOR, "wang", issuer=ISSUER, now=NOW)
    assert opened(database, by_service) is None and opened(database, by_password) is not None


@pytest.mark.parametrize("first", ["refuse", "link", "make"])
def test_an_account_with_a_password_or_another_identity_is_nobodys_by_its_login(database: Database, first: str) -> None:
    added(database)
    added(database, "li", password=None)
    link(database, "li", "s-li")
    for login in ("wang", "li"):
        with pytest.raises(Denied):
            came(database, "s-new", login, first)
    with database.reading() as session:
        assert directory.identities_of(session, OPERATOR, "wang") == []


def test_an_account_made_for_somebody_is_theirs_at_the_first_sign_in_where_the_rules_let_it(database: Database) -> None:
    added(database, password=None)
    with pytest.raises(Denied) as caught:
        came(database, "s-1")
    assert caught.value.code == "identity_unknown"
    assert came(database, "s-1", first="link") == "wang"
    assert came(database, "s-1", "renamed") == "wang"
    with pytest.raises(Denied):
        came(database, "s-2", "new", "link")
    assert came(database, "s-2", "new", "make", roles="agent editor:hrss") == "new"
    assert actor(database, "new").grants == {(Role.EDITOR, "hrss")}


def test_fault_35_who_is_disabled_stays_out_linked_or_not(database: Database) -> None:
    added(database)
    added(database, "li", password=None)
    link(database, "wang", "s-1")
    with database.transaction() as session:
        for login in ("wang", "li"):
            people.disable_user(session, OPERATOR, login, now=NOW)
    for subject, login in (("s-1", "wang"), ("s-2", "li")):
        with pytest.raises(Denied) as caught:
            came(database, subject, login, "make")
        assert caught.value.code == "account_disabled"


def test_roles_of_a_department_that_is_not_there_make_nobody(database: Database) -> None:
    with pytest.raises(Invalid, match="nowhere"):
        came(database, "s-1", "new", "make", roles="editor:nowhere")
    with pytest.raises(NotFound):
        actor(database, "new")


@pytest.mark.parametrize("subject", ["", "x" * 256, "a\x00b", "王", " a", "a\n", "\ud800"])
def test_a_subject_that_cannot_be_one_is_refused(database: Database, subject: str) -> None:
    added(database)
    with pytest.raises(Invalid):
        link(database, "wang", subject)
    with pytest.raises(Invalid):
        came(database, subject, "new", "make")


def test_only_administrators_link_and_unlink(database: Database) -> None:
    added(database)
    wang = actor(database)
    with database.transaction() as session:
        for act in (lambda: identities.link(session, wang, "wang", issuer=ISSUER, subject="s", now=NOW),
                    lambda: identities.unlink(session, wang, "wang", issuer=ISSUER, now=NOW)):
            with pytest.raises(Denied):
                act()


def test_the_same_newcomer_coming_twice_at_once_is_one_person(database: Database) -> None:
    told: list[str] = []
    start = threading.Barrier(2)

    def come() -> None:
        start.wait()
        try:
            told.append(came(database, "s-1", "new", "make"))
        except KbError as error:
            told.append(error.code)

    threads = [threading.Thread(target=come) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["new", "new"]
    with database.reading() as session:
        assert session.query(UserIdentity).count() == 1
