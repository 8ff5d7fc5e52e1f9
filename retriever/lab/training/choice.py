"""Choosing one of several: a conditional logit over groups of rows, one group a question (McFadden 1974).

It learns which of a question's units is the best answer, whatever a usual unit looks like; a plain logistic regression
learns what answers look like, and ordered units of the same question worse than the share of words they have in common.
Sets weigh as in logistic.py, weights are drawn towards 0 or what is thought likely before, and what may not count
against is left out when it would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from retriever.lab.training.logistic import Bent, enough, free_of_harm, minimum

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choices:
    """What one set teaches: for each question its rows of features, and how good each row is, adding up to 1."""

    rows: Sequence[NDArray[np.float64]]
    targets: Sequence[Vector]
    times: float = 1.0


def fit_choice(sets: Sequence[Choices], names: Sequence[str], *, penalty: float,
               never_against: frozenset[str] = frozenset(),
               likely: Mapping[str, float] = MappingProxyType({})) -> dict[str, float] | None:
    """The weights of the features, whose columns are ``names``, drawn towards the ``likely`` ones, which are 0 where
    none is named; a feature that does not vary keeps its likely weight. None when no set teaches anything."""
    sets = [s for s in sets if s.rows]
    if not sets or not names:
        return None
    x = np.concatenate([rows for s in sets for rows in s.rows])
    y = np.concatenate([targets for s in sets for targets in s.targets])
    sizes = np.array([len(rows) for s in sets for rows in s.rows])
    share = np.concatenate([np.full(len(s.rows), s.times * enough(len(s.rows)) / len(s.rows)) for s in sets])
    share /= share.sum()
    each = np.repeat(share / sizes, sizes)
    mean = each @ x
    spread = np.sqrt(each @ (x - mean) ** 2)
    penalty /= enough(len(sizes))  # few questions move little, where there is nothing else to learn from
    varied = [i for i in range(len(names)) if spread[i] > 1e-6]
    prior = np.array([likely.get(name, 0.0) for name in names]) * spread
    found = free_of_harm(
        names, varied, never_against,
        lambda kept: _weights((x[:, kept] - mean[kept]) / spread[kept], y, sizes, share, penalty, prior[kept]))
    kept = {names[i]: likely[names[i]] for i in range(len(names)) if i not in varied and names[i] in likely}
    return {**kept, **{names[i]: round(float(w / spread[i]), 4) for i, w in found.items()}}


def _weights(x: NDArray[np.float64], y: Vector, sizes: NDArray[np.int64], share: Vector, penalty: float,
             prior: Vector) -> Vector:
    """Weights that minimise the questions' mean cross-entropy plus ``penalty`` times their squared distance from
    ``prior``."""
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    group = np.repeat(np.arange(len(sizes)), sizes)
    weight = share[group]
    ridge = 2 * penalty * np.eye(x.shape[1])

    def bent(beyond: Vector) -> Bent:
        scores = x @ (prior + beyond)
        scores -= np.maximum.reduceat(scores, begins)[group]
        odds = np.exp(scores)
        total = np.add.reduceat(odds, begins)
        chance = odds / total[group]

        def curvature() -> NDArray[np.float64]:
            middle = np.add.reduceat(x * chance[:, None], begins)
            return np.asarray((x * (weight * chance)[:, None]).T @ x - (middle * share[:, None]).T @ middle + ridge)

        loss = share @ np.log(total) - (weight * y) @ scores + penalty * beyond @ beyond
        return float(loss), x.T @ (weight * (chance - y)) + ridge @ beyond, curvature

    return prior + minimum(bent, x.shape[1])
