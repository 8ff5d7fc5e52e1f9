"""Logistic regression: each set weighs the same once it is large enough, weights are drawn towards 0.

Features are brought to unit variance before the penalty applies. What may not count against is left out when it
would, most harmful first, and the rest is fitted again. Newton's method to the end: thirty lines in place of a library
that only training needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retriever.ranking.model import Logistic

Vector = NDArray[np.float64]
_ENOUGH = 100  # questions; what a set with fewer says is chance, and it weighs less by the square
_STEPS = 50
_HALVINGS = 20
_DONE = 1e-12  # fall of the loss


@dataclass(frozen=True, slots=True)
class Examples:
    """What one set teaches.

    Rows of features, their targets between 0 and 1, how many questions they come from, how many times a set's ordinary
    weight it has, and how much each row counts within it: equally when ``weights`` is None, else they add up to 1 at
    most.
    """

    rows: NDArray[np.float64]
    targets: Vector
    questions: int
    times: float = 1.0
    weights: Vector | None = None

    def shares(self) -> Vector:
        """The weight of each row."""
        each = np.full(len(self.targets), 1 / len(self.targets)) if self.weights is None else self.weights
        return self.times * enough(self.questions) * each


def enough(questions: int) -> float:
    """How much a set of so many questions weighs, 0 to 1."""
    return float(min(questions / _ENOUGH, 1) ** 2)


def free_of_harm(names: Sequence[str], kept: Sequence[int], never_against: frozenset[str],
                 fitted: Callable[[list[int]], Vector]) -> dict[int, float]:
    """Weights by column, fitted again without the most harmful of what may not count against until none does."""
    kept = list(kept)
    while True:
        weights = fitted(kept)
        against = [(weights[at], at) for at, i in enumerate(kept) if names[i] in never_against and weights[at] < 0]
        if not against:
            return dict(zip(kept, weights.tolist(), strict=True))
        kept.pop(min(against)[1])


def fit_logistic(sets: Sequence[Examples], names: Sequence[str], *, penalty: float,
                 never_against: frozenset[str] = frozenset()) -> Logistic | None:
    """The function that fits the examples, whose columns are ``names``; None when there are none."""
    sets = [s for s in sets if len(s.targets)]
    if not sets or not names:
        return None
    x = np.concatenate([s.rows for s in sets])
    y = np.concatenate([s.targets for s in sets])
    share = np.concatenate([s.shares() for s in sets])
    if not share.sum() > 0:
        return None
    share /= share.sum()
    mean = share @ x
    spread = np.sqrt(share @ (x - mean) ** 2)
    free = 0.0

    def fitted(kept: list[int]) -> Vector:
        nonlocal free
        solution = _newton((x[:, kept] - mean[kept]) / spread[kept], y, share, penalty)
        free = float(solution[0])
        return solution[1:]

    found = free_of_harm(names, [i for i in range(len(names)) if spread[i] > 1e-6], never_against, fitted)
    weights = {i: w / spread[i] for i, w in found.items()}
    return Logistic(round(free - sum(w * float(mean[i]) for i, w in weights.items()), 4),
                    {names[i]: round(float(w), 4) for i, w in weights.items()})


def _newton(x: NDArray[np.float64], y: Vector, share: Vector, penalty: float) -> Vector:
    """Intercept and weights that minimise the mean log loss plus ``penalty`` times the weights' squares."""
    design = np.hstack([np.ones((len(x), 1)), x])
    ridge = np.full(design.shape[1], 2 * penalty)
    ridge[0] = 1e-9  # the intercept is free; the trace keeps the matrix regular when all targets agree
    return minimum(lambda weights: log_loss(design, y, share, ridge, weights), design.shape[1])


Bent = tuple[float, Vector, Callable[[], NDArray[np.float64]]]  # loss, slope, and what gives the curvature


def log_loss(design: NDArray[np.float64], y: Vector, share: Vector, ridge: Vector, weights: Vector) -> Bent:
    """The log loss of rows that count ``share`` each, plus half of ``ridge`` times the weights' squares."""
    scores = design @ weights
    chance = chances(scores)
    loss = share @ (np.logaddexp(0, scores) - y * scores) + (ridge * weights) @ weights / 2
    return (float(loss), design.T @ (share * (chance - y)) + ridge * weights,
            lambda: (design * (share * np.maximum(chance * (1 - chance), 1e-9))[:, None]).T @ design + np.diag(ridge))


def chances(scores: Vector) -> Vector:
    """The chances that these scores mean."""
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))), np.float64)


def minimum(bent: Callable[[Vector], Bent], size: int) -> Vector:
    """Where a convex loss is least, by Newton's method from 0.

    A whole step may overshoot where a choice has become nearly sure, and then never comes back: it is halved until the
    loss falls.
    """
    at = np.zeros(size)
    loss, slope, curvature = bent(at)
    for _ in range(_STEPS):
        step = np.linalg.solve(curvature(), slope)
        for halved in range(_HALVINGS):
            tried = at - step / 2 ** halved
            lower, next_slope, next_curvature = bent(tried)
            if lower < loss:
                break
        else:
            break
        fell = loss - lower
        at, loss, slope, curvature = tried, lower, next_slope, next_curvature
        if fell < _DONE:
            break
    return at
