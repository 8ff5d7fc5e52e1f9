"""Dates and periods: 2026年7月1日起, 每月10日前, 10月至次年2月, from 1 March to 30 June 2027, by May 15.

A date is written as far as it is known: ``2026-07-01``, ``2026-07``, ``2026``, ``--07-01``, ``--07``, ``---20``. A
period is ``a/b``, open where one end is not said: ``a/`` and ``/b``. What ends a period has the year of what begins it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.markup.facts.fact import HAN, Fact, Line
from kb.markup.facts.numerals import chinese_number

_CN = "零〇○一二三四五六七八九十"
_YEAR = r"(?P<y>(?:19|20)\d\d|[一二][零〇○一二三四五六七八九]{3})\s?(?:年度?|(?=\s?[-/.]\d))"
_MONTH = r"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]|元)\s?月份?"
_DAY = r"(?P<d>3[01]|[12]\d|0?[1-9]|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])\s?[日号](?![线码楼文])"
_HOUR = r"(?:\s?(?:\d{1,2}|零)(?:时|点|[:：]\d\d)(?:\d{1,2}分|整)?(?:\s?(?:至|到|-)\s?\d{1,2}时)?)?"
_WEEKDAY = r"(?:\s?[（(](?:含|当日|周.|星期.|农历[^（()）]{1,8})[）)])?"
_NOT_WITHIN = rf"(?<![\d.{_CN}第])"
_ZH = re.compile(
    _NOT_WITHIN + "(?:"
    rf"{_YEAR}\s?(?:{_MONTH}\s?(?:{_DAY})?)?".replace("<y>", "<y1>").replace("<m>", "<m1>").replace("<d>", "<d1>")
    + "|" + rf"{_MONTH}(?![票租薪供均龄嫂息经])\s?(?:{_DAY})?".replace("<m>", "<m2>").replace("<d>", "<d2>")
    + ")" + _HOUR + _WEEKDAY)
_ISO = re.compile(r"(?<![\d./])((?:19|20)\d\d)([-/.])(1[0-2]|0?[1-9])\2(3[01]|[12]\d|0?[1-9])"
                  r"(?![\d/]|\.\d|-(?!(?:19|20)\d\d[-/.]))")
_BARE_DAY = re.compile(rf"{_NOT_WITHIN}(?:{_DAY})")
_SHORT = re.compile(rf"(?<![\d.{_CN}])(?P<v>(?:19|20)\d\d|3[01]|[12]\d|0?[1-9]|十[一二]?|[一二三四五六七八九])"
                    r"(?=\s?(?:-+|~|至|到|、)\s?(?:(?:19|20)\d\d年|(?:1[0-2]|0?[1-9]|十[一二]?"
                    r"|[一二三四五六七八九])月|(?:3[01]|[12]\d|0?[1-9])日))")
_SEP = re.compile(r"\s?(?:起|开始|当日)?[\s，]?(?:至|到|-+|~|—)\s?(?:次年|翌年|第二年|次月|当年|同年|当月)?(?:的)?")
_NEXT_YEAR = re.compile("次年|翌年|第二年")
_FROM = re.compile(r"\s?(?:[（(]含[^（()）]{0,6}[）)])?\s?(?:起|开始|之后|以后|以来|至今|后(?![续台勤者面]))")
_UNTIL = re.compile(r"\s?(?:[（(]含[^（()）]{0,6}[）)])?\s?(?:之前|以前|前(?![往来台列述款后])|为止|截止|止(?!付|血"
                    r"|损)|底前|底以前)")
_WHICH = re.compile("(?:每年|今年|当年|次年|明年|本年|每月|当月|次月|本月)$")
_SINCE = re.compile(r"(?:自|从)$")
_TO = re.compile(r"(?P<strong>(?:不晚于|不迟于|最迟|最晚|截止到?|截止至|截止时间为?|截止日期为?|有效期至|有效期到"
                 r"|延长至|延期至|延至|顺延至"
                 r"|执行至|执行到|施行至|施行到|试行至|试行到|实施至|持续[至到]|保留[至到]|推迟至|放宽至|使用至|用到|有效至"
                 r"|有效期截至|期限截至))$"
                 r"|(?P<weak>(?<![截分])(?:至|到))$")
_DAY_IS_DATE_AFTER = re.compile(rf"\s?(?:[{HAN}]|、\d|[-~]\d|\d{{1,2}}[时点])")
_DAY_IS_DATE_BEFORE = re.compile(r"(?:在|于|[每当本次同上]月|每个月|自|从|截至|截止|至|到|的)\s?$")
_DAY_IS_LENGTH = re.compile(r"\s?(?:以?内|之内|以上|以下)")
_DAY_IS_SPAN = re.compile(r"\s?(?:的|期满?|有效|一次|后|无|未|不|仍|为限|左右|时间|未满|拘留"
    r"|冷静|宽限|或|和|及)")
_DAY_IS_SPAN_BEFORE = re.compile(
    r"(?:之日起|公示|公告|期间?|满|限|不超过|提前|共|延长|至少|少于|超过|低于|最长|最多|达到?|滞纳|逾期|连续|保留"
    r"|累计|为期|后|后的|第|前|给|顺延|延期|展期|休|放假)\s?$")


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as a text says it."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int

    @property
    def value(self) -> str:
        """The one form of it."""
        if self.year is None and self.month is None:
            return f"---{self.day:02}"
        head = "-" if self.year is None else f"{self.year:04}"
        return "-".join([head, *(f"{part:02}" for part in (self.month, self.day) if part is not None)])


def dates(line: Line) -> Iterator[Fact]:
    """The dates and periods of a line of Chinese, and those in figures alone (2026-07-01)."""
    found = _days(line)
    n = 0
    while n < len(found):
        first, following = found[n], found[n + 1:n + 2]
        if following and _SEP.fullmatch(line.text, first.end, following[0].start) and _is_after(first, following[0]):
            yield _period(line, first, following[0])
            n += 2
        else:
            yield _open(line, first)
            n += 1


def _days(line: Line) -> list[Day]:
    """The dates that stand in the line, ends of periods that are only begun (4—10月, 1日至20日) with what they lack."""
    marks: list[Day] = []

    def add(day: Day | None) -> None:
        if day is not None:
            marks.append(day)
            line.take(day.start, day.end)

    for found in _ISO.finditer(line.text):
        is_end = any(day.end == found.start() - 1 for day in marks)
        if line.is_free(*found.span()) and (is_end or line.text[found.start() - 1:found.start()] != "-"):
            add(Day(int(found[1]), int(found[3]), int(found[4]), *found.span()))
    for found in _ZH.finditer(line.text):
        is_year = found["m1"] or not found["y1"] or line.text[found.end() - 1] in "年度"
        if is_year and line.is_free(*found.span()):
            add(Day(_n(found["y1"]), _n(found["m1"] or found["m2"]), _n(found["d1"] or found["d2"]), *found.span()))
    ends = {day.end for day in marks if day.day}
    for found in _BARE_DAY.finditer(line.text):
        if line.is_free(*found.span()) and _is_date(line, found, ends):
            add(Day(None, None, _n(found["d"]), *found.span()))
    starts = {day.start: day for day in marks}
    for found in _SHORT.finditer(line.text):
        after = next((starts[at] for at in range(found.end() + 1, found.end() + 4) if at in starts), None)
        if after is not None and line.is_free(*found.span()):
            add(_begun(_n(found["v"]) or 0, after, found))
    return sorted(marks, key=lambda day: day.start)


def _begun(value: int, after: Day, found: re.Match[str]) -> Day | None:
    """What a number before a date is that goes on to it: the unit of the other's first part."""
    if after.year is not None:
        return Day(value, None, None, *found.span()) if value > 1000 and after.month is None else None
    if value > 1000:
        return None
    if after.month is not None:
        return Day(None, value, None, *found.span()) if value <= 12 and after.day is None else None
    return Day(None, None, value, *found.span())


def _is_date(line: Line, found: re.Match[str], ends: set[int]) -> bool:
    """Whether "19日" is a day of a month, not so many days: by what it goes on from, and by the words around it."""
    start = found.start()
    before, after = line.text[max(0, start - 8):start], line.text[found.end():found.end() + 6]
    if any(end in ends and _SEP.fullmatch(line.text, end, start) for end in range(start - 6, start)):
        return True
    if found[0][-1] == "号" and not before.endswith("月"):
        return False
    if _DAY_IS_LENGTH.match(after) or _DAY_IS_SPAN_BEFORE.search(before):
        return False
    if _DAY_IS_DATE_BEFORE.search(before):
        return True
    if _DAY_IS_SPAN.match(after) or found["d"][0] in _CN:
        return False
    is_first = not before.strip() or before[-1] in "，。；、（(\n|"
    return bool(_DAY_IS_DATE_AFTER.match(after)) or (is_first and after[:1] in ("，", ",", "（", "("))


def _is_after(first: Day, last: Day) -> bool:
    """Whether two dates can be the ends of a period: the second says no more of the year than the first, or as much."""
    if last.day is not None and first.day is None and first.month is None:
        return False
    return not (last.year is None and last.month is None and first.day is None)


def _period(line: Line, first: Day, last: Day) -> Fact:
    """A period; what its end leaves out is as in its beginning, the year after where the text says so."""
    month = first.month if last.month is None and last.day is not None else last.month
    year = last.year
    if year is None and first.year is not None and month is not None:
        year = first.year + bool(_NEXT_YEAR.search(line.text, first.end, last.start))
    until = replace(last, year=year, month=month)
    return Fact("date", f"{first.value}/{until.value}", first.start, last.end)


def _open(line: Line, day: Day) -> Fact:
    """A single date, with what opens a period at it."""
    head, text = line.before(day.start), line.text
    whole = len(head)
    head = _WHICH.sub("", head)
    if found := _UNTIL.match(text, day.end):
        return Fact("date", f"/{day.value}", day.start, found.end())
    to = _TO.search(head)
    if to and (to["strong"] or not re.match(rf"\s?(?!有效|期间|结束|停|为|均|都|可)[{HAN}]", text[day.end:])):
        return Fact("date", f"/{day.value}", day.start - (whole - to.start()), day.end)
    if found := _FROM.match(text, day.end):
        return Fact("date", f"{day.value}/", day.start, found.end())
    if _SINCE.search(head):
        return Fact("date", f"{day.value}/", day.start - (whole - len(head)) - 1, day.end)
    return Fact("date", day.value, day.start, day.end)


def _n(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "元":
        return 1
    return int(text) if text.isascii() else chinese_number(text)
