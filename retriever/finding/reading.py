"""A question as it was read, with what may be shown of the candidates that it led to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retriever.engines.scan import OFF
from retriever.errors import EmbeddingDown
from retriever.question.understanding import Question
from retriever.records import Allowed


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it was read, and the candidates that it led to, before they are ranked."""

    question: Question
    vector: NDArray[np.float32] | None
    proposed: int
    allowed: list[Allowed]
    idf: Mapping[str, float]

    @property
    def nearest(self) -> float:
        """The best cosine of a candidate; 0 without vectors."""
        return nearest_of(self.allowed)


def nearest_of(allowed: Sequence[Allowed]) -> float:
    """The best cosine of these candidates; 0 without any."""
    return max((a.candidate.vector_score for a in allowed), default=0.0)


def unit_vector(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """A question's vector; EmbeddingDown when it is none, for no score may come of it."""
    if not abs(float(np.linalg.norm(vector)) - 1) < OFF:  # also when it is not a number
        raise EmbeddingDown("not_unit", "the embedding model gave a vector that is not of length 1: another export "
                            "of the model is needed, or another model")
    return vector
