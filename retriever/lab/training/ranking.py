"""Ranking weights: a conditional logit of which of a question's candidates is right (choice.py).

A set says which documents are relevant and, where it has spans, which passages hold one, but not which passage of a
relevant document is the right one. So each takes the share of its document's that the weights so far give it, and the
weights are fitted anew until they stay: expectation–maximisation (Dempster, Laird and Rubin 1977). They begin at the
starting weights and are drawn towards them, which hold for a stranger's city: sets are few and unlike (docs/quality.md
has what less of that cost sets left out). The same questions give the same weights, in seconds, whatever the seed; a
search on the measures themselves ended elsewhere after every small change of a feature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retriever.lab.evaluation import metrics
from retriever.lab.training.choice import Choices, fit_choice
from retriever.lab.training.collect import Asked
from retriever.lab.training.fitted import NEVER_AGAINST, START, Subset
from retriever.ranking.features import PASSAGE

Vector = NDArray[np.float64]
_DOCUMENTS = 0.7  # what finding the documents weighs, beside the passages in them
_SHARPNESS = 10.0  # of the starting weights, as scores of a logit
_ROUNDS = 8
_STAYS = 0.01  # change of all weights


@dataclass(frozen=True, slots=True)
class Candidates:
    """A question's candidates: features, what their document is worth, which document it is, what holds a span."""

    rows: NDArray[np.float64]  # columns of PASSAGE
    grades: Vector
    documents: NDArray[np.int64]
    holds: NDArray[np.bool_]

    @classmethod
    def of(cls, asked: Asked) -> Candidates | None:
        """None where nothing right is among the candidates."""
        names = [asked.document_of(a) for a in asked.allowed] if asked.ranks else []
        numbers = {name: at for at, name in enumerate(dict.fromkeys(names))}
        grades = np.array([asked.relevant.get(name, 0.0) for name in names], np.float64)
        if not (grades > 0).any():
            return None
        return cls(asked.rows.astype(np.float64), grades, np.array([numbers[name] for name in names], np.int64),
                   np.array([any(metrics.overlaps(asked.place_of(a), s) for s in asked.spans) for a in asked.allowed],
                            np.bool_))

    def targets(self, columns: Sequence[int], weights: Vector) -> Vector:
        """How right each candidate is, adding up to 1; between those that may be, the weights tell."""
        scores = self.rows[:, list(columns)] @ weights
        odds = np.exp(scores - scores.max())
        of_document = np.bincount(self.documents, odds)[self.documents]
        worth = (self.grades / np.bincount(self.documents)[self.documents]).sum()
        right: Vector = self.grades / worth * odds / of_document
        if not self.holds.any():
            return right
        held = np.where(self.holds, odds, 0.0)
        return np.asarray(_DOCUMENTS * right + (1 - _DOCUMENTS) * held / held.sum(), np.float64)


def fit_ranking(sets: Sequence[Sequence[Asked]], subset: Subset, *, penalty: float) -> tuple[dict[str, float],
                                                                                         dict[str, float]]:
    """(base, corrections) that choose best on the mean over sets; those of START where nothing teaches another."""
    names = (*subset.base, *subset.corrections)
    columns = [PASSAGE.index(name) for name in names]
    likely = {name: _SHARPNESS * weight for name, weight in {**START.base, **START.corrections}.items()}
    known = [[c for a in asked if (c := Candidates.of(a)) is not None] for asked in sets]
    weights = np.array([likely.get(name, 0.0) for name in names])
    for _ in range(_ROUNDS):
        learned = [Choices([c.rows[:, columns] for c in candidates],
                           [c.targets(columns, weights) for c in candidates]) for candidates in known]
        found = fit_choice(learned, names, penalty=penalty, never_against=NEVER_AGAINST, likely=likely) or likely
        before, weights = weights, np.array([found.get(name, 0.0) for name in names])
        if np.abs(weights - before).max() < _STAYS:
            break
    return _scaled(dict(zip(names, weights.tolist(), strict=True)), subset)


def _scaled(weights: Mapping[str, float], subset: Subset) -> tuple[dict[str, float], dict[str, float]]:
    """The weights with those of the base adding up to what they do at the start: confidence measures distances so."""
    times = sum(START.base.values()) / (sum(weights[name] for name in subset.base) or 1.0)

    def scaled(names: Sequence[str]) -> dict[str, float]:
        return {name: round(weights[name] * times, 4) for name in names if weights[name]}
    return scaled(subset.base), scaled(subset.corrections)
