"""What a unit gives is looked for only where it can stand, and found wherever it does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.language.analysis import normalise
from retriever.passages.facts import GIVES, facts_in, facts_of

TEXTS = st.lists(st.sampled_from([
    *"0129一三十两百 ,.;:%-、及岁年月日天人个号路街p.m", "２", "²", "٣", "元", "工作日", "以下", "yuan", "a.m.", "may ",
    "12:30", "0512-1234567", "2026年", "3月底", "the ", "one ", "office", "app", "会", "因为", "10",
]), max_size=12).map("".join)


@given(TEXTS)
def test_figures_and_letters_are_looked_for_wherever_there_are_any(text: str) -> None:
    normalised = normalise(text).rstrip()
    found = facts_in(normalised)
    for name, looks in GIVES:
        assert (name in found) == any(look is not None and look.search(normalised) for look in looks)
    assert facts_of(text) == facts_in(normalise(text))


@pytest.mark.parametrize(("text", "given"), [
    ("30元", "amount"), ("1,200.50 元", "amount"), ("¥ 5", "amount"), ("5 yuan", "amount"), ("十个工作日", "duration"),
    ("12 个月", "duration"), ("9:30", "duration"), ("5 p.m.", "duration"), ("12月底", "date"), ("2026年", "date"),
    ("in 1998 or", "date"), ("may 3", "date"), ("两份", "count"), ("1.5万人", "count"), ("3 copies", "count"),
    ("0512-12345678", "phone"), ("打95598", "phone"), ("13800138000", "phone"), ("a@b.example", "phone"),
    ("3号窗", "place"), ("下载 app", "place"), ("按规定处理", "whether"), ("处5元", "consequence")
])
def test_a_look_finds_what_it_is_for(text: str, given: str) -> None:
    assert given in facts_of(text)


@pytest.mark.parametrize(("text", "kind"), [
    ("12345678901月", "date"), ("120月1", "date"), ("1年以下", "list"), ("一百周", "duration"), ("3周岁", "duration"),
    ("1998a", "date"), ("123456", "phone"), ("委托", "body"), ("等待", "list"), ("即日", "meaning"),
])
def test_a_look_passes_over_what_only_resembles_it(text: str, kind: str) -> None:
    assert kind not in facts_of(text)
