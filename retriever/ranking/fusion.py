"""Making scores comparable: what every candidate has, as shares of the pool's best, and the first order they make.

An engine finds many more candidates than are worth reading; it orders its whole pool by these few numbers and decodes
only the best, so that asking costs the same whatever the pool's size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

# Words and cosine of the passage, words and best cosine of its article, and whether it is in the question's language:
# a caller who asks in English is better served in English when both languages say it.
BASE = ("words", "vectors", "article_words", "article_vectors", "same_language")

Column = NDArray[np.float64]


def _shares(values: Column, *, from_zero: bool) -> Column:
    """Values as shares of the best; cosines are placed between the pool's lowest tenth and its best."""
    if not len(values):
        return values
    low = 0.0 if from_zero else float(np.sort(values)[len(values) // 10])
    best = float(values.max())
    return np.maximum(values - low, 0.0) / (best - low) if best > low else np.zeros(len(values))


def comparable(words: Column, vectors: Column, article_words: Column, article_vectors: Column,
               same_language: Column) -> Column:
    """One row of :data:`BASE` for each candidate of a pool, each value 0 to 1."""
    return np.column_stack((
        _shares(words, from_zero=True), _shares(vectors, from_zero=False), _shares(article_words, from_zero=True),
        _shares(article_vectors, from_zero=False), same_language)).astype(np.float64)


def weighted(rows: Column, weights: Mapping[str, float]) -> Column:
    """The sum that these weights of :data:`BASE` make of each row."""
    return np.asarray(rows @ np.array([weights.get(name, 0.0) for name in BASE]), np.float64)
