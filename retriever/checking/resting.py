"""Whether a question's answer rests on a unit that changed: by what a reader says of the unit, and what was quoted.

A reader's logit of a unit says that it belongs to the answer, whoever else may answer better; so what the log says of
the answer counts too, and the questions that are read against one unit are held against each other: one that stands out
is likelier the one that it answers. Where several units of a section changed, a question that rests on one of them is
likely for the others too: rows of a table, steps of a list; one that is likely for a single one of them was misread.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

NEAREST, MOST = 15, 40  # questions that are read: the nearest, and of those that the article answered the nearest
# The chance from which a question is told, by the text's language. What is read of English texts is less sure: of the
# questions told at 0.55 of 382 single units, 80 % are right in Chinese and 63 % in English; at 0.65 there 66 %, and one
# unit of 151 less has a question found that rests on it.
LIKELY = {"zh": 0.55, "en": 0.65}
FIRST = 0.05  # of the likeliest question of all, for a change of substance mostly answers somebody
# A logistic regression over changed units and the questions that were read against them, of two cities; of one city
# alone it ranks the other's as well. Which section an answer stands in says most: of questions whose answers quoted the
# article in another section not one in a hundred rests on the unit.
_WEIGHTS = {"unit": 0.42, "behind": 0.43, "near": 14.0, "quoted": 1.29, "quotes_section": 1.02, "offered": 0.74,
            "offered_next": 0.53, "offers_section": 1.63, "elsewhere": -1.72}
_CONSTANT = -1.65
_FAR = -3.0  # behind the likeliest question by more, a difference says nothing
_QUOTED = 0.9  # where nobody can read: the chance that an answer that quoted the unit rests on it


@dataclass(frozen=True, slots=True)
class Rests:
    """What is known of one question (``key``) and one unit.

    ``unit`` is the unit's logit, None where nobody read it; ``near`` the cosine of the question and the unit with its
    headings. Of the last answer: whether it quoted the unit, or something of its section, whether the likeliest of the
    sections that were offered in its place marks the unit, or is the unit's, whether the second one marks it, and
    whether it quoted other articles alone.
    """

    key: str
    unit: float | None
    quoted: bool = False
    quotes_section: bool = False
    offered: bool = False
    offers_section: bool = False
    offered_next: bool = False
    elsewhere: bool = False
    near: float = 0.0
    chance: float = 0.0


def resting(units: Sequence[Sequence[Rests]], sections: Sequence[Hashable], lang: str) -> list[list[Rests]]:
    """Of the questions that may rest on each unit, those that do as far as one can tell, the surest first.

    ``sections`` names the section of each unit, ``lang`` is the text's language.
    """
    weighed = _together([_weighed(known) for known in units], sections)
    likely = LIKELY["en" if lang == "en" else "zh"]
    first = max((some[0].chance for some in weighed if some), default=0.0)
    least = min(likely, first) if first >= FIRST else likely
    return [[one for one in some if one.chance >= least] for some in weighed]


def _together(units: Sequence[Sequence[Rests]], sections: Sequence[Hashable]) -> list[list[Rests]]:
    """The same with each chance half-way to the mean over the units of its section that were read for the question."""
    chances: dict[tuple[Hashable, str], list[float]] = defaultdict(list)
    for section, known in zip(sections, units, strict=True):
        for one in known:
            if one.unit is not None:
                chances[section, one.key].append(one.chance)

    def held(section: Hashable, one: Rests) -> Rests:
        if one.unit is None:
            return one
        all_of = chances[section, one.key]
        return replace(one, chance=(one.chance + sum(all_of) / len(all_of)) / 2)

    return [sorted((held(section, one) for one in known), key=lambda one: -one.chance)
            for section, known in zip(sections, units, strict=True)]


def _weighed(known: Sequence[Rests]) -> list[Rests]:
    ahead = max((one.unit for one in known if one.unit is not None), default=0.0)
    nearest = max((one.near for one in known), default=0.0)
    return sorted((replace(one, chance=_chance(one, ahead, nearest)) for one in known), key=lambda one: -one.chance)


def _chance(one: Rests, ahead: float, nearest: float) -> float:
    if one.unit is None:
        return _QUOTED if one.quoted else 0.0
    values = {"unit": one.unit, "behind": max(one.unit - ahead, _FAR), "near": one.near - nearest,
              "quoted": one.quoted, "quotes_section": one.quotes_section, "offered": one.offered,
              "offered_next": one.offered_next, "offers_section": one.offers_section, "elsewhere": one.elsewhere}
    return 1 / (1 + math.exp(-_CONSTANT - sum(_WEIGHTS[name] * value for name, value in values.items())))
