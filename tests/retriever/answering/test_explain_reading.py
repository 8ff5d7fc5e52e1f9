"""Explanations where a reader read: what it said of each passage is shown, and confidence is told by its margins."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest

from kb.actor import OPERATOR
from kb.db import Database
from kb.settings import Settings
from retriever.answering.explain_shell import print_explanation
from retriever.answering.explaining.sureness import USUAL_READ
from retriever.answering.fitted import MARGINS, Fitted
from retriever.answering.labels import LABELS, label, passage_as_read, unit_as_read, verdict
from retriever.ask import Retriever
from retriever.factory import open_parts
from retriever.question.demands import demanded
from retriever.ranking.model import Logistic
from retriever.reader.fallback import FallingBack, Timed
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.retriever.test_ask_reading import CARD, MarkingReader

WEIGHTS = {name: (-0.2 if name in ("elsewhere", "length", "alone") else 0.3) for name in MARGINS}
FITTED = Fitted({"score": 2.0, "passage": 0.5}, 0.5, 0.0, 99.0, Logistic(-0.5, WEIGHTS), Logistic(0.0, {}), 0.9,
                {0.9: 0.6})


@pytest.fixture
def told(settings: Settings, database: Database) -> dict[str, Any]:
    """Why the fee is answered, and what the reader marked for it."""
    published_article(database, "card", CARD, title="社会保障卡补办")
    published_article(database, "ferry", "# 轮渡票价\n\n## 票价\n\n成人单程2元。\n", title="轮渡票价")
    retriever = Retriever(settings, database, open_parts(settings, database, None)[0],
                          reader=FallingBack(Timed(MarkingReader("25元"), 5.0)), fitted=FITTED)
    answer = retriever.ask(AskRequest("社保卡补办要多少钱", explain=True), OPERATOR, now=NOW)
    retriever.close()
    assert answer.reader == "marking" and answer.explain is not None
    return answer.explain


def test_confidence_is_the_logistic_of_margins_that_are_named_apart_from_features(told: dict[str, Any]) -> None:
    parts = told["confidence"]
    assert set(parts["features"]) == set(parts["contributions"]) == {f"margin_{name}" for name in MARGINS}
    odds = parts["intercept"] + sum(parts["contributions"].values())
    assert parts["value"] == pytest.approx(1 / (1 + math.exp(-odds)), abs=2e-3)
    assert all(one["feature"].removeprefix("margin_") in USUAL_READ for one in parts["short"])


def test_the_readers_order_is_named_as_what_moved_a_candidate(told: dict[str, Any]) -> None:
    for candidate in told["candidates"]:
        assert "by_reading" in candidate["contributions"] and "within_article" not in candidate["contributions"]
        assert sum(candidate["contributions"].values()) == pytest.approx(candidate["score"], abs=1e-3)


def test_every_margin_has_a_name_in_both_languages_that_no_feature_has() -> None:
    names = [f"margin_{name}" for name in MARGINS] + ["by_reading", "reader"]
    for name in names:
        assert label(name, "zh") != name and label(name, "zh") != label(name, "en")
    assert LABELS["margin_said"] != LABELS["said"] and LABELS["margin_gap"] != LABELS["gap"]


@pytest.mark.parametrize("name", sorted(USUAL_READ))
def test_a_margin_that_is_short_or_strong_is_said_in_words(name: str) -> None:
    short = verdict("not_sure", 0.2, 0.6, short=[f"margin_{name}"], strong=[], missing=[], rival="居住证")
    strong = verdict(None, 0.8, 0.6, short=[], strong=[f"margin_{name}"], missing=[], rival="居住证")
    nothing = verdict(None, 0.8, 0.6, short=[], strong=[], missing=[], rival="居住证")
    for lang in ("zh", "en"):
        assert len(short[lang]) > len(nothing[lang]) and len(strong[lang]) > len(nothing[lang])
        assert "margin_" not in short[lang] + strong[lang] and "{" not in short[lang] + strong[lang]


def test_the_shell_shows_what_was_read_in_place_of_features_that_did_not_decide(told: dict[str, Any]) -> None:
    out = io.StringIO()
    print_explanation(told, out)
    text = out.getvalue()
    assert "阅读：+0.50 起标出" in text and "✓" in text and "25元" in text
    assert label("margin_passage", "zh") in text and "margin_" not in text
    assert "chance" not in text and "可能  句子" not in text
    out = io.StringIO()
    print_explanation({**told, "lang": "en"}, out)
    assert "As read: marked from +0.50" in out.getvalue() and label("margin_lead", "en") in out.getvalue()


def test_what_was_quoted_is_told_with_where_it_stands(told: dict[str, Any]) -> None:
    passages = told["reading"]["passages"]
    quoted = [unit for passage in passages for unit in passage["units"] if unit["quoted"]]
    assert quoted and all("25元" in unit["text"] and unit["marked"] for unit in quoted)
    assert all(one["url"].startswith("/articles/") for passage in passages for one in (passage, *passage["units"]))
    assert {passage["title"] for passage in passages} <= {"社会保障卡补办", "轮渡票价"}


def test_a_reading_is_told_in_words() -> None:
    for lang in ("zh", "en"):
        assert len({passage_as_read(logit, lang) for logit in (2.0, 0.0, -3.0)}) == 3
        assert len({unit_as_read(logit, 0.5, lang) for logit in (0.5, 0.0, -3.0)}) == 3
    assert unit_as_read(0.4, 0.5, "en") != unit_as_read(0.5, 0.5, "en") == "likely part of the answer"


def test_what_the_article_never_names_and_what_is_not_told_is_said_before_any_figure() -> None:
    told = verdict("not_sure", 0.47, 0.72, short=["margin_sum"], strong=["margin_passage"], missing=[], rival="",
                   unnamed="养猫", untold=["money", "time"])
    assert "但条目没有提到“养猫”；引文里没有问到的金额、时限。" in told["zh"]
    assert 'the article never names "养猫"; the quote does not tell the sum, time asked for.' in told["en"]


@pytest.mark.parametrize("kind", sorted(demanded("多少钱，多久，电话是多少，几点，带什么材料") | demanded("罚多少钱")))
def test_every_kind_that_may_be_demanded_has_its_word(kind: str) -> None:
    told = verdict("not_sure", 0.1, 0.7, short=[], strong=[], missing=[], rival="", untold=[kind])
    assert "引文里没有问到的" in told["zh"] and "asked for" in told["en"]
