"""Figures that stand alone in a cell: their unit is in the header of their column, or their row's or table's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.markup.facts.english_units import is_plural
from kb.markup.facts.fact import Fact, Line, written
from kb.markup.facts.numerals import numbers_in

_ALONE = re.compile(r"\s*(?:约|满)?\s*$")
_ENDS = re.compile(r"\s*(?:$|[,，;；（(]|-+|~|至)")
_NAMED: tuple[tuple[str, str, str, int], ...] = (
    (r"[（(：:/][^（()）]{0,12}万元|单位[：:]\s?万元", "money", "CNY", 10_000),
    (r"[（(：:/][^（()）]{0,12}元|单位[：:]\s?元|\(yuan|in yuan|\bRMB\b", "money", "CNY", 1),
    (r"\$|\bdollars\b", "money", "USD", 1), ("£|\bpounds\b", "money", "GBP", 1),
    (r"[%％]|per ?cent|百分比|比例|折扣率|费率|税率", "percent", "", 1),
    (r"工作日|working days", "duration", "workday", 1),
    (r"[（(](?:天|日|自然日)|时限.?天|\(days|\bdays\b", "duration", "day", 1),
    (r"[（(]小时|\(hours|\bhours\b", "duration", "hour", 1), (r"[（(]分钟|\(min|\bminutes\b", "duration", "minute", 1),
    (r"[（(]个?月|\bmonths\b", "duration", "month", 1), (r"[（(]年[）)]|\byears\b", "duration", "year", 1),
    (r"[（(](?:周)?岁|年龄|\bages?\b", "age", "", 1),
)
_BRACKETS = tuple((re.compile(look, re.IGNORECASE), kind, unit, worth) for look, kind, unit, worth in _NAMED)
_MONEY = re.compile("元|票价|价格|金额|费用|费$|费（|收费|工本费|标准|补贴|补助|津贴|工资|租金|抚恤|待遇|押金|罚款"
                    "|限额|起付线|封顶")
_ENGLISH_MONEY = re.compile(r"\b(?:fare|fee|price|cost|amount|charge|rent|rate)\b", re.IGNORECASE)
_SERIAL = re.compile(r"序号|编号|代码|邮编|年份|电话|^no\.?$|number", re.IGNORECASE)
_NOUN = re.compile(r"[A-Za-z][A-Za-z'’-]*")


def bare_figures(line: Line, under: Sequence[str]) -> Iterator[Fact]:
    """The figures of a cell that nothing in it explains; none where what stands above says no unit either."""
    if not under or _SERIAL.search(under[0]):
        return
    for number in numbers_in(line.text):
        is_open = number.kind == "arabic" and line.is_free(number.start, number.end)
        unit = _unit(under) if is_open and _stands_alone(line, number.start, number.end) else None
        if unit:
            kind, name, worth = unit
            line.take(number.start, number.end)
            yield Fact(kind, written(number.value * worth), number.start, number.end, name)


def _stands_alone(line: Line, start: int, end: int) -> bool:
    head = line.text[:start]
    return bool(_ALONE.match(head) or re.search(r"(?:-|~|至|,\s)$", head)) and bool(_ENDS.match(line.text[end:]))


def _unit(under: Sequence[str]) -> tuple[str, str, int] | None:
    for text in under:
        for look, kind, name, worth in _BRACKETS:
            if look.search(text):
                return kind, name, worth
    for text in under:
        if _MONEY.search(text):
            return "money", "CNY", 1
        if _ENGLISH_MONEY.search(text):
            return None  # of which country is not said
    for text in under[:2]:
        words = _NOUN.findall(text)
        if words and is_plural(words[0]):
            return "quantity", words[0], 1
    return None
