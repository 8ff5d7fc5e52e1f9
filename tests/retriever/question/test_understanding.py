"""Questions in their dialogue: what is searched, what must be covered, and under which names."""

from __future__ import annotations

import pytest

from retriever.errors import BadQuestion
from retriever.language.analysis import Analyser
from retriever.question.focus import Focus
from retriever.question.understanding import check_text, understand
from retriever.records import Turn

PLAIN = Analyser()
NAMED = Analyser([], [["社会保障卡", "社保卡"]])
DIALOGUE = (Turn("user", "老年人坐轮渡多少钱"), Turn("agent", "65周岁以上免费。"))


def test_a_short_follow_up_leans_on_the_dialogue() -> None:
    question = understand("小孩呢", DIALOGUE, PLAIN)
    assert question.is_follow_up
    assert "轮渡" in dict(question.focus)
    assert "轮渡" in question.vector_text


def test_earlier_turns_count_less_than_the_present_one() -> None:
    question = understand("带自行车上船另外买票吗", DIALOGUE, PLAIN)
    searched = dict(question.terms)
    assert searched["自行车"] == 1.0
    assert 0 < searched["轮渡"] < 1.0
    assert "轮渡" not in dict(question.focus)


def test_what_an_agent_stated_is_not_asked_again_but_what_an_agent_asked_is() -> None:
    assert "免费" not in dict(understand("小孩呢", DIALOGUE, PLAIN).focus)
    asked = (Turn("user", "我能领补贴吗"), Turn("agent", "您的社保缴满一年了吗？"))
    assert "社保" in dict(understand("是的", asked, PLAIN).focus)


def test_synonyms_are_searched_and_add_nothing_to_what_must_be_covered() -> None:
    question = understand("社保卡丢了怎么补办", (), NAMED)
    assert "社会保障卡" in dict(question.terms)
    assert "社会保障卡" not in dict(question.focus)


def test_a_text_that_says_the_other_name_covers_the_name_asked_for() -> None:
    question = understand("社保卡", (), NAMED)
    focus = Focus.of(question, {})
    assert focus.coverage(frozenset(NAMED.terms("社会保障卡挂失"))) == 1.0
    assert focus.coverage(frozenset(NAMED.terms("公交卡挂失"))) == 0.0


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u202e", None, 5, "x" * 101])
def test_what_is_no_question_is_refused(text: object) -> None:
    with pytest.raises(BadQuestion):
        check_text(text, longest=100)


def test_fault_40_a_question_of_many_terms_searches_a_bounded_number() -> None:
    question = understand("".join(chr(0x4E00 + i) for i in range(1500)), (), PLAIN)
    assert len(question.terms) <= 160
