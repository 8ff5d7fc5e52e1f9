"""Fusion of BM25 and cosine scores, the same for every engine: normalised over all that was proposed, weighed, summed.

An engine proposes many more passages than are worth reading; the whole pool is ordered by these few numbers and only
the best are fetched, so that asking costs the same whatever the pool's size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retriever.engines import Engine
from retriever.records import Candidate, EngineQuery, Proposals

# Words and cosine of the passage, words and best cosine of its article, and whether it is in the question's language:
# a caller who asks in English is better served in English when both languages say it.
BASE = ("words", "vectors", "article_words", "article_vectors", "same_language")

Column = NDArray[np.float64]


def candidates(engine: Engine, query: EngineQuery, weights: Mapping[str, float],
               most: int | None = None) -> list[Candidate]:
    """Fuse the scores of what the engine proposes, and fetch the ``most`` best by ``weights`` (all without)."""
    proposed = engine.propose(query)
    shares = normalised(proposed)
    best = np.argsort(-weighted(shares, weights), kind="stable")[:most]
    passages = engine.fetch([proposed.ids[i] for i in best])
    raw = np.column_stack((proposed.words, proposed.vectors, proposed.article_words, proposed.article_vectors)).tolist()
    found = []
    for i, share in zip(best.tolist(), shares[best].tolist(), strict=True):
        passage = passages.get(proposed.ids[i])
        if passage is not None:
            words, cosine, article_words, article_cosine = raw[i]
            found.append(Candidate(passage, words, cosine, article_words, article_cosine, tuple(share)))
    return found


def normalised(proposed: Proposals) -> Column:
    """One row of :data:`BASE` for each proposal, each value 0 to 1.

    What was just published is searched by words before its vector is there. Counted as the farthest of all it would
    lose to whatever lies near, and that would be said with confidence; so its words speak for it until then.
    """
    words = _shares(proposed.words, from_zero=True)
    article_words = _shares(proposed.article_words, from_zero=True)
    return np.column_stack((
        words, _nearness(proposed.vectors, words), article_words, _nearness(proposed.article_vectors, article_words),
        proposed.same_language)).astype(np.float64)


def _nearness(cosines: Column, words: Column) -> Column:
    """The shares of cosines; where there is none among others that have one, the share by words."""
    has = cosines != 0.0
    if not has.any() or has.all():
        return _shares(cosines, from_zero=False)
    shares = words.copy()
    shares[has] = _shares(cosines[has], from_zero=False)
    return shares


def _shares(values: Column, *, from_zero: bool) -> Column:
    """Values as shares of the best; cosines are placed between the pool's lowest tenth and its best."""
    if not len(values):
        return values
    low = 0.0 if from_zero else float(np.sort(values)[len(values) // 10])
    best = float(values.max())
    return np.maximum(values - low, 0.0) / (best - low) if best > low else np.zeros(len(values))


def weighted(rows: Column, weights: Mapping[str, float]) -> Column:
    """The sum that these weights of :data:`BASE` make of each row."""
    return np.asarray(rows @ np.array([weights.get(name, 0.0) for name in BASE]), np.float64)
