"""Cached vectors: computed once, never mixed, and never worth a failure."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from retriever.embedding.cache import CachingEmbedder, VectorCache
from tests.fakes import DownEmbedder, FakeEmbedder

TEXTS = ["社保卡补办。", "轮渡票价。", "社保卡补办。"]


def warmed(path: Path) -> FakeEmbedder:
    """An embedder whose vectors of TEXTS are in the cache."""
    embedder = FakeEmbedder()
    CachingEmbedder(embedder, VectorCache(path)).embed_passages(TEXTS)
    return embedder


class Unreachable(DownEmbedder):
    """The model of :class:`FakeEmbedder` on a machine that is off."""

    recipe = FakeEmbedder().recipe


def test_a_known_text_is_not_embedded_again(tmp_path: Path) -> None:
    embedder = warmed(tmp_path / "v.sqlite3")
    offline = CachingEmbedder(Unreachable(), VectorCache(tmp_path / "v.sqlite3"))
    assert np.array_equal(offline.embed_passages(TEXTS[::-1]), embedder.embed_passages(TEXTS[::-1]))


def test_known_and_new_texts_come_back_in_order(tmp_path: Path) -> None:
    embedder = warmed(tmp_path / "v.sqlite3")
    texts = ["新的一。", TEXTS[1], "新的二。", TEXTS[0]]
    found = CachingEmbedder(embedder, VectorCache(tmp_path / "v.sqlite3")).embed_passages(texts)
    assert np.array_equal(found, embedder.embed_passages(texts))


def test_fault_62_vectors_of_another_model_are_not_taken(tmp_path: Path) -> None:
    warmed(tmp_path / "v.sqlite3")
    for other in (FakeEmbedder("other"), FakeEmbedder("fake", 32)):
        found = CachingEmbedder(other, VectorCache(tmp_path / "v.sqlite3")).embed_passages(TEXTS)
        assert np.array_equal(found, other.embed_passages(TEXTS))


def test_callers_questions_are_not_kept(tmp_path: Path) -> None:
    caching = CachingEmbedder(FakeEmbedder(), VectorCache(tmp_path / "v.sqlite3"))
    caching.embed_passages(TEXTS[:1])
    caching.embed_query("我叫王五")
    connection = sqlite3.connect(tmp_path / "v.sqlite3")
    assert connection.execute("SELECT count(*) FROM vector").fetchone() == (1,)
    connection.close()


def test_a_broken_cache_costs_time_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite3"
    embedder = warmed(path)
    path.write_bytes(b"not a database" * 100)
    caching = CachingEmbedder(embedder, VectorCache(path))
    for _ in range(2):
        assert np.array_equal(caching.embed_passages(TEXTS), embedder.embed_passages(TEXTS))


def test_a_cut_vector_is_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite3"
    embedder = warmed(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE vector SET value = x'00000000'")
    connection.commit()
    connection.close()
    assert np.array_equal(CachingEmbedder(embedder, VectorCache(path)).embed_passages(TEXTS),
                          embedder.embed_passages(TEXTS))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 0.0, 9.0])
def test_a_kept_vector_that_is_none_is_computed_again(tmp_path: Path, wrong: float) -> None:
    embedder = warmed(tmp_path / "v.sqlite3")
    with sqlite3.connect(tmp_path / "v.sqlite3") as connection:
        damaged = np.full(embedder.recipe.dimension, wrong, "<f4").tobytes()
        connection.execute("UPDATE vector SET value = ?", (damaged,))
    found = CachingEmbedder(embedder, VectorCache(tmp_path / "v.sqlite3")).embed_passages(TEXTS)
    assert np.array_equal(found, embedder.embed_passages(TEXTS))


def test_a_locked_cache_does_not_stop_the_embedder(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite3"
    embedder = warmed(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    found = CachingEmbedder(embedder, VectorCache(path)).embed_passages(["新。"])
    holder.execute("ROLLBACK")
    holder.close()
    assert np.array_equal(found, embedder.embed_passages(["新。"]))
