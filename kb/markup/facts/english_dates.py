"""English dates and periods: January 9, 1962; 1 March to 30 June 2027; by May 15; since 2019; after the 20th."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kb.markup.facts.calendar import Day
from kb.markup.facts.fact import Fact, Line

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")
_NAME = (r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)|Apr(?:il|\.)|May|June?|July?|Aug(?:ust|\.)"
         r"|Sep(?:tember|t?\.)|Oct(?:ober|\.)|Nov(?:ember|\.)|Dec(?:ember|\.))")
_D = r"(?:3[01]|[12]\d|0?[1-9])"
_Y = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"\b(?P<m1>{_NAME})\s(?P<d1>{_D})(?:st|nd|rd|th)?\b(?!:)(?:,?\s(?P<y1>{_Y})\b)?"
    rf"|\b(?P<d2>{_D})(?:st|nd|rd|th)?(?:\sof)?\s(?P<m2>{_NAME})\b(?:,?\s(?P<y2>{_Y})\b)?"
    rf"|\b(?P<m3>{_NAME}),?\s(?P<y3>{_Y})\b"
    rf"|\b(?P<m4>{_NAME})\b(?!\s\d)"
    rf"|(?<![\d$£€.,-])(?<!\d )\b(?P<y5>{_Y})\b(?![,.]?\d|-\d{{4}}|\s?%)"
    rf"|(?<=the )(?P<d6>{_D})(?:st|nd|rd|th)\b(?!\s(?:floor|birthday|time|day|street|grade|month|year|century))")
_BEGUN = re.compile(rf"(?<![\d.,:$£€/-])\b(?P<d>{_D})(?:st|nd|rd|th)?\s?(?:-+|to|through|until)\s?$")  # 12-30 May
_TAIL = re.compile(rf"\s?(?:-+|to|through)\s?(?P<d>{_D})(?:st|nd|rd|th)?\b(?:,?\s(?P<y>{_Y})\b)?(?!\s?[:%.]\d"
                   rf"|\s(?:days|years|months)|\s{_NAME}\b)")
_SEP = re.compile(r"\s?,?\s?(?:-+|to|until|till|through|thru|up to|and ending|and)\s?(?:on\s|the end of\s)?",
    re.IGNORECASE)
_PREPOSITION = re.compile(r"(?:\b(?:in|since|before|after|until|till|by|from|of|for|during|between|through|to|early"
    r"|late|mid|each|every"
                          r"|and|or|on|end of|start of)\s|[-(|]\s?)$", re.IGNORECASE)
_YEAR_BEFORE = re.compile(r"\b(?:in|since|before|after|until|till|by|from|of|for|during|between|through|to|and|year"
    r"|early|late|or)\s$",
                          re.IGNORECASE)
_AFTER = re.compile(r"(?:\b(?:on or after|after|since|from|starting(?: on| from| in)?|beginning(?: on| in)?|as from"
                    r"|effective(?: from)?)"
                    r"\s(?:the\s)?)$", re.IGNORECASE)
_BEFORE = re.compile(r"(?:\b(?:on or before|before|until|till|through|by|no later than|up to(?: and including)?"
                     r"|up until|prior to"
                     r"|valid to|runs to)"
                     r"\s(?:the\s|noon on\s|the end of\s|(?:early|mid|late)[ -])?)$", re.IGNORECASE)


def english_dates(line: Line) -> Iterator[Fact]:
    """The dates and periods of a line of English."""
    found = list(_days(line))
    n = 0
    while n < len(found):
        first, last = found[n], found[n + 1] if n + 1 < len(found) else None
        head = line.before(first.start, 30)
        tail = _TAIL.match(line.text, first.end) if first.day and first.month else None
        if tail:
            year = int(tail["y"]) if tail["y"] else first.year
            until = replace(first, day=int(tail["d"]), year=year)
            yield Fact("date", f"{replace(first, year=year).value}/{until.value}", first.start, tail.end())
            n += 1
            continue
        begun = _BEGUN.search(line.text, 0, first.start) if first.day and line.text[first.start].isdigit() else None
        if begun and int(begun["d"]) < (first.day or 0) and line.is_free(*begun.span()):
            yield Fact("date", f"{replace(first, day=int(begun['d'])).value}/{first.value}", begun.start(), first.end)
            n += 1
            continue
        sep = _SEP.fullmatch(line.text, first.end, last.start) if last else None
        is_and = bool(sep) and "and" in line.text[first.end:last.start if last else first.end].split()
        if sep and last and (not is_and or re.search(r"\bbetween\s$", line.text[:first.start], re.IGNORECASE)):
            yield _period(first, last)
            n += 2
            continue
        yield _open(first, head)
        n += 1


def _days(line: Line) -> Iterator[Day]:
    for found in _DATE.finditer(line.text):
        parts = {name: value for name, value in found.groupdict().items() if value}
        if not line.is_free(*found.span()):
            continue
        head = line.text[max(0, found.start() - 16):found.start()]
        if "m4" in parts and not _PREPOSITION.search(head):
            continue
        if "y5" in parts and not _YEAR_BEFORE.search(head):
            continue
        day = next((int(v) for k, v in parts.items() if k[0] == "d"), None)
        month = next((_month(v) for k, v in parts.items() if k[0] == "m"), None)
        year = next((int(v) for k, v in parts.items() if k[0] == "y"), None)
        line.take(*found.span())
        yield Day(year, month, day, *found.span())


def _month(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name.lower().rstrip(".")[:3]))


def _period(first: Day, last: Day) -> Fact:
    year = first.year
    if year is None and last.year is not None and first.month is not None:
        year = last.year - (last.month is not None and first.month > last.month)
    until = last
    if until.year is None and first.year is not None:
        until = replace(until, year=first.year)
    return Fact("date", f"{replace(first, year=year).value}/{until.value}", first.start, last.end)


def _open(day: Day, head: str) -> Fact:
    if found := _AFTER.search(head):
        return Fact("date", f"{day.value}/", day.start - (len(head) - found.start()), day.end)
    if found := _BEFORE.search(head):
        return Fact("date", f"/{day.value}", day.start - (len(head) - found.start()), day.end)
    return Fact("date", day.value, day.start, day.end)
