"""What is handed out of a source holds what the page shows, at its own places, and nothing that the page hides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.shown import shown_source

SECRET = "内部口令琥珀"
HIDING = [f"费用9元。<!-- {SECRET} -->请预约。", f"<!--\n{SECRET}\n-->\n\n费用9元。",
          f"[//]: # ({SECRET})\n\n费用9元。", f"见[a]。\n\n[a]: https://e.org '{SECRET}'",
          f"- 一\n  <!-- {SECRET} -->\n- 二", f"| a |\n|---|\n| b <!-- {SECRET} --> |"]


@pytest.mark.parametrize("source", HIDING)
def test_what_a_page_hides_is_blanked_and_every_place_stays(source: str) -> None:
    for start in range(0, len(source), 3):
        shown = shown_source(source, start, len(source))
        assert len(shown) == len(source) - start
        assert not set(SECRET) & set(shown)
        assert all(a == b or a == " " for a, b in zip(shown, source[start:], strict=True))


@pytest.mark.parametrize("source", [f"写作`<!-- {SECRET} -->`。", f"    <!-- {SECRET} -->", f"\\<!-- {SECRET} -->",
                                    f"<b>{SECRET}</b>"])
def test_what_a_page_shows_stays(source: str) -> None:
    assert shown_source(source, 0, len(source)) == source


@given(st.lists(st.sampled_from(["<!--", "-->", "\n", "\n\n", "甲", "[a]: b", "`", "    ", "- ", "[//]: # (乙)", "|"]),
                max_size=20).map("".join), st.integers(0, 30), st.integers(0, 60))
def test_lengths_and_line_breaks_are_kept(source: str, start: int, end: int) -> None:
    shown, cut = shown_source(source, start, end), source[start:end]
    assert len(shown) == len(cut)
    assert [n for n, c in enumerate(shown) if c == "\n"] == [n for n, c in enumerate(cut) if c == "\n"]
