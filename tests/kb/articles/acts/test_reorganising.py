"""Departments that change: no article without an owner, nobody's rights grown, every change in the log."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kb.actor import OPERATOR, Actor, Role
from kb.articles import owners as owners_of
from kb.articles.acts import moving, signatures, workflow
from kb.articles.acts.reorganising import dissolve, merge, split
from kb.articles.acts.reviews import list_in_review
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.models import Article, Department, OutboxEvent, Revision, RoleGrant, Signature
from kb.people import departments, people
from kb.people.department_editing import get_department, rename, set_department
from kb.people.permissions import Action, may_anywhere
from kb.people.succession import standing_department
from kb.record import audit
from kb.settings import Settings
from tests.kb.articles.test_races import at_once
from tests.kb.factories import (
    ADMIN,
    AGENT,
    MANAGER,
    add_department,
    approver,
    at,
    editor,
    finding_of,
    published,
    revision_text,
    submitted,
)

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}


@pytest.fixture(autouse=True)
def others(database: Database) -> None:
    for code in ("fund", "tax"):
        add_department(database, code)


def owners(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {row[0]: row[1] for row in session.execute(select(Article.slug, Article.owner).order_by(Article.slug))}


def test_fault_71_a_merged_departments_articles_have_their_new_owner_at_once(database: Database) -> None:
    for slug in ("card", "house"):
        published(database, slug=slug)
    published(database, revision_text("税", owner="tax"), slug="levy")
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="li", name="", password=None, now=at(0),
                           grants=[(Role.EDITOR, "hrss"), (Role.AGENT, None)])
        events = len(session.scalars(select(OutboxEvent.id)).all())
        found = merge(session, ADMIN, "hrss", into="fund", **DONE)
    assert (found.articles, found.successor, found.people) == (("card", "house"), "fund", ("li",))
    assert owners(database) == {"card": "fund", "house": "fund", "levy": "tax"}
    with database.reading() as session:
        assert session.scalars(select(OutboxEvent.kind).order_by(OutboxEvent.id)).all()[events:] == [
            "moved", "moved", "staff"]
        assert [e.action for e in audit.tail(session, 3)] == ["merge_department", "move_article", "move_article"]
        assert session.scalars(select(RoleGrant.department)).all() == ["hrss", None]  # no role of fund came by itself
        view = get_department(session, "hrss")
        assert (view.dissolved_at, view.successor) == (at(9), "fund")
        assert finding_of(session) is None
    with pytest.raises(Invalid, match="dissolved; name fund"), database.transaction() as session:
        drafts.start(session, editor(), "new", revision_text(), **DONE)
    with pytest.raises(Denied), database.transaction() as session:
        drafts.edit(session, editor(), "card", **DONE)
    for again in (merge, split):
        with pytest.raises(InvalidTransition, match="dissolved"), database.transaction() as session:
            again(session, ADMIN, "hrss", into="tax", **({"articles": ["card"]} if again is split else {}), **DONE)


def test_fault_71_a_department_with_articles_is_dissolved_only_with_a_successor(database: Database) -> None:
    published(database)
    with pytest.raises(Invalid, match="has 1 articles"), database.transaction() as session:
        dissolve(session, ADMIN, "hrss", successor=None, **DONE)
    for successor, error in (("hrss", Invalid), ("nowhere", NotFound)):
        with pytest.raises(error), database.transaction() as session:
            dissolve(session, ADMIN, "hrss", successor=successor, **DONE)
    with database.transaction() as session:
        dissolve(session, ADMIN, "tax", successor=None, **DONE)  # it has none
    with pytest.raises(InvalidTransition, match="tax is dissolved"), database.transaction() as session:
        dissolve(session, ADMIN, "hrss", successor="tax", **DONE)
    with database.transaction() as session:
        dissolve(session, ADMIN, "hrss", successor="fund", **DONE)
        assert standing_department(session, "hrss") == "fund"
    assert owners(database) == {"card": "fund"}


@pytest.mark.parametrize("again", range(3))
def test_fault_71_merging_against_handing_in_and_against_beginning(database: Database, settings: Settings,
                                                                   again: int) -> None:
    published(database)
    with database.transaction() as session:
        draft = drafts.edit(session, editor(), "card", **DONE)
        drafts.save(session, editor(), draft.id, revision_text(f"改{again}"), seen=1, **DONE)

    def submit(session: Any) -> str:
        return submission.submit(session, editor(), draft.id, seen=2, **DONE).id

    found = at_once(settings, lambda s: merge(s, ADMIN, "hrss", into="fund", **DONE).articles, submit,
                    lambda s: drafts.start(s, editor("wang"), "new", revision_text(), **DONE).slug)
    assert "card" in found[0]
    assert set(owners(database).values()) == {"fund"}
    assert isinstance(found[1], str | Denied | NotFound) and isinstance(found[2], str | Invalid)
    with database.reading() as session:
        for row in session.scalars(select(Revision).where(Revision.state == "in_review")):
            assert signatures.waiting_for(session, row) == ["fund"]
        assert finding_of(session) is None


def test_fault_71_no_list_dissolves_a_department_that_has_articles(database: Database, tmp_path: Any) -> None:
    published(database)
    path = tmp_path / "departments.yaml"
    path.write_text("departments:\n- {code: hrss, name_zh: 市人社局, name_en: HRSS, dissolved_at: 2026-01-01}\n",
                    encoding="utf-8")
    with pytest.raises(Invalid, match="kb department dissolve"), database.transaction() as session:
        departments.import_file(session, OPERATOR, path, now=at(9))


def test_fault_71_a_co_owner_that_is_no_more_is_signed_for_by_its_successor(database: Database) -> None:
    revision_id = submitted(database, revision_text(co_owners=("fund",)))
    with database.transaction() as session:
        dissolve(session, ADMIN, "fund", successor="tax", **DONE)
        row = session.get_one(Revision, revision_id)
        assert signatures.waiting_for(session, row) == ["hrss", "tax"]
        with pytest.raises(Denied):
            signatures.sign(session, approver("xu", "fund"), row, shown=row.sha256, **DONE)
        assert signatures.sign(session, approver("sun", "tax"), row, shown=row.sha256, **DONE) == ["hrss"]
        assert signatures.sign(session, MANAGER, row, shown=row.sha256, reason="审批人均缺席", **DONE) == []


def person(database: Database, login: str, *grants: people.Grant) -> Actor:
    """The actor that somebody with these roles is, as the database says now."""
    with database.transaction() as session:
        if grants:
            people.create_user(session, OPERATOR, login=login, name="", password=None, grants=grants, now=at(0))
        return people.actor_of(session, login, now=at(9))


def test_fault_71_of_a_department_that_nobody_follows_only_a_substitute_signs(database: Database) -> None:
    revision_id = submitted(database, revision_text(co_owners=("fund",)))
    xu = person(database, "xu", (Role.APPROVER, "fund"), (Role.EDITOR, "fund"))
    with database.transaction() as session:
        dissolve(session, ADMIN, "fund", successor=None, **DONE)
        row = session.get_one(Revision, revision_id)
        assert signatures.waiting_for(session, row) == ["hrss", "fund"]
        signatures.sign(session, approver(), row, shown=row.sha256, **DONE)
        assert row.state == "in_review"  # its signature lapses by no act of nobody's
    for who in (xu, person(database, "xu")):  # as they were a moment ago, and as they are
        for decide in (signatures.sign, signatures.reject):
            with pytest.raises(Denied), database.transaction() as session:
                row = session.get_one(Revision, revision_id)
                decide(session, who, row, shown=row.sha256, reason="x", department="fund", **DONE)
    with database.transaction() as session:
        row = session.get_one(Revision, revision_id)
        with pytest.raises(Invalid, match="in place of fund"):
            signatures.sign(session, MANAGER, row, shown=row.sha256, **DONE)
        assert signatures.sign(session, MANAGER, row, shown=row.sha256, reason="该局已撤销，无承接部门", **DONE) == []
        signed = session.scalars(select(Signature).where(Signature.signer == MANAGER.name)).one()
        assert (row.state, signed.is_substitute, signed.department) == ("approved", True, "fund")
        assert finding_of(session) is None


def test_fault_71_roles_of_a_dissolved_department_mean_nothing_and_its_successor_has_what_was_its_own(
    database: Database,
) -> None:
    published(database, slug="live")
    waiting = submitted(database, revision_text(owner="fund", author="xu", co_owners=("hrss",)))
    left = submitted(database, revision_text(author="wang"), slug="left")
    xu = person(database, "xu", (Role.APPROVER, "hrss"), (Role.EDITOR, "hrss"))
    sun = person(database, "sun", (Role.APPROVER, "tax"), (Role.AGENT, None))
    zhou = person(database, "zhou", (Role.EDITOR, "hrss"), (Role.AGENT, None))
    assert not sun.inherited and xu.departments == {"hrss"}
    with database.transaction() as session:
        workflow.withdraw(session, editor("wang"), session.get_one(Revision, left), reason="", **DONE)
        merge(session, ADMIN, "hrss", into="tax", **DONE)
    xu, sun, zhou = (person(database, login) for login in ("xu", "sun", "zhou"))
    assert (xu.roles, xu.grants, xu.inherited) == ({Role.CITIZEN}, frozenset(), frozenset())
    assert (zhou.roles, zhou.grants) == ({Role.AGENT}, frozenset())
    assert (sun.departments, sun.inherited) == ({"tax"}, {(Role.APPROVER, "hrss")})
    assert not any(may_anywhere(xu, action) for action in (Action.DRAFT, Action.APPROVE, Action.RELEASE_KNOWN))
    with database.reading() as session:
        assert [one.number for one in list_in_review(session, sun)] == [1]
        assert list_in_review(session, xu) == [] == list_in_review(session, zhou)
        assert owners_of.revision_by_number(session, sun, "left", 1).id == left  # a text that hrss had withdrawn
        for who in (xu, zhou):
            with pytest.raises(NotFound):
                owners_of.revision_by_number(session, who, "left", 1)
    with database.transaction() as session:
        row = owners_of.revision_by_number(session, sun, "card", 1)
        assert row.id == waiting and signatures.sign(session, sun, row, shown=row.sha256, **DONE) == ["fund"]
        given = session.scalars(select(Signature).where(Signature.revision_id == waiting)).one()
        assert (given.department, given.is_substitute) == ("tax", False)


def test_no_role_is_given_for_a_department_that_is_no_more_and_one_that_is_held_may_stay(database: Database) -> None:
    person(database, "xu", (Role.EDITOR, "fund"))
    held = [(Role.EDITOR, "fund"), (Role.AGENT, None)]
    with database.transaction() as session:
        dissolve(session, ADMIN, "fund", successor="tax", **DONE)
        with pytest.raises(Invalid, match="dissolved; name tax, its successor"):
            people.create_user(session, OPERATOR, login="new", name="", password=None, now=at(9),
                               grants=[(Role.EDITOR, "fund")])
        with pytest.raises(Invalid, match="dissolved"):
            people.set_roles(session, OPERATOR, "xu", [*held, (Role.APPROVER, "fund")], now=at(9))
        people.set_roles(session, OPERATOR, "xu", held, now=at(9))
    assert person(database, "xu").roles == {Role.AGENT}


def test_some_articles_are_split_off_to_a_new_department(database: Database) -> None:
    for slug in ("card", "house", "talent"):
        published(database, slug=slug)
    names = {"name_zh": "市人才局", "name_en": "Talent"}
    for articles, match in ((["card", "levy"], "no article levy"), ([], "no article none")):
        with pytest.raises(Invalid, match=match), database.transaction() as session:
            split(session, ADMIN, "hrss", into="talent", articles=articles, **names, **DONE)
    with pytest.raises(NotFound), database.transaction() as session:
        split(session, ADMIN, "hrss", into="talent", articles=["talent"], **DONE)
    with pytest.raises(Invalid, match="looks like that of hrss"), database.transaction() as session:
        split(session, ADMIN, "hrss", into="talent", articles=["talent"], name_zh="市人社局", name_en="T", **DONE)
    with database.transaction() as session:
        assert split(session, ADMIN, "hrss", into="talent", articles=["talent", "card"], **names, **DONE).articles == (
            "card", "talent")
    assert owners(database) == {"card": "talent", "house": "hrss", "talent": "talent"}
    with database.reading() as session:
        assert finding_of(session) is None
    with pytest.raises(Conflict, match="there already"), database.transaction() as session:
        split(session, ADMIN, "hrss", into="talent", articles=["house"], **names, **DONE)


def test_what_was_on_its_way_is_settled_by_the_reorganisation(database: Database) -> None:
    published(database)
    with database.transaction() as session:
        moving.move(session, approver(), "card", to="tax", **DONE)
        merge(session, ADMIN, "hrss", into="fund", **DONE)
        assert moving.list_moves(session, MANAGER) == []
        with pytest.raises(Denied):
            moving.move(session, approver(), "card", to="tax", **DONE)


@pytest.mark.parametrize("who", [MANAGER, approver(), editor(), AGENT, OPERATOR])
def test_only_an_administrator_by_name_changes_departments(database: Database, who: Actor) -> None:
    with database.transaction() as session:
        for act in (lambda: merge(session, who, "hrss", into="fund", **DONE),
                    lambda: dissolve(session, who, "tax", successor=None, **DONE),
                    lambda: split(session, who, "hrss", into="fund", articles=["x"], **DONE),
                    lambda: rename(session, who, "hrss", name_zh="甲", name_en="A", **DONE),
                    lambda: set_department(session, who, "hrss", phone="1", **DONE)):
            with pytest.raises(Denied):
                act()


def test_a_department_has_people_contacts_and_a_district_of_the_city(database: Database) -> None:
    with database.transaction() as session:
        for login in ("li", "wu"):
            people.create_user(session, OPERATOR, login=login, name="", password=None, now=at(0), grants=[])
        found = set_department(session, ADMIN, "hrss", head="li", deputies=["wu"], district="望海区", phone="0540-1",
                               contacts=[{"name": "值班", "phone": "0540-2"}], **DONE)
        assert (found.head, found.deputies, found.district, found.contacts) == (
            "li", ("wu",), "望海区", ({"name": "值班", "phone": "0540-2"},))
        assert set_department(session, ADMIN, "hrss", phone="0540-3", **DONE).head == "li"  # what is not given stays
        entry = audit.tail(session, 1)[0]
        assert (entry.before, entry.after) == ({"phone": "0540-1"}, {"phone": "0540-3"})
        for wrong in ({"head": "nobody"}, {"deputies": ["wu", "wu"]}, {"deputies": ["li"]}, {"district": "浦东新区"},
                      {"contacts": [{"name": "x"}]}, {"phone": "0" * 65}):
            with pytest.raises(Invalid):
                set_department(session, ADMIN, "hrss", **wrong, **DONE)  # type: ignore[arg-type]
        assert rename(session, ADMIN, "hrss", name_zh="市人力资源局", name_en="HR", **DONE).name_zh == "市人力资源局"
        with pytest.raises(Invalid, match="looks like that of tax"):
            rename(session, ADMIN, "hrss", name_zh="市tax局", name_en="HR", **DONE)
        assert finding_of(session) is None
    with database.transaction() as session:
        session.get_one(Department, "hrss").head = "wu"
    with database.reading() as session:
        found_wrong = finding_of(session)
        assert found_wrong is not None and "its head" in str(found_wrong.reason)
