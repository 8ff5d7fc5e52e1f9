"""The working-day calendar: weekends, public holidays, and the weekend days that are worked in their place.

Due dates are days of the hotline's calendar, never instants: no change of clocks moves them. Where a year's holidays
are not known, its weekends alone are free, and :meth:`WorkingCalendar.knows` says so. Years come from the packaged file
that ``hotline.calendar`` names; one that the knowledge managers have imported stands in its place, and a day that they
have set counts before both (:mod:`kb.upkeep.calendar_editing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.clock import MAX_YEAR
from kb.db import settings_of
from kb.errors import Invalid
from kb.markup.front_matter import load_yaml, moment
from kb.messages.message import Message
from kb.models import CalendarDay, CalendarYear

LARGEST_FILE = 200_000  # bytes
LONGEST_NAME, LONGEST_SOURCE = 60, 200  # characters
MOST_DAYS = 3_660  # working days that are counted in one go
FIRST_YEAR, LAST_YEAR = 2000, 2200  # of a calendar that somebody keeps
_PACKAGED = {"cn": Path(__file__).with_name("holidays_cn.yaml")}
_SATURDAY = 5
_DAY = timedelta(days=1)


class Origin(StrEnum):
    """Who says that a day is free or worked."""

    PACKAGED = "packaged"
    IMPORTED = "imported"
    SET = "set"  # by hand, for this one day


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that is not as its weekday would have it, or that somebody has set."""

    day: date
    is_working: bool
    name: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class YearPlan:
    """A year's free and worked days with the document that says so."""

    year: int
    source: str
    days: tuple[NamedDay, ...]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked. ``days`` are those that a weekday alone does not tell, ``years`` those with a plan."""

    days: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether the day is worked."""
        return self.days.get(day, day.weekday() < _SATURDAY)

    def knows(self, year: int) -> bool:
        """Whether the year's holidays are known; if not, its weekends alone are free."""
        return year in self.years

    def add(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day``, before it where ``n`` is negative; of 0 the day itself, or the next
        that is worked. Raises Invalid beyond ten years."""
        if abs(n) > MOST_DAYS:
            raise Invalid("working_days", "at most {most} working days can be counted", most=MOST_DAYS)
        if n == 0:
            return day if self.is_working(day) else self.add(day, 1)
        step, left = (_DAY if n > 0 else -_DAY), abs(n)
        for _ in range(2 * MOST_DAYS):
            if not 1 < (day + step).year < MAX_YEAR:
                break
            day += step
            left -= self.is_working(day)
            if left == 0:
                return day
        raise Invalid("working_days", "the calendar has no such working day: too many of its days are free")

    def between(self, first: date, last: date) -> int:
        """How many working days lie after ``first`` up to ``last``, that one included; negative where ``last`` is
        earlier, so that ``between(day, add(day, n))`` is ``n``."""
        return -self._worked(last, first - _DAY) if last < first else self._worked(first + _DAY, last)

    def _worked(self, first: date, last: date) -> int:
        weeks, rest = divmod((last - first).days + 1, 7)
        by_weekday = weeks * _SATURDAY + sum((first.weekday() + n) % 7 < _SATURDAY for n in range(rest))
        return by_weekday + sum(is_working - (day.weekday() < _SATURDAY) for day, is_working in self.days.items()
                                if first <= day <= last)


def load(session: Session) -> WorkingCalendar:
    """The calendar of this installation as it stands."""
    plans = plans_of(session)
    days = {each.day: each.is_working for plan in plans for each in plan.days}
    days |= {each.day: each.is_working for each in set_days(session)}
    return WorkingCalendar(days, frozenset(plan.year for plan in plans))


def plans_of(session: Session) -> list[YearPlan]:
    """The plans that hold, by year: the imported ones, and packaged ones of other years."""
    sources = {row.year: row.source for row in session.scalars(select(CalendarYear))}
    imported: dict[int, list[NamedDay]] = {year: [] for year in sources}
    for row in session.scalars(select(CalendarDay).where(~CalendarDay.is_set).order_by(CalendarDay.day)):
        imported[row.day.year].append(NamedDay(row.day, row.is_working, row.name, Origin.IMPORTED))
    own = [YearPlan(year, sources[year], tuple(days)) for year, days in imported.items()]
    rest = [plan for plan in packaged(settings_of(session).hotline.calendar) if plan.year not in sources]
    return sorted([*own, *rest], key=lambda plan: plan.year)


def set_days(session: Session) -> list[NamedDay]:
    """The days that were set by hand, in order."""
    return [NamedDay(row.day, row.is_working, row.name, Origin.SET) for row in session.scalars(
        select(CalendarDay).where(CalendarDay.is_set).order_by(CalendarDay.day))]


def days_of(session: Session, year: int) -> list[NamedDay]:
    """The days of a year that a weekday alone does not tell, in order, each as it counts now."""
    found = {each.day: each for plan in plans_of(session) if plan.year == year for each in plan.days}
    found |= {each.day: each for each in set_days(session) if each.day.year == year}
    return [found[day] for day in sorted(found)]


@cache
def packaged(name: str) -> tuple[YearPlan, ...]:
    """The plans that come with the product under this name; ``none`` has none."""
    path = _PACKAGED.get(name)
    return parse_plans(path.read_text(encoding="utf-8"), Origin.PACKAGED) if path else ()


def parse_plans(text: str, origin: Origin = Origin.IMPORTED) -> tuple[YearPlan, ...]:
    """The plans of a file: YAML, ``years: [{year, source, holidays: [{name, first, last}], workdays: [days]}]``."""
    given = load_yaml(text, largest=LARGEST_FILE, what=Message("the calendar"))
    years = given.get("years")
    if set(given) != {"years"} or not isinstance(years, list) or not years:
        raise Invalid("calendar", "the calendar must be a list `years`, each with year, source, holidays and workdays")
    plans = tuple(plan_of(one, origin) for one in years)
    if len({plan.year for plan in plans}) < len(plans):
        raise Invalid("calendar", "the calendar has a year twice")
    return plans


def plan_of(given: Any, origin: Origin = Origin.IMPORTED) -> YearPlan:
    """One year as a file has it, checked."""
    stated = given.get("year") if isinstance(given, dict) else None
    year = int(stated) if isinstance(stated, str) and re.fullmatch("[0-9]{4}", stated) else stated
    if not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR or not (
            set(given) <= {"year", "source", "holidays", "workdays"}):
        raise Invalid("calendar", "each year of the calendar has year ({first} to {last}), source, holidays and "
                      "workdays", first=FIRST_YEAR, last=LAST_YEAR)
    source, holidays, workdays = given.get("source"), given.get("holidays") or [], given.get("workdays") or []
    if not _is_short(source, LONGEST_SOURCE) or not isinstance(holidays, list) or not isinstance(workdays, list):
        raise Invalid("calendar", "year {year}: say in one line by what document it is so (source), and list its "
                      "holidays and workdays", year=year)
    days = [day for holiday in holidays for day in _holiday(holiday, year, origin)]
    days += [NamedDay(_of_year(day, year), True, "", origin) for day in workdays]
    if len({each.day for each in days}) < len(days):
        raise Invalid("calendar", "year {year}: a day is named twice", year=year)
    return YearPlan(year, source, tuple(sorted(days, key=lambda each: each.day)))


def _holiday(given: Any, year: int, origin: Origin) -> Iterable[NamedDay]:
    if not isinstance(given, dict) or set(given) != {"name", "first", "last"} or not _is_short(given["name"],
                                                                                               LONGEST_NAME):
        raise Invalid("calendar", "year {year}: a holiday has name, first and last", year=year)
    first, last = _of_year(given["first"], year), _of_year(given["last"], year)
    if last < first:
        raise Invalid("calendar", "year {year}: {name} ends before it begins", year=year, name=given["name"])
    return [NamedDay(day, False, given["name"], origin) for day in _days(first, last)]


def _of_year(value: Any, year: int) -> date:
    try:
        day = value if isinstance(value, date) else moment(value)
        if isinstance(day, datetime) or not isinstance(day, date):  # a day with a time of day, or none
            raise ValueError
    except (TypeError, ValueError) as error:
        raise Invalid("calendar", "year {year}: {value!r} is not a day; write 2026-03-01", year=year,
                      value=str(value)[:40]) from error
    if day.year != year:
        raise Invalid("calendar", "year {year}: {day} is not in it", year=year, day=day)
    return day


def _is_short(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _days(first: date, last: date) -> Iterable[date]:
    return (first + n * _DAY for n in range((last - first).days + 1))
