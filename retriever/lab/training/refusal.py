"""The refusal table: for each precision of given answers, the confidence from which answers reach it on every set.

What is right of a set's few doubtful answers is much chance, so precision is not counted but taken from a curve: the
logistic of confidence that fits the set, its mean over those answered, less what chance may have added to it. Counted
precision made the table reach 0.90 on the sets it came from and 0.87 on others, and jump from one answer to the next.
The curves of all sets are fitted together, each drawn towards what they have in common: fitted by itself, the smallest
set decided alone, and with it how its questions had been dealt into folds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retriever.lab.training.logistic import Bent, chances, log_loss, minimum

Vector = NDArray[np.float64]
PRECISIONS = tuple(round(0.80 + 0.01 * i, 2) for i in range(20))  # 0.80 … 0.99
NEVER = 1.0  # no confidence is high enough
SURE = 1.6449  # standard errors that nineteen in twenty of a normal distribution lie above
_PRIOR = 0.1  # draws the curves to an even chance, by as much as a fraction of an answer: they are then always finite
_OWN = 1.0  # the same, for how a set's curve differs from the common one: by about 1 in log odds
_NEAREST = 1e-6  # confidences are taken at least this far from 0 and 1

# (confidence, whether the question can be answered) of one set; at confidence 0 nothing was found to say
Known = Sequence[tuple[float, bool]]


def thresholds(sets: Sequence[Known]) -> dict[float, float]:
    """For each of PRECISIONS the lowest confidence that reaches it on every set; higher for higher precisions.

    The confidences are of questions that were not learned from. Precision is the share of answerable questions among
    those answered. NEVER where a set does not reach it at any confidence.
    """
    found, reached = {}, 0.0
    fitted = curves(sets)
    for precision in PRECISIONS:
        reached = max([reached, *(lowest(*one, precision) for one in fitted)])
        found[precision] = reached
    return found


def curves(sets: Sequence[Known]) -> list[tuple[Vector, Vector, Vector]]:
    """For each set (confidences, the highest first; precision of the answers down to each; its standard error)."""
    confidences, designs = [], []
    answerable: list[float] = []
    for at, known in enumerate(sets):
        answered = sorted((item for item in known if item[0] > 0), key=lambda item: -item[0])
        confidence = np.array([c for c, _ in answered], np.float64)
        within = np.clip(confidence, _NEAREST, 1 - _NEAREST)
        design = np.zeros((len(answered), 2 + 2 * len(sets)))  # what all have in common, then what each adds
        design[:, :2] = np.column_stack((np.ones(len(answered)), np.log(within / (1 - within))))
        design[:, 2 + 2 * at:4 + 2 * at] = design[:, :2]
        confidences.append(confidence)
        answerable.extend(float(a) for _, a in answered)
        designs.append(design)
    ridge = np.concatenate(([_PRIOR] * 2, np.full(2 * len(sets), _OWN)))
    rows, right, one_each = np.concatenate(designs), np.array(answerable, np.float64), np.ones(len(answerable))

    def bent(weights: Vector) -> Bent:
        return log_loss(rows, right, one_each, ridge, weights)

    weights = minimum(bent, len(ridge))
    uncertain = np.linalg.inv(bent(weights)[2]())
    found = []
    for confidence, design in zip(confidences, designs, strict=True):
        chance = chances(design @ weights)
        count = np.arange(1, len(chance) + 1)
        slope = np.cumsum((chance * (1 - chance))[:, None] * design, axis=0) / count[:, None]
        found.append((confidence, np.cumsum(chance) / count,
                      np.sqrt(np.einsum("ni,ij,nj->n", slope, uncertain, slope))))
    return found


def lowest(confidence: Vector, precision: Vector, error: Vector, wished: float) -> float:
    """The lowest confidence from which answers of a curve surely reach the precision: half way to the next lower one.

    Where the set is too small or too hard for that, the lowest from which they are likely to reach it.
    """
    below = np.append(confidence[1:], 0.0)[:len(confidence)]
    for sure in (SURE, 0.0):
        reached = np.flatnonzero((precision - sure * error >= wished) & (below < confidence))
        if len(reached):
            at = reached[-1]
            return round(float(confidence[at] + below[at]) / 2, 6) if below[at] > 0 else 0.0
    return NEVER


def given(known: Known, threshold: float) -> tuple[float | None, float | None]:
    """(precision of the answers given, share of questions answered) at a threshold; None where nothing is to count."""
    answers = [answerable for confidence, answerable in known if 0 < confidence >= threshold]
    return (round(sum(answers) / len(answers), 4) if answers else None,
            round(len(answers) / len(known), 4) if known else None)
