"""Whether a question's answer rests on a unit that changed: by what a reader says of the unit, and what was quoted.

A reader's logit of a unit says that it belongs to the answer, whoever else may answer better; so what the log says of
the answer counts too, and the questions that are read against one unit are held against each other: one that stands out
is likelier the one that it answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

NEAREST, MOST = 15, 40  # questions that are read: the nearest, and of those that the article answered the nearest
LIKELY = 0.45  # the chance from which a question is told
FIRST = 0.1  # of the likeliest question of all, for a change of substance mostly answers somebody
# A logistic regression over units and questions of two cities' callers, whole right answers being the truth (17,000
# pairs, no edit among them); what the passage as a whole scores, and its best unit, added nothing. Only ``near``, which
# those pairs do not have, was set by hand: 0.06 of cosine behind the nearest question is one logit.
_WEIGHTS = {"unit": 0.42, "behind": 0.54, "quoted": 0.96, "quotes_article": 1.63, "offered": 0.43, "first": 1.13,
            "of_article": 0.60, "elsewhere": -1.46, "near": 18.0}
_CONSTANT = -2.71
_FAR = -3.0  # behind the likeliest question by more, a difference says nothing
_QUOTED = 0.9  # where nobody can read: the chance that an answer that quoted the unit rests on it


@dataclass(frozen=True, slots=True)
class Rests:
    """What is known of one question (``key``) and one unit.

    ``unit`` is the unit's logit, None where nobody read it; ``near`` the cosine of the question and the unit with its
    headings. Of the last answer: whether it quoted the unit, or its
    article, whether the likeliest of the sections that were offered in its place marks the unit, or is the article's,
    whether anything of it is, and whether it quoted other articles alone.
    """

    key: str
    unit: float | None
    quoted: bool = False
    quotes_article: bool = False
    offered: bool = False
    first: bool = False
    of_article: bool = False
    elsewhere: bool = False
    near: float = 0.0
    chance: float = 0.0


def resting(units: Sequence[Sequence[Rests]]) -> list[list[Rests]]:
    """Of the questions that may rest on each unit, those that do as far as one can tell, the surest first."""
    weighed = [_weighed(known) for known in units]
    first = max((some[0].chance for some in weighed if some), default=0.0)
    least = min(LIKELY, first) if first >= FIRST else LIKELY
    return [[one for one in some if one.chance >= least] for some in weighed]


def _weighed(known: Sequence[Rests]) -> list[Rests]:
    ahead = max((one.unit for one in known if one.unit is not None), default=0.0)
    nearest = max((one.near for one in known), default=0.0)
    return sorted((replace(one, chance=_chance(one, ahead, nearest)) for one in known), key=lambda one: -one.chance)


def _chance(one: Rests, ahead: float, nearest: float) -> float:
    if one.unit is None:
        return _QUOTED if one.quoted else 0.0
    values = {"unit": one.unit, "behind": max(one.unit - ahead, _FAR), "quoted": one.quoted,
              "quotes_article": one.quotes_article, "offered": one.offered, "first": one.first,
              "of_article": one.of_article and not one.quotes_article, "elsewhere": one.elsewhere,
              "near": one.near - nearest}
    return 1 / (1 + math.exp(-_CONSTANT - sum(_WEIGHTS[name] * value for name, value in values.items())))
