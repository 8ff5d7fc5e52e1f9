"""Which version brought each sentence of a text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.markup.comparing.sentences import dated, sentences_of
from kb.markup.parse import parse


def since(*versions: str) -> list[tuple[str, int]]:
    return [(one.sentence.text, one.since) for one in dated(versions)]


def test_each_sentence_is_as_old_as_the_version_that_brought_it() -> None:
    assert since("工本费20元。当场缴。", "工本费25元。当场缴。", "工本费25元。当场缴。可刷卡。") == [
        ("工本费25元。", 1), ("当场缴。", 0), ("可刷卡。", 2)]


def test_a_sentence_that_moved_keeps_its_age_and_one_that_came_back_does_not() -> None:
    assert since("甲事项。\n\n乙事项。", "乙事项。\n\n甲事项。") == [("乙事项。", 0), ("甲事项。", 0)]
    assert since("甲事项。", "乙事项。", "甲事项。") == [("甲事项。", 2)]


def test_headings_items_and_rows_are_told_one_by_one() -> None:
    text = "# 补卡\n\n- 身份证\n- 照片（2张；1寸）\n\n| 区 | 元 |\n|---|---|\n| 南湖 | 3 |\n"
    assert [(one.text, one.kind) for one in sentences_of(parse(text))] == [
        ("补卡", "heading"), ("身份证", "paragraph"), ("照片（2张；", "paragraph"), ("1寸）", "paragraph"),
        ("区 | 元", "header"), ("南湖 | 3", "row")]


@given(st.lists(st.text(alphabet="甲乙。！a \n-|", max_size=40), min_size=1, max_size=4))
@settings(deadline=None)
def test_the_sentences_are_those_of_the_last_version_and_no_younger_than_it(versions: list[str]) -> None:
    found = dated(versions)
    assert [one.sentence.text for one in found] == [one.text for one in sentences_of(parse(versions[-1]))]
    assert all(0 <= one.since < len(versions) for one in found)
