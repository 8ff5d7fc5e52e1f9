"""Differences of texts: complete, marked inside the line, bounded for any input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.articles.diff import diff_lines, diff_texts, shown_lines

line = st.text(alphabet="ab 中\n", max_size=12)


@given(st.lists(line, max_size=12).map("\n".join), st.lists(line, max_size=12).map("\n".join))
def test_both_texts_can_be_read_back_from_their_difference(old: str, new: str) -> None:
    lines = diff_lines(old, new)
    assert "\n".join(x.text for x in lines if x.sign != "+") == old
    assert "\n".join(x.text for x in lines if x.sign != "-") == new
    for x in lines:
        assert all(0 <= start < end <= len(x.text) for start, end in x.changed)
        assert x.sign != " " or not x.changed


def test_the_changed_figure_is_marked_in_its_line() -> None:
    lines = diff_lines("题\n工本费 15 元。\n尾", "题\n工本费 20 元。\n尾")
    assert [x.sign for x in lines] == [" ", "-", "+", " "]
    assert [x.text[slice(*x.changed[0])] for x in lines[1:3]] == ["15", "20"]


@pytest.mark.parametrize(("old", "new"), [
    ("x\n" * 20_000, "x\n" * 19_999 + "y"),
    ("\n".join(map(str, range(20_000))), "\n".join(map(str, range(20_000, 0, -1)))),
    ("\n".join("ab" * 90 + str(n) for n in range(2000)), "\n".join("ba" * 90 + str(n) for n in range(2000))),
    ("中国" * 25_000, "国中" * 25_000),
])
def test_fault_11_large_texts_are_compared_within_bounds(old: str, new: str) -> None:
    lines = diff_lines(old, new)
    assert "\n".join(x.text for x in lines if x.sign != "+") == old
    assert "\n".join(x.text for x in lines if x.sign != "-") == new


def test_fault_08_a_hostile_text_comes_out_as_it_is_to_be_escaped_where_it_is_shown() -> None:
    lines = diff_lines("<b>a</b>", "<script>alert(1)</script>")
    assert [(x.sign, x.text) for x in lines] == [("-", "<b>a</b>"), ("+", "<script>alert(1)</script>")]


def test_what_is_compared_is_what_readers_see() -> None:
    source = """# 补卡

<!-- 内部 -->
工本费**20**元，
当场缴。[官网](https://a.example/x)，<https://b.example>

- 内地居民：
  1. 身份证
- [x] ~~旧证~~新证[^1]

| 项 | 元 |
|---|---|
| 补卡 | 20 |

[//]: # (内部)
[^1]: 原件
"""
    assert shown_lines(source) == [
        "补卡", "工本费20元，当场缴。官网 <https://a.example/x>，https://b.example", "• 内地居民：", "  1. 身份证",
        "• ☑ [-旧证-]新证[1]", "项 | 元", "补卡 | 20", "[1] 原件"]


@pytest.mark.parametrize(("old", "new", "is_same"), [
    ("残疾人经营的\n摊位。", "残疾人经营的摊位。", True), ("**工本费**20元。", "工本费20元。", True),
    ("20元<!-- 内部 -->", "20元", True), ("- 甲\n- 乙", "* 甲\n* 乙", True),
    ("[官网](https://a.example)", "[官网](https://b.example)", False),
    ("8元", "~~8元~~", False), ("- [ ] 甲", "- [x] 甲", False), ("| a |\n|---|\n| 1 |", "| a |\n|---|\n| 2 |", False),
])
def test_only_what_readers_see_is_a_change(old: str, new: str, is_same: bool) -> None:
    assert all(line.sign == " " for line in diff_texts(old, new)) is is_same
