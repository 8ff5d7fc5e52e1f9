"""Stand-ins for what is slow or far away: deterministic, same protocol, no network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Recipe
from retriever.engines.unusable import UnusableEngine
from retriever.errors import EmbeddingDown, EngineDown

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

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self.embed_query(text) for text in texts], np.float32).reshape(-1, self.recipe.dimension)

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

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise EmbeddingDown("timeout", f"the embedder did not answer for {len(texts)} questions")

    def is_word(self, word: str) -> bool:
        raise EmbeddingDown("timeout", f"the embedder did not answer for {word}")


class WrongSizeEmbedder(FakeEmbedder):
    """An embedder whose vectors are not of the size that its recipe states."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return super().embed_passages(texts)[:, :self.recipe.dimension // 2]


class DownEngine(UnusableEngine):
    """A search service that cannot be reached: every call ends as it does when nobody answers."""

    name = "down"

    def __init__(self) -> None:
        super().__init__(EngineDown("unreachable", "no answer"))

