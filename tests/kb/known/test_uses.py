"""What an agent does with an answer becomes a proposal for the section that was used, and never tells who called."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from sqlalchemy import select

from kb.actor import CITIZEN, Actor, Role
from kb.db import Database
from kb.errors import Denied, Invalid, NotFound
from kb.known import known
from kb.known.known import KnownState
from kb.known.uses import Noted, Section, Use, note_use
from kb.models import AnswerRow, Revision, User
from kb.record import answers
from tests.kb.factories import add_department, at, published, revision_text

CARD = "# 补卡\n\n社保卡是凭证。\n\n## 补领\n\n带身份证。\n\n## 费用\n\n工本费20元。\n"
DESK = Actor("u-desk", "desk", frozenset({Role.AGENT}))
OTHER = Actor("u-other", "other", frozenset({Role.AGENT}))
FUND = Actor("u-fund", "fund-editor", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "fund")}))


@pytest.fixture
def card(database: Database) -> Database:
    add_department(database, "fund")
    published(database, revision_text(CARD))
    with database.transaction() as session:
        session.add_all(User(id=a.user_id or "", login=a.name, name=a.name, created_at=at(0))
                        for a in (DESK, OTHER, FUND))
    return database


def answered(database: Database, question: str = "卡丢了咋补", *, cites: str | None = "带身份证",
             asker: Actor = DESK) -> str:
    """A recorded answer that quotes a stretch of the article, or nothing."""
    answer_id = str(uuid5(NAMESPACE_URL, f"{question}/{asker.name}"))
    with database.transaction() as session:
        revision = session.scalars(select(Revision)).one()
        start = CARD.index(cites) if cites else 0
        spans = (answers.CitedSpan(1, revision.id, start, start + len(cites), cites),) if cites else ()
        answers.record(session, answers.AnswerRecord(
            id=answer_id, asked_at=at(1), user_id=asker.user_id, audience="agent", lang="zh",
            question=question, as_of=at(1), known_at=at(1), abstained=cites is None, reason=None, confidence=0.5,
            citations=spans), keep_question=True)
    return answer_id


def article_id(database: Database) -> str:
    with database.reading() as session:
        return session.scalars(select(Revision.article_id)).one()


def noted(database: Database, answer_id: str, path: tuple[str, ...] | int = ("费用",), use: Use = Use.OPENED,
          actor: Actor = DESK) -> Noted:
    used = path if isinstance(path, int) else Section(article_id(database), path)
    with database.transaction() as session:
        return note_use(session, actor, answer_id, use, used, now=at(2), origin="test")


def all_known(database: Database) -> list[tuple[tuple[str, ...], str, KnownState]]:
    with database.reading() as session:
        return [(k.heading_path, k.text, k.state) for k in known.list_known(session, DESK, now=at(2))]


@pytest.mark.parametrize("use", [Use.OPENED, Use.COPIED, Use.CHOSEN])
@pytest.mark.parametrize("path", [("费用",), ("补卡", "费用")])
def test_another_section_than_the_one_shown_gets_the_question_proposed(card: Database, use: Use,
                                                                      path: tuple[str, ...]) -> None:
    answer = answered(card)
    item = noted(card, answer, path, use).known
    assert item is not None
    assert (item.answer_id, item.proposer) == (answer, "desk")
    assert all_known(card) == [(("费用",), "卡丢了咋补", KnownState.PROPOSED)]


@pytest.mark.parametrize("path", [("补领",), ("补卡", "补领"), 1])
def test_the_section_that_was_shown_proposes_nothing(card: Database, path: Any) -> None:
    assert noted(card, answered(card), path, Use.COPIED) == Noted(None, "shown")
    assert all_known(card) == []


def test_what_was_chosen_of_several_is_proposed(card: Database) -> None:
    assert noted(card, answered(card, cites=None), ("补领",), Use.CHOSEN).known
    assert [path for path, _, _ in all_known(card)] == [("补领",)]


def test_the_same_use_twice_is_one_proposal_and_undoes_no_decision(card: Database) -> None:
    first = noted(card, answered(card)).known
    assert first is not None and noted(card, answered(card, asker=OTHER), actor=OTHER).known == first
    manager = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))
    with card.transaction() as session:
        known.drop(session, manager, first.id, now=at(2), origin="test")
    again = noted(card, answered(card, "卡丢了,咋补")).known
    assert again is not None and again.state == KnownState.DROPPED


def test_what_was_dropped_is_proposed_again_by_who_is_asked_it_later(card: Database) -> None:
    first = noted(card, answered(card)).known
    assert first is not None
    with card.transaction() as session:
        known.drop(session, Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER})), first.id, now=at(2),
                   origin="test")
    later = answered(card, asker=OTHER)
    with card.transaction() as session:
        session.get_one(AnswerRow, later).asked_at = at(3)
    again = noted(card, later, actor=OTHER).known
    assert again is not None and (again.id, again.state, again.answer_id) == (first.id, KnownState.PROPOSED, later)
    assert again.proposer == OTHER.name and len(all_known(card)) == 1


@pytest.mark.parametrize("question", [
    "我叫王五，卡丢了咋补", "13800138000的卡丢了", "身份证11010519491231002X怎么补", "中山路12号的卡寄哪里",
    "My name is John, how do I replace it", "Mrs Brown at 12 Main Street lost her card"])
def test_a_question_that_tells_who_called_is_not_proposed(card: Database, question: str) -> None:
    assert noted(card, answered(card, question)) == Noted(None, "personal")
    assert all_known(card) == []


def test_a_question_that_is_not_kept_or_too_long_is_not_proposed(card: Database) -> None:
    assert noted(card, answered(card, "")) == Noted(None, "not_kept")
    assert noted(card, answered(card, "怎么补" * 100)) == Noted(None, "unfit")
    assert all_known(card) == []


def test_nobody_learns_of_anothers_answer(card: Database) -> None:
    with pytest.raises(NotFound):
        noted(card, answered(card), actor=OTHER)
    with pytest.raises(NotFound):
        noted(card, "no-such-answer")
    with pytest.raises(Denied):
        noted(card, answered(card, asker=CITIZEN), actor=CITIZEN)


def test_an_editor_of_another_department_proposes_nothing(card: Database) -> None:
    assert noted(card, answered(card, asker=FUND), actor=FUND) == Noted(None, "not_yours")


def test_a_section_or_citation_that_is_not_there_is_refused(card: Database) -> None:
    answer = answered(card)
    with pytest.raises(Invalid):
        noted(card, answer, ("没有",))
    with pytest.raises(NotFound):
        noted(card, answer, 2)
    with pytest.raises(NotFound), card.transaction() as session:
        note_use(session, DESK, answer, Use.OPENED, Section("no-such-article", ()), now=at(2), origin="test")
