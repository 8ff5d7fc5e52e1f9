"""Sums, shares, time limits, ages and counts: a number with what it counts, what it is for, whether it is a bound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from kb.markup.facts.ages import is_age, is_age_without_unit
from kb.markup.facts.bounds import bound_after, bound_before
from kb.markup.facts.english_units import english_unit
from kb.markup.facts.fact import HAN, Fact, Line, written
from kb.markup.facts.numerals import Number, chinese_number, is_rough, numbers_in
from kb.markup.facts.rates import rate_after, rate_before
from kb.markup.facts.shares import shares
from kb.markup.facts.units import Unit, chinese_unit

_CURRENCY = re.compile(r"(?:(?P<usd>US\$|\$)|(?P<gbp>£)|(?P<eur>€)|(?P<cny>[¥]|RMB|CNY|人民币))\s?$")
_CURRENCIES = {"usd": "USD", "gbp": "GBP", "eur": "EUR", "cny": "CNY"}
_RANGE = re.compile(r"\s?(?:[-~]+|至|到|to|and|through)\s?(?:[$£€¥]\s?)?", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|ages of|aged)\s[$£€]?$", re.IGNORECASE)
_OF_CHINESE = re.compile(rf"\s?[{HAN}%‰℃]")
_WORD_AFTER = re.compile(rf"\s?[A-Za-z{HAN}]")
_SMALL_CHANGE = re.compile(r"(?P<tenths>[一二两三四五六七八九1-9])角(?:(?P<hundredths>[一二两三四五六七八九1-9])分)?")
_MINUTES_AFTER = re.compile(r"\s?(?P<n>\d{1,2})\s?分钟?")
_AND_A_HALF = re.compile("个半(?P<of>月|小时|钟头)")
_HALF_AFTER = re.compile(r"半(?![价数径年])")
_HALF_UNITS = {"year": ("month", 12), "hour": ("minute", 60), "month": ("month", 1)}
_MARKER = re.compile(  # of an item of a list
    r"^\s*(?:\d{1,2}\.\d{1,2}\s(?=[A-Z])|[（(]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[）)]|\d{1,2}[.、．](?!\d)|[一二三四五六七八九十]{1,3}、"
    r"|[一二三四五六七八九十]是|其[一二三四五六]|第[一二三四五六七八九十]+(?=[，,、]))\s*")


@dataclass(frozen=True, slots=True)
class _Measured:
    """A number with its unit; ``end_of`` says which end of a range it is: low, high, or none."""

    number: Number
    unit: Unit
    start: int
    end_of: str = ""

    @property
    def value(self) -> Decimal:
        return self.number.value * self.unit.factor


def amounts(line: Line) -> Iterator[Fact]:
    """The measures of a line."""
    marker = _MARKER.match(line.text)
    if marker:
        line.take(*marker.span())
    yield from shares(line)
    measures = _measures(line)
    facts = [_fact(line, measured) for measured in measures]
    for n, (low, high) in enumerate(pairwise(measures)):
        if low.end_of and high.end_of:  # what one end of a range is for, the other is for too
            unit = facts[n + 1].unit if "/" in facts[n + 1].unit else facts[n].unit
            facts[n:n + 2] = [replace(facts[n], unit=unit), replace(facts[n + 1], unit=unit)]
    reached = 0
    for n, fact in enumerate(facts):
        before, after = facts[max(0, n - 1):n], facts[n + 1:n + 2]
        is_small_change = fact.figure[0] < reached  # 八角 in 十三元八角
        reached = max(reached, fact.figure[1])
        is_of_rate = line.text[fact.figure[0] - 1:fact.figure[0]] == "每" and any(
            _is_of_rate(fact, other) for other in (*before, *after))
        if not is_small_change and not is_of_rate:
            yield fact


def _is_of_rate(fact: Fact, other: Fact) -> bool:
    """Whether a figure only says what another is for: 10公斤 in 每10公斤3元."""
    return other.start < fact.figure[0] and fact.figure[1] < other.end and "/" in other.unit


def _measures(line: Line) -> list[_Measured]:
    """The numbers that count something, from behind: of a range only the second number may have the unit."""
    numbers = [number for number in numbers_in(line.text) if line.is_free(number.start, number.end)]
    found: list[_Measured] = []
    after: Number | None = None
    for number in reversed(numbers):
        measured = _measured(line, number)
        joined, after = after, number
        last = found[-1] if found and found[-1].number is joined else None
        if joined is None or not _joins(line, number, measured, joined):
            last = None
        elif last is None and measured is not None and (measured.unit.kind == "age" or _is_bare(line, joined)):
            last = _Measured(joined, replace(measured.unit, end=joined.end), joined.start)
            found.append(last)
        if last is not None and (measured is None or measured.unit.name == "个"):
            measured = _Measured(number, replace(last.unit, end=number.end), number.start)
        if measured is None:
            continue
        if last is not None and (measured.unit.kind, measured.unit.name) == (last.unit.kind, last.unit.name):
            is_rising = last.value >= measured.value
            found[-1] = replace(last, end_of="high" if is_rising else "low")
            measured = replace(measured, end_of="low" if is_rising else "high")
        found.append(measured)
    return found[::-1]


def _joins(line: Line, number: Number, measured: _Measured | None, joined: Number) -> bool:
    """Whether a number and the next are the ends of one range."""
    sep = _RANGE.fullmatch(line.text, measured.unit.end if measured else number.end, joined.start)
    if not sep:
        return False
    return "and" not in sep[0].lower() or bool(_BETWEEN.search(line.text[max(0, number.start - 20):number.start]))


def _is_bare(line: Line, number: Number) -> bool:
    """Whether nothing after a number says what it counts."""
    return not _WORD_AFTER.match(line.text, number.end)


def _measured(line: Line, number: Number) -> _Measured | None:
    text = line.text
    currency = _CURRENCY.search(text[max(0, number.start - 8):number.start])
    if currency:
        return _priced(text, number, currency)
    unit = english_unit(text, number) if number.kind == "word" or not _OF_CHINESE.match(text, number.end) else None
    if is_age(text, number, unit):
        return _Measured(number, Unit("age", "", unit.end if unit and unit.kind == "duration" else number.end),
                         number.start)
    if unit is None and is_age_without_unit(text, number):
        return _Measured(number, Unit("age", "", number.end), number.start)
    more = _AND_A_HALF.match(text, number.end) if unit is None else None
    if more:  # 一个半月, 四个半小时
        number = replace(number, value=number.value + Decimal("0.5"))
        name, worth = ("month", 1) if more["of"] == "月" else ("minute", 60)
        return _Measured(number, Unit("duration", name, more.end(), Decimal(worth)), number.start)
    if unit is None and number.kind != "word":
        unit = chinese_unit(text, number)
        if unit and is_rough(number) and text[unit.end - 1] != "折":
            return None
    return _Measured(number, unit, number.start) if unit else None


def _priced(text: str, number: Number, currency: re.Match[str]) -> _Measured:
    """A sum whose currency stands before it; 元 after it may say how many."""
    name = next(_CURRENCIES[key] for key, value in currency.groupdict().items() if value)
    unit = chinese_unit(text, number) if name == "CNY" else None
    if unit is None or unit.kind != "money":
        unit = Unit("money", name, number.end)
    return _Measured(number, replace(unit, name=name), number.start - len(currency[0]))


def _fact(line: Line, measured: _Measured) -> Fact:
    text, unit = line.text, measured.unit
    line.take(measured.start, unit.end)
    value, name, end = _with_half(text, measured)
    head = line.before(measured.start)
    op, length, stop = _bound(line, measured, head, end)
    rate, begin = rate_before(head) if unit.kind in ("money", "quantity") else ("", len(head))
    follow, rated = rate_after(text, end, unit.kind)
    if op == "eq" and follow:  # 35 hours a week or more
        op, stop = bound_after(text, rated)
    if unit.kind in ("money", "quantity") and (rate or follow):
        name, stop = f"{name}/{'·'.join(dict.fromkeys(filter(None, (rate, follow))))}", max(stop, rated)
        length = max(length, len(head) - begin)
    return Fact(unit.kind, written(value), measured.start - length, max(end, stop), name, op,
                core=(measured.start, end))


def _bound(line: Line, measured: _Measured, head: str, end: int) -> tuple[str, int, int]:
    """What the words around make of a figure, how far before it they begin, and where they end."""
    if measured.end_of:
        return ("ge" if measured.end_of == "low" else "le"), 0, end
    before, length = bound_before(head, line.after(end), measured.unit.kind)
    after, stop = bound_after(line.text, end)
    if after == "eq":  # 1 or more of the illnesses
        after = bound_after(line.text, measured.number.end)[0]
    return (after if after != "eq" else before), length, stop


def _with_half(text: str, measured: _Measured) -> tuple[Decimal, str, int]:
    """The value, unit and end of a measure: 一年半 is 18 months, 两个半小时 150 minutes."""
    unit, value = measured.unit, measured.value
    small = _SMALL_CHANGE.match(text, unit.end) if unit.kind == "money" and text[unit.end - 1] in "元圆块" else None
    if small:
        cents = 10 * _digit(small["tenths"]) + _digit(small["hundredths"])
        return value + Decimal(cents) / 100, unit.name, small.end()
    minutes = _MINUTES_AFTER.match(text, unit.end) if unit.name == "hour" else None
    if minutes:  # 2小时30分
        return value * 60 + int(minutes["n"]), "minute", minutes.end()
    half = _HALF_AFTER.match(text, unit.end)
    if half and unit.kind == "duration" and unit.name in _HALF_UNITS:
        name, worth = _HALF_UNITS[unit.name]
        return value * worth + Decimal(worth) / 2, name, half.end()
    return value, unit.name, unit.end


def _digit(text: str | None) -> int:
    return 0 if not text else int(text) if text.isascii() else chinese_number(text) or 0
