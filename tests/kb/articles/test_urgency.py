"""Urgent publication: live with one signature, the others owed, marked until they are given, overdue after the day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kb.actor import CITIZEN, SYSTEM, Actor
from kb.articles import rules, signatures, workflow
from kb.articles.live import Moment, live_by_slug
from kb.articles.publication import publish
from kb.articles.urgency import publish_urgently
from kb.content.verification import verify
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition
from kb.models import Revision
from kb.reading import opening
from tests.kb.factories import (
    ADMIN,
    AGENT,
    MANAGER,
    add_department,
    approver,
    at,
    editor,
    published,
    revision_text,
    submitted,
)

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}


def act(database: Database, do: Callable[..., Any], actor: Actor, revision_id: str, **more: Any) -> Any:
    with database.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        if do in (signatures.sign, signatures.reject):
            more = {"shown": revision.sha256, **more}
        return do(session, actor, revision, **{**DONE, **more})


@pytest.fixture
def waiting(database: Database) -> str:
    """A text that waits for two signatures of hrss and one of fund."""
    add_department(database, "fund")
    with database.transaction() as session:
        rules.set_rule(session, MANAGER, department="hrss", category="", owner_signatures=2, **DONE)
    return submitted(database, revision_text(co_owners=("fund",)))


def test_one_signature_is_enough_at_once_and_the_others_are_owed(database: Database, waiting: str) -> None:
    with pytest.raises(Conflict, match="one signature of hrss"):
        act(database, publish_urgently, approver("wu"), waiting, reason="台风")
    act(database, signatures.sign, approver("xu", "fund"), waiting)
    with pytest.raises(Conflict, match="one signature of hrss"):  # a co-owner's is not the owner's
        act(database, publish_urgently, approver("wu"), waiting, reason="台风")
    act(database, signatures.sign, approver("wu"), waiting)
    with pytest.raises(Invalid, match="cannot wait"):
        act(database, publish_urgently, approver("wu"), waiting, reason=" ")
    assert act(database, publish_urgently, approver("wu"), waiting, reason="台风") == ["hrss"]
    with database.reading() as session:
        assert live_by_slug(session, CITIZEN, Moment(at(9), at(9)), "card") is not None
        page = opening.open_article(session, AGENT, "card", now=at(9.5))
        assert page.owed is not None
        assert (page.owed.departments, page.owed.due_at, page.owed.is_overdue, page.owed.reason) == (
            ("hrss",), at(10), False, "台风")
        assert opening.open_article(session, CITIZEN, "card", now=at(9.5)).owed is None
        late = opening.open_article(session, AGENT, "card", now=at(10))
        assert late.owed is not None and late.owed.is_overdue and late.live_number == 1
        listed = signatures.list_in_review(session, MANAGER)
        assert [(one.slug, one.waiting_for, one.due_at, one.is_overdue(at(9.9)), one.is_overdue(at(10)))
                for one in listed] == [("card", ("hrss",), at(10), False, True)]
    for again in (approver("wu"), editor()):
        with pytest.raises((Conflict, Denied)):
            act(database, signatures.sign, again, waiting)
    with pytest.raises(InvalidTransition, match="published"):
        act(database, signatures.reject, approver("sun"), waiting, reason="不对")
    assert act(database, signatures.sign, approver("sun"), waiting, now=at(12)) == []
    with database.reading() as session:
        assert opening.open_article(session, AGENT, "card", now=at(12)).owed is None
        assert signatures.list_in_review(session, MANAGER) == []
        assert verify(session).finding is None
    with pytest.raises(InvalidTransition):
        act(database, signatures.sign, approver("li"), waiting, now=at(12))


@pytest.mark.parametrize("who", [editor(), AGENT, ADMIN, SYSTEM, approver("xu", "fund")],
                         ids=["editor", "agent", "admin", "system", "co-owner"])
def test_only_who_signs_for_the_owner_publishes_urgently(database: Database, waiting: str, who: Actor) -> None:
    act(database, signatures.sign, approver("wu"), waiting)
    with pytest.raises(Denied):
        act(database, publish_urgently, who, waiting, reason="台风")


def test_what_has_all_its_signatures_is_simply_published(database: Database, waiting: str) -> None:
    for signer in (approver("wu"), approver("sun"), approver("xu", "fund")):
        act(database, signatures.sign, signer, waiting)
    with pytest.raises(InvalidTransition, match="publish it"):
        act(database, publish_urgently, MANAGER, waiting, reason="台风")
    act(database, publish, approver("wu"), waiting)
    with pytest.raises(InvalidTransition, match=r"published since 2026-01-10 08:00, by wu"):
        act(database, publish_urgently, MANAGER, waiting, reason="台风")


def test_what_is_owed_for_a_text_that_was_replaced_is_owed_no_more(database: Database, waiting: str) -> None:
    act(database, signatures.sign, approver("wu"), waiting)
    act(database, publish_urgently, approver("wu"), waiting, reason="台风")
    published(database, revision_text("全文"), number=2, day=9.1)
    with database.reading() as session:
        assert signatures.list_in_review(session, MANAGER) == []
        assert opening.open_revision(session, AGENT, "card", 1, now=at(11)).owed is None
    with pytest.raises(InvalidTransition):
        act(database, signatures.sign, approver("sun"), waiting, now=at(11))


def test_an_urgent_text_that_was_overtaken_or_withdrawn_does_not_go_live(database: Database, waiting: str) -> None:
    act(database, signatures.sign, approver("wu"), waiting)
    published(database, revision_text("抢先"), number=5, day=5)
    with pytest.raises(Conflict, match="already published"):
        act(database, publish_urgently, approver("wu"), waiting, reason="台风")
    act(database, workflow.withdraw, editor(), waiting, reason="")
    with pytest.raises(InvalidTransition, match="withdrawn"):
        act(database, publish_urgently, approver("wu"), waiting, reason="台风")
