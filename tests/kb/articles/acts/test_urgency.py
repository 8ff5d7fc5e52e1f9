"""Urgent publication: live with one signature, the others owed, marked until they are given, overdue after the day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from kb.actor import CITIZEN, OPERATOR, Actor
from kb.articles.acts import reviews, rules, signatures, workflow
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.acts.urgency import publish_urgently
from kb.articles.live import Moment, live_by_slug
from kb.articles.publication import publish
from kb.articles.writing import drafts, submission
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
    finding_of,
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
    with pytest.raises(Conflict, match="one signature of the responsible"):
        act(database, publish_urgently, approver("wu"), waiting, reason="台风")
    act(database, signatures.sign, approver("xu", "fund"), waiting)
    with pytest.raises(Conflict, match="one signature of the responsible"):  # a co-owner's is not the owner's
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
        listed = reviews.list_in_review(session, MANAGER)
        assert [(one.slug, one.waiting_for, one.due_at, one.is_overdue(at(9.9)), one.is_overdue(at(10)))
                for one in listed] == [("card", ("hrss",), at(10), False, True)]
    for again in (approver("wu"), editor()):
        with pytest.raises((Conflict, Denied)):
            act(database, signatures.sign, again, waiting)
    assert act(database, signatures.sign, approver("sun"), waiting, now=at(12)) == []
    with database.reading() as session:
        assert opening.open_article(session, AGENT, "card", now=at(12)).owed is None
        assert reviews.list_in_review(session, MANAGER) == []
        assert finding_of(session) is None
    with pytest.raises(InvalidTransition):
        act(database, signatures.sign, approver("li"), waiting, now=at(12))


@pytest.mark.parametrize("who", [editor(), AGENT, ADMIN, OPERATOR, approver("xu", "fund")],
                         ids=["editor", "agent", "admin", "operator", "co-owner"])
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
        assert reviews.list_in_review(session, MANAGER) == []
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


# --- nobody gets round what is owed


@pytest.fixture
def unpaid(database: Database) -> str:
    """An urgent second text, whose first one hrss and fund had signed: fund's signature is owed until day 10."""
    add_department(database, "fund")
    published(database, revision_text("十元。", co_owners=("fund",)))
    return urgent(database, edited(database, source="二十元。"))


def edited(database: Database, *, day: float = 9, **changes: Any) -> str:
    """What the newest published text becomes by these changes, submitted; its id."""
    with database.transaction() as session:
        when: dict[str, Any] = {"now": at(day), "origin": "test"}
        draft = drafts.edit(session, editor(), "card", **when)
        saved = drafts.save(session, editor(), draft.id, replace(draft.text, **changes), seen=1, **when)
        return submission.submit(session, editor(), saved.id, seen=2, **when).id


def urgent(database: Database, revision_id: str, *, day: float = 9) -> str:
    act(database, signatures.sign, approver("wu"), revision_id, now=at(day))
    act(database, publish_urgently, approver("wu"), revision_id, reason="急", now=at(day))
    return revision_id


def waits(database: Database, revision_id: str) -> list[str]:
    with database.reading() as session:
        return signatures.waiting_for(session, session.get_one(Revision, revision_id))


def listed(database: Database) -> list[tuple[int, tuple[str, ...], Any]]:
    with database.reading() as session:
        return [(one.number, one.waiting_for, one.due_at) for one in reviews.list_in_review(session, MANAGER)]


def test_a_minor_edit_waits_until_nothing_is_owed(database: Database, unpaid: str) -> None:
    with pytest.raises(Invalid, match="owes signatures of fund"):
        edited(database, source="二十元", is_minor=True)
    act(database, signatures.sign, approver("xu", "fund"), unpaid)
    assert waits(database, edited(database, source="二十元", is_minor=True)) == ["hrss"]


@pytest.mark.parametrize("co_owners", [(), ("fund",)], ids=["dropped", "kept"])
def test_who_is_owed_a_signature_signs_the_next_text_too(database: Database, co_owners: tuple[str, ...]) -> None:
    add_department(database, "fund")
    published(database, revision_text("十元。", co_owners=("fund",)))
    urgent(database, edited(database, source="二十元。", co_owners=co_owners))
    third = edited(database, source="三十元。", co_owners=())
    act(database, signatures.sign, approver("wu"), third)
    assert waits(database, third) == ["fund"]
    with pytest.raises((Conflict, InvalidTransition)):
        act(database, publish, approver("wu"), third)
    assert [number for number, missing, _ in listed(database) if missing == ("fund",)] == [2, 3]
    assert act(database, signatures.sign, approver("xu", "fund"), third) == []
    act(database, publish, approver("wu"), third)
    assert listed(database) == []  # paid by the signatures on its successor
    assert waits(database, edited(database, source="四十元。")) == ["hrss"]


def test_the_day_by_which_signatures_are_due_is_not_set_anew(database: Database, unpaid: str) -> None:
    for day in (9.9, 10.5):
        urgent(database, last := edited(database, source=f"{day}元。", co_owners=(), day=day), day=day)
    assert listed(database) == [(2, ("fund",), at(10)), (3, ("fund",), at(10)), (4, ("fund",), at(10))]
    with pytest.raises(InvalidTransition, match="revision 4 took the place"):
        act(database, signatures.sign, approver("xu", "fund"), unpaid, now=at(11))
    assert act(database, signatures.sign, approver("xu", "fund"), last, now=at(11)) == []
    assert listed(database) == []
    with database.reading() as session:
        assert finding_of(session) is None
    again = urgent(database, edited(database, source="再改。", co_owners=("fund",), day=20), day=20)
    assert listed(database) == [(5, ("fund",), at(21))] and waits(database, again) == ["fund"]


def test_who_is_owed_a_signature_may_refuse_it_and_is_heard(database: Database, unpaid: str) -> None:
    with pytest.raises(Invalid, match="say why"):
        act(database, signatures.reject, approver("xu", "fund"), unpaid, reason=" ")
    with pytest.raises(Denied):  # whom nobody asks has nothing to refuse
        act(database, signatures.reject, approver("sun"), unpaid, reason="不对")
    act(database, signatures.reject, approver("xu", "fund"), unpaid, reason="金额不对")
    with database.reading() as session:
        assert session.get_one(Revision, unpaid).state == "published"
        (one,) = reviews.list_in_review(session, MANAGER)
        assert one.refused_by == ("fund",) and one.as_dict(at(9))["refused_by"] == ["fund"]
        page = opening.open_article(session, MANAGER, "card", now=at(9.5))
        assert page.owed is not None and page.owed.as_dict()["refused"] == [
            {"department": "fund", "by": "xu", "reason": "金额不对"}]
        assert finding_of(session) is None
    third = edited(database, source="三十元。")
    act(database, signatures.sign, approver("wu"), third)
    with pytest.raises(Conflict, match=r"fund refused .*金额不对"):
        act(database, publish_urgently, approver("wu"), third, reason="急")
    act(database, signatures.sign, approver("zhao", "fund"), third)
    act(database, publish, approver("wu"), third)
    urgent(database, edited(database, source="四十元。"))  # a text that all have signed has settled it


def test_a_refusal_is_settled_by_another_signature_of_the_department(database: Database, unpaid: str) -> None:
    act(database, signatures.reject, approver("xu", "fund"), unpaid, reason="金额不对")
    with pytest.raises(Conflict, match="signed revision 2 already"):
        act(database, signatures.sign, approver("xu", "fund"), unpaid)
    assert act(database, signatures.sign, approver("zhao", "fund"), unpaid) == []
    assert listed(database) == []
    urgent(database, edited(database, source="三十元。"))


def test_a_rule_that_was_raised_after_the_last_signature_leaves_the_urgent_way_open(database: Database) -> None:
    revision = submitted(database)
    act(database, signatures.sign, approver("wu"), revision)
    with database.transaction() as session:
        rules.set_rule(session, MANAGER, department="", category="", owner_signatures=2, **DONE)
    with pytest.raises(Conflict, match="waits for signatures of hrss"):
        act(database, publish, approver("wu"), revision)
    assert act(database, publish_urgently, approver("wu"), revision, reason="台风") == ["hrss"]
    assert act(database, signatures.sign, approver("sun"), revision) == []
    with database.reading() as session:
        assert finding_of(session) is None


def test_a_rule_that_was_lowered_leaves_nothing_owed(database: Database, waiting: str) -> None:
    act(database, signatures.sign, approver("wu"), waiting)
    act(database, signatures.sign, approver("xu", "fund"), waiting)
    with database.transaction() as session:
        rules.set_rule(session, MANAGER, department="hrss", category="", owner_signatures=1, **DONE)
    assert act(database, publish_urgently, approver("wu"), waiting, reason="台风") == []
    assert listed(database) == []


@pytest.mark.parametrize("changed", ["", "其他"])
def test_another_category_does_not_get_round_the_rule_of_the_one_before(database: Database, changed: str) -> None:
    with database.transaction() as session:
        for name in ("收费", "其他"):
            rules.set_category(session, MANAGER, name, risk="high", review_days=None, **DONE)
        rules.set_rule(session, MANAGER, department="", category="收费", owner_signatures=2, **DONE)
    published(database, revision_text("十元。", category="收费"))
    second = edited(database, source="二十元。", category=changed)
    assert waits(database, second) == ["hrss", "hrss"]
    for signer in (approver("wu"), approver("sun")):
        act(database, signatures.sign, signer, second)
    act(database, publish, approver("wu"), second)
    assert waits(database, edited(database, source="三十元。")) == ["hrss"]
    with database.transaction() as session:
        third = session.scalars(select(Revision).where(Revision.number == 3)).one()
        workflow.withdraw(session, editor(), third, reason="", **DONE)
    assert waits(database, edited(database, source="四十元。", category="收费")) == ["hrss", "hrss"]  # nor of its own


def test_nobody_decides_on_a_text_whose_words_were_erased(database: Database, waiting: str) -> None:
    act(database, ask_redaction, ADMIN, waiting, reason="法院裁定")
    act(database, agree_redaction, MANAGER, waiting)
    for do, more in ((signatures.sign, {}), (signatures.reject, {"reason": "不对"})):
        with pytest.raises(InvalidTransition, match=r"erased|withdrawn"):
            act(database, do, approver("wu"), waiting, **more)
    with pytest.raises(InvalidTransition, match=r"erased|withdrawn"):
        act(database, publish_urgently, approver("wu"), waiting, reason="急")
