"""The vector tables: the nearest rows are those of a full comparison, and a half-written vector is computed again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retriever.embedding import Recipe
from retriever.engines.scan import ROW, VECTOR, Rows, coarse_of
from retriever.engines.vectors import VectorTable
from retriever.errors import EmbeddingDown
from retriever.records import Span
from tests.retriever.factories import LONG_AGO, passage

RECIPE = Recipe("fake", "model", 48, "f" * 64)
ALWAYS = Span(LONG_AGO, None, LONG_AGO, None)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 1500), st.integers(1, 60), st.integers(0, 10_000), st.floats(0.02, 1), st.sampled_from([48, 384]))
def test_the_nearest_are_those_of_a_full_comparison(count: int, most: int, seed: int, share: float, width: int) -> None:
    drawn = np.random.default_rng(seed)
    centres = drawn.normal(size=(5, width))
    vectors = _unit(centres[drawn.integers(0, 5, count)] + 0.6 * drawn.normal(size=(count, width)))
    computed = drawn.random(count) < 0.9
    vectors[~computed] = 0
    slots = np.zeros(count, ROW)
    slots["slot"] = drawn.permutation(count)
    table = Rows(slots, vectors.astype(VECTOR), coarse_of(vectors))
    question = _unit(centres[0] + 0.5 * drawn.normal(size=width))
    rows = np.flatnonzero(drawn.random(count) < share)
    exact = np.where(computed[slots["slot"][rows]], table.similarities(question, rows), -2.0)
    expected = set(rows[np.argsort(-exact, kind="stable")[:min(most, int((exact > -2).sum()))]].tolist())
    found = table.nearest(question, rows, most).tolist()
    assert len(found) == len(set(found)) == len(expected)
    assert computed[slots["slot"][found]].all()
    least = min((table.similarities(question, np.array([r]))[0] for r in expected), default=0.0)
    assert all(table.similarities(question, np.array([r]))[0] >= least - 1e-4 for r in found)


def test_outlying_numbers_are_cut_and_not_wrapped() -> None:
    vector = np.zeros(384, np.float32)
    vector[3], vector[5] = 0.8, -0.6
    assert coarse_of(vector)[[3, 5, 7]].tolist() == [127, -127, 0]


def test_a_vector_whose_bytes_were_not_written_is_computed_again(tmp_path: Path) -> None:
    table = VectorTable(tmp_path, RECIPE)
    for n in range(3):
        table.add(passage(f"规定{n}。"), ALWAYS, f"text {n}")
    table.flush()
    assert table.pending().tolist() == [2, 1, 0]
    table.store([0, 1], _unit(np.random.default_rng(1).normal(size=(2, 48))))
    assert table.pending().tolist() == [2]
    path = next(tmp_path.glob("*.i8"))
    with path.open("r+b") as file:  # killed between the halves and the bytes
        file.write(bytes(48))
    table.refresh()
    assert table.pending().tolist() == [2, 0]


def test_vectors_of_a_copy_that_was_cut_off_are_computed_again(tmp_path: Path) -> None:
    made = _unit(np.random.default_rng(1).normal(size=(4, 48)))
    table = VectorTable(tmp_path, RECIPE)
    for n in range(4):
        table.add(passage(f"规定{n}。"), ALWAYS, f"text {n}")
    table.flush()
    table.store([0, 1, 2, 3], made)
    halves = next(tmp_path.glob("*.f16"))
    halves.write_bytes(halves.read_bytes()[:2 * 96 + 7])
    again = VectorTable(tmp_path, RECIPE)
    sizes = [path.stat().st_size for path in sorted(tmp_path.iterdir())]
    assert again.pending().tolist() == [3, 2]
    assert [path.stat().st_size for path in sorted(tmp_path.iterdir())] == sizes  # looking changes nothing
    again.store([3], made[3:])
    again.refresh()
    assert again.pending().tolist() == [2]
    again.store([2], made[2:3])
    again.refresh()
    assert again.pending().tolist() == []
    assert again.view().similarities(made[2], np.arange(4)) == pytest.approx(made @ made[2], abs=2e-3)


def test_a_reader_that_looked_earlier_does_not_cut_the_files_of_a_later_writer(tmp_path: Path) -> None:
    table = VectorTable(tmp_path, RECIPE)
    table.add(passage("规定。"), ALWAYS, "text")
    table.flush()
    reader = VectorTable(tmp_path, RECIPE)
    for n in range(3):
        table.add(passage(f"规定{n}。"), ALWAYS, f"text {n}")
    table.flush()
    table.store([0, 1, 2, 3], _unit(np.random.default_rng(2).normal(size=(4, 48))))
    assert len(reader.pending()) <= 1
    reader.store([0], _unit(np.ones((1, 48))))
    again = VectorTable(tmp_path, RECIPE)
    assert (len(again.view().coarse), len(again.pending())) == (4, 0)


@pytest.mark.parametrize("vector", [np.full(48, np.nan), np.zeros(48), np.ones(48)])
def test_what_is_no_unit_vector_is_refused(tmp_path: Path, vector: NDArray[np.float64]) -> None:
    table = VectorTable(tmp_path, RECIPE)
    table.add(passage("规定。"), ALWAYS, "text")
    table.flush()
    with pytest.raises(EmbeddingDown, match="length 1"):
        table.store([0], vector[None].astype(np.float32))
    assert table.pending().tolist() == [0]


@pytest.mark.parametrize("most", [1, 5])
def test_without_a_vector_nothing_is_near(tmp_path: Path, most: int) -> None:
    table = VectorTable(tmp_path, RECIPE)
    table.add(passage("规定。"), ALWAYS, "text")
    table.flush()
    question = _unit(np.ones(48))
    assert table.view().nearest(question, np.array([0]), most).tolist() == []
    assert VectorTable(tmp_path / "none", None).view().nearest(question, np.zeros(0, np.int64), most).tolist() == []
