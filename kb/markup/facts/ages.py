"""Whether an English number is an age: aged 65, ages 18-23, under 16, 18 or older."""

from __future__ import annotations

import re

from kb.markup.facts.fact import HAN
from kb.markup.facts.numerals import Number
from kb.markup.facts.units import Unit

_OLDEST = 110
_HEAD = 40  # characters before a number that are looked at
_AGE = re.compile(
    r"\b(?:aged?|ages|(?:the )?ages? of|between the ages of|turn(?:s|ed|ing)?|reach(?:es|ed)?(?: age)?|age limit of)\s"
    r"(?:(?:of|between|from|is|over|under|at least|up to)\s)*$", re.IGNORECASE)
_BOUND = re.compile(r"\b(?:under|over|below|above)\s(?:the age of\s|age\s)?$", re.IGNORECASE)
_OR_OLDER = re.compile(r"\s(?:or|and) (?:over|older|under|younger)\b(?! [$£€\d])")
_NOT_AGED = re.compile(rf"\s?(?:[{HAN}%°℃/$£€-]|of\b|per\b|C\b|F\b|\.\d)")


def is_age(text: str, number: Number, unit: Unit | None) -> bool:
    """Whether the words before say that it is an age, and the unit after it, where there is one, lets it be."""
    is_open = unit is None or unit.kind == "quantity" or (unit.kind == "duration" and unit.name == "year")
    return is_open and bool(_AGE.search(text[max(0, number.start - _HEAD):number.start]))


def is_age_without_unit(text: str, number: Number) -> bool:
    """Whether a number that counts nothing is an age by its bound alone: children under 16, 18 or older."""
    if number.value > _OLDEST:
        return False
    is_bound = bool(_BOUND.search(text[max(0, number.start - _HEAD):number.start]))
    return bool(_OR_OLDER.match(text, number.end)) or (is_bound and not _NOT_AGED.match(text, number.end))
