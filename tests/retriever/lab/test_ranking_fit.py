"""Learning ranking weights: the choice among a question's candidates, drawn towards the starting weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retriever.lab.training.choice import Choices, fit_choice
from retriever.lab.training.collect import Collected
from retriever.lab.training.fitted import START, Subset
from retriever.lab.training.ranking import Candidates, fit_ranking
from retriever.ranking.features import PASSAGE


def candidates(rows: np.ndarray, documents: list[int], grades: list[float],  # type: ignore[type-arg]
               holds: list[bool]) -> Candidates:
    return Candidates(rows, np.array(grades, np.float64), np.array(documents, np.int64), np.array(holds, np.bool_))


@given(arrays(np.float64, (6, 2), elements=st.floats(-1, 1)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_what_is_right_adds_up_to_one_and_lies_in_relevant_documents(
        rows: np.ndarray, holds: list[bool]) -> None:  # type: ignore[type-arg]
    documents, of_document = [0, 1, 1, 2, 0, 1], [2.0, 1.0, 0.0]
    grades = [of_document[d] for d in documents]
    held = [h and g > 0 for h, g in zip(holds, grades, strict=True)]
    right = candidates(rows, documents, grades, held).targets([0, 1], np.array([3.0, -1.0]))
    assert right.sum() == pytest.approx(1.0) and (right >= 0).all()
    assert right[3] == 0.0
    shares = [right[[i for i, d in enumerate(documents) if d == document]].sum() for document in (0, 1)]
    if not any(held):
        assert shares == pytest.approx([2 / 3, 1 / 3])  # as their grades are


def test_of_a_documents_passages_the_one_that_scores_best_is_likeliest_right() -> None:
    found = candidates(np.array([[0.0], [1.0], [9.0]]), [0, 0, 1], [1.0, 1.0, 0.0], [False] * 3)
    right = found.targets([0], np.array([2.0]))
    assert right[1] / right[0] == pytest.approx(np.exp(2.0)) and right[2] == 0.0
    assert found.targets([0], np.array([0.0])).tolist() == pytest.approx([0.5, 0.5, 0.0])


def test_a_choice_stays_at_what_is_likely_where_nothing_speaks_against_it() -> None:
    even = Choices([np.array([[1.0, 0.0], [0.0, 1.0]])] * 200, [np.array([0.5, 0.5])] * 200)
    held = fit_choice([even], ("a", "b"), penalty=1e6, likely={"a": 3.0})
    freed = fit_choice([even], ("a", "b"), penalty=1e-9, likely={"a": 3.0})
    assert held is not None and freed is not None
    assert (held["a"], held["b"]) == pytest.approx((3.0, 0.0), abs=1e-3)
    assert freed["a"] - freed["b"] == pytest.approx(0.0, abs=1e-3)


def test_a_single_question_moves_little() -> None:
    def learned(questions: int) -> dict[str, float]:
        clear = Choices([np.array([[1.0, 0.0], [0.0, 1.0]])] * questions, [np.array([0.0, 1.0])] * questions)
        return fit_choice([clear], ("a", "b"), penalty=0.05, likely={"a": 3.0}) or {}

    assert learned(1)["a"] == pytest.approx(3.0, abs=0.02)
    assert learned(200)["a"] < learned(20)["a"] - 0.5 and learned(20)["a"] < learned(5)["a"] < learned(1)["a"]


def test_weights_are_the_starting_ones_where_nothing_is_learned(tiny: Collected) -> None:
    base, corrections = fit_ranking([[]], Subset(), penalty=0.05)
    assert base == pytest.approx(START.base) and corrections == pytest.approx(START.corrections)
    base, corrections = fit_ranking([tiny.asked], Subset(), penalty=1e6)
    assert base == pytest.approx(START.base, abs=1e-3) and corrections == pytest.approx(START.corrections, abs=1e-3)
    base, _ = fit_ranking([tiny.asked], Subset(), penalty=0.05)  # by words alone: nothing is learned of vectors
    assert base["vectors"] / base["article_vectors"] == pytest.approx(3.0, abs=1e-2)


def test_learned_weights_rank_what_is_right_no_later_than_the_starting_ones(tiny: Collected) -> None:
    judged = [c for a in tiny.asked if (c := Candidates.of(a)) is not None]
    assert judged

    def likelihood(weights: dict[str, float]) -> float:
        vector = 10 * np.array([weights.get(name, 0.0) for name in PASSAGE])
        found = []
        for c in judged:
            odds = np.exp(c.rows @ vector - (c.rows @ vector).max())
            found.append(np.log(odds[c.grades > 0].sum() / odds.sum()))
        return float(np.mean(found))

    base, corrections = fit_ranking([tiny.asked], Subset(), penalty=0.05)
    assert sum(base.values()) == pytest.approx(sum(START.base.values()), abs=1e-3)
    assert likelihood({**base, **corrections}) >= likelihood({**START.base, **START.corrections}) - 1e-3
