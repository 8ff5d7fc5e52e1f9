"""Why somebody may or may not: every hindrance is told by its name, and what is told is what the acts do."""

from __future__ import annotations

from typing import Any

import pytest

from kb.actor import CITIZEN, OPERATOR, Role
from kb.articles.acts import reorganising, rules, signatures, urgency
from kb.articles.acts.rights import ASKED, Rights, rights_of
from kb.articles.publication import publish
from kb.db import Database
from kb.errors import Denied, KbError, NotFound
from kb.models import Revision
from kb.people import people
from kb.people.permissions import Action
from tests.kb.factories import ADMIN, MANAGER, add_department, at, published, retired, revision_text, submitted

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
PEOPLE: dict[str, list[people.Grant]] = {
    "hrss-editor": [(Role.EDITOR, "hrss")], "hrss-approver": [(Role.APPROVER, "hrss")], "km": [
        (Role.KNOWLEDGE_MANAGER, None)], "agent": [(Role.AGENT, None)], "fund-approver": [(Role.APPROVER, "fund")],
    "root": [(Role.ADMIN, None)], "nobody": []}


@pytest.fixture(autouse=True)
def there(database: Database) -> None:
    add_department(database, "fund")
    with database.transaction() as session:
        for login, grants in PEOPLE.items():
            people.create_user(session, OPERATOR, login=login, name="", password=None, grants=grants, now=at(0))


def asked(database: Database, login: str, slug: str = "card", *, asker: str = "root") -> dict[Action, dict[str, Any]]:
    """Of each action the ids and facts of what is told, under ``may`` and ``why``."""
    with database.reading() as session:
        found = rights_of(session, people.actor_of(session, asker, now=at(9)), slug, 1, login=login)
    assert isinstance(found, Rights) and [right.action for right in found.rights] == list(ASKED)
    return {right.action: {"may": right.verdict.may, "why": [(r.id, dict(r.facts)) for r in right.verdict.reasons]}
            for right in found.rights}


def test_who_may_sign_is_told_by_which_role_for_whom_and_by_which_rule(database: Database) -> None:
    submitted(database, revision_text(co_owners=("fund",)))
    rule = ("rule", {"department": "hrss", "category": "", "signatures": 1, "minor": False})
    assert asked(database, "hrss-approver")[Action.APPROVE] == {"may": True, "why": [
        ("role_of_department", {"role": "approver", "department": "hrss"}), ("waited_for", {"department": "hrss"}),
        rule]}
    assert asked(database, "km")[Action.APPROVE] == {"may": True, "why": [
        ("role", {"role": "knowledge_manager"}), ("substitute", {"department": "hrss"}),
        ("substitute", {"department": "fund"}), rule]}
    assert asked(database, "fund-approver")[Action.APPROVE]["why"][:2] == [
        ("role_of_department", {"role": "approver", "department": "fund"}), ("waited_for", {"department": "fund"})]


def test_who_may_not_sign_is_told_everything_that_stands_against_it(database: Database) -> None:
    revision_id = submitted(database, revision_text(co_owners=("fund",)))
    assert asked(database, "agent")[Action.APPROVE] == {"may": False, "why": [
        ("no_role", {"roles": ["approver", "knowledge_manager"]})]}
    with database.transaction() as session:
        people.set_roles(session, OPERATOR, "hrss-editor", [(Role.APPROVER, "hrss")], now=at(9))
        row = session.get_one(Revision, revision_id)
        signatures.sign(session, people.actor_of(session, "hrss-approver", now=at(9)), row, shown=row.sha256, **DONE)
        people.disable_user(session, OPERATOR, "hrss-approver", now=at(9))
    assert asked(database, "hrss-editor")[Action.APPROVE] == {"may": False, "why": [
        ("own_text", {})]}
    told = asked(database, "hrss-approver")[Action.APPROVE]
    assert [reason for reason, _ in told["why"]] == ["disabled", "decided", "not_waited_for"]
    assert told["why"][1][1]["department"] == "hrss"
    assert asked(database, "hrss-approver")[Action.CONFIRM]["may"] is False


def test_what_the_state_of_a_text_stands_against_is_told(database: Database) -> None:
    submitted(database)
    told = asked(database, "km")
    assert told[Action.PUBLISH]["why"] == [("state", {"state": "in_review"})]
    assert told[Action.CONFIRM]["why"] == told[Action.HIDE]["why"] == [("state", {"state": "in_review"})]
    assert told[Action.READ] == {"may": True, "why": [("writes_or_signs", {})]}
    assert asked(database, "agent")[Action.READ] == {"may": False, "why": [("unpublished", {"state": "in_review"})]}
    published(database, revision_text(audience="agent"), slug="live")
    assert asked(database, "km", "live")[Action.APPROVE]["why"] == [("state", {"state": "published"})]
    assert asked(database, "nobody", "live")[Action.READ]["why"] == [("internal", {})]
    retired(database, "live", day=5)
    assert asked(database, "km", "live")[Action.RETIRE]["why"] == [("retired", {})]


def test_roles_of_a_department_that_is_no_more_are_named(database: Database) -> None:
    submitted(database, revision_text(co_owners=("fund",)))
    with database.transaction() as session:
        reorganising.dissolve(session, ADMIN, "fund", successor="hrss", **DONE)
    told = asked(database, "fund-approver")[Action.APPROVE]
    assert told["may"] is False
    assert ("dissolved", {"role": "approver", "department": "fund", "successor": "hrss"}) in told["why"]
    assert asked(database, "hrss-approver")[Action.APPROVE]["may"] is True


@pytest.mark.parametrize("login", sorted(PEOPLE))
@pytest.mark.parametrize("signed", [False, True])
def test_what_is_told_of_signing_and_publishing_is_what_the_acts_do(database: Database, login: str, signed: bool
                                                                    ) -> None:
    with database.transaction() as session:
        rules.set_rule(session, MANAGER, department="hrss", category="", owner_signatures=2, now=at(0), origin="test")
    revision_id = submitted(database)
    if signed:
        with database.transaction() as session:
            row = session.get_one(Revision, revision_id)
            signatures.sign(session, people.actor_of(session, "hrss-approver", now=at(9)), row, shown=row.sha256,
                            **DONE)
    told = asked(database, login)
    acts: dict[Action, Any] = {
        Action.APPROVE: lambda s, who, row: signatures.sign(s, who, row, shown=row.sha256, reason="代签", **DONE),
        Action.PUBLISH: lambda s, who, row: publish(s, who, row, **DONE)}
    for action, act in acts.items():
        done = True
        try:
            with database.transaction() as session:
                act(session, people.actor_of(session, login, now=at(9)), session.get_one(Revision, revision_id))
                session.rollback()
        except KbError:
            done = False
        assert told[action]["may"] is done, (action, told[action])
    if login == "hrss-approver" and signed:
        with database.transaction() as session:
            row = session.get_one(Revision, revision_id)
            urgency.publish_urgently(session, people.actor_of(session, login, now=at(9)), row, reason="急", **DONE)
    assert asked(database, "km")[Action.PUBLISH_URGENTLY]["may"] is not (login == "hrss-approver" and signed)


def test_fault_28_one_asks_about_oneself_and_others_only_as_a_manager_or_an_administrator(database: Database) -> None:
    submitted(database)
    published(database, slug="live")
    for login in ("agent", "hrss-editor", "fund-approver", "nobody"):
        with database.reading() as session:
            who = people.actor_of(session, login, now=at(9))
            assert rights_of(session, who, "live", 1).person == login
            for other in ("km", "no-such-person"):  # there or not: nobody learns by asking
                with pytest.raises(Denied, match="explain rights"):
                    rights_of(session, who, "live", 1, login=other)
    with database.reading() as session:
        for login in ("agent", "fund-approver", "nobody"):
            with pytest.raises(NotFound):
                rights_of(session, people.actor_of(session, login, now=at(9)), "card", 1)
        for wrong in (("card", 9), ("nothing", 1), ("../x", 1)):
            with pytest.raises(NotFound):
                rights_of(session, people.actor_of(session, "root", now=at(9)), *wrong)
        with pytest.raises(Denied):
            rights_of(session, CITIZEN, "live", 1)
