"""A refusal names a department only where the best passages are its and near, and shows them whole."""

from __future__ import annotations

import pytest

from retriever.answering.refusal import (
    AGREEING,
    LOOKED_AT,
    NEAR,
    NEAR_IN_WORDS,
    Hotline,
    is_near,
    nearest_passages,
    whom_to_ask,
)
from retriever.ranking.order import Ranked
from retriever.records import Allowed, Candidate, Hit, LiveText
from tests.retriever.factories import LONG_AGO, passage

HOTLINE = Hotline("某市12345热线", "Some City 12345", "12345")


def ranked(text: str, *, article: str = "a", ordinal: int = 0, cosine: float = 0.0, context: str = "",
           features: dict[str, float] | None = None, department: str = "hrss", lang: str = "zh") -> Ranked:
    found = Candidate(passage(text, article=article, ordinal=ordinal, context=context, heading_path=("怎么办",)), 1.0,
                      cosine)
    live = LiveText(article, article, f"{article}-r1", 2, f"{article}的办法", text, lang, "public", department,
                    "人社局", "Labour Bureau", "0540-1", LONG_AGO, None, None)
    return Ranked(Hit(found.passage, 0.5, found, features or {}), Allowed(found, live))


def test_a_department_is_asked_only_where_its_article_is_near() -> None:
    assert whom_to_ask([ranked("x", cosine=NEAR["zh"])], HOTLINE)["code"] == "hrss"
    far = whom_to_ask([ranked("x", cosine=NEAR["zh"] - 0.01), ranked("y", cosine=NEAR["zh"] - 0.01)], HOTLINE)
    assert far == {"code": "", "name_zh": "某市12345热线", "name_en": "Some City 12345", "phone": "12345"}


def found_of(departments: str, cosine: float, lang: str = "zh") -> list[Ranked]:
    """A hit for each letter, which is its department."""
    return [ranked("x", article=f"{i}", cosine=cosine, department=d, lang=lang) for i, d in enumerate(departments)]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("departments", "code"), [
    ("wwwwwww", "w"), ("wwwuwww", "w"), ("wwwwwwu", "w"), ("wwwwwwuuuuuu", "w"),  # what comes later is not looked at
    ("wwwuuww", "w"), ("wwwuuwu", ""), ("wuuuuuu", ""), ("wuwuwue", ""),  # they mix, or the best one stands alone
    ("w", "w"), ("ww", "w"), ("wu", ""), ("wwu", ""), ("wwwu", "w"), ("wwwwu", "w"),  # a small base: as large a share
])
def test_a_department_is_named_where_nearly_all_of_the_best_passages_are_its(departments: str, code: str,
                                                                             lang: str) -> None:
    assert whom_to_ask(found_of(departments, NEAR[lang], lang), HOTLINE)["code"] == code
    assert whom_to_ask(found_of(departments, NEAR[lang] - 0.01, lang), HOTLINE)["code"] == ""


def test_one_near_passage_of_the_department_is_enough_and_another_s_does_not_count() -> None:
    far = found_of("w" * AGREEING, NEAR["zh"] - 0.01)
    assert whom_to_ask([*far, ranked("y", cosine=NEAR["zh"], department="w")], HOTLINE)["code"] == "w"
    assert whom_to_ask([*far, ranked("y", cosine=NEAR["zh"], department="u")], HOTLINE)["code"] == ""
    assert len(far) + 1 <= LOOKED_AT


def test_where_the_nearest_passage_is_anothers_nobody_is_named() -> None:
    near = found_of("w" * AGREEING, NEAR["zh"])
    assert whom_to_ask([*near, ranked("y", cosine=NEAR["zh"] + 0.001, department="u")], HOTLINE)["code"] == ""
    assert whom_to_ask([*near, ranked("y", cosine=NEAR["zh"] - 0.001, department="u")], HOTLINE)["code"] == "w"


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
