"""Figures that say the same in other words agree; others of one kind differ; other kinds are not compared."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.conflicts.figures import figures_of
from kb.markup.conflicts.point import Point
from kb.markup.conflicts.statement import read
from kb.markup.conflicts.values import agrees, comparable
from kb.markup.facts.fact import Fact, written


def figure(source: str, kind: str) -> Point:
    return next(point for point in figures_of(read(source, title="办事")) if point.kind == kind)


def agree(one: str, other: str, kind: str) -> bool:
    a, b = figure(one, kind), figure(other, kind)
    assert a.fact
    assert b.fact
    assert comparable(a.fact, b.fact)
    return agrees(a.fact, b.fact, (a.said, b.said), a.statement.facts, b.statement.facts)


@pytest.mark.parametrize(("one", "other", "kind"), [
    ("补领工本费二十五元。", "补领收25元。", "money"),
    ("每人每月300元。", "一年可领三千六百元。", "money"),
    ("各级财政补贴80%。", "农户自己承担两成。", "percent"),
    ("票价打对折。", "票价按50%收取。", "percent"),
    ("自受理之日起20个工作日内办结。", "日历上28天之内办好。", "duration"),
    ("三个月内提出。", "90日内提出。", "duration"),
    ("不满16周岁的由家长陪同。", "15周岁以下的由家长陪同。", "age"),
    ("每户限养一只。", "一户不超过1条。", "quantity"),
    ("电话0000-5550177。", "可拨（区号0000）555 0177。", "phone"),
    ("服务电话五五五零，零一六零。", "拨打5550-0160。", "phone"),
    ("上午9:00—12:00，下午1:30—5:00。", "早上九点到十二点、下午一点半到五点。", "hours"),
    ("weekdays between 08:30 and 16:15.",
     "it opens at half past eight in the morning and closes at a quarter past four.", "hours"),
    ("2025年6月10日至6月16日报名。", "6月10日起报名，6月16日截止。", "date"),
    ("窗口在青棠区渔火路12号二楼。", "窗口在渔火路十二号。", "address"),
    ("到渔火路20号接待室。", "地址：青棠区渔火路20号。", "address"),
    ("the office is at 410 Heron St, third floor.", "it is at 410 Heron Street.", "address"),
])
def test_the_same_in_other_words_agrees(one: str, other: str, kind: str) -> None:
    assert agree(one, other, kind)


@pytest.mark.parametrize(("one", "other", "kind"), [
    ("补领工本费25元。", "补领收30元。", "money"),
    ("查询按22元一次收费。", "查询一次收25元。", "money"),
    ("每户每月8元。", "一户一年120元。", "money"),
    ("各级财政补贴80%。", "农户自己承担三成。", "percent"),
    ("租金按市场价的60%收取。", "租金减免60%。", "percent"),
    ("15个工作日内审批。", "5个工作日内审批。", "duration"),
    ("12周岁以下的由家长陪同。", "未满16岁的由家长陪同。", "age"),
    ("每户限养一只。", "一户不超过两条。", "quantity"),
    ("咨询电话5550 0138。", "咨询电话5550 0183。", "phone"),
    ("每日7:00—16:00开放。", "早上八点到晚上六点开放。", "hours"),
    ("6月10日至6月16日报名。", "6月3日起报名，6月9日截止。", "date"),
    ("窗口在青棠区渔火路12号。", "窗口在青棠区石榴路12号。", "address"),
    ("the office is at 410 Heron St.", "it is at 410 Crane Street.", "address"),
])
def test_other_figures_of_one_kind_differ(one: str, other: str, kind: str) -> None:
    assert not agree(one, other, kind)


@pytest.mark.parametrize(("one", "other"), [
    (Fact("money", "8", 0, 1, "CNY/平方米"), Fact("money", "9", 0, 1, "CNY/千瓦时")),
    (Fact("age", "60", 0, 1, "", "ge"), Fact("age", "65", 0, 1, "", "le")),
    (Fact("quantity", "3", 0, 1, "份"), Fact("quantity", "2", 0, 1, "份")),  # how many copies is said in passing
    (Fact("money", "8", 0, 1, "CNY"), Fact("percent", "9", 0, 1)),
])
def test_figures_of_other_things_are_not_compared(one: Fact, other: Fact) -> None:
    assert not comparable(one, other)


MEASURES = st.builds(
    lambda kind_unit, value, op: Fact(kind_unit[0], written(Decimal(value)), 0, 1, kind_unit[1], op),
    st.sampled_from([("money", "CNY"), ("money", "CNY/月"), ("money", "CNY/户·年"), ("percent", ""),
                     ("duration", "day"), ("duration", "workday"), ("duration", "month"), ("age", ""),
                     ("quantity", "辆")]), st.integers(0, 400), st.sampled_from(["eq", "le", "ge", "lt", "gt"]))


@given(MEASURES, MEASURES, st.sampled_from(["", "减免", "每月", "合计"]), st.sampled_from(["", "收取", "一年"]))
def test_it_does_not_matter_which_text_comes_first(one: Fact, other: Fact, around: str, words: str) -> None:
    assert comparable(one, other) == comparable(other, one)
    if comparable(one, other):
        assert agrees(one, other, (around, words), (one,), (other,)) == agrees(other, one, (words, around), (other,),
                                                                              (one,))


@given(MEASURES)
def test_what_is_equal_agrees(one: Fact) -> None:
    if comparable(one, one):
        assert agrees(one, one, ("", ""), (), ())
