"""Whether a question's answer rests on a unit that changed: by what a reader says of the unit, and what was quoted.

A reader's logit of a unit says that it belongs to the answer, whoever else may answer better; so what the log says of
the answer counts too, and the questions that are read against one unit are held against each other: mostly there is one
at least whose answer it is, and it stands out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

NEAREST, MOST = 15, 25  # questions that are read: the nearest, and of those that the article answered the nearest
LIKELY, FIRST = 0.5, 0.1  # chances that are told; of the likeliest question of a unit, less is enough
# A logistic regression over units and questions of two cities' callers, whole right answers being the truth (17,000
# pairs); what the passage as a whole scores, and its best unit, added nothing.
_WEIGHTS = {"unit": 0.52, "behind": 0.57, "quoted": 0.60, "article": 0.73, "elsewhere": -2.15}
_CONSTANT = -2.17
_FAR = -3.0  # behind the likeliest question by more, a difference says nothing
_QUOTED = 0.9  # where nobody can read: the chance that an answer that quoted the unit rests on it


@dataclass(frozen=True, slots=True)
class Rests:
    """What is known of one question (``key``) and one unit.

    ``unit`` is the unit's logit, None where nobody read it. Of the last answer: ``is_quoted`` says that it quoted the
    unit, ``quotes_article`` the article, ``is_elsewhere`` other articles alone.
    """

    key: str
    unit: float | None
    is_quoted: bool = False
    quotes_article: bool = False
    is_elsewhere: bool = False
    chance: float = 0.0


def resting(known: Sequence[Rests]) -> list[Rests]:
    """Of the questions that may rest on one unit, those that do as far as one can tell, the surest first."""
    read = [one.unit for one in known if one.unit is not None]
    ahead = max(read, default=0.0)
    found = sorted((replace(one, chance=_chance(one, ahead)) for one in known), key=lambda one: -one.chance)
    return [one for n, one in enumerate(found) if one.chance >= (LIKELY if n else FIRST)]


def _chance(one: Rests, ahead: float) -> float:
    if one.unit is None:
        return _QUOTED if one.is_quoted else 0.0
    values = {"unit": one.unit, "behind": max(one.unit - ahead, _FAR), "quoted": float(one.is_quoted),
              "article": float(one.quotes_article), "elsewhere": float(one.is_elsewhere)}
    return 1 / (1 + math.exp(-_CONSTANT - sum(_WEIGHTS[name] * value for name, value in values.items())))
