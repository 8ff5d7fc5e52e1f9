"""A refusal names a department only where its article is near, and shows the best passages whole."""

from __future__ import annotations

import pytest

from retriever.answering.refusal import NEAR, NEAR_IN_WORDS, Hotline, is_near, nearest_passages, whom_to_ask
from retriever.ranking.order import Ranked
from retriever.records import Allowed, Candidate, Hit, LiveText
from tests.retriever.factories import LONG_AGO, passage

HOTLINE = Hotline("某市12345热线", "Some City 12345", "12345")


def ranked(text: str, *, article: str = "a", ordinal: int = 0, cosine: float = 0.0, context: str = "",
           features: dict[str, float] | None = None) -> Ranked:
    found = Candidate(passage(text, article=article, ordinal=ordinal, context=context, heading_path=("怎么办",)), 1.0,
                      cosine)
    live = LiveText(article, article, f"{article}-r1", 2, f"{article}的办法", text, "zh", "public", "hrss", "人社局",
                    "Labour Bureau", "0540-1", LONG_AGO, None, None)
    return Ranked(Hit(found.passage, 0.5, found, features or {}), Allowed(found, live))


def test_a_department_is_asked_only_where_its_article_is_near() -> None:
    assert whom_to_ask([ranked("x", cosine=NEAR["zh"])], HOTLINE)["code"] == "hrss"
    far = whom_to_ask([ranked("x", cosine=NEAR["zh"] - 0.01), ranked("y", cosine=0.99)], HOTLINE)
    assert far == {"code": "", "name_zh": "某市12345热线", "name_en": "Some City 12345", "phone": "12345"}


def test_where_nothing_is_found_the_hotline_itself_is_asked() -> None:
    assert whom_to_ask([], HOTLINE)["phone"] == "12345"


@pytest.mark.parametrize(("features", "near"), [({"run_unit": NEAR_IN_WORDS}, True), ({"in_title": 1.0}, True),
                                                ({"run_unit": 0.1, "in_title": 0.1}, False), ({}, False)])
def test_without_vectors_the_words_say_what_is_near(features: dict[str, float], near: bool) -> None:
    assert is_near(ranked("x", features=features)) == near


def test_the_best_passages_are_shown_whole_one_of_each_article_first() -> None:
    hits = [ranked("甲一"), ranked("甲二", ordinal=1), ranked("乙一", article="b"), ranked("甲三", ordinal=2)]
    shown = nearest_passages(hits, 3)
    assert [n.passage.text for n in shown if n.passage] == ["甲一", "乙一", "甲二"]
    assert nearest_passages(hits, 0) == ()


def test_a_passage_is_shown_with_what_it_depends_on_and_its_address() -> None:
    (shown,) = nearest_passages([ranked("| 60元 |", context="| 费用 |")], 3)
    assert shown.passage
    assert (shown.passage.heading_path, shown.passage.text) == (("怎么办",), "| 费用 |\n| 60元 |")
    assert shown.passage.url == "/articles/a/r/2?cite=0-7#cite-1"
