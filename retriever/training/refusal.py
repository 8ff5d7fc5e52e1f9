"""The refusal table: for each precision of given answers, the confidence from which answers reach it on every set."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

PRECISIONS = tuple(round(0.80 + 0.01 * i, 2) for i in range(20))  # 0.80 … 0.99
NEVER = 1.0  # no confidence is high enough
SURE = 1.2816  # standard errors that nine in ten of a normal distribution lie above

# (confidence, whether the question can be answered) of one set; at confidence 0 nothing was found to say
Known = Sequence[tuple[float, bool]]


def thresholds(sets: Sequence[Known]) -> dict[float, float]:
    """For each of PRECISIONS the lowest confidence that reaches it on every set; higher for higher precisions.

    The confidences are of questions that were not learned from. Precision is the share of answerable questions among
    those answered, less what chance may have added to it. NEVER where a set does not reach it at any confidence.
    """
    found, reached = {}, 0.0
    for precision in PRECISIONS:
        reached = max([reached, *(lowest(known, precision) for known in sets)])
        found[precision] = reached
    return found


def surely(right: int, of: int) -> float:
    """What the true share exceeds nine times in ten, when ``right`` of so many were right (Wilson's interval).

    Of ten answers all may be right by chance, where of a hundred they are not: without it the table reached 0.90 on
    the sets it was made from and 0.87 on others.
    """
    spread = SURE * SURE
    return (2 * right + spread - SURE * math.sqrt(4 * right * (of - right) / of + spread)) / (2 * (of + spread))


def share(right: int, of: int) -> float:
    """The share that was right."""
    return right / of


def lowest(known: Known, precision: float) -> float:
    """The lowest confidence from which answers surely reach this precision: half way to the next lower one.

    Where the set is too small or too hard for that, the lowest from which they reached it at all.
    """
    return next((found for measure in (surely, share) if (found := _lowest(known, precision, measure)) < NEVER), NEVER)


def _lowest(known: Known, precision: float, measure: Callable[[int, int], float]) -> float:
    ordered = sorted((item for item in known if item[0] > 0), key=lambda item: -item[0])
    right, best = 0, NEVER
    for at, (confidence, answerable) in enumerate(ordered, 1):
        right += answerable
        below = ordered[at][0] if at < len(ordered) else 0.0
        if below < confidence and measure(right, at) >= precision:
            best = (confidence + below) / 2 if at < len(ordered) else 0.0
    return round(best, 6)


def given(known: Known, threshold: float) -> tuple[float | None, float | None]:
    """(precision of the answers given, share of questions answered) at a threshold; None where nothing is to count."""
    answers = [answerable for confidence, answerable in known if 0 < confidence >= threshold]
    return (round(sum(answers) / len(answers), 4) if answers else None,
            round(len(answers) / len(known), 4) if known else None)
