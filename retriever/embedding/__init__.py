"""The embedding protocol and the recipe that ties vectors to the model that made them.

Vectors of two recipes are never mixed: the fingerprint is stored with every index and every cached vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a vector was made. ``fingerprint`` covers model, file hash, quantisation, dimension and normalisation."""

    provider: str
    model: str
    dimension: int
    fingerprint: str


class Embedder(Protocol):
    """Texts to unit vectors."""

    recipe: Recipe

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) float32, rows L2-normalised, in the order of ``texts``."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(d,) float32, L2-normalised."""

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) float32, the vectors of :meth:`embed_query` for questions that are kept, in the order of ``texts``."""

    def is_word(self, word: str) -> bool:
        """Whether the model's vocabulary has this English word or name, whole or with an ending."""
