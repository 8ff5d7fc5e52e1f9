"""Hours of a day: 8:30-12:00, 下午1点半, 9 a.m. to 5 p.m., 24 hours a day; several that follow each other are one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.markup.facts.fact import Fact, Line

_HALF = r"(?P<half>上午|早上|早晨|清晨|凌晨|中午|下午|午后|晚上|晚间|傍晚|夜间|晚|早)?\s?"
_TIME = _HALF + (r"(?P<h>2[0-4]|[01]?\d)(?:\s?[:：](?P<m>[0-5]\d)(?!\d|[:：])|[点时](?!间|段"
                 r"|候)(?:(?P<mm>[0-5]?\d)分|(?P<q>半)|整)?)"
                 r"(?:\s?(?P<ap>[ap])\.?\s?m\b\.?)?")
_ENGLISH = r"(?P<eh>1[0-2]|0?[1-9])(?:[:.](?P<em>[0-5]\d))?\s?(?P<eap>[ap])\.?\s?m\b\.?"
_AT = re.compile(rf"(?<![\d:：.第])(?:{_ENGLISH}|{_TIME})|\b(?P<word>noon|midnight)\b", re.IGNORECASE)
_SEP = re.compile(r"\s?(?:-+|~|至|到|to|until|till|and|through)\s?(?:次日|第二天|翌日|次晨)?", re.IGNORECASE)
_JOIN = re.compile(r"\s?(?:[、，,;；/和及]|and|&)?\s?(?:and\s)?")
_BARE_START = re.compile(r"(?<![\d:：.$£])(?P<h>1[0-2]|[1-9])(?=\s?(?:-+|to)\s?(?:1[0-2]"
    r"|0?[1-9])(?:[:.][0-5]\d)?\s?[ap]\.?m)", re.IGNORECASE)
_ALL_DAY = re.compile(
    r"(?:全天|每天|昼夜|实行|提供|全年)\s?24\s?小时|24\s?小时(?=服务|值班|热线|开通|营业|受理|人工|在线|接听|自助"
    r"|开放|不打烊|有人|咨询|均|都|全天|畅通|值守|电话|报修|抢修|接警)"
    r"|(?<!\d)24/7|\b24 hours a day(?:, (?:7|seven) days a week)?|\b24-hour(?= (?:hotline|line|service|emergency"
    r"|helpline|phone))"
    r"|\b(?:a?round the clock)|全天候", re.IGNORECASE)
_NIGHT = frozenset(("下午", "午后", "晚上", "晚间", "傍晚", "晚", "夜间"))


def hours(line: Line) -> Iterator[Fact]:
    """The times of day of a line; a time that belongs to a date was read with it."""
    for found in _ALL_DAY.finditer(line.text):
        if line.is_free(*found.span()):
            line.take(*found.span())
            yield Fact("hours", "00:00-24:00", *found.span())
    spans: list[tuple[int, int, str]] = []
    times = list(_times(line))
    n = 0
    while n < len(times):
        start, end, at = times[n]
        if n + 1 < len(times) and _SEP.fullmatch(line.text, end, times[n + 1][0]):
            until = times[n + 1]
            if until[2] < at and at >= "12:00" and f"{int(until[2][:2]) + 12}{until[2][2:]}" > at:
                until = (until[0], until[1], f"{int(until[2][:2]) + 12}{until[2][2:]}")  # 下午2:30-6:00
            spans.append((start, until[1], f"{at}-{until[2]}"))
            n += 2
        else:
            spans.append((start, end, at))
            n += 1
    yield from _joined(line, spans)


def _joined(line: Line, spans: list[tuple[int, int, str]]) -> Iterator[Fact]:
    run: list[tuple[int, int, str]] = []
    for span in [*spans, (0, 0, "")]:
        goes_on = run and "-" in span[2] and "-" in run[-1][2] and _JOIN.fullmatch(line.text, run[-1][1], span[0])
        if run and not goes_on:
            yield Fact("hours", ",".join(value for _, _, value in run), run[0][0], run[-1][1])
            run = []
        if span[1]:
            run.append(span)


def _times(line: Line) -> Iterator[tuple[int, int, str]]:
    marks: list[tuple[int, int, str]] = []
    for found in _AT.finditer(line.text):
        if not line.is_free(*found.span()):
            continue
        value = _value(found)
        if value:
            marks.append((*found.span(), value))
            line.take(*found.span())
    for found in _BARE_START.finditer(line.text):
        after = next((mark for mark in marks if found.end() < mark[0] <= found.end() + 5), None)
        if after is not None and line.is_free(*found.span()):
            hour = int(found["h"])
            is_later = int(after[2][:2]) >= 12 and hour % 12 + 12 < int(after[2][:2])
            marks.append((*found.span(), f"{hour % 12 + 12 if is_later and hour < 7 else hour:02}:00"))
            line.take(*found.span())
    return iter(sorted(marks))


def _value(found: re.Match[str]) -> str:
    if found["word"]:
        return "12:00" if found["word"].lower() == "noon" else "00:00"
    half = (found["eap"] or found["ap"] or "").lower()
    hour = int(found["eh"] or found["h"])
    minute = int(found["em"] or found["m"] or found["mm"] or (30 if found["q"] else 0))
    if (half == "p" and hour < 12) or (found["half"] in _NIGHT and hour < 12):
        hour += 12
    if half == "a" and hour == 12:
        hour = 0
    return f"{hour:02}:{minute:02}" if hour < 24 or not minute else ""
