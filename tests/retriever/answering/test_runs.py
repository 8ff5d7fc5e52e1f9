"""A list in one sentence, its members joined by "；", comes whole, or what of it is not said is said."""

from __future__ import annotations

import pytest

from retriever.answer import LeftOut
from retriever.question.case import Case
from tests.retriever.answering.test_closure import NEAR, ON, closed, said

FERRY = ("## 免票\n\n这些人坐渡船免票：岛上户籍的；**守塔人**；在岛上念书的学生；来岛上支教的老师。\n\n"
         "免票的凭证件上船。")
BRING = "补票要带的东西有：船票存根；身份证；码头盖章的证明。补票不另收钱。"
APART = "渡船早上六点开；晚上十点收班；大雾停航。"


@pytest.mark.parametrize(("source", "question", "marks", "parts"), [
    (FERRY, "哪些人坐渡船免票", {"岛上户籍": ON, "守塔人": NEAR}, 4),
    (FERRY, "谁坐船不要钱", {"守塔人": ON}, 4),
    (FERRY, "渡船免票吗", {"岛上户籍": ON, "守塔人": ON, "学生": ON}, 4),
    (BRING, "补票要带什么材料", {"身份证": ON}, 3)])
def test_a_list_in_a_sentence_comes_whole_where_it_is_asked_for_or_mostly_taken(
        source: str, question: str, marks: dict[str, float], parts: int) -> None:
    answer = closed(source, question, marks)
    line = next(line for line in source.split("\n") if "；" in line)
    told = "".join(said(answer, source))
    assert all(piece in told for piece in line.split("。")[0].replace("**", "").split("；") if "守塔人" not in piece)
    assert "守塔人" in told or source != FERRY
    assert answer.left_out is None and len([u for u in answer.units if u.why != "marked"]) <= parts


def test_one_of_them_is_said_with_its_lead_in_and_that_there_are_more() -> None:
    answer = closed(FERRY, "支教老师坐渡船要钱吗", {"支教": ON})
    assert [text.replace("*", "") for text in said(answer, FERRY)] == ["这些人坐渡船免票：岛上户籍的；",
    "来岛上支教的老师。"]
    assert answer.left_out == LeftOut("items", 2, 4, (1, 4))


def test_what_is_about_another_case_and_dropped_is_counted() -> None:
    source = "补贴这样发：60岁以上每月50元；70岁以上每月80元；80岁以上每月100元。"
    answer = closed(source, "82岁补贴多少", {"80岁": ON, "70岁": ON}, case=Case.of("82岁补贴多少"))
    assert answer.left_out is None or answer.left_out.total == 3
    assert len(answer.units) == 3 or answer.left_out is not None


def test_clauses_that_are_no_list_are_said_alone_without_a_word() -> None:
    answer = closed(APART, "渡船几点收班", {"收班": ON})
    assert said(answer, APART) == ["晚上十点收班；"] and answer.left_out is None


def test_two_of_three_clauses_are_not_passed_off_as_all() -> None:
    answer = closed(APART, "渡船几点开", {"六点": ON, "收班": ON})
    assert len(answer.units) == 3 or answer.left_out == LeftOut("items", 2, 3, (1, 2))


def test_what_of_it_is_too_long_is_said() -> None:
    source = "这些人坐渡船免票：" + "；".join(f"第{n}类人员凭有效证件和码头开的证明" * 3 for n in range(1, 9)) + "。"
    answer = closed(source, "哪些人坐渡船免票", {"第1类": ON, "第2类": ON}, most_chars=300)
    assert answer.left_out is not None and answer.left_out.kind == "items" and answer.left_out.total == 8
    assert answer.left_out.said < 8


def test_items_on_lines_of_their_own_and_ended_sentences_are_no_run() -> None:
    source = "开船时间：\n\n- 早班六点；\n- 中班十二点；\n- 晚班九点。\n"
    answer = closed(source, "渡船早班几点", {"早班": ON})
    assert said(answer, source) == ["早班六点；"] and answer.left_out is None
