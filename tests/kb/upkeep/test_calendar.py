"""Working days: weekends, holidays, weekend days that are worked; years that nobody knows; counting there and back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.db import Database
from kb.errors import Invalid
from kb.models import CalendarDay, CalendarYear
from kb.upkeep import calendar
from kb.upkeep.calendar import Origin, WorkingCalendar, parse_plans

CN = WorkingCalendar({d.day: d.is_working for plan in calendar.packaged("cn") for d in plan.days},
                     frozenset({2025, 2026}))
DAYS = st.dates(date(2024, 6, 1), date(2027, 6, 1))
ODD = st.dictionaries(DAYS, st.booleans(), max_size=40).map(WorkingCalendar)
YEAR = ("years: [{year: 2027, source: 某通知, holidays: [{name: 元旦, first: 2027-01-01, last: 2027-01-03}], "
        "workdays: [%s]}]")


def test_the_packaged_years_are_those_of_the_announcements() -> None:
    free = {plan.year: sum(not d.is_working for d in plan.days) for plan in calendar.packaged("cn")}
    assert free == {2025: 28, 2026: 33}  # days off in all, weekends among them
    for plan in calendar.packaged("cn"):
        assert all(d.day.weekday() >= 5 for d in plan.days if d.is_working)
        assert plan.source.startswith(f"国务院办公厅关于{plan.year}年")
    worked = {y: CN.between(date(y - 1, 12, 31), date(y, 12, 31)) for y in (2025, 2026)}
    assert worked == {2025: 248, 2026: 248}  # 52 weekends and 13 days by law


def test_a_due_date_passes_over_the_spring_festival() -> None:
    assert CN.add(date(2026, 2, 13), 1) == date(2026, 2, 14)  # a Saturday that is worked
    assert CN.add(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert CN.add(date(2026, 2, 24), -2) == date(2026, 2, 13)
    assert CN.between(date(2026, 2, 13), date(2026, 2, 28)) == 6
    assert CN.add(date(2026, 10, 1), 0) == date(2026, 10, 8) and CN.add(date(2026, 9, 30), 0) == date(2026, 9, 30)


def test_of_a_year_that_is_not_known_weekends_alone_are_free() -> None:
    assert CN.knows(2026) and not CN.knows(2027)
    assert CN.is_working(date(2027, 1, 1)) and not CN.is_working(date(2027, 1, 2))
    assert CN.add(date(2026, 12, 31), 1) == date(2027, 1, 1)


@given(odd=ODD, day=DAYS, n=st.integers(-300, 300).filter(bool))
def test_counting_there_and_back_agrees(odd: WorkingCalendar, day: date, n: int) -> None:
    there = odd.add(day, n)
    assert odd.is_working(there)
    assert odd.between(day, there) == n
    assert odd.add(there, 0) == there


@given(odd=ODD, first=DAYS, last=DAYS)
def test_between_counts_each_day_once(odd: WorkingCalendar, first: date, last: date) -> None:
    early, late = sorted((first, last))
    one_by_one = sum(odd.is_working(early + timedelta(days=n)) for n in range(1, (late - early).days + 1))
    assert odd.between(early, late) == one_by_one
    assert odd.between(early, early) == 0


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(Invalid):
        CN.add(date(2026, 1, 1), 100_000)
    never = WorkingCalendar({date(2026, 1, 1) + timedelta(days=n): False for n in range(9_000)})
    with pytest.raises(Invalid):
        never.add(date(2026, 1, 1), 1)
    with pytest.raises(Invalid):
        CN.add(date(8999, 12, 30), 30)


def test_what_was_imported_stands_in_place_of_what_came_and_a_day_set_by_hand_before_both(database: Database) -> None:
    with database.reading() as session:
        assert not calendar.load(session).is_working(date(2026, 10, 1))
    with database.transaction() as session:
        session.add(CalendarYear(year=2026, source="本市通知"))
        session.add(CalendarDay(day=date(2026, 10, 1), is_set=False, is_working=False, name="国庆节"))
        session.add(CalendarDay(day=date(2026, 10, 1), is_set=True, is_working=True, name="值班"))
        session.add(CalendarDay(day=date(2027, 3, 1), is_set=True, is_working=False, name="停电检修"))
    with database.reading() as session:
        found = calendar.load(session)
        assert found.is_working(date(2026, 10, 1)) and found.is_working(date(2026, 10, 2))
        assert not found.is_working(date(2027, 3, 1)) and not found.knows(2027) and found.knows(2025)
        assert [(d.name, d.origin) for d in calendar.days_of(session, 2026)] == [("值班", Origin.SET)]
        assert [p.source for p in calendar.plans_of(session)][1] == "本市通知"


@pytest.mark.parametrize("text", [
    "years: 3", "years: []", "[]", "years: [{year: 2027}]", "years: [{year: true, source: a}]",
    "years: [{year: 1812, source: a}]", "years: [{year: 2027, source: a, holidays: [1]}]",
    "years: [{year: 2027, source: a, more: 1}]", "years: [{year: 2027, source: 'a\n\nb'}]",
    "years: [{year: 2027, source: a}, {year: 2027, source: b}]", YEAR % "2026-12-27", YEAR % "2027-01-02",
    YEAR % "2027-02-30", YEAR % "2027-02-06 10:00:00", YEAR % "soon", YEAR % "[1]",
    "years: [{year: 2027, source: a, holidays: [{name: b, first: 2027-05-03, last: 2027-05-01}]}]",
    "years: &a [{year: 2027, source: a}]\nmore: *a",
])
def test_a_calendar_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_plans(text)


def test_a_calendar_is_read_as_it_is_written() -> None:
    (plan,) = parse_plans(YEAR % "2027-01-09")
    assert [(d.day.day, d.is_working) for d in plan.days] == [(1, False), (2, False), (3, False), (9, True)]
