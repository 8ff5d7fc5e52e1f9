"""The measures of ``kb eval`` against values computed by hand, and the laws they keep."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Gold

RANKING = ["a", "b", "c", "d"]


def test_ndcg_discounts_by_the_logarithm_of_the_place() -> None:
    assert metrics.ndcg(RANKING, {"b": 1.0}) == pytest.approx(1 / math.log2(3))
    assert metrics.ndcg(RANKING, {"a": 1.0, "c": 1.0}) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert metrics.ndcg(RANKING, {"a": 1.0, "b": 2.0}) == pytest.approx(
        (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)))
    assert metrics.ndcg(RANKING, {"d": 1.0}, k=3) == 0.0
    assert metrics.ndcg(RANKING, {}) == 0.0


def test_the_reciprocal_rank_is_that_of_the_first_relevant_document() -> None:
    assert metrics.reciprocal_rank(RANKING, {"c": 1.0, "d": 1.0}) == pytest.approx(1 / 3)
    assert metrics.reciprocal_rank(RANKING, {"d": 1.0}, k=3) == 0.0
    assert metrics.reciprocal_rank([], {"d": 1.0}) == 0.0


def test_recall_is_the_share_of_the_relevant_that_was_found() -> None:
    assert metrics.recall(RANKING, {"a": 1.0, "d": 1.0, "x": 1.0, "y": 1.0}, 4) == 0.5
    assert metrics.recall(RANKING, {"a": 1.0, "d": 1.0}, 1) == 0.5


@pytest.mark.parametrize(("answer", "gold", "lang", "value"), [
    ("工本费20元", "工本费20元。", "zh", 1.0), ("免费", "收费", "zh", 0.5), ("", "免费", "zh", 0.0),
    ("甲", "乙", "zh", 0.0),
    ("The fee is 20 yuan", "fee: 20 yuan", "en", 6 / 7), ("yes yes", "yes", "en", 2 / 3),
])
def test_answers_are_compared_by_characters_or_words(answer: str, gold: str, lang: str, value: float) -> None:
    assert metrics.f1(answer, gold, lang) == pytest.approx(value)


def test_a_passage_holds_a_span_or_half_of_the_shorter_of_both() -> None:
    span = ("d", 10, 20, "x" * 10)
    assert metrics.contains(("d", 10, 20), span)
    assert not metrics.contains(("d", 11, 30), span)
    assert metrics.overlaps(("d", 15, 40), span)
    assert not metrics.overlaps(("d", 16, 40), span)
    assert not metrics.overlaps(("e", 10, 20), span)
    assert not metrics.overlaps(("d", 0, 5), ("d", -1, 9, "not found"))


def test_citations_are_precise_when_they_touch_a_span_and_complete_when_all_are_touched() -> None:
    gold = Gold("", (("d", 0, 10, ""), ("d", 50, 60, "")))
    assert metrics.citation_scores([("d", 5, 8), ("d", 20, 30)], gold) == (0.5, 0.5)
    assert metrics.citation_scores([("d", 9, 51)], gold) == (1.0, 1.0)
    assert metrics.citation_scores([("e", 0, 10)], gold) == (0.0, 0.0)
    assert metrics.citation_scores([("d", 10, 50)], gold) == (0.0, 0.0)  # ends are exclusive
    assert metrics.citation_scores([], gold) == (0.0, 0.0)


SCORES = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=20)


@given(SCORES, SCORES)
def test_auroc_is_the_chance_that_a_positive_stands_above(positives: list[float], negatives: list[float]) -> None:
    pairs = [(p, n) for p in positives for n in negatives]
    chance = sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs) / len(pairs)
    assert metrics.auroc(positives, negatives) == pytest.approx(chance)
    assert metrics.auroc(positives, []) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_risk_at_full_coverage_is_the_share_of_wrong_answers(results: list[tuple[float, bool]]) -> None:
    points = metrics.risk_coverage([c for c, _ in results], [ok for _, ok in results])
    assert points[-1]["coverage"] == 1.0
    assert points[-1]["risk"] == pytest.approx(sum(not ok for _, ok in results) / len(results), abs=1e-4)
    assert [p["coverage"] for p in points] == sorted(p["coverage"] for p in points)
    assert [p["threshold"] for p in points] == sorted((p["threshold"] for p in points), reverse=True)


def test_percentiles_are_values_that_occurred() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert [metrics.percentile(values, q) for q in (0.25, 0.5, 0.75, 1.0)] == [1.0, 2.0, 3.0, 4.0]
    assert metrics.percentile([], 0.5) == 0.0


def test_a_mean_of_nothing_is_nothing() -> None:
    assert metrics.mean([]) is None
    assert metrics.mean([1.0, 0.0, 0.0]) == 0.3333
