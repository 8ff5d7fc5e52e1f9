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

from kb.markup.facts.coming import HAPPENED, is_announced, is_to_come, is_told_of, is_written_ahead
from kb.markup.facts.ending import Place
from kb.markup.facts.fact import Fact
from kb.markup.facts.relative import NEWS_AGES, said
from kb.markup.facts.stated import Shown, facts_of
from kb.markup.facts.timely import is_law, is_timely
from kb.markup.facts.years import first_day, is_settled_later, last_day, starts_once, turns, weekday_year, year_of
from kb.markup.parse import parse

_YEARLY = re.compile(r"每年|(?<!人)每月(?![^，。；]{0,8}元)|历年|逐年|每季|每周|\b(?:yearly|annual(?:ly)?|(?:every"
                     r"|each)"
    r" (?:year|month|week|quarter|spring|summer|autumn|fall|winter|(?:Jan|Febr)uary|March|April|May|June|July|August"
    r"|(?:Septem|Octo|Novem|Decem)ber))\b", re.IGNORECASE)
_HISTORY = re.compile(
    r"出生(?!登记|证|医学)|服役|参军|入伍|伤亡|去世"
    r"|\b(?:served|born|built|enlisted|deployed|took place|occurred|entered|began|was|were"
    r"|had|died|discharged|conducted|happened|released|published)\b", re.IGNORECASE)
_WAS = re.compile(r"\b(?:was|were|had)\b", re.IGNORECASE)
_ENACTED = re.compile(r"[^，。；]{0,40}(?:公布|发布|修订|修正|废止|成立|施行|印发"
                      r"|通过(?![^，。；]{0,12}(?:填|报名|办理|申|提交|登记|缴|领|预约|查)))")
_BOUNDS = re.compile("(?:取得|学历|年龄|工龄|年限|周岁)[^，。]{0,6}(?:截止到?|计算[至到])|早于$")  # of whom it concerns
_STARTS = re.compile(r"\s?(?:起|开始|之日|以来)")
_ENDS = re.compile(r"^(?:至|到)|执行|施行|试行|实施|有效|延长|延期|延至|截止|期限|止|顺延|放宽|推迟|暂停"
                   r"|\b(?:until|till|through|valid|ends?|expires?|closes?)\b", re.IGNORECASE)
_STATISTIC = re.compile(r"截至\s?$|\b(?:as of|averaged?|average number of)\b[^.;|]{0,80}$", re.IGNORECASE)
_SO_LONG = re.compile(r"\s?(?:期间|内(?![^，。]{0,10}(?:累计|共|已|发生)))")
_SETTLED_BY = (6, 30)  # the last day of the settlement of the year before
_DURING = re.compile(r"\b(?:during|throughout) (?:the month of )?$", re.IGNORECASE)
_IN_FORCE = re.compile("(?!停[水电气]已)[^，。；]{0,16}?"
                       "(?:禁止|停[水电气运课止机业]|暂停|封闭|管制|绕行|不对外|[闭休]馆|放假)")
_OPEN = re.compile(r"--\d\d(?:-\d\d)?/")
_MONTH = re.compile(r"--\d\d")
_DAY = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_DAY_OF_YEAR = re.compile(r"--\d\d-\d\d")
_ROUGHLY = re.compile(r"[上中下]旬|[底初]?\s*\|")
_SINCE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年?\s?$")  # 1951年 before 至2013年12月31日
_STEP = re.compile("[底初末]?(?:之?前)?[，：:、]?\\s?(?:完成|开展|启动|组织|形成|实现|建成|全面|基本)")
_PEOPLE_OF = re.compile(  # of a period: who bore a child in it, or what was done
    r"[^，。；]{0,4}(?:期间|内)?(?:生育|发生|出生|毕业|退休|去世|出院|受伤|就读|参保)[^，。；]{0,10}(?:的|者)|[^，。；]{0,14}了(?!解)")
_WHO_DID = re.compile(r"\b(?:who|those|if you) [^.;|]*\w(?:ed|ilt|ught|orn|aid) (?:between|from|during) $",
                      re.IGNORECASE)
_EXAMPLES = re.compile(r"^\W*(?:案例|示例|举例|例|范本)|(?:案例|示例|举例|范本)$|^\W*examples?\b", re.IGNORECASE)
_PLANS = re.compile("方案|计划|安排|行动")
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
    document = parse(source)
    for leaf in document.leaves:
        shown = Shown.of(document, leaf)
        for words in said(shown.text, title, effective_from):
            start, end = shown.source_of(words.start, words.end)
            gone = Gone(start, end, words.kind, words.until, _later(words.until))
            if gone.gone_on <= as_of:
                found.append(gone)
    kept: list[Gone] = []
    for gone in sorted(found, key=lambda gone: (gone.gone_on, gone.start - gone.end, gone.start)):
        if not any(gone.start < other.end and other.start < gone.end for other in kept):
            kept.append(gone)
    return tuple(sorted(kept, key=lambda gone: gone.start))


def _of_date(fact: Fact, source: str, title: str, effective_from: date, as_of: date) -> Iterator[Gone]:
    place = Place.of(fact, source)
    if any(_EXAMPLES.search(text) for text in (title, *fact.conditions)):
        return
    if _YEARLY.search(place.near + place.quote) or (
            fact.value.lstrip("/").startswith("-") and _YEARLY.search(_of_weeks(fact, place.told + place.rest))):
        return
    first = fact.value.partition("/")[0]
    announced = is_announced(first, place, is_start=fact.value.endswith("/"))
    year, is_named = year_of(fact, place, title, effective_from, is_announced=announced)
    if _STATISTIC.search(place.before) and not place.counts_down:
        yield from _of_figures(fact, place, last_day(first, year or effective_from.year), title, as_of)
        return
    is_in_plan = is_named and place.is_in_plan((*fact.conditions, title))
    is_planned = is_in_plan and _OPEN.fullmatch(fact.value) is not None
    until = _until(fact, title, year, is_announced=announced, is_planned=is_planned)
    if until is None or until >= as_of or place.misleads_nobody(is_to_come=announced):
        return
    is_ahead = until >= effective_from or (until >= effective_from - _LONGEST and place.asks)
    if announced or (is_ahead and is_to_come(first, place, is_period="/" in fact.value)):
        kind = "announced"
    elif is_planned or (is_in_plan and is_ahead and _MONTH.fullmatch(fact.value) and _ROUGHLY.match(place.after)):
        kind = "end"
    else:
        kind = _why(fact, place, title, first_day(first, year), until, is_ahead=is_ahead, is_named=is_named)
        is_day = _DAY.fullmatch(fact.value) or (place.has_hour and _DAY_OF_YEAR.fullmatch(fact.value))
        if not kind and until > effective_from and is_day and not is_law(title):
            kind = "announced" if is_written_ahead(first, place) else ""
    gone_on = _later(until, NEWS_AGES if _MONTH.fullmatch(fact.value) and kind != "announced" else timedelta(0))
    if kind and gone_on <= as_of:
        yield Gone(fact.start, fact.end, kind, until, gone_on)


def _of_weeks(fact: Fact, sentence: str) -> str:
    """A sentence without what is done every week of a period, which makes the period no yearly one."""
    return sentence.replace("每周", "") if "/" in fact.value else sentence


def _until(fact: Fact, title: str, year: int | None, *, is_announced: bool, is_planned: bool) -> date | None:
    """The last day of what a date is said for; None where none is said, or not of which year."""
    first, slash, last = fact.value.partition("/")
    if is_planned and year:
        return date(year, 12, 31)  # 7月20日起 below 2026年时间安排: until the plan is over
    until = last_day((last or (first if is_announced else "")) if slash else first, year)
    if slash and until and turns(first, last):
        return last_day(last, until.year + 1)
    if until and first.endswith("-01-01") and last == f"{until.year}-12-31" and is_settled_later(fact, title):
        return date(until.year + 1, *_SETTLED_BY)
    return until


def _why(fact: Fact, place: Place, title: str, since: date | None, until: date, *, is_ahead: bool,
         is_named: bool) -> str:
    """Why a date that nobody announces misleads when it has passed; empty where it does not."""
    first, slash, last = fact.value.partition("/")
    if slash:
        return _of_period(first, last, place, since, until, is_ahead=is_ahead)
    if re.fullmatch(r"\d{4}", first):
        return "end" if is_ahead and place.is_amount_of_year else ""
    if is_ahead and re.fullmatch(r"\d{4}-\d\d", first) and _STEP.match(place.after) and _PLANS.search(title):
        return "end"  # 2026年9月，完成摸底 in a plan
    if _MONTH.fullmatch(first):  # a month alone: what news says of the month that it is about
        is_told = is_timely(place.line, title) and is_told_of(first, place, title, is_named=is_named)
        return "end" if is_told else ""
    return _of_day(first, place, is_ahead=is_ahead, is_of_year=is_named,
                   is_of_weekday=weekday_year(fact, place, until) == until.year)


def _of_figures(fact: Fact, place: Place, day: date | None, title: str, as_of: date) -> Iterator[Gone]:
    """Figures as of a day stay true; those of news are read as of today's."""
    is_of_past_year = re.fullmatch(r"\d{4}", fact.value.strip("/")) is not None  # 截至2019年末 stays so
    if day and day < as_of and not is_of_past_year and is_timely("", title):
        start = fact.start - 2 if place.before.endswith("截至") else fact.start
        yield Gone(start, fact.end, "statistic", day, _later(day))


def _of_period(first: str, last: str, place: Place, since: date | None, until: date, *, is_ahead: bool) -> str:
    """Why a period that has passed misleads; empty where it does not."""
    if not last or _HISTORY.search(place.near + place.clause) or _WAS.search(place.told):
        return ""
    if first and (_PEOPLE_OF.match(place.rest) or _WHO_DID.search(place.told)):
        return ""
    if first:
        return "end" if since is not None and until - since <= _LONGEST and is_ahead else ""
    since_year = _SINCE_YEAR.search(place.near)
    if since_year and until.year - int(since_year[1]) > 5:
        return ""
    if _ENACTED.match(place.rest) or _BOUNDS.search(place.near + place.quote):
        return ""
    if place.near.endswith("以") and not place.near.endswith("可以"):
        return ""
    if _ENDS.search(place.quote) or _ENDS.search(place.near[-8:]):
        return "end"
    return "deadline" if is_ahead and not place.is_of_people(is_ahead=is_ahead) else ""


def _of_day(first: str, place: Place, *, is_ahead: bool, is_of_year: bool, is_of_weekday: bool) -> str:
    """Why a day that has passed misleads. ``is_ahead``: it was to come when the text came into force; ``is_of_year``:
    the text around says of which year it is; ``is_of_weekday``: its weekday stands beside it."""
    if not is_ahead or _STARTS.match(place.after) or _HISTORY.search(place.near + place.rest):
        return ""
    if place.ends or _DURING.search(place.near) or (len(first) > 4 and _SO_LONG.match(place.after)):
        return "end"
    if (is_of_weekday or (first.startswith("--") and starts_once(place.after))) and not HAPPENED.match(place.after):
        return "end"
    if _IN_FORCE.match(place.after) and not HAPPENED.match(place.after):
        return "end"
    # 6月3日 below 2026年安排, or in a row on what takes place
    is_of_plan = first.startswith("-") and (is_of_year or place.is_cell)
    return "deadline" if is_of_plan and not HAPPENED.match(place.after) else ""


def _later(day: date, lasts: timedelta = timedelta(0)) -> date:
    """The day after this one, or after what lasts from it."""
    return min(day, EVER) + lasts + timedelta(days=1)
