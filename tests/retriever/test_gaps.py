"""Gaps: which questions are gathered, which of them mean the same, whose they are, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from kb.actor import Actor, Role
from kb.articles.writing.intake import article_id
from kb.db import Database
from kb.errors import Denied, Invalid, InvalidTransition, NotFound
from kb.feedback import subject, verdicts
from kb.feedback.verdicts import Verdict
from kb.upkeep import forgetting, gap_list
from kb.upkeep.gap_list import Gap
from kb.upkeep.gaps import GapState, Missed, weight_of
from retriever.embedding import Embedder
from retriever.gaps import Likeness, find_gaps, grouped
from retriever.language.analysis import Analyser
from tests.fakes import FakeEmbedder
from tests.kb.factories import AGENT, MANAGER, add_department, at, editor, published, revision_text
from tests.kb.feedback.answers import answered, kept, refused

DOGS = ("养狗要办证吗", "养狗要办证吗？", "养狗 要办证吗")
SOLAR = ("楼顶装太阳能板找谁批", "楼顶装太阳能板找谁批准")
SUPERVISOR = Actor("u-su", "su", frozenset({Role.SUPERVISOR}))


def gather(database: Database, embedder: Embedder | None = None, *, day: float = 30) -> tuple[int, int]:
    return find_gaps(database, Analyser(), embedder, days=180, now=at(day))


def gaps(database: Database, viewer: Actor = MANAGER, state: GapState = GapState.OPEN) -> list[Gap]:
    with database.reading() as session:
        return gap_list.list_gaps(session, viewer, state=state)


def decide(database: Database, gap: Gap, state: GapState, *, actor: Actor = MANAGER, note: str = "", day: float = 40
           ) -> None:
    with database.transaction() as session:
        gap_list.decide(session, actor, gap.id, state, note=note, now=at(day), origin="test")


@pytest.mark.parametrize("embedder", [None, FakeEmbedder()], ids=["words", "vectors"])
def test_questions_that_mean_the_same_are_one_gap(database: Database, embedder: Embedder | None) -> None:
    for n, question in enumerate((*DOGS, *SOLAR)):
        refused(database, question, answer_id=f"q{n}", asked_at=at(n))
    assert gather(database, embedder) == (5, 2)
    found = gaps(database)
    assert sorted((gap.asked, {gap.name, *gap.questions} <= {*DOGS, *SOLAR}) for gap in found) == [(2, True), (3, True)]
    assert gather(database, embedder) == (0, 0)


@pytest.mark.parametrize("embedder", [None, FakeEmbedder()], ids=["words", "vectors"])
def test_a_question_asked_later_comes_to_the_gap_that_is_there(database: Database, embedder: Embedder | None) -> None:
    refused(database, DOGS[0], answer_id="q0")
    gather(database, embedder)
    refused(database, DOGS[1], answer_id="q1", asked_at=at(40))
    assert gather(database, embedder, day=50) == (1, 0)
    (gap,) = gaps(database)
    assert (gap.asked, gap.first_asked_at, gap.last_asked_at) == (2, at(1), at(40))


@pytest.mark.parametrize("embedder", [None, FakeEmbedder()], ids=["words", "vectors"])
def test_the_same_questions_give_the_same_gaps_in_however_many_runs(embedder: Embedder | None) -> None:
    asked = [Missed(f"q{n}", question, at(n)) for n, question in enumerate((*DOGS, *SOLAR, *DOGS))]
    likeness = Likeness(Analyser(), embedder)

    def whole(some: Sequence[Missed]) -> list[set[str]]:
        return [{one.answer_id for one in placed.questions} for placed in
                grouped(likeness, [likeness.question(one) for one in some], [()] * len(some))]

    assert whole(asked) == whole(asked) and sum(map(len, whole(asked))) == len(asked)


def test_what_was_answered_offered_and_taken_or_rightly_refused_is_no_gap(database: Database) -> None:
    source = "补领工本费25元。"
    revision_id = published(database, revision_text(source))
    answered(database, revision_id, source, source)
    kept(database, "e1", at(2), "着火了", abstained=True, reason="no_question", state="unknown")
    offers = ({"revision_id": revision_id, "heading_path": [], "start": 0, "end": 9, "marked": [[0, 9]]},)
    kept(database, "c1", at(2), "补卡要带什么", abstained=True, state="check", choices=offers)
    kept(database, "c2", at(30) - timedelta(minutes=5), "补卡去哪里", abstained=True, state="check", choices=offers)
    refused(database, "今天天气怎么样", answer_id="r1")
    with database.transaction() as session:
        verdicts.give(session, AGENT, subject.of_answer(session, "r1"), Verdict.RIGHT, now=at(3), origin="test")
    assert gather(database) == (1, 1)
    assert [gap.name for gap in gaps(database)] == ["补卡要带什么"]  # the other may still be taken


def test_an_answer_that_was_voted_down_is_a_gap_of_its_article(database: Database) -> None:
    source = "补领工本费25元。"
    revision_id = published(database, revision_text(source))
    answered(database, revision_id, source, source)
    with database.transaction() as session:
        verdicts.give(session, AGENT, subject.of_answer(session, "a1"), Verdict.INCOMPLETE, now=at(3), origin="test")
    gather(database)
    (gap,) = gaps(database, editor())
    assert (gap.department, gap.slug, gap.answer_id) == ("hrss", "card", "a1")
    with database.reading() as session:
        assert gap_list.to_be_asked(session, limit=9) == []  # another answer would prove nothing


def test_a_gap_is_the_departments_whose_article_most_questions_lie_near(database: Database) -> None:
    add_department(database, "fund")
    published(database, revision_text("补领工本费25元。"))
    for n, question in enumerate(DOGS):
        refused(database, question, answer_id=f"q{n}", near=article_id("card") if n else None)
    refused(database, SOLAR[0], answer_id="s0")
    gather(database)
    by_name = {gap.department: gap for gap in gaps(database)}
    assert by_name["hrss"].slug == "card" and by_name[None].slug is None
    assert [gap.department for gap in gaps(database, editor())] == ["hrss"]
    assert gaps(database, editor("fund-editor", "fund")) == gaps(database, AGENT) == []
    assert len(gaps(database, SUPERVISOR)) == 2


def test_what_is_asked_oftener_and_later_weighs_more(database: Database) -> None:
    for n, day in enumerate((1, 2, 29)):
        refused(database, (*DOGS[:2], SOLAR[0])[n], answer_id=f"q{n}", asked_at=at(day))
    refused(database, "公园几点关门", answer_id="p", asked_at=at(28))
    gather(database)
    assert [gap.name in DOGS for gap in gaps(database)] == [True, False, False]
    for earlier, later in pairwise(gaps(database)[1:]):
        assert earlier.last_asked_at > later.last_asked_at
    assert weight_of([at(30)]) == pytest.approx(2 * weight_of([at(0)]))


def test_a_gap_is_dismissed_with_a_reason_and_stays_so(database: Database) -> None:
    refused(database, DOGS[0], answer_id="q0")
    gather(database)
    (gap,) = gaps(database)
    with pytest.raises(Invalid):
        decide(database, gap, GapState.DISMISSED)
    decide(database, gap, GapState.DISMISSED, note="不归热线管")
    refused(database, DOGS[1], answer_id="q1", asked_at=at(45))
    gather(database, day=50)
    (dismissed,) = gaps(database, state=GapState.DISMISSED)
    assert (dismissed.asked, dismissed.note, dismissed.decided_by, gaps(database)) == (2, "不归热线管", "km", [])
    with pytest.raises(InvalidTransition):
        decide(database, gap, GapState.DISMISSED, note="x")


def test_a_solved_gap_opens_again_when_its_question_is_missed_again(database: Database) -> None:
    refused(database, DOGS[0], answer_id="q0")
    gather(database)
    (gap,) = gaps(database)
    with database.transaction() as session:
        assert gap_list.note_answered(session, gap.id, now=at(40), origin="test")
        assert not gap_list.note_answered(session, gap.id, now=at(40), origin="test")
    assert gaps(database) == []
    refused(database, DOGS[1], answer_id="q1", asked_at=at(45))
    gather(database, day=50)
    assert [one.id for one in gaps(database)] == [gap.id]


def test_fault_28_who_may_decide_on_a_gap(database: Database) -> None:
    add_department(database, "fund")
    published(database, revision_text("补领工本费25元。"))
    refused(database, DOGS[0], answer_id="q0", near=article_id("card"))
    gather(database)
    (gap,) = gaps(database)
    for actor in (editor("fund-editor", "fund"), AGENT):
        with pytest.raises(NotFound):
            decide(database, gap, GapState.SOLVED, actor=actor)
    with pytest.raises(Denied):
        decide(database, gap, GapState.SOLVED, actor=SUPERVISOR)
    decide(database, gap, GapState.SOLVED, actor=editor())


def test_a_gap_goes_with_the_last_of_its_questions(database: Database) -> None:
    refused(database, DOGS[0], answer_id="q0", asked_at=at(1))
    refused(database, DOGS[1], answer_id="q1", asked_at=at(20))
    refused(database, SOLAR[0], answer_id="s0", asked_at=at(2))
    gather(database)
    with database.transaction() as session:
        assert forgetting.count_old(session, questions_before=at(10), answers_before=at(-900)) == 2
        assert forgetting.forget_old(session, questions_before=at(10), answers_before=at(-900)) == 2
    assert [gap.name for gap in gaps(database)] in ([DOGS[0]], [DOGS[1]])
    with database.transaction() as session:
        forgetting.forget_answers(session, ["q1"])
        forgetting.forget_old(session, questions_before=at(10), answers_before=at(-900))
    assert gaps(database) == []


def test_another_model_places_questions_into_the_gaps_that_are_there(database: Database) -> None:
    refused(database, DOGS[0], answer_id="q0")
    gather(database)
    refused(database, DOGS[1], answer_id="q1", asked_at=at(40))
    assert gather(database, FakeEmbedder(), day=50) == (1, 0)
    assert [gap.asked for gap in gaps(database)] == [2]
