"""Which year a date is of that a text leaves without one, and the first and last day of what a date names.

The year stands in a heading, in the sentence or in the title; or the text is news, a notice or an answer of its own
days; or the sentence is of one occasion: a move, works, a day with its weekday. Else the date comes again every year.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from kb.markup.facts.ending import Place
from kb.markup.facts.fact import Fact
from kb.markup.facts.timely import is_event, is_law, is_rule, is_timely, tells_of_passing

_YEAR = re.compile(r"(?<![\d〔\[])(?P<y>20\d\d)(?P<of>年度)?(?![\d〕\]-]|[）)]\s?\d|\s?号)")  # no 〔2020〕5号
_SETTLED_LATER = re.compile(r"汇算|汇缴|清缴|年审|年报|\btax\b|\breturn\b")  # what is done for a year in the year after
# The day that news opens with: July 14, 2025 - Owners can apply.
_DATELINE = re.compile(r"^(?:[A-Z][A-Za-z .]+, )?[A-Z][a-z]+\.? \d{1,2}, 20\d\d(?=\s?[-–—:])")
_OF_NOW = re.compile("本(?:年度|学年|学期|采暖季|供暖季|季度|采暖期|供暖期)|今[年冬春夏秋]|即日起"
                     "|\\bof this (?:school |tax |fiscal )?year\\b")
_EVENT = re.compile(  # what is announced for one occasion, and comes once
    r"[^，。；]{0,16}?(?:启用|开通|投入|搬迁|迁[入至往]|上线|开业|开馆|试运行|运行|竣工|完工|通车|恢复|出台|另行|推出"
    r"|实施|开放|发放|申领|开工|动工)"
    r"|\b(?:reopen|launch|(?:stay|remain) (?:open|closed)"
    r"|be (?:announced|published|completed|finished|replaced|introduced|moved)"
    r"|finish|moves? to)\b", re.IGNORECASE)
_SEASONAL = re.compile(r"[冬夏汛雨]季|汛期|采暖|供暖|旺季|淡季|伏季|高考|中考|春运|寒假|暑假|学年"
                       r"|\b(?:winter|summer|seasons?|holidays?|annually|year-round)\b", re.IGNORECASE)
_SEASON_OF = re.compile("(?:供暖|采暖|汛|禁渔|休渔|防火)期")  # the same every year, in a notice as well
_WEEKDAY = re.compile(r"\s?[（(](?:周|星期)(?P<zh>[一二三四五六日天])")
_EN_WEEKDAY = re.compile(r"\b(?P<en>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? (?:the )?$", re.IGNORECASE)
_WEEKDAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
# What is done once, so that no year need be told: 5月底停用, 9月开工.
_ONCE = re.compile(
    r"\s?(?:[上中下]旬|底|初)?(?:零时|0时|起|开始)?(?:[全正][面式])?(?:停[止用办机]|下线|作废|启用|上线|关停|开工|完工|竣工|通车"
    r"|恢复|搬[迁到至]|投入使用|试运行|开业)")
_MOVES = re.compile(r"\b(?:moves?|relocates?|reopens?|closes for good)\b[^.;|]{0,40}\bon $", re.IGNORECASE)
_EVERY = re.compile(r"每年|每[逢到]|历年|当年|每[天日晚周]|\b(?:every|each|daily|weekdays|weekends)\b", re.IGNORECASE)
_MOVABLE = re.compile("(?<![、和及])(?:春节|除夕|元宵|清明|端午|七夕|中秋|重阳|开斋)(?![、和及等])")
_WHOLE_WEEKS = re.compile(r"\bevery (?:other )?\w+day,? (?:from |through |until |till )$", re.IGNORECASE)
_STARTED = re.compile("年(?:度|\\d{1,2}月(?:\\d{1,2}日)?)?(?:起|开始|以来|[之以]?[前后]|施行|实施|生效)|[》〕]")
_REGULAR = re.compile("公布|发布|公示|发放|缴|报名|申报|开展|征收")  # what may come every year
_SEASON_ENDS = {"spring": (5, 31), "summer": (8, 31), "autumn": (11, 30), "fall": (11, 30), "winter": (2, 28)}
_NEXT = ("次年", "翌年", "第二年")
_YEAR_AND_MONTH = re.compile(r"(?P<y>20\d\d)年(?P<m>\d{1,2})月|(?P<en>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
                             r"[a-z.]* (?:\d{1,2}, )?(?P<ey>20\d\d)")
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ASKED = re.compile(r"(?<!申)请|敬请|欢迎|抓紧|务必|尽快|\b(?:please|will|join us|come to|bring)\b", re.IGNORECASE)
_ROUND_DAYS = (1, 5, 10, 15, 20, 25, 28, 30, 31)  # which rules that come again every year are fond of
_SOON = timedelta(days=60)
_GOES_ON = re.compile(r"(?:持续|延续|延长)[至到]|\b(?:all |right )?through \w+$", re.IGNORECASE)
_LATE = 10  # the month from which on January is the next year's


def year_of(fact: Fact, place: Place, title: str, written: date, *, is_announced: bool) -> tuple[int | None, bool]:
    """The year of a date that says none, None where it comes again every year; and whether the text around names it."""
    named = _context_year(fact, place, title)
    is_next = _is_of_next(place)
    if is_next or "当年" in place.near + place.quote:
        return (named + is_next if named else None), named is not None
    if named is None and not fact.value.startswith("---") and _OF_NOW.search(place.told + place.quote + place.rest):
        named = written.year
    if named is not None:
        return named, True
    beside = _year_beside(fact, place, written)
    return beside or _own_year(fact, place, title, written, is_announced=is_announced), False


def _own_year(fact: Fact, place: Place, title: str, written: date, *, is_announced: bool) -> int | None:
    """The year of a date without one: that of the writing, where the text is of its own days or the sentence of one
    occasion. What is written late in a year of its first months is of the next."""
    said = fact.value.lstrip("/")
    month = int(said[2:4]) if re.match(r"--\d\d", said) else 0
    year = written.year + (month in (1, 2, 3) and written.month >= _LATE)
    sentence = place.told + place.quote + place.rest
    if is_announced and re.search("[将拟定预计划]", place.near[-6:]) and not _REGULAR.search(place.rest):
        return year
    if _WHOLE_WEEKS.search(place.before + re.split(r"(?<=[a-z]) ", place.quote)[0] + " "):
        return year
    if of_weekday := weekday_year(fact, place, written):
        return of_weekday
    if _SEASON_OF.search(sentence):
        return None
    if is_timely(place.line, title) or any(is_event(text) for text in fact.conditions):
        return year
    if _MOVABLE.search(sentence + title) and not _EVERY.search(sentence):
        return year
    if _SEASONAL.search(sentence) or is_rule(sentence):
        return None
    if is_announced and (_EVENT.match(place.rest) or _EVENT.search(place.near)):
        return year
    if tells_of_passing(sentence) or _ONCE.match(place.after) or _MOVES.search(place.near):
        return year
    return year if _speaks_of_now(fact, place, title, year, written) else None


def _speaks_of_now(fact: Fact, place: Place, title: str, year: int, written: date) -> bool:
    """Whether weak signs together say that a date is of the days of its writing: it follows them closely, and has its
    hour, is no day that rules are fond of, or readers are asked for something."""
    days = [day for part in fact.value.split("/") if (day := last_day(part, year))]
    if _EVERY.search(place.line) or is_law(title) or not any(timedelta(0) <= day - written <= _SOON for day in days):
        return False
    is_period = "/" in fact.value
    return bool((place.has_hour and not is_period) or _ASKED.search(place.told + place.quote + place.rest)
                or any(day.day not in _ROUND_DAYS for day in days) or _GOES_ON.search(place.near + place.quote))


def weekday_year(fact: Fact, place: Place, written: date) -> int | None:
    """The year in which a day of a month is the day of the week that stands beside it, if it is this or the next."""
    zh = _WEEKDAY.search(place.quote + place.after[:6])
    en = _EN_WEEKDAY.search(place.before)
    if not (zh or en) or not re.fullmatch(r"--\d\d-\d\d", fact.value):
        return None
    weekday = "一二三四五六日".index(zh["zh"].replace("天", "日")) if zh else 0
    weekday = _WEEKDAYS.index(en["en"].lower()) if en else weekday
    for year in (written.year, written.year + 1):
        day = last_day(fact.value, year)
        if day and day.weekday() == weekday:
            return year
    return None


def starts_once(after: str) -> bool:
    """Whether what stands behind a date is done once, not every year."""
    return _ONCE.match(after) is not None


def turns(first: str, last: str) -> bool:
    """Whether a period without years goes over the turn of the year."""
    return first.startswith("--") and last.startswith("--") and not last.startswith("---") and first[2:4] > last[2:4]


def _context_year(fact: Fact, place: Place, title: str) -> int | None:
    """The year that headings, the rest of the sentence or the title name, the nearest first."""
    for text in (place.told, *_DATELINE.findall(place.line), *reversed(fact.conditions), place.caption, title):
        found = _YEAR.search(text)
        if found:
            return int(found["y"]) + bool(found["of"] and _SETTLED_LATER.search(text + title))
    return None


def _is_of_next(place: Place) -> bool:
    """Whether a date is said to be of the year that follows another."""
    return place.quote.startswith(_NEXT) or place.near.endswith(_NEXT)


def _year_beside(fact: Fact, place: Place, written: date) -> int | None:
    """The year that another date of the sentence, or of its paragraph before it, has: of the writing or the next."""
    month = re.match(r"/?--(\d\d)", fact.value)
    if month is None or _EVERY.search(place.line) or _is_of_next(place):
        return None
    later = _YEAR_AND_MONTH.search(place.rest)
    if later and int(later["y"] or later["ey"]) in (written.year, written.year + 1):
        other = int(later["m"]) if later["m"] else _NAMES.index(later["en"]) + 1
        return int(later["y"] or later["ey"]) - (other < int(month[1]))
    before = place.before
    near = [found for found in _YEAR.finditer(before) if not _STARTED.match(before[found.end("y"):])]
    year = int(near[-1]["y"]) if near else 0
    return year if year in (written.year, written.year + 1) else None


def is_settled_later(fact: Fact, title: str) -> bool:
    """Whether a year is spoken of that is settled in the year after, as with taxes."""
    return any(_SETTLED_LATER.search(text) for text in (*fact.conditions, title))


def last_day(value: str, year: int | None) -> date | None:
    """The last day of what a date names; None where neither it nor the text around it says of which year."""
    parts = _parts(value, year)
    if parts is None:
        return None
    y, m, d = parts
    if d:
        return _day(y, m, d)
    return month_end(y, m or 12)


def season_ends(season: str, day: date) -> date:
    """The first end of a season, or of a time of heating, that follows a day."""
    month, last = _SEASON_ENDS.get(season.lower(), (4, 30))
    return date(day.year + (day.month > month), month, last)


def month_end(year: int, month: int) -> date:
    """The last day of a month; the thirteenth of a year is the first of the next."""
    years, months = divmod(month, 12)
    return date(year + years, months + 1, 1) - timedelta(days=1)


def first_day(value: str, year: int | None) -> date | None:
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
