"""Quantities: however a text writes them, two texts that state the same are found to."""

from __future__ import annotations

import pytest

from retriever.checking.quantities import HOLE, missing, taken_out
from retriever.language.analysis import normalise


def stated(text: str) -> list[tuple[str, str]]:
    return [(one.measure, one.value) for one in taken_out(normalise(text))[1]]


@pytest.mark.parametrize(("one", "other"), [
    ("45分钟内到场", "四十五分钟内到场"), ("两个半小时", "150分钟"), ("半年内办结", "6个月内办结"),
    ("每平方米1.2万元", "每平方米12,000元"),
    ("下午三点半截止", "15:30截止"), ("百分之四十", "40%"), ("打八折", "80%"),
    ("3月5日", "三月五日"), ("星期六", "周六"),
    ("下午两点到五点半", "14:00—17:30"), ("3月底前", "3月31日前"), ("六六六八八一一〇", "66688110"),
    ("6668 8110", "66688110"),
    ("within 8 hours", "within eight hours"), ("a week and a half", "one and a half weeks"), ("$4.50", "4 dollars 50"),
    ("7:30 in the evening", "7:30 p.m."), ("noon", "12:00"), ("15 working days", "fifteen business days"),
    ("17:30至次日8:00", "17:30至次日早上8:00"), ("from 9 p.m. to the next day at 7:15", "from 9 p.m. to 7:15 a.m."),
    ("at 9 a.m. on Tuesdays", "at 9:00 in the morning on Tuesday"),
])
def test_the_same_quantity_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert stated(one) == stated(other) != []


@pytest.mark.parametrize(("one", "other"), [
    ("10日内", "10个工作日内"), ("0.5元", "5元"), ("0540-8811900", "0540-8811990"), ("周二休息", "周三休息"),
    ("五折", "六折"),
    ("within 10 days", "within 10 working days"), ("6:30 a.m.", "6:30 p.m."), ("$150", "$1,500"),
    ("three feet", "30 feet"),
])
def test_another_quantity_is_another(one: str, other: str) -> None:
    was, now = (taken_out(normalise(text))[1] for text in (one, other))
    assert missing(was, now)
    assert missing(now, was)


def test_a_telephone_number_is_the_same_without_its_area_code() -> None:
    was, now = (taken_out(normalise(text))[1] for text in ("0540-8811900", "8811900"))
    assert not missing(was, now)


def test_what_counts_nothing_is_no_quantity() -> None:
    for text in ("统一办理，一律免费，一起申请", "万一丢失，千万别慌", "the ones who may apply"):
        assert not [value for measure, value in stated(text) if measure], text


def test_each_quantity_leaves_one_hole_where_it_stood() -> None:
    text, found = taken_out(normalise("受理后5个工作日办结，费用15元。"))
    assert (text.count(HOLE), [one.text for one in found]) == (2, ["5个工作日", "15元"])
