"""Words seen on a page, found in the source that it was made from."""

from __future__ import annotations

import pytest

from kb.markup.locating import stretch_of
from kb.markup.parse import parse

SOURCE = "补领工本费**25**元，见[官网](https://a.example)。\n\n| 区 | 费用 |\n|---|---|\n| 南湖 | 25元 |\n\nA &amp; B"


@pytest.mark.parametrize(("quote", "near", "found"), [
    ("工本费25元", 0, "工本费**25**元"), ("工本费 25 元", 0, "工本费**25**元"), ("见官网", 0, "见[官网"),
    ("25元", 0, "25**元"), ("25元", 40, "25元"), ("南湖25元", 0, "南湖 | 25元"), ("A & B", 0, "A &amp; B"),
])
def test_words_are_found_whatever_marks_stand_between_them(quote: str, near: int, found: str) -> None:
    place = stretch_of(parse(SOURCE), quote, near)
    assert place is not None and SOURCE[slice(*place)] == found


@pytest.mark.parametrize("quote", ["", "  ", "30元", "https", "**25**", "元\x00"])
def test_words_that_the_page_does_not_show_are_nowhere(quote: str) -> None:
    assert stretch_of(parse(SOURCE), quote) is None


def test_of_equal_places_the_nearest_is_meant() -> None:
    source = "元 元 元"
    assert [stretch_of(parse(source), "元", near) for near in (0, 1, 2, 99)] == [(0, 1), (2, 3), (4, 5), (4, 5)]
