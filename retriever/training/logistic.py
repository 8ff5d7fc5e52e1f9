"""Logistic regression: each set weighs the same once it is large enough, weights are drawn towards 0.

Features are brought to unit variance before the penalty applies. What may not count against is left out when it
would, most harmful first, and the rest is fitted again. Newton's method to the end: thirty lines in place of a library
that only training needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retriever.model import Logistic

Vector = NDArray[np.float64]
_ENOUGH = 100  # questions; what a set with fewer says is chance, and it weighs less by the square
_STEPS = 50
_DONE = 1e-10


@dataclass(frozen=True, slots=True)
class Examples:
    """What one set teaches: rows of features, their targets between 0 and 1, how many questions they come from, and how
    many times a set's ordinary weight it has."""

    rows: NDArray[np.float64]
    targets: Vector
    questions: int
    times: float = 1.0


def fit_logistic(sets: Sequence[Examples], names: Sequence[str], *, penalty: float,
                 never_against: frozenset[str] = frozenset()) -> Logistic | None:
    """The function that fits the examples, whose columns are ``names``; None when there are none."""
    sets = [s for s in sets if len(s.targets)]
    if not sets or not names:
        return None
    x = np.concatenate([s.rows for s in sets])
    y = np.concatenate([s.targets for s in sets])
    share = np.concatenate([np.full(len(s.targets), s.times * min(s.questions / _ENOUGH, 1) ** 2 / len(s.targets))
                            for s in sets])
    share /= share.sum()
    mean = share @ x
    spread = np.sqrt(share @ (x - mean) ** 2)
    kept = [i for i in range(len(names)) if spread[i] > 1e-6]
    while True:
        scaled = (x[:, kept] - mean[kept]) / spread[kept]
        solution = _newton(scaled, y, share, penalty)
        against = [(solution[at + 1], at) for at, i in enumerate(kept)
                   if names[i] in never_against and solution[at + 1] < 0]
        if not against:
            break
        kept.pop(min(against)[1])
    weights = solution[1:] / spread[kept]
    return Logistic(round(float(solution[0] - weights @ mean[kept]), 4),
                    {names[i]: round(float(w), 4) for i, w in zip(kept, weights, strict=True)})


def _newton(x: NDArray[np.float64], y: Vector, share: Vector, penalty: float) -> Vector:
    """Intercept and weights that minimise the mean log loss plus ``penalty`` times the weights' squares."""
    design = np.hstack([np.ones((len(x), 1)), x])
    ridge = np.full(design.shape[1], 2 * penalty)
    ridge[0] = 1e-9  # the intercept is free; the trace keeps the matrix regular when all targets agree
    solution = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ solution, -30, 30)))
        slope = design.T @ (share * (chance - y)) + ridge * solution
        bend = (design * (share * np.maximum(chance * (1 - chance), 1e-9))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        solution -= np.clip(step, -4, 4)
        if np.abs(step).max() < _DONE:
            break
    return solution
