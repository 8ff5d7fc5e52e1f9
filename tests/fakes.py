"""Stand-ins for what is slow or far away: deterministic, same protocol, no network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Recipe
from retriever.errors import EmbeddingDown, EngineDown
from retriever.records import EngineQuery, Health, Passage, PendingText, Proposals

DIMENSION = 64


class FakeEmbedder:
    """Texts as their character bigrams hashed into a small unit vector: equal words lie near each other.

    Another ``model`` hashes into other places, another ``dimension`` into fewer or more.
    """

    def __init__(self, model: str = "fake", dimension: int = DIMENSION) -> None:
        self.recipe = Recipe("fake", model, dimension, hashlib.sha256(f"{model}/{dimension}".encode()).hexdigest())

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = [self._vector("passage", text) for text in texts]
        return np.array(found, np.float32).reshape(-1, self.recipe.dimension)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._vector("query", text)

    def is_word(self, word: str) -> bool:
        return word in ("the", "ferry")

    def _vector(self, side: str, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.recipe.dimension, np.float32)
        # the side counts a little, as the prefix of a real model does, and keeps an empty text from being zero
        for piece in [text[i:i + 2] for i in range(len(text))] + [side]:
            digest = hashlib.blake2b(f"{self.recipe.model}/{piece}".encode("utf-8", "surrogatepass")).digest()
            vector[int.from_bytes(digest[:4], "big") % self.recipe.dimension] += 1 if digest[4] & 1 else -1
        vector[0] += 0.01  # bigrams may cancel out
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


class DownEmbedder:
    """An embedder whose model cannot be reached."""

    recipe = Recipe("fake", "down", DIMENSION, "0" * 64)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise EmbeddingDown("timeout", f"the embedder did not answer for {len(texts)} texts")

    def embed_query(self, text: str) -> NDArray[np.float32]:
        raise EmbeddingDown("timeout", f"the embedder did not answer for {len(text)} characters")

    def is_word(self, word: str) -> bool:
        raise EmbeddingDown("timeout", f"the embedder did not answer for {word}")


class WrongSizeEmbedder(FakeEmbedder):
    """An embedder whose vectors are not of the size that its recipe states."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return super().embed_passages(texts)[:, :self.recipe.dimension // 2]


class DownEngine:
    """A search service that cannot be reached: every call ends as it does when nobody answers."""

    name = "down"

    def put(self, articles: Iterable[tuple[str, Sequence[Passage]]], *, checkpoint: int) -> None:
        raise EngineDown("unreachable", f"no answer to {len(list(articles))} articles for checkpoint {checkpoint}")

    def remove(self, article_ids: Iterable[str], *, checkpoint: int) -> None:
        raise EngineDown("unreachable", f"no answer to {len(list(article_ids))} articles for checkpoint {checkpoint}")

    def propose(self, query: EngineQuery) -> Proposals:
        raise EngineDown("unreachable", f"no answer to {len(query.terms)} terms")

    def fetch(self, ids: Sequence[str]) -> dict[str, Passage]:
        raise EngineDown("unreachable", f"no answer to {len(ids)} ids")

    def idf(self, terms: Sequence[str], audiences: frozenset[str]) -> dict[str, float]:
        raise EngineDown("unreachable", f"no answer to {len(terms)} terms of {len(audiences)} audiences")

    def words(self, limit: int, audiences: frozenset[str]) -> list[tuple[str, int]]:
        raise EngineDown("unreachable", f"no answer to a request for {limit} words of {len(audiences)} audiences")

    def checkpoint(self) -> int:
        raise EngineDown("unreachable", "no answer")

    def pending_texts(self, limit: int) -> list[PendingText]:
        raise EngineDown("unreachable", f"no answer to a batch of {limit}")

    def put_vectors(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        raise EngineDown("unreachable", f"no answer to {len(keys)} vectors of {vectors.shape[-1]}")

    def pending_vectors(self) -> int:
        raise EngineDown("unreachable", "no answer")

    def articles(self) -> dict[str, tuple[str, ...]]:
        raise EngineDown("unreachable", "no answer")

    def damage(self) -> list[str]:
        raise EngineDown("unreachable", "no answer")

    def health(self) -> Health:
        return Health(False, "unreachable", 0, 0, 0, "", "unreachable")

    def close(self) -> None:
        """Nothing is open."""
