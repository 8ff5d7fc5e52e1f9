"""Fusion: shares of what was proposed, also while some of the vectors are still to come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.ranking.fusion import BASE, normalised, weighted
from retriever.records import Proposals

WEIGHTS = {"words": 0.3, "vectors": 0.45, "article_words": 0.25, "article_vectors": 0.15, "same_language": 0.05}
NEAR, FAR = 0.86, 0.79


def proposals(words: list[float], vectors: list[float]) -> Proposals:
    """Passages of one article each."""
    w, v = np.array(words), np.array(vectors)
    return Proposals(tuple(str(i) for i in range(len(words))), w, v, w, v, np.ones(len(words)))


def best(found: Proposals) -> int:
    return int(np.argmax(weighted(normalised(found), WEIGHTS)))


def test_a_text_whose_vector_is_still_to_come_is_found_by_its_words() -> None:
    words = [9.0, 1.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    vectors = [NEAR, *np.linspace(0.84, FAR, 10).tolist()]
    assert best(proposals(words, vectors)) == 0
    assert best(proposals(words, [0.0, *vectors[1:]])) == 0


def test_words_that_say_little_do_not_carry_it() -> None:
    words = [1.0, 9.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert best(proposals(words, [0.0, NEAR, *np.linspace(0.84, FAR, 9).tolist()])) == 1


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0.5, 0.95)), min_size=2, max_size=40), st.data())
def test_the_others_keep_their_shares_whoever_waits_for_a_vector(
        scores: list[tuple[float, float]], data: st.DataObject) -> None:
    words, vectors = [s[0] for s in scores], [s[1] for s in scores]
    waiting = data.draw(st.integers(0, len(scores) - 1))
    rest = [i for i in range(len(scores)) if i != waiting]
    some = normalised(proposals(words, [0.0 if i == waiting else v for i, v in enumerate(vectors)]))
    column = BASE.index("vectors")
    without = normalised(proposals([words[i] for i in rest], [vectors[i] for i in rest]))[:, column]
    if len(rest) > 1:
        assert some[rest, column].tolist() == pytest.approx(without.tolist())
    assert some[waiting, column] == some[waiting, BASE.index("words")]
    assert some.min() >= 0.0 and some.max() <= 1.0


def test_without_any_vector_nothing_is_near() -> None:
    found = normalised(proposals([1.0, 2.0], [0.0, 0.0]))
    assert found[:, BASE.index("vectors")].tolist() == [0.0, 0.0]
