"""Whether a question's answer rests on a unit that changed: by what a reader says of the unit, and what was quoted.

A reader's logit of a unit says that it belongs to the answer, whoever else may answer better; so what the log says of
the answer counts too, and the questions that are read against one unit are held against each other: mostly there is one
at least whose answer it is, and it stands out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

MOST = 25  # questions that are read for one check
LIKELY, FIRST = 0.5, 0.2  # chances that are told; of the likeliest question of a unit, less is enough
# The weights of a logistic regression; its features are bounded below, where differences say nothing.
_WEIGHTS = {"unit": 0.2, "behind": 0.5, "within": 0.1, "passage": 0.1, "quoted": 1.0, "article": 0.5, "elsewhere": -0.5,
            "near": 0.5}
_CONSTANT = -1.0
_QUOTED = 0.9  # where nobody can read: the chance that an answer that quoted the unit rests on it


@dataclass(frozen=True, slots=True)
class Rests:
    """What is known of one question (``key``) and one unit.

    ``unit`` is the unit's logit, ``best`` the highest in its passage, ``passage`` the passage's; ``unit`` is None where
    nobody read it. ``near`` is the cosine of question and passage. Of the last answer: ``is_quoted`` says that it
    quoted the unit, ``quotes_article`` the article, ``is_elsewhere`` other articles alone.
    """

    key: str
    unit: float | None
    best: float = 0.0
    passage: float = 0.0
    near: float = 0.0
    is_quoted: bool = False
    quotes_article: bool = False
    is_elsewhere: bool = False
    chance: float = 0.0


def resting(known: Sequence[Rests]) -> list[Rests]:
    """Of the questions that may rest on one unit, those that do as far as one can tell, the surest first."""
    read = [one.unit for one in known if one.unit is not None]
    ahead = max(read, default=0.0)
    nearest = max((one.near for one in known), default=0.0)
    found = sorted((replace(one, chance=_chance(one, ahead, nearest)) for one in known), key=lambda one: -one.chance)
    return [one for n, one in enumerate(found) if one.chance >= (LIKELY if n else FIRST)]


def _chance(one: Rests, ahead: float, nearest: float) -> float:
    if one.unit is None:
        return _QUOTED if one.is_quoted else 0.0
    values = {"unit": one.unit, "behind": max(one.unit - ahead, -3.0), "within": max(one.unit - one.best, -4.0),
              "passage": one.passage, "quoted": float(one.is_quoted), "article": float(one.quotes_article),
              "elsewhere": float(one.is_elsewhere), "near": 20 * (one.near - nearest)}
    return 1 / (1 + math.exp(-_CONSTANT - sum(_WEIGHTS[name] * value for name, value in values.items())))
