"""Vectors kept by content: the same text is embedded once, across rebuilds and evaluation runs.

A lost or broken cache costs time and nothing else, so every fault of the file ends in computing again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Embedder

log = logging.getLogger(__name__)
_OFF = 1e-2  # how far a unit vector's length may be from 1


class VectorCache:
    """An SQLite file of vectors by (fingerprint, SHA-256 of the text)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=5)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("CREATE TABLE IF NOT EXISTS vector (fingerprint TEXT, key BLOB, value BLOB, "
                               "PRIMARY KEY (fingerprint, key)) WITHOUT ROWID")
            with connection:
                yield connection
        finally:
            connection.close()

    def get_many(self, fingerprint: str, texts: Sequence[str]) -> dict[int, NDArray[np.float32]]:
        """The vectors that are known, by position in ``texts``."""
        found: dict[int, NDArray[np.float32]] = {}
        try:
            with self._open() as connection:
                for i, text in enumerate(texts):
                    row = connection.execute("SELECT value FROM vector WHERE fingerprint = ? AND key = ?",
                                             (fingerprint, _key(text))).fetchone()
                    if row:
                        found[i] = np.frombuffer(row[0], "<f4")
        except sqlite3.Error as error:
            self._give_up(error)
        return found

    def put_many(self, fingerprint: str, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep these vectors."""
        try:
            with self._open() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO vector VALUES (?, ?, ?)",
                    [(fingerprint, _key(t), v.astype("<f4").tobytes()) for t, v in zip(texts, vectors, strict=True)])
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        """A corrupt file is removed; a locked or full one is left for the next time."""
        log.warning("vector cache unusable: %s", type(error).__name__)
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            self._path.unlink(missing_ok=True)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _is_sound(vector: NDArray[np.float32], dimension: int) -> bool:
    """Whether a kept vector is one: a damaged one is computed again."""
    return len(vector) == dimension and abs(float(np.linalg.norm(vector)) - 1) < _OFF  # not when it is no number


class CachingEmbedder:
    """An embedder that asks the cache first. What callers ask is not kept."""

    def __init__(self, embedder: Embedder, cache: VectorCache) -> None:
        self.recipe = embedder.recipe
        self._embedder = embedder
        self._cache = cache

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the protocol."""
        return self._kept(self.recipe.fingerprint, texts, self._embedder.embed_passages)

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the protocol. A question and a passage of the same words have two vectors."""
        return self._kept(f"{self.recipe.fingerprint}/question", texts, self._embedder.embed_questions)

    def _kept(self, name: str, texts: Sequence[str],
              embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> NDArray[np.float32]:
        """The texts' vectors, kept under this name; those that are not there yet are made."""
        known = self._cache.get_many(name, texts)
        found = np.zeros((len(texts), self.recipe.dimension), np.float32)
        missing = []
        for i in range(len(texts)):
            vector = known.get(i)
            if vector is not None and _is_sound(vector, self.recipe.dimension):
                found[i] = vector
            else:
                missing.append(i)
        if missing:
            made = embed([texts[i] for i in missing])
            found[missing] = made
            self._cache.put_many(name, [texts[i] for i in missing], made)
        return found

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """See the protocol."""
        return self._embedder.embed_query(text)

    def is_word(self, word: str) -> bool:
        """See the protocol."""
        return self._embedder.is_word(word)
