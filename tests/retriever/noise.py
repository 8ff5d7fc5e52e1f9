"""Vectors as another processor may give them: the model's, with noise of the size that was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Embedder
from retriever.engines import Engine

# The length of what a vector differs by. The packaged model's are the same bit for bit wherever there is fused
# multiply-add (AVX2, AVX-VNNI, AVX-512, VNNI and AMX kernels compared on 407 texts). Without it (SSE4.1) their cosine
# distance to those is 0.00015 on average and 0.0004 at most: lengths of 0.017 and 0.028.
MEASURED = 0.017


class NoisyEmbedder:
    """An embedder whose questions' vectors are moved by ``spread``; 0 at first. Each question is computed once."""

    def __init__(self, embedder: Embedder) -> None:
        self.recipe = embedder.recipe
        self.spread = 0.0
        self.chance = np.random.default_rng(0)
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the protocol."""
        return self._embedder.embed_passages(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """See the protocol."""
        if text not in self._known:
            self._known[text] = self._embedder.embed_query(text)
        return np.asarray(self.moved(self._known[text][None])[0], np.float32)

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the protocol."""
        return self._embedder.embed_questions(texts)

    def is_word(self, word: str) -> bool:
        """See the protocol."""
        return self._embedder.is_word(word)

    def moved(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) the vectors, each moved by ``spread`` in a direction of its own and of unit length again."""
        found = vectors + self.chance.normal(0, self.spread / np.sqrt(vectors.shape[1]), vectors.shape)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


class NoisyIndex:
    """An engine that is filled once and then holds noisy vectors, draw by draw; nothing is embedded again."""

    def __init__(self, engine: Engine, embedder: NoisyEmbedder) -> None:
        self._engine = engine
        self._embedder = embedder
        self._keys: list[str] = []
        found = []
        while texts := engine.pending_texts(256):
            vectors = embedder.embed_passages([text.text for text in texts])
            engine.put_vectors([text.key for text in texts], vectors)
            self._keys += [text.key for text in texts]
            found.append(vectors)
        self._vectors = np.vstack(found)

    def draws(self, count: int, spread: float) -> Iterator[int]:
        """Passages and questions moved anew for each draw, by a seed of its own; at the end they are as they were."""
        try:
            for draw in range(count):
                self._embedder.spread, self._embedder.chance = spread, np.random.default_rng(draw)
                self._engine.put_vectors(self._keys, self._embedder.moved(self._vectors))
                yield draw
        finally:
            self._embedder.spread = 0.0
            self._engine.put_vectors(self._keys, self._vectors)
