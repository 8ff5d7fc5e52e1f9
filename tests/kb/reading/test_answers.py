"""An answer at its address: for whom it is, the conversation before it, and when its texts hold no more."""

from __future__ import annotations

from typing import Any

import pytest

from kb.actor import CITIZEN, OPERATOR, Actor, Role
from kb.articles.acts import hiding
from kb.db import Database
from kb.errors import NotFound
from kb.people import people
from kb.reading import answers
from kb.reading.answers import Exchange, KeptAnswer, Overtaken
from kb.reading.standing import Status
from kb.record.answers import AnswerRecord, CitedSpan, erase_offers, erase_quotes, record
from tests.kb.factories import AGENT, MANAGER, at, published, retired, revision_text

READER = Actor("u-reader", "reader", frozenset({Role.CITIZEN}))


def kept(database: Database, revision_id: str, *, id: str = "a1", day: float = 5, **fields: Any) -> str:
    """An answer of that day that quotes the whole revision."""
    given = {"user_id": None, "question": "补卡多少钱", "sentences": ({"text": "免费。", "citations": [1]},),
             "citations": (CitedSpan(1, revision_id, 0, 3, "免费。"),), "state": "answered", **fields}
    with database.transaction() as session:
        record(session, AnswerRecord(id=id, asked_at=at(day), audience="public", lang="zh", as_of=at(day),
                                     known_at=at(day), abstained=given["state"] != "answered", reason=None,
                                     confidence=0.9, **given), keep_question=True)
    return id


def person(database: Database, login: str) -> str:
    with database.transaction() as session:
        return people.create_user(session, OPERATOR, login=login, name=login, grants=(), password="x" * 12, now=at(0),
                                  origin="test").id


def opened(database: Database, viewer: Actor, answer_id: str = "a1") -> KeptAnswer:
    with database.reading() as session:
        return answers.open_answer(session, viewer, answer_id)


def overtaken(database: Database, viewer: Actor, *, day: float, answer_id: str = "a1") -> tuple[Overtaken, ...]:
    with database.reading() as session:
        found = answers.open_answer(session, viewer, answer_id)
        return answers.overtaken(session, viewer, found, (at(day),), now=at(day))


def test_what_nobody_signed_in_asked_is_for_whoever_has_its_address(database: Database) -> None:
    kept(database, published(database))
    for viewer in (CITIZEN, READER, AGENT):
        found = opened(database, viewer)
        assert (found.question, found.citations[0].quote, found.is_own) == ("补卡多少钱", "免费。", False)
    with pytest.raises(NotFound):
        opened(database, AGENT, "a2")


def test_a_persons_answer_is_theirs_and_the_staffs(database: Database) -> None:
    asker = person(database, "asker")
    kept(database, published(database), user_id=asker)
    assert opened(database, Actor(asker, "asker", frozenset({Role.CITIZEN}))).is_own
    assert not opened(database, AGENT).is_own
    for viewer in (CITIZEN, READER):
        with pytest.raises(NotFound, match="no such answer"):
            opened(database, viewer)


def test_the_conversation_is_told_backwards_as_far_as_its_questions_are_kept(database: Database) -> None:
    revision = published(database)
    kept(database, revision, id="a0", question="")
    kept(database, revision, id="a1", follows="a0")
    kept(database, revision, id="a2", follows="a1", question="要多久", state="unknown", sentences=(), citations=())
    kept(database, revision, id="a3", follows="a2", question="在哪里")

    def before(answer_id: str, limit: int = 40) -> list[Exchange]:
        with database.reading() as session:
            found = answers.open_answer(session, CITIZEN, answer_id)
            return list(answers.earlier(session, CITIZEN, found, limit=limit))

    assert before("a3") == [Exchange("要多久", ""), Exchange("补卡多少钱", "免费。")]
    assert before("a3", 1) == [Exchange("要多久", "")]
    assert before("a1") == []


def test_a_conversation_that_leads_in_a_circle_or_to_another_persons_answer_ends(database: Database) -> None:
    revision = published(database)
    kept(database, revision, id="a1", follows="a2")
    kept(database, revision, id="a2", follows="a1", question="要多久")
    kept(database, revision, id="hers", user_id=person(database, "her"), question="别人的问题")
    kept(database, revision, id="a4", follows="hers")
    with database.reading() as session:
        circle = answers.earlier(session, CITIZEN, answers.open_answer(session, CITIZEN, "a1"), limit=3)
        assert {one.question for one in circle} <= {"要多久", "补卡多少钱"} and len(circle) <= 3
        assert answers.earlier(session, CITIZEN, answers.open_answer(session, CITIZEN, "a4"), limit=3) == ()


def test_fault_63_a_text_that_was_superseded_is_told_with_what_took_its_place(database: Database) -> None:
    kept(database, published(database, number=1))
    assert overtaken(database, CITIZEN, day=6) == ()
    published(database, revision_text("收费。", effective_from=at(10)), number=2, day=8)
    assert overtaken(database, CITIZEN, day=9) == ()
    [one] = overtaken(database, CITIZEN, day=10)
    assert one.standing is not None
    assert (one.slug, one.number, one.title, one.live_number) == ("card", 1, "补卡", 2)
    assert (one.standing.status, one.standing.by) == (Status.SUPERSEDED, 2)


def test_fault_63_a_text_that_was_withdrawn_or_hidden_is_told(database: Database) -> None:
    kept(database, published(database))
    kept(database, published(database, revision_text("转派。"), slug="ferry"), id="a2")
    with database.transaction() as session:
        hiding.hide(session, MANAGER, "ferry", reason="有误", now=at(6), origin="test")
    retired(database, day=7)
    [withdrawn] = overtaken(database, CITIZEN, day=8)
    assert withdrawn.standing is not None and withdrawn.standing.status is Status.RETIRED
    [hidden] = overtaken(database, AGENT, day=7, answer_id="a2")
    assert (hidden.title, hidden.standing) == ("补卡", None)
    [unseen] = overtaken(database, CITIZEN, day=7, answer_id="a2")
    assert (unseen.title, unseen.standing, unseen.live_number) == (None, None, None)


def test_a_section_that_was_offered_and_taken_is_what_the_answer_rests_on(database: Database) -> None:
    first, second = published(database), published(database, revision_text("船票。"), slug="ferry")
    choices = tuple({"revision_id": r, "heading_path": [name], "start": 0, "end": 3, "marked": [[0, 3]]}
                    for r, name in ((first, "补卡"), (second, "船票")))
    kept(database, first, state="check", sentences=(), citations=(), choices=choices)
    with database.transaction() as session:
        assert not answers.take_choice(session, CITIZEN, "a1", second, 0, 2)
        assert answers.take_choice(session, CITIZEN, "a1", second, 0, 3)
        assert not answers.take_choice(session, CITIZEN, "other", second, 0, 3)
    assert opened(database, CITIZEN).taken == 1
    retired(database, day=6)
    assert overtaken(database, CITIZEN, day=7) == ()
    retired(database, "ferry", day=8)
    assert [one.slug for one in overtaken(database, CITIZEN, day=9)] == ["ferry"]


def test_the_headings_of_an_erased_text_go_with_it(database: Database) -> None:
    revision = published(database)
    shown = {"section": {"heading_path": ["秘密"]}}
    kept(database, revision, shown=shown)
    kept(database, revision, id="a2", state="unknown", sentences=(), citations=(), shown=shown,
         nearest=({"article_id": "x", "title": "补卡"},))
    with database.transaction() as session:
        assert (erase_quotes(session, revision, "…"), erase_offers(session, revision, "x", "补卡", "…")) == (1, 1)
    assert opened(database, CITIZEN).shown is None and opened(database, CITIZEN, "a2").shown is None
