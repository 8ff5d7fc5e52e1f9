"""Known questions: who may do what with them, equal ones are one, and a heading that is gone takes them along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from kb.actor import CITIZEN, OPERATOR, SYSTEM, Actor, Role
from kb.articles.feed import known_changes
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, KbError, NotFound
from kb.known import known
from kb.known.known import Known, KnownState
from kb.models import KnownQuestion
from kb.record import audit, outbox
from tests.kb.factories import AGENT, add_department, at, published, revision_text, submitted

CARD = "社保卡是凭证。\n\n## 补领\n\n带身份证。\n\n### 费用\n\n工本费20元。\n\n## 邮寄\n\n### 费用\n\n10元。\n\n## 空\n"
MANAGER = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))
SUPERVISOR = Actor("u-sv", "sv", frozenset({Role.SUPERVISOR}))
ADMIN = Actor("u-ad", "ad", frozenset({Role.ADMIN}))


def of(role: Role, department: str) -> Actor:
    return Actor(f"u-{role}", f"{department}-{role}", frozenset({role}), frozenset({(role, department)}))


EDITOR, APPROVER = of(Role.EDITOR, "hrss"), of(Role.APPROVER, "hrss")
OTHER_EDITOR, OTHER_APPROVER = of(Role.EDITOR, "fund"), of(Role.APPROVER, "fund")


@pytest.fixture
def card(database: Database) -> Database:
    add_department(database, "fund")
    published(database, revision_text(CARD))
    return database


def done(database: Database, act: Callable[..., Known], *arguments: Any, actor: Actor = EDITOR, day: float = 1,
         **fields: Any) -> Known:
    with database.transaction() as session:
        return act(session, actor, *arguments, now=at(day), origin="test", **fields)


def added(database: Database, text: str = "补卡要多少钱", section: str | Sequence[str] = "补领",
          **fields: Any) -> Known:
    return done(database, known.add, "card", section, text, **fields)


def proposed(database: Database, text: str = "补卡要多少钱", section: str | Sequence[str] = "补领",
             **fields: Any) -> Known:
    return done(database, known.propose, "card", section, text, **{"actor": AGENT, **fields})


def listed(database: Database, viewer: Actor = AGENT, day: float = 1, **fields: Any) -> list[Known]:
    with database.reading() as session:
        return known.list_known(session, viewer, now=at(day), **fields)


def searched(database: Database, after: int = 0) -> list[tuple[str, bool]]:
    """What a search takes up: the texts, and whether they are dropped."""
    with database.reading() as session:
        return [(c.text, c.dropped_at is not None) for c in known_changes(session, after)]


# who may


@pytest.mark.parametrize("actor", [AGENT, SUPERVISOR, EDITOR, APPROVER, MANAGER], ids=lambda a: a.name)
def test_the_staff_may_propose(card: Database, actor: Actor) -> None:
    assert proposed(card, actor=actor).state == KnownState.PROPOSED


@pytest.mark.parametrize("actor", [CITIZEN, OTHER_EDITOR, OTHER_APPROVER, ADMIN, OPERATOR, SYSTEM],
                         ids=lambda a: a.name)
def test_citizens_other_departments_and_administrators_may_not_propose(card: Database, actor: Actor) -> None:
    with pytest.raises(Denied):
        proposed(card, actor=actor)


@pytest.mark.parametrize("actor", [EDITOR, APPROVER, MANAGER], ids=lambda a: a.name)
def test_the_owner_department_and_managers_may_release_and_drop(card: Database, actor: Actor) -> None:
    item = proposed(card)
    assert done(card, known.release, item.id, actor=actor).releaser == actor.name
    assert done(card, known.drop, item.id, actor=actor).dropper == actor.name
    assert added(card, "丢了怎么补", actor=actor).state == KnownState.RELEASED


@pytest.mark.parametrize("actor", [CITIZEN, AGENT, SUPERVISOR, OTHER_EDITOR, OTHER_APPROVER, ADMIN, OPERATOR, SYSTEM],
                         ids=lambda a: a.name)
def test_nobody_else_may(card: Database, actor: Actor) -> None:
    item = proposed(card)
    for act in (known.release, known.drop):
        with pytest.raises(Denied):
            done(card, act, item.id, actor=actor)
    with pytest.raises(Denied):
        added(card, "丢了怎么补", actor=actor)
    assert [k.state for k in listed(card)] == [KnownState.PROPOSED]
    assert searched(card) == []


def test_what_one_may_not_read_one_may_not_ask_about(card: Database) -> None:
    published(card, revision_text("内部口径。", audience="agent"), slug="desk")
    done(card, known.add, "desk", "", "内部怎么答", actor=MANAGER)
    with pytest.raises(Denied):
        listed(card, CITIZEN)
    with pytest.raises(NotFound):
        done(card, known.propose, "desk", "", "内部怎么答", actor=CITIZEN)
    with pytest.raises(NotFound):
        done(card, known.propose, "nowhere", "", "怎么答", actor=AGENT)


# one record


@pytest.mark.parametrize("again", ["补卡要多少钱", "补卡 要多少钱？", "补卡，要多少钱!", "\u200b补卡要多少钱。"])
def test_equal_questions_of_a_section_are_one(card: Database, again: str) -> None:
    first = added(card)
    assert proposed(card, again).id == first.id
    assert added(card, again).id == first.id
    assert [(k.text, k.state) for k in listed(card)] == [("补卡要多少钱", KnownState.RELEASED)]


@pytest.mark.parametrize(("one", "two"), [("How much is a CARD?", "how much is a card"), ("ＡＢ 怎么办", "ab怎么办")])
def test_case_and_width_make_no_other_question(card: Database, one: str, two: str) -> None:
    assert added(card, one).id == added(card, two).id


def test_another_section_may_have_the_same_question(card: Database) -> None:
    assert added(card, section="补领").id != added(card, section="").id
    assert len(listed(card, slug="card")) == 2


@pytest.mark.parametrize(("section", "path"), [
    ("", ()), ("补卡", ()), ([], ()), (["补卡"], ()), ("补领", ("补领",)), (["补卡", "补领"], ("补领",)),
    ("补领 › 费用", ("补领", "费用")), (["邮寄", "费用"], ("邮寄", "费用"))])
def test_a_section_is_named_by_heading_or_path(card: Database, section: Any, path: tuple[str, ...]) -> None:
    assert added(card, section=section).heading_path == path


@pytest.mark.parametrize("section", ["费用", "空", "邮寄", "没有", ["费用"], ["补领", "没有"]])
def test_a_heading_that_is_not_there_or_has_no_text_or_stands_twice_is_refused(card: Database, section: Any) -> None:
    with pytest.raises(Invalid, match="no section") as refused:
        added(card, section=section)
    assert "'补领 › 费用'" in refused.value.message


@pytest.mark.parametrize("text", ["", "?", "怎", "问" * 201, "13800138000是谁的电话", "我的邮箱a.b@example.com收不到"])
def test_what_is_no_question_or_holds_a_number_is_refused(card: Database, text: str) -> None:
    with pytest.raises(Invalid):
        added(card, text)


def test_the_longest_question_is_taken_and_cleaned(card: Database) -> None:
    assert added(card, "问" * 200).text == "问" * 200
    assert added(card, "  怎么\n补办\u200b ").text == "怎么 补办"


def test_a_section_holds_fifty_released_and_fifty_proposed(card: Database) -> None:
    for n in range(known.MOST):
        proposed(card, f"第{n}问")
    with pytest.raises(Conflict, match="proposed"):
        proposed(card, "再问")
    for item in listed(card):
        done(card, known.release, item.id)
    for n in range(known.MOST):
        proposed(card, f"又第{n}问")
    with pytest.raises(Conflict, match="released"):
        done(card, known.release, listed(card, state=KnownState.PROPOSED)[0].id)
    assert proposed(card, "别处的", section="").state == KnownState.PROPOSED


# moves


def test_a_released_question_is_searched_until_it_is_dropped(card: Database) -> None:
    with card.reading() as session:
        head = outbox.head(session)
    item = proposed(card)
    with card.reading() as session:
        assert outbox.head(session) == head
    done(card, known.release, item.id)
    assert searched(card, head) == [("补卡要多少钱", False)]
    done(card, known.drop, item.id, day=2)
    assert searched(card, head) == [("补卡要多少钱", True)]
    done(card, known.release, item.id, day=3)
    assert searched(card, head) == [("补卡要多少钱", False)]
    with card.reading() as session:
        assert outbox.head(session) == head + 3


def test_a_proposal_that_is_dropped_was_never_searched_and_is_not_proposed_again(card: Database) -> None:
    item = proposed(card)
    done(card, known.drop, item.id)
    assert searched(card) == []
    assert proposed(card).state == KnownState.DROPPED
    assert added(card).state == KnownState.RELEASED


def test_no_move_is_made_twice(card: Database) -> None:
    item = added(card)
    with pytest.raises(InvalidTransition):
        done(card, known.release, item.id)
    done(card, known.drop, item.id)
    with pytest.raises(InvalidTransition):
        done(card, known.drop, item.id)
    with pytest.raises(NotFound):
        done(card, known.drop, "no-such-id")


def test_every_act_is_in_the_log_without_the_callers_words(card: Database) -> None:
    item = proposed(card)
    done(card, known.release, item.id)
    done(card, known.drop, item.id)
    with card.reading() as session:
        entries = audit.tail(session, 3)
        assert audit.verify(session).broken_at is None
    assert [(e.action, e.actor) for e in entries] == [
        ("drop_known", EDITOR.name), ("release_known", EDITOR.name), ("propose_known", "agent")]
    assert "多少钱" not in str([(e.before, e.after) for e in entries])


def test_a_failure_leaves_neither_row_nor_event(card: Database) -> None:
    with card.reading() as session:
        before = outbox.head(session)
    with pytest.raises(KbError), card.transaction() as session:
        known.add(session, EDITOR, "card", "补领", "补卡要多少钱", now=at(1), origin="test")
        known.add(session, EDITOR, "card", "没有", "补卡要多少钱", now=at(1), origin="test")
    with card.reading() as session:
        assert outbox.head(session) == before
        assert session.scalar(select(func.count()).select_from(KnownQuestion)) == 0


# new revisions


def test_a_question_outlives_a_revision_as_long_as_its_heading_stands(card: Database) -> None:
    kept, lost = added(card), added(card, "寄到家吗", section="邮寄 › 费用")
    published(card, revision_text("# 社保卡补卡\n\n## 补领\n\n改了。", title="社保卡补卡"), number=2, day=2)
    assert {k.id: k.is_orphaned for k in listed(card, day=3)} == {kept.id: False, lost.id: True}
    done(card, known.drop, lost.id, day=3)
    with pytest.raises(InvalidTransition, match="no such section"):
        done(card, known.release, lost.id, day=3)


def test_a_text_approved_ahead_may_be_asked_about_already(card: Database) -> None:
    published(card, revision_text("## 网上补\n\n上网。", effective_from=at(30)), number=2, day=1)
    assert added(card, section="网上补").heading_path == ("网上补",)
    assert not any(k.is_orphaned for k in listed(card))


def test_no_heading_of_a_draft_is_told_to_whom_it_does_not_concern(card: Database) -> None:
    submitted(card, revision_text("## 内部方案\n\n未定。"), day=1)
    assert proposed(card, section="内部方案", actor=EDITOR).heading_path == ("内部方案",)
    with pytest.raises(Invalid) as refused:
        proposed(card, section="没有", actor=AGENT)
    assert "内部方案" not in refused.value.message


def test_a_list_is_walked_page_by_page(card: Database) -> None:
    for n in range(7):
        added(card, f"第{n}问")
    walked: list[str] = []
    while page := listed(card, limit=3, after=walked[-1] if walked else ""):
        walked += [k.id for k in page]
    assert walked == [k.id for k in listed(card)]
    assert len(walked) == 7
