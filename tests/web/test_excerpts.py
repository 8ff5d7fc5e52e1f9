"""Search results on a page: an article once, the words marked where they stand, and nothing of a text runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tests.web.site import Visitor, words
from web.public.excerpts import excerpt, marked, pattern_of

LONG = "本条说明办理的一般规定。" * 30 + "租房提取公积金每月最高1500元。" + "其他事项另行通知。" * 30


def test_the_part_that_holds_the_words_is_shown_and_they_are_marked() -> None:
    shown = excerpt(LONG, pattern_of(("公积", "积金", "租房")))
    assert shown.startswith("…") and shown.endswith("…")
    assert "<mark>租房</mark>提取<mark>公积金</mark>每月最高1500元" in shown  # two pairs of characters are one word


@pytest.mark.parametrize(("word", "text", "html"), [
    ("licenc", "Renew a Licence, licences.", "Renew a <mark>Licence</mark>, <mark>licences</mark>."),
    ("ape", "Tape and an ape", "Tape and an <mark>ape</mark>"),
    ("卡", "社保卡", "社保卡"),  # a single character stands everywhere
    ("a.b", "axb a.b", "axb <mark>a.b</mark>"),
])
def test_english_words_are_marked_by_their_stem_and_single_characters_not(word: str, text: str, html: str) -> None:
    assert marked(text, pattern_of((word,))) == html


def test_fault_07_markup_in_a_text_is_text_also_around_what_is_marked() -> None:
    shown = marked("<b>公积金</b><script>", pattern_of(("公积金", "<b>")))
    assert shown == "<mark>&lt;b&gt;公积金</mark>&lt;/b&gt;&lt;script&gt;"


@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=5), max_size=6))
def test_a_text_is_the_same_when_the_marks_are_taken_away(text: str, terms: list[str]) -> None:
    shown = marked(text, pattern_of(terms))
    assert Markup(shown.replace("<mark>", "").replace("</mark>", "")).unescape() == text


def test_an_article_stands_once_with_its_passages_and_what_was_found_is_marked(citizen: Visitor) -> None:
    page = citizen.get("/search?q=公积金租房提取").get_data(as_text=True)
    results = page.split('class="plain results"')[1].split("</ol>")[0]
    titles = [part.split("</h2>")[0] for part in results.split("<h2>")[1:]]
    assert len(titles) == len(set(titles)) > 1 and results.count('class="excerpt"') > len(titles)
    assert "<mark>" in titles[0] and results.count("<mark>") > len(titles)


@pytest.mark.parametrize("gibberish", ["zzyzx qwfpgj", "魑魅魍魉饕餮", "xqzt"])
def test_words_that_no_text_holds_find_nothing(citizen: Visitor, gibberish: str) -> None:
    assert "没有找到" in words(citizen.get("/search", query_string={"q": gibberish}))
