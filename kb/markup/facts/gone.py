"""Dates gone by: stretches of a text whose own time is over, so that whoever reads it now is misled.

An end that has passed (执行至2021年7月31日, 2020年2月至4月之间), a deadline that was to come when the text was written,
what was announced and has come (将于…), what news counted up to a day (截至6月30日), and words that count from when the
text was written (今年起, 目前). What happened once, what holds every year, what the text itself says is over, and what
a condition says of the past (2011年以前参保的) is no such stretch (``ending``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kb.markup.facts.ending import Place
from kb.markup.facts.fact import Fact
from kb.markup.facts.stated import Shown, facts_of
from kb.markup.parse import parse

_YEAR = re.compile(r"(?<![\d〔\[])(?P<y>20\d\d)(?P<of>年度)?(?![\d〕\]-]|[）)]\s?\d|\s?号)")  # no 〔2020〕5号
_YEARLY = re.compile(r"每年|每月|历年|逐年|每季|每周|次年|当年|\b(?:every|each|yearly|annual)\b", re.IGNORECASE)
_SETTLED_LATER = re.compile(r"汇算|汇缴|清缴|年审|年报|\btax\b|\breturn\b")  # what is done for a year in the year after
_HISTORY = re.compile(
    r"出生(?!登记|证|医学)|服役|参军|入伍|伤亡|去世"
    r"|\b(?:served|born|built|enlisted|deployed|took place|occurred|entered|began|was|were"
    r"|had|died|discharged|conducted|happened|released|published)\b", re.IGNORECASE)
_ENACTED = re.compile(r"[^，。；]{0,40}(?:通过|公布|发布|修订|修正|废止|成立|施行|印发)")
_STARTS = re.compile(r"\s?(?:起|开始|之日|以来)")
_ENDS = re.compile(r"^(?:至|到)|执行|施行|试行|实施|有效|延长|延期|延至|截止|期限|止|顺延|放宽|推迟|暂停"
                   r"|\b(?:until|till|through|valid|ends?|expires?|closes?)\b", re.IGNORECASE)
_STATISTIC = re.compile(r"截至\s?$|\b(?:as of|averaged?|average number of)\b[^.;|]{0,80}$", re.IGNORECASE)
_ANNOUNCED = re.compile(r"(?:将(?:于|在|从|自)?|拟于|定于|定在|预计|计划(?:于|在)?)\s?$"
                        r"|\b(?:will|is to|are to|expected to|scheduled)\b[^.;|]{0,40}$", re.IGNORECASE)
_RELATIVE = re.compile(
    r"今年(?:以来|起|内|底前?|年底|上半年|下半年)?|今[春夏秋冬](?:明春)?|明年|去年(?![审检度])"
    r"|年内(?=[^，。]{0,12}(?:完成|建成|实现))"
    r"|\b(?:from|since|starting|until|later|earlier|by the end of) this year\b|\bthis year's\b"
    r"|\bwill [^.;|]{0,40}\bnext year\b|\bnext (?:spring|summer|autumn|fall|winter|season)\b", re.IGNORECASE)
# A year that is said to end, and years that are two: of school, of heating.
_YEARS_END = re.compile(
    r"(?:延续|延长|执行|保留|顺延|持续|使用|有效)?[至到](?P<to>20\d\d)年(?:12月)?[底末](?:前|止|为止)?"
    r"|(?P<by>20\d\d)年(?:12月)?(?:[底末]前|年内|内(?=[^，。]{0,12}(?:完成|建成|实现|购|申|办|缴|交)))"
    r"|20\d\d\s?[-—–~至]{1,2}\s?(?P<two>20\d\d)(?=学年|年?采暖季|年?供暖季|年度(?!汇算))"
    r"|\b20\d\d\s?[-–/]\s?(?P<short>20\d\d|\d\d)(?= (?:school|academic|winter|heating|snow)? ?(?:year|season))")
_OF_NOW = re.compile("本(?:年度|学年|学期|采暖季|供暖季|季度|采暖期|供暖期)|今[年冬春夏秋]|即日起")
_NOW = re.compile("目前|当前|现阶段|眼下")
_DAYS = re.compile("今天|今日(?!头条)|明天|明日|昨天|昨日|本周|下周|本月底?|下个?月(?!起)|近两天|这几天"
                   "|未来[一二三两几\\d]天")
_NEWS = re.compile(
    "记者|新华社|日电|据介绍|介绍，|据悉|据了解|表示，|透露|报道|通报|发布会|已经?[^，。]{0,6}[了\\d]|累计|复工|复产")
_TOLD = re.compile("指定了|正在|共有|全省|全市|全国|我省|我市|投放|推出|[^，。]了[^，。]")
_HAPPENED = re.compile("[^，。]{0,16}(?:了|召开|印发|下发|联合)")
_TITLES = re.compile(  # of news and notices, which are of their own days
    "通知|公告|通告|公开信|倡议|措施|举措|意见|延长|延期|推迟|暂停|暂缓|恢复|疫情|防控|应急|紧急|此次|本次|专项行动"
    "|出台|推出|启动|部署"
    "|确保|助力|助企|加强|严防|严打|全力|多措|上线|开通|投放|返校|口罩|抗击|打赢|阻击|新增|累计|发布|关心|惠企|暖企"
    "|督导|走进|奔赴|驰援")
_NEWS_AGES = timedelta(days=90)  # after which "at present" in news is no longer so
_DAYS_AGE = timedelta(days=14)
_LONGEST = timedelta(days=5 * 366)  # a longer period is history, not a time limit
EVER = date(9000, 1, 1)  # as of then all that a text can have gone by is


@dataclass(frozen=True, slots=True)
class Gone:
    """A stretch of the source whose time is over, since when, and why: end, deadline, statistic, announced, relative
    or now. ``gone_on`` is the first day on which it misleads."""

    start: int
    end: int
    kind: str
    since: date
    gone_on: date


def gone_by(source: str, *, effective_from: date, as_of: date, title: str = "") -> tuple[Gone, ...]:
    """The stretches of a text in force from a day on that were over on another, in their order.

    Those of a day are those of any later one whose ``gone_on`` has come, so that a text is read once (``EVER``).
    """
    found = [gone for fact in facts_of(source, title=title) if fact.kind == "date"
             for gone in _of_date(fact, source, title, effective_from, as_of)]
    taken = {(gone.start, gone.end): gone.gone_on for gone in found}
    document = parse(source)
    for leaf in document.leaves:
        shown = Shown.of(document, leaf)
        for start, end, kind, since, gone_on in _of_words(shown.text, title, effective_from, as_of):
            place = shown.source_of(start, end)
            if gone_on < taken.get(place, EVER):
                found.append(Gone(*place, kind, since, gone_on))
    return tuple(sorted(found, key=lambda gone: gone.start))


def _of_date(fact: Fact, source: str, title: str, effective_from: date, as_of: date) -> Iterator[Gone]:
    place = Place.of(fact, source)
    if _YEARLY.search(place.near) or (_YEARLY.search(place.line) and fact.value.startswith("-")):
        return
    first, slash, last = fact.value.partition("/")
    named, is_timely = _context_year(fact, title), _is_timely(place.line, title)
    if named is None and not fact.value.startswith("---") and _OF_NOW.search(place.near + place.quote):
        named = effective_from.year
    year = named or (effective_from.year if is_timely else None)
    if _STATISTIC.search(place.before) and not place.counts_down:
        yield from _of_figures(fact, place, _last_day(first, year or effective_from.year), title, as_of)
        return
    is_announced = bool(_ANNOUNCED.search(place.before))
    until = _last_day((last or (first if is_announced else "")) if slash else first, year)
    if until is None or until >= as_of or place.misleads_nobody:
        return
    lasts, is_ahead = timedelta(0), until >= effective_from
    if is_announced:
        kind = "announced"
    elif slash:
        kind = _of_period(first, last, place, _first_day(first, year), until, is_ahead=is_ahead)
    elif len(first) == 4 and first.startswith("--"):  # a month alone: what news says of the month that it is about
        lasts = _NEWS_AGES
        is_of_news = is_timely and as_of >= _later(until, lasts) and f"{int(first[2:])}月" in title
        kind = "end" if is_of_news else ""
    else:
        kind = _of_day(first, place, is_ahead=is_ahead, is_of_year=named is not None)
    if kind:
        yield Gone(fact.start, fact.end, kind, until, _later(until, lasts))


def _of_figures(fact: Fact, place: Place, day: date | None, title: str, as_of: date) -> Iterator[Gone]:
    """Figures as of a day stay true; those of news are read as of today's."""
    if day and day < as_of and _is_timely("", title):
        start = fact.start - 2 if place.before.endswith("截至") else fact.start
        yield Gone(start, fact.end, "statistic", day, _later(day))


def _of_period(first: str, last: str, place: Place, since: date | None, until: date, *, is_ahead: bool) -> str:
    """Why a period that has passed misleads; empty where it does not."""
    if not last or _HISTORY.search(place.near + place.rest):
        return ""
    if first:
        return "end" if since is not None and until - since <= _LONGEST and is_ahead else ""
    if _ENACTED.match(place.rest) or (place.near.endswith("以") and not place.near.endswith("可以")):
        return ""
    if _ENDS.search(place.quote) or _ENDS.search(place.near[-8:]):
        return "end"
    return "deadline" if is_ahead and not place.is_of_people(is_ahead=is_ahead) else ""


def _of_day(first: str, place: Place, *, is_ahead: bool, is_of_year: bool) -> str:
    """Why a day that has passed misleads. ``is_ahead``: it was to come when the text came into force; ``is_of_year``:
    the text around says of which year it is."""
    if not is_ahead or _STARTS.match(place.after) or _HISTORY.search(place.near + place.rest):
        return ""
    if place.ends:
        return "end"
    is_of_plan = first.startswith("-") and is_of_year  # 6月3日 below 2026年安排
    return "deadline" if is_of_plan and not _HAPPENED.match(place.after) and not _ENACTED.match(place.rest) else ""


def _of_words(text: str, title: str, effective_from: date, as_of: date) -> Iterator[tuple[int, int, str, date, date]]:
    """What is said relative to when the text was written."""
    for found in _YEARS_END.finditer(text):
        last = found["to"] or found["by"] or found["two"] or found["short"]
        until = date(int(last[-2:]) + 2000, *((8, 31) if found["two"] or found["short"] else (12, 31)))
        if effective_from <= until < as_of and not _HISTORY.search(text[found.end():found.end() + 20]):
            yield found.start(), found.end(), "end", until, _later(until)
    new_year = date(effective_from.year + 1, 1, 1)
    if as_of >= new_year:
        for found in _RELATIVE.finditer(text):
            yield found.start(), found.end(), "relative", new_year, new_year
    for look, lasts in ((_NOW, _NEWS_AGES), (_DAYS, _DAYS_AGE)):
        is_told = _is_timely(text, title) or _TOLD.search(text) is not None
        if is_told and as_of > effective_from + lasts:
            for found in look.finditer(text):
                yield found.start(), found.end(), "now", effective_from + lasts, _later(effective_from, lasts)


def _later(day: date, lasts: timedelta = timedelta(0)) -> date:
    """The day after this one, or after what lasts from it."""
    return min(day, EVER) + lasts + timedelta(days=1)


def _is_timely(line: str, title: str) -> bool:
    """Whether a text is of its own days, news or a notice, so that a date without a year is of the year it is from."""
    return bool(_NEWS.search(line) or _NEWS.search(title) or _TITLES.search(title))


def _context_year(fact: Fact, title: str) -> int | None:
    """The year that headings, the rest of the sentence or the title name, the nearest first."""
    for text in (*reversed(fact.conditions), title):
        found = _YEAR.search(text)
        if found:
            return int(found["y"]) + bool(found["of"] and _SETTLED_LATER.search(text + title))
    return None


def _last_day(value: str, year: int | None) -> date | None:
    """The last day of what a date names; None where neither it nor the text around it says of which year."""
    parts = _parts(value, year)
    if parts is None:
        return None
    y, m, d = parts
    if d:
        return _day(y, m, d)
    month = m or 12
    return date(y + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _first_day(value: str, year: int | None) -> date | None:
    parts = _parts(value, year)
    return _day(parts[0], parts[1] or 1, parts[2] or 1) if parts else None


def _parts(value: str, year: int | None) -> tuple[int, int, int] | None:
    """Year, month and day; 0 where not said."""
    if value.startswith("---") or not value:
        return None  # of which month is not said
    if value.startswith("--"):
        if year is None:
            return None
        month, _, day = value[2:].partition("-")
        return year, int(month), int(day or 0)
    numbers = [*(int(part) for part in value.split("-")), 0, 0]
    return numbers[0], numbers[1], numbers[2]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # 30 February
        return None
