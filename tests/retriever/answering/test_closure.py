"""What a reader marked becomes an answer: whole lists, steps with their number, the caller's row, within a length."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.markup.language import language
from retriever.answer import LeftOut
from retriever.answering.closure import Closed, close
from retriever.answering.quote import compose_units
from retriever.passages.cutting import split
from retriever.question.case import Case
from retriever.question.understanding import Question
from retriever.records import LiveText, Passage
from tests.conftest import NOW
from tests.retriever.watch import watchdog

OFF, ON, NEAR = -3.0, 2.0, -1.0


def live_of(source: str) -> LiveText:
    return LiveText("a", "card", "r", 1, "社保卡", source, language(source), "public", "hrss", "", "", "", NOW, None,
                    None)


def asked(text: str) -> Question:
    return Question(text, language(text), (), (), (), (), text, is_follow_up=False)


def passages_of(live: LiveText) -> list[Passage]:
    return [Passage(f"r:{n}", "a", "r", n, live.title, cut.heading_path, cut.start, cut.end,
                    live.source[cut.start:cut.end], units=cut.units) for n, cut in enumerate(split(live.source))]


def closed(source: str, question: str, marks: dict[str, float], *, most_chars: int = 600,
           case: Case | None = None) -> Closed:
    """The answer where the reader gave units that hold these words these logits, and the others ``OFF``."""
    live = live_of(source)
    passages = passages_of(live)
    logits = [[next((value for words, value in marks.items() if words in source[unit.start:unit.end]), OFF)
               for unit in passage.units] for passage in passages]
    return close(live, passages, logits, asked(question), threshold=0.0, most_chars=most_chars,
                 case=case)


def said(answer: Closed, source: str) -> list[str]:
    return [source[one.unit.start:one.unit.end] for one in answer.units]


STEPS_ZH = "## 办理流程\n\n" + "\n".join(f"{n}. {step}。" for n, step in enumerate(
    ("挂失旧卡", "在应用里上传照片", "到窗口核对身份", "缴纳工本费", "领取新卡"), 1))
STEPS_EN = "## How to apply\n\n" + "\n".join(f"{n}. {step}." for n, step in enumerate(
    ("Report the old card", "Upload a photo", "Show your ID", "Pay the fee", "Collect the new card"), 1))
PAPERS = "补办须带以下材料：\n\n- 身份证；\n- 户口簿；\n- 照片两张；\n- 申请表；\n- 委托书；\n- 旧卡。"
PAPERS_EN = "Bring the following:\n\n- your ID;\n- two photos;\n- the form;\n- the old card;\n- a letter;\n- a bill."
NESTED = "办理流程：\n\n1. 准备\n   - 身份证\n   - 照片\n2. 申请\n3. 领取"
AID = "| 家庭 | 每月补贴 |\n|---|---|\n| 1人户 | 600元 |\n| 2人户 | 800元 |\n| 3人户 | 950元 |"


@pytest.mark.parametrize(("source", "question", "words"), [
    (STEPS_ZH, "照片在哪里传", "上传照片"), (STEPS_EN, "where do I upload my photo", "Upload a photo"),
])
def test_one_step_alone_is_given_with_its_number(source: str, question: str, words: str) -> None:
    answer = closed(source, question, {words: ON})
    assert len(answer.units) == 1
    assert answer.left_out == LeftOut("steps", 1, 5, (2,))


@pytest.mark.parametrize(("source", "question", "words"), [
    (STEPS_ZH, "社保卡怎么补办", ("挂失旧卡", "核对身份")),
    (STEPS_EN, "how do I get a new card", ("old card", "your ID")),
    (STEPS_ZH, "补卡", ("挂失旧卡", "核对身份", "工本费")),
])
def test_a_procedure_that_is_followed_is_given_whole(source: str, question: str, words: Sequence[str]) -> None:
    answer = closed(source, question, dict.fromkeys(words, ON))
    assert len(answer.units) == 5
    assert answer.left_out is None


def test_ordered_papers_are_no_steps() -> None:
    source = "## 申请材料\n\n1. 身份证；\n2. 户口簿；\n3. 照片。"
    assert closed(source, "身份证要原件吗", {"身份证": ON}).left_out is None


@pytest.mark.parametrize("mark", ["（{}）", "{}、"])
def test_an_enumeration_in_running_text_is_a_list_too(mark: str) -> None:
    items = ("身份证", "户口簿", "照片", "申请表")
    source = "申请人须提交下列材料：\n" + "\n".join(mark.format(n) + item + "；" for n, item in zip("一二三四", items,
                                                                                  strict=True))
    answer = closed(source, "要带什么材料", {"身份证": ON, "户口簿": ON, "照片": NEAR, "申请表": OFF})
    assert [text.removeprefix(mark.format(n)) for text, n in zip(said(answer, source), "一二三", strict=True)] == [
        "身份证；", "户口簿；", "照片；"]
    assert answer.left_out == LeftOut("items", 3, 4, (1, 2, 3))


@pytest.mark.parametrize(("source", "question", "marked", "near"), [
    (PAPERS, "补卡要带什么", ("身份证", "户口簿"), ("照片", "申请表", "委托书", "旧卡")),
    (PAPERS_EN, "what documents do I need", ("your ID", "photos"), ("form", "old card", "letter", "bill")),
])
def test_a_list_that_is_asked_for_comes_whole_with_its_lead_in(
        source: str, question: str, marked: Sequence[str], near: Sequence[str]) -> None:
    answer = closed(source, question, dict.fromkeys(marked, ON) | dict.fromkeys(near, NEAR))
    assert [one.why for one in answer.units] == ["best", "marked", *["whole"] * 4]
    assert answer.left_out is None
    composed = compose_units(live_of(source), [(one.passage, one.unit) for one in answer.units], most_chars=600)
    assert composed.sentences[0].text == source.split("\n")[0]


def test_of_a_list_that_is_not_asked_for_only_the_marked_item_is_given() -> None:
    answer = closed(PAPERS, "照片几张", {"照片": ON, "申请表": NEAR, "户口簿": NEAR})
    assert said(answer, PAPERS) == ["照片两张；"]


def test_part_of_a_list_that_is_asked_for_says_how_much_there_is() -> None:
    assert closed(PAPERS, "补卡要带什么", {"身份证": ON}).left_out == LeftOut("items", 1, 6, (1,))


@pytest.mark.parametrize("question", ["补贴拿多少", "how much do I get"])
def test_rows_as_good_as_the_best_are_all_given(question: str) -> None:
    answer = closed(AID, question, {"1人户": 0.2, "2人户": -0.2})
    assert [text[2:5] for text in said(answer, AID)] == ["1人户", "2人户"]


AID_EN = ("| Household | Monthly aid |\n|---|---|\n| 1 person | $600 |\n| 2 persons | $800 |\n| 3 persons | $950 |")
BUS = "年满65周岁的免费乘车。年满60周岁不满65周岁的半价乘车。"


@pytest.mark.parametrize(("source", "question", "marks", "words"), [
    (AID, "两个人补贴拿多少", {"1人户": 2.0, "2人户": -0.5}, "2人户"),
    (AID_EN, "how much aid for a family of 2", {"1 person": 2.0, "2 persons": -0.5}, "2 persons"),
    (BUS, "老人今年62岁坐车多少钱", {"免费": 2.0, "半价": -0.5}, "半价"),
])
def test_the_row_or_rule_of_the_callers_case_wins(
        source: str, question: str, marks: dict[str, float], words: str) -> None:
    answer = closed(source, question, marks, case=Case.of(question))
    assert [one.why for one in answer.units] == ["best"]
    assert words in said(answer, source)[0]


@pytest.mark.parametrize(("source", "question", "words"), [
    ("## 能借多少\n\n| 读者 | 册数 |\n|---|---|\n"
     "| 成人 | 15册 |\n| 少儿（14岁以下） | 20册，成人专著除外 |\n| 团体 | 50册 |",
     "我家小孩11岁能借几本", "20册"),
    ("## Loans\n\n| Reader | Books |\n|---|---|\n"
     "| Adult | 15 |\n| Child under 14 | 20, no adult titles |\n| Club | 50 |",
     "how many books for my child of 11", "no adult titles"),
])
def test_a_row_of_the_callers_case_may_speak_of_others_further_on(source: str, question: str, words: str) -> None:
    answer = closed(source, question, {"50": ON, words: NEAR}, case=Case.of(question))
    assert len(answer.units) == 1 and words in said(answer, source)[0]


def test_of_two_cases_that_the_reader_took_both_are_given() -> None:
    asked = "一个人跟两个人的补贴差多少"
    answer = closed(AID, asked, {"1人户": 1.0, "2人户": 1.0}, case=Case.of(asked))
    assert [text[2:5] for text in said(answer, AID)] == ["1人户", "2人户"]
    answer = closed(AID, "两个人的补贴多少", {"1人户": 1.0, "2人户": 1.0}, case=Case.of("两个人的补贴多少"))
    assert [text[2:5] for text in said(answer, AID)] == ["2人户"]


@pytest.mark.parametrize("question", ["八个人补贴拿多少", "补贴拿多少"])
def test_without_a_row_of_the_callers_case_the_reader_is_believed(question: str) -> None:
    answer = closed(AID, question, {"3人户": 2.0}, case=Case.of(question))
    assert [text[2:5] for text in said(answer, AID)] == ["3人户"]


@pytest.mark.parametrize(("source", "question", "marked"), [
    ("残疾人可以免费停车。但占用消防通道的除外。每天一次。", "残疾人停车免费吗", "免费"),
    ("Parking is free for residents. This does not apply on market days. Ask at the gate.", "is it free", "is free"),
    ("残疾人可以免费停车。但占用消防通道的除外。每天一次。", "消防通道停车", "除外"),
])
def test_an_exception_and_what_it_excepts_travel_together(source: str, question: str, marked: str) -> None:
    assert len(closed(source, question, {marked: ON}).units) == 2


def test_an_exception_on_a_line_of_its_own_is_about_something_else() -> None:
    source = "残疾人可以免费停车。\n\n除前款规定外，收费由市政府决定。"
    assert len(closed(source, "残疾人停车免费吗", {"免费": ON}).units) == 1


def test_a_sentence_between_two_marked_ones_is_filled_in_unless_the_reader_is_sure() -> None:
    source = "先挂失。挂失后补卡。补卡收20元。"
    marks = {"先挂失": ON, "20元": ON}
    assert len(closed(source, "补卡", marks | {"挂失后": NEAR}).units) == 3
    assert len(closed(source, "补卡", marks | {"挂失后": OFF}).units) == 2


def test_a_best_lead_in_brings_its_list_and_any_other_is_left() -> None:
    source = f"{PAPERS}\n\n当天办好。"
    assert len(closed(source, "补办须带以下材料", {"以下材料": ON}).units) == 7
    assert said(closed(source, "当天能办好吗", {"以下材料": 1.0, "当天": ON}), source) == ["当天办好。"]


def test_the_best_unit_is_given_below_the_threshold_too() -> None:
    assert said(closed(PAPERS, "旧卡", {"旧卡": -1.0}), PAPERS) == ["旧卡。"]


def test_nothing_is_given_where_nothing_was_read() -> None:
    live = live_of(PAPERS)
    passages = passages_of(live)
    question = asked("要带什么")
    assert close(live, passages, [[-math.inf] * 6], question, threshold=0.0, most_chars=600) == Closed(())
    assert close(live, [], [], question, threshold=0.0, most_chars=600) == Closed(())


def test_steps_that_were_not_read_belong_to_the_procedure() -> None:
    answer = closed(STEPS_ZH, "怎么补办", {"挂失": ON, "上传": ON, "核对": ON, "工本费": -math.inf, "领取": -math.inf})
    assert len(answer.units) == 5


def test_what_does_not_fit_is_the_least_likely_and_is_said() -> None:
    answer = closed(PAPERS, "补卡要带什么", {"身份证": ON, "户口簿": 1.5, "照片": 1.0, "申请表": 0.5}, most_chars=22)
    assert said(answer, PAPERS) == ["身份证；", "户口簿；", "照片两张；"]
    assert answer.left_out == LeftOut("items", 3, 6, (1, 2, 3))


def test_a_unit_longer_than_the_answer_may_be_says_how_much_of_it_is_left() -> None:
    source = "、".join(["申请人应当提交材料"] * 30) + "。"
    answer = closed(source, "材料", {"申请人": ON}, most_chars=100)
    assert answer.left_out == LeftOut("text", 100, 300)


def test_a_part_of_a_nested_list_is_of_its_step_too() -> None:
    answer = closed(NESTED, "照片呢", {"照片": ON})
    assert answer.left_out == LeftOut("steps", 1, 3, (1,))


SOURCES = (STEPS_ZH, STEPS_EN, PAPERS, AID, f"{PAPERS}\n\n{AID}\n\n残疾人可以免费停车。但占用消防通道的除外。",
           f"{NESTED}\n\n（一）甲；\n1．乙；\n2．丙；\n（二）丁。")


@settings(deadline=None)
@given(st.sampled_from(SOURCES), st.lists(st.integers(-4, 4), min_size=40, max_size=40), st.integers(1, 200),
       st.sampled_from(("要带什么", "怎么办", "多少钱")))
def test_an_answer_holds_the_best_unit_in_reading_order_within_its_length_and_all_of_it_is_said(
        source: str, values: list[int], most_chars: int, question: str) -> None:
    live = live_of(source)
    passages = passages_of(live)
    rest = iter(values)
    logits = [[next(rest) for _ in passage.units] for passage in passages]
    answer = close(live, passages, logits, asked(question), threshold=0.0, most_chars=most_chars)
    starts = [one.unit.start for one in answer.units]
    flat = [(value, unit.start) for passage, own in zip(passages, logits, strict=True)
            for value, unit in zip(own, passage.units, strict=True)]
    assert starts == sorted(set(starts))
    assert max(flat, key=lambda one: one[0])[1] in starts
    composed = compose_units(live, [(one.passage, one.unit) for one in answer.units], most_chars=most_chars)
    assert sum(len(sentence.text) for sentence in composed.sentences) <= most_chars
    quoted = {(citation.start, citation.end) for citation in composed.citations}
    assert len(answer.units) == 1 or all((one.unit.start, one.unit.end) in quoted for one in answer.units)
    if answer.left_out:
        assert answer.left_out.kind == "text" or answer.left_out.said == len(answer.left_out.members)
        assert 0 < answer.left_out.said < answer.left_out.total


def test_fault_11_a_list_without_end_is_closed_in_bounded_time() -> None:
    live = live_of("须带：\n\n" + "- 身份证；\n" * 4_000)
    passages = passages_of(live)
    logits = [[2.0] * len(passage.units) for passage in passages]
    with watchdog(30):
        answer = close(live, passages, logits, asked("要带什么"), threshold=0.0, most_chars=100)
    assert answer.left_out == LeftOut("items", 24, 4_000, tuple(range(1, 25)))


LAW = "## 第三章 合同\n\n" + "\n\n".join((
    "第十条 租赁合同应当书面订立。当事人应当自订立之日起三十日内备案。",
    "第十一条 出租人应当保证房屋安全。", "第十二条 承租人转租须经出租人同意。"))
LAW_EN = "## Tenancies\n\n" + "\n\n".join((
    "Section 10. A tenancy shall be in writing. It shall be registered within thirty days.",
    "Section 11. A landlord shall keep the house safe.", "Section 12. A tenant shall ask before subletting."))


def near_to(source: str, marks: dict[str, float], near: float) -> list[str]:
    live = live_of(source)
    passages = passages_of(live)
    logits = [[next((value for words, value in marks.items() if words in source[unit.start:unit.end]), -6.0)
               for unit in passage.units] for passage in passages]
    return said(close(live, passages, logits, asked("要备案吗"), threshold=0.0, most_chars=600, near=near), source)


@pytest.mark.parametrize(("source", "best", "beside", "far"), [
    (LAW, "三十日内备案", "书面订立", "房屋安全"), (LAW_EN, "thirty days", "in writing", "house safe")])
def test_what_is_nearly_as_likely_as_a_low_best_is_said_with_it_in_its_own_clause(source: str, best: str, beside: str,
                                                                                  far: str) -> None:
    low = {best: -1.0, beside: -2.0, far: -2.0}
    found = near_to(source, low, 1.5)
    assert [any(words in unit for unit in found) for words in low] == [True, True, False]
    assert len(near_to(source, low, 0.5)) == 1


@pytest.mark.parametrize(("source", "best", "other"), [
    (LAW, "三十日内备案", "转租"), (LAW_EN, "thirty days", "subletting")])
def test_another_clause_is_said_only_where_it_comes_near_the_best(source: str, best: str, other: str) -> None:
    assert len(near_to(source, {best: 5.0, other: 1.0}, 1.5)) == 1
    assert len(near_to(source, {best: 3.0, other: 1.0}, 1.5)) == 2


FARES = "## 票价\n\n| 乘车人 | 票价 |\n|---|---|\n" + "".join(f"| {who} | {fare} |\n" for who, fare in (
    ("六十五周岁以上老人", "免费"), ("中小学生", "半价"), ("现役军人", "免费"), ("其他人", "2元")))
FARES_EN = "## Fares\n\n| Who | Fare |\n|---|---|\n" + "".join(f"| {who} | {fare} |\n" for who, fare in (
    ("People over 65", "free"), ("Pupils", "half"), ("Soldiers", "free"), ("Everybody else", "2 yuan")))


@pytest.mark.parametrize(("source", "asked_for", "other"), [
    (FARES, "六十五周岁以上老人", "中小学生"), (FARES_EN, "People over 65", "Pupils")])
def test_of_a_table_the_rows_far_below_the_best_are_not_said_though_each_might_be(source: str, asked_for: str,
                                                                                  other: str) -> None:
    rest = dict.fromkeys(("中小学生", "现役军人", "其他人", "Pupils", "Soldiers", "Everybody else"), 1.0)
    assert [asked_for in unit for unit in near_to(source, {asked_for: 5.0, **rest}, 1.0)] == [True]
    assert any(other in unit for unit in near_to(source, {asked_for: 3.0, **rest}, 1.0))


RETURNS = """## 退换

网购的衣服签收后十日内可以退。

运费由买家付。

不适用的：

- 定制的衣服；
- 拆过封的袜子；
- 临期食品。
"""
LOCKER_RULES = """## Storage

Bags may be kept for a day.

The fee is 5 yuan.

Not accepted:

- animals;
- fuel;
- fresh fish.
"""


@pytest.mark.parametrize(("source", "question", "rule", "left_out"), [
    (RETURNS, "哪些衣服不能退", "十日内", "拆过封"), (RETURNS, "什么东西退不了", "十日内", "拆过封"),
    (RETURNS, "不给退的有哪些", "十日内", "拆过封"),
    (LOCKER_RULES, "what can't I leave there", "for a day", "fuel"),
    (LOCKER_RULES, "which things are not accepted for storage", "for a day", "fuel"),
])
def test_who_asks_for_what_is_not_gets_the_list_that_says_so(source: str, question: str, rule: str,
                                                             left_out: str) -> None:
    answer = closed(source, question, {rule: ON, left_out: NEAR})
    words = " ".join(said(answer, source))
    assert left_out in words and rule not in words
    assert sum(one.unit.kind == "item" for one in answer.units) == 3
    plain = closed(source, "多久能退" if source is RETURNS else "how long may I leave it", {rule: ON, left_out: NEAR})
    assert rule in " ".join(said(plain, source)) and left_out not in " ".join(said(plain, source))


@pytest.mark.parametrize("question", ["为什么不能退", "why can I not leave it", "哪些衣服能退", "what can I leave"])
def test_who_asks_why_or_what_is_gets_no_list_of_what_is_not(question: str) -> None:
    source = RETURNS if not question.isascii() else LOCKER_RULES
    rule, left_out = ("十日内", "拆过封") if source is RETURNS else ("for a day", "fuel")
    assert rule in " ".join(said(closed(source, question, {rule: ON, left_out: OFF}), source))
