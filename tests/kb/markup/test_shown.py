"""What is handed out of a source holds what the page shows, at its own places, and nothing that the page hides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.parse import parse
from kb.markup.shown import shown_source, without_comments, without_hidden

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
    shown = shown_source(source, 0, len(source))
    assert shown.strip() == source.replace("`", " ").replace("\\", " ").strip()


@pytest.mark.parametrize(("source", "words"), [
    ("牌子**由园林局**统一做，~~每块80元~~每块50元。[^1]\n\n[^1]: 不超过*A4纸*。",
    "牌子由园林局统一做，每块50元。不超过A4纸。"),
    ("见[挂牌规定](article:plates)，或[这里][r]。\n\n[r]: https://e.example 'x'", "见挂牌规定，或这里。"),
    ("## **收费**标准\n\n- 填`Q-7`表，*不收费*\n", "##收费标准-填Q-7表，不收费"),
    ("| 票种 | **价** |\n|---|---|\n| 成人 | ~~8元~~5元 |\n", "|票种|价||---|---||成人|5元|"),
    ("Bring __two__ photos &amp; the [form](/f).", "Bringtwophotos&theform."),
    ("价格\\*含税\\*，A&lt;B", "价格*含税*，A<B"), ("![站点图](map.png)在一楼", "站点图在一楼"),
    ("```\nkb **x** [a](b)\n```", "```kb**x**[a](b)```"), ("5*3=15，a_b_c，90%", "5*3=15，a_b_c，90%")])
def test_marks_of_formatting_and_struck_words_are_blanked(source: str, words: str) -> None:
    shown = shown_source(source, 0, len(source))
    assert "".join(shown.split()) == words and len(shown) == len(source)


@given(st.lists(st.sampled_from(["**", "~~", "_", "`", "[^1]", "[甲](乙)", "丙", " ", "\n", "\n\n", "| ", "- ",
"&amp;", "\\*",
                                 "<b>", "[^1]: 丁", "# ", "> "]), max_size=16).map("".join))
def test_what_is_left_is_what_the_page_shows(source: str) -> None:
    """Of a text of any marks: no shown character is lost, and no struck one stays."""
    document = parse(source)
    left, wanted = iter(shown_source(source, 0, len(source))), document.visible(0, len(source))
    assert all(letter in left for letter in wanted if not letter.isspace())


@given(st.lists(st.sampled_from(["<!--", "-->", "\n", "\n\n", "甲", "[a]: b", "`", "    ", "- ", "[//]: # (乙)", "|"]),
                max_size=20).map("".join), st.integers(0, 30), st.integers(0, 60))
def test_lengths_and_line_breaks_are_kept(source: str, start: int, end: int) -> None:
    shown, cut = shown_source(source, start, end), source[start:end]
    assert len(shown) == len(cut)
    assert [n for n, c in enumerate(shown) if c == "\n"] == [n for n, c in enumerate(cut) if c == "\n"]


@pytest.mark.parametrize(("quote", "shown"), [
    ("费用9元<!-- 琥珀 -->。", "费用9元" + " " * 11 + "。"), ("费用9元。", "费用9元。"),
    ("写作`<!-- 琥珀 -->`。", "写作`<!-- 琥珀 -->`。"), ("[注]:免费 <!-- x -->", "[注]:免费 " + " " * 10)])
def test_a_quote_keeps_its_length_without_its_comments(quote: str, shown: str) -> None:
    assert without_comments(quote) == shown and len(shown) == len(quote)


@pytest.mark.parametrize("source", HIDING)
def test_a_source_without_what_is_hidden_keeps_its_places_and_its_marks(source: str) -> None:
    left = without_hidden(f"**费用** ~~8元~~\n\n{source}")
    assert left.startswith("**费用** ~~8元~~\n\n") and len(left) == len(source) + 15
    assert not set(SECRET) & set(left)
