"""A figure that somebody looks for: read from what they typed, in the form in which it is kept and compared.

0699-5550912, 0699 5550912 and 06995550912 are one number; 25元 and 二十五元 are one sum. A sum without what it is for
(25元) is found whatever it is for (25元/本); a bound is no part of what is sought.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from kb.markup.facts.extract import facts_in
from kb.markup.facts.fact import MEASURES, Fact
from kb.markup.facts.numerals import in_chinese

LONGEST = 200  # characters of what is sought
_LARGEST_SAID = 100_000_000  # a number from here on is not written out in Chinese numerals
_BRACKETS = str.maketrans("〔［【（(「[", "[[[[[[[", " ")
_CLOSING = str.maketrans("〕］】）)」]", "]]]]]]]")
_ABOVE_STREET = re.compile(r"^.*[省市区县镇乡](?=.{1,12}(?:路|街|大道|巷|道|弄|胡同|村)\d)")
_WIDE = {0xFF10 + n: 48 + n for n in range(10)}
_SEPARATORS = re.compile(r"(?<=\d)[-\s,，.·](?=\d)")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; ``written`` is how it was typed."""

    kind: str
    value: str
    unit: str
    written: str

    def matches(self, fact: Fact) -> bool:
        """Whether this is a place that states it."""
        return (fact.kind, kept_value(fact)) == (self.kind, self.value) and self.is_unit(fact.unit)

    def is_unit(self, unit: str) -> bool:
        """Whether a figure in this unit is what is sought."""
        return unit == self.unit or ("/" not in self.unit and unit.partition("/")[0] == self.unit)


def sought_in(text: str) -> Sought | None:
    """The one figure that was typed; None where it is none, or several."""
    found = facts_in(text[:LONGEST], under=("",))
    if not found:  # a short number alone says no more than that it is one
        found = [fact for fact in facts_in(f"电话：{text[:LONGEST]}") if fact.kind == "phone"]
    kinds = {(fact.kind, kept_value(fact), fact.unit) for fact in found}
    if len(kinds) != 1:
        return None
    kind, value, unit = kinds.pop()
    return Sought(kind, value, unit, text.strip()[:LONGEST])


def kept_value(fact: Fact) -> str:
    """The value by which figures are compared: of phones the digits, of documents and addresses without their dress."""
    if fact.kind == "phone":
        digits = re.sub(r"\D", "", fact.value)
        return digits[2:] if digits.startswith("86") and len(digits) >= 12 else digits
    if fact.kind == "document":
        return re.sub(r"[\s《》]", "", fact.value.translate(_BRACKETS).translate(_CLOSING)).casefold()
    return _ABOVE_STREET.sub("", fact.value).casefold() if fact.kind == "address" else fact.value


def may_state(text: str, sought: Sought) -> bool:
    """Whether a text could state it: a quick look that spares reading most of those that do not.

    Holds for every text that does: its digits stand there, in Arabic figures (set apart or not), in Chinese numerals,
    or in a word (半年, nine).
    """
    if sought.kind not in MEASURES:
        head = re.sub(r"\D", "", sought.value)[-4:]
        return bool(head) and head in _digits(text) if sought.kind == "phone" else True
    plain = _digits(text)
    return any(form in plain for form in _forms(Decimal(sought.value)))


def _digits(text: str) -> str:
    """The text with its figures in ASCII, and nothing that sets them apart."""
    return _SEPARATORS.sub("", text.translate(_WIDE))


def _forms(value: Decimal) -> set[str]:
    """How the digits of a number may stand in a text; words that say a measure without a number, too."""
    significant = format(value.normalize(), "f").replace(".", "").strip("0") or "0"
    forms = {significant, "半", "双", "倍", "折", "成", "half", "double", "fortnight"}
    for scale in (1, 10_000, 100_000_000):
        part = value / scale
        if part == part.to_integral_value() and 0 < part < _LARGEST_SAID:
            forms.add(in_chinese(int(part)))
    if value <= 100:
        forms |= {"two", "one", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
                  "teen", "ty", "hundred", "dozen", "分之", "两"}
    return forms
