"""Shares and halves in words: 百分之七十, 万分之五, 半价, 半年, half an hour, a fortnight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from kb.markup.facts.bounds import bound_after, bound_before
from kb.markup.facts.fact import Fact, Line, written
from kb.markup.facts.numerals import chinese_number

_SHARE = re.compile(r"(?P<of>百|千|万)分之(?P<n>[零〇一二两三四五六七八九十百点]++|\d++(?:\.\d++)?)")
_HUNDREDTHS = {"百": 1, "千": 10, "万": 100}
_FRACTION = re.compile(r"[二三四五六七八九十]分之[一二两三四五六七八九]")
_IN_WORDS: tuple[tuple[str, str, str, str], ...] = (  # look, kind, value, unit
    ("(?<![上下])(?<!每)半年(?!度)|每半年(?!度)(?=的|，|。|$)", "duration", "6", "month"),
    ("半个小时|(?<!个)半小时|半个钟头|half an hour", "duration", "30", "minute"),
    ("半个月", "duration", "15", "day"),
    ("半价|减半|对半|(?<=[退减付缴收补扣])一半|half[- ]price|half (?:the )?(?:fare|fee|price|rate|cost)",
        "percent", "50", ""),
    ("双倍|double(?: the)?(?= (?:fare|fee|price|rate|amount|cost))", "quantity", "2", "倍"),
    ("an hour and a half", "duration", "90", "minute"), ("a year and a half", "duration", "18", "month"),
    ("half a year", "duration", "6", "month"), (r"\ba fortnight\b", "duration", "2", "week"),
    *((rf"(?<=within )an? {unit}\b", "duration", "1", unit) for unit in ("hour", "day", "week", "month", "year")),
)
_LOOKS = tuple((re.compile(look, re.IGNORECASE), kind, worth, unit) for look, kind, worth, unit in _IN_WORDS)


def shares(line: Line) -> Iterator[Fact]:
    """The shares of a line that are said in words; a fraction (三分之二) is nobody's figure."""
    for found in _SHARE.finditer(line.text):
        value = _worth(found["n"])
        if value is not None and line.is_free(*found.span()):
            yield _bounded(line, found, "percent", written(value / _HUNDREDTHS[found["of"]]), "")
    for found in _FRACTION.finditer(line.text):
        line.take(*found.span())
    for look, kind, worth, unit in _LOOKS:
        for found in look.finditer(line.text):
            if line.is_free(*found.span()):
                yield _bounded(line, found, kind, worth, unit)


def _worth(text: str) -> Decimal | None:
    if text[0].isascii():
        return Decimal(text)
    whole, _, part = text.partition("点")
    value = chinese_number(whole)
    if value is None:
        return None
    digits = "".join(str(chinese_number(c)) for c in part)
    return Decimal(f"{value}.{digits}") if digits else Decimal(value)


def _bounded(line: Line, found: re.Match[str], kind: str, value: str, unit: str) -> Fact:
    line.take(*found.span())
    before, length = bound_before(line.before(found.start()), line.after(found.end()), kind)
    after, stop = bound_after(line.text, found.end())
    return Fact(kind, value, found.start() - length, stop, unit, after if after != "eq" else before,
                core=found.span())
