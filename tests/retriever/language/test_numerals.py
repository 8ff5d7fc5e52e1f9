"""Numbers: how else a question's may be written, and which are left as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.facts.numerals import chinese_number, in_chinese
from retriever.language.analysis import Analyser
from retriever.language.numerals import other_writings
from retriever.question.focus import Focus
from retriever.question.understanding import understand

PLAIN = Analyser()


@given(st.integers(0, 99_999_999))
def test_a_number_reads_back_as_itself(value: int) -> None:
    assert chinese_number(in_chinese(value)) == value


@pytest.mark.parametrize(("question", "written"), [
    ("休三个月", "3个月"), ("休3个月", "三个月"), ("二〇二六年的", "2026年"), ("2026年的", "二〇二六年"),
    ("第五十条", "第50条"), ("第50条", "第五十条"), ("两百块", "200元"), ("两百块", "二百元"), ("200元", "二百元"),
    ("200元", "两百元"), ("百分之十", "10%"), ("10%", "百分之十"), ("半年", "6个月"), ("半年", "六个月"),
    ("俩月", "2个月"), ("2个月", "两个月"), ("补税三百二", "320"), ("一万五", "15000"), ("5万元", "50000元"),
    ("十五天", "15日"), ("最多三个月", "3个月"), ("三百二十块钱", "320元"),
])
def test_a_number_has_the_writings_of_texts(question: str, written: str) -> None:
    assert written in [form for _, forms in other_writings(question) for form in forms]


@pytest.mark.parametrize("question", [
    "一个人", "头一次", "一两天", "三四百块", "七八个月", "半年度", "12345", "0540-8810999", "滨政发[2025]12号", "三方",
    "3.5元", "3.5万元", "5千元", "几百块", "数千元", "二十多万元", "几十天",
])
def test_what_states_no_number_has_no_other_writing(question: str) -> None:
    assert [form for _, forms in other_writings(question) for form in forms] == []


@pytest.mark.parametrize(("question", "text"), [
    ("三个月", "休假不超过3个月。"), ("3个月", "休假不超过三个月。"), ("第五十条", "第50条 单位应当"),
    ("第50条", "第五十条 单位应当"),
    ("两百块", "押金200元。"), ("两百块", "收二百元。"), ("百分之十", "按10%减征"), ("二〇二六年", "2026年起"),
])
def test_a_text_with_the_other_writing_covers_the_question(question: str, text: str) -> None:
    focus = Focus.of(understand(question, (), PLAIN), {})
    assert focus.coverage(frozenset(PLAIN.terms(text))) == 1.0


@pytest.mark.parametrize(("question", "text"), [("三天", "3份材料"), ("二十年", "不低于20%"), ("一两天", "12小时")])
def test_a_small_figure_alone_covers_nothing(question: str, text: str) -> None:
    focus = Focus.of(understand(question, (), PLAIN), {})
    assert focus.coverage(frozenset(PLAIN.terms(text))) == 0.0
