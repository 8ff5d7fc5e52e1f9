"""Due times are a function of the calendar: compared with every minute of the clock on the wall, in zones with changes
of clocks, over leap days and year ends, from wherever one begins to look."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import Invalid
from kb.upkeep.jobs.schedule import Schedule

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Europe/Lisbon",
                                     "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu")]
DAYS = st.dates(date(2024, 1, 2), date(2032, 12, 30))
# where clocks change in these zones, years end, and a leap day is
TURNS = st.sampled_from([date(2026, 3, 8), date(2026, 11, 1), date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5),
                         date(2026, 10, 4), date(2026, 2, 15), date(2026, 3, 22), date(2027, 12, 31),
                         date(2028, 2, 28), date(2028, 2, 29)])
FIXED = st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True)
MINUTES = st.lists(st.integers(0, 59), min_size=1, max_size=3, unique=True)


def cron(text: str, zone: str = "Asia/Shanghai") -> Schedule:
    return Schedule.parse(text, ZoneInfo(zone), key="jobs.prune")


def dues(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    return list(takewhile(lambda due: due <= end, schedule.after(start)))


@pytest.mark.parametrize("tz", ZONES)
@settings(deadline=None, max_examples=40)
@given(day=TURNS | DAYS, hours=FIXED, minutes=MINUTES)
def test_what_is_due_at_hours_of_its_own_is_due_once_a_day(tz: ZoneInfo, day: date, hours: list[int],
                                                           minutes: list[int]) -> None:
    schedule = Schedule(f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * *", tz)
    start, end = (datetime(d.year, d.month, d.day, tzinfo=tz).astimezone(UTC) for d in (
        day - timedelta(days=1), day + timedelta(days=2)))
    wanted = {datetime(d.year, d.month, d.day, hour, minute, tzinfo=tz).astimezone(UTC)
              for d in (day + timedelta(days=n) for n in range(-2, 3)) for hour in hours for minute in minutes}
    assert dues(schedule, start, end) == sorted(due for due in wanted if start < due <= end)


@pytest.mark.parametrize("tz", ZONES)
@settings(deadline=None, max_examples=40)
@given(day=TURNS, minutes=MINUTES, step=st.sampled_from(["*", "*/2", "*/6"]))
def test_what_is_due_each_so_many_hours_follows_the_clock_on_the_wall(tz: ZoneInfo, day: date, minutes: list[int],
                                                                      step: str) -> None:
    schedule = Schedule(f"{','.join(map(str, minutes))} {step} * * *", tz)
    start = datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC) - timedelta(hours=3)
    every = int(step[2:] or 1)
    wall = [start + timedelta(minutes=n) for n in range(1, 30 * 60)]
    assert dues(schedule, start, wall[-1]) == [
        at for at in wall if at.astimezone(tz).minute in minutes and at.astimezone(tz).hour % every == 0]


@pytest.mark.parametrize("tz", ZONES)
@settings(deadline=None, max_examples=40)
@given(day=TURNS | DAYS, text=st.sampled_from(["*/7 * * * *", "30 2 * * *", "15 1 * * mon-fri", "0 0 1 * *",
                                               "59 23 last * *", "0 */4 * * *", "0 12 29 feb *"]),
       seconds=st.lists(st.integers(0, 200_000), min_size=1, max_size=6))
def test_due_times_are_the_same_from_wherever_one_looks(tz: ZoneInfo, day: date, text: str,
                                                        seconds: list[int]) -> None:
    schedule = Schedule(text, tz)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    end = start + timedelta(days=4)
    whole = dues(schedule, start, end)
    for second in seconds:
        begin = start + timedelta(seconds=second)
        assert dues(schedule, begin, end) == [due for due in whole if due > begin]
        latest = schedule.latest(begin)
        assert latest is not None and latest <= begin < schedule.next(begin)
        assert latest == next((due for due in reversed(whole) if due <= begin), latest)
        assert schedule.next(latest - timedelta(seconds=1)) == latest


@pytest.mark.parametrize(("tz", "day"), [(ZONES[1], date(2026, 11, 1)), (ZONES[1], date(2026, 3, 8)),
                                         (ZONES[2], date(2026, 4, 5)), (ZONES[2], date(2026, 10, 4))])
def test_fault_68_the_hour_of_the_change_is_the_same_from_any_of_its_minutes(tz: ZoneInfo, day: date) -> None:
    schedule = Schedule("*/30 * * * *", tz)
    start = datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)
    whole = dues(schedule, start - timedelta(hours=2), start + timedelta(hours=10))
    for minute in range(6 * 60):
        begin = start + timedelta(minutes=minute, seconds=-1)
        assert schedule.next(begin) == next(due for due in whole if due > begin)


def test_fault_68_due_times_go_by_date_and_not_by_seconds() -> None:
    new_york = "America/New_York"
    spring = dues(cron("30 2 * * *", new_york), datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC))
    assert [due.isoformat() for due in spring] == [
        "2026-03-07T07:30:00+00:00", "2026-03-08T07:30:00+00:00", "2026-03-09T06:30:00+00:00"]  # 2:30, 3:30, 2:30
    autumn = dues(cron("30 1 * * *", new_york), datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
    assert [due.isoformat() for due in autumn] == [  # the second 1:30 of 1 November is not another day's
        "2026-10-31T05:30:00+00:00", "2026-11-01T05:30:00+00:00", "2026-11-02T06:30:00+00:00"]
    leap = islice(cron("0 3 29 2 *").after(datetime(2026, 1, 1, tzinfo=UTC)), 2)
    assert [due.year for due in leap] == [2028, 2032]
    months = islice(cron("0 9 last * *").after(datetime(2026, 11, 30, 12, tzinfo=UTC)), 3)
    assert [due.strftime("%m-%d") for due in months] == ["12-31", "01-31", "02-28"]
    moved = datetime(2026, 6, 1, 12, tzinfo=UTC)  # the hotline's zone is changed: the next due time is the new one's
    assert cron("0 3 * * *").next(moved).hour == 19 and cron("0 3 * * *", new_york).next(moved).hour == 7


@pytest.mark.parametrize(("text", "days"), [
    ("0 0 * * 0", {6}), ("0 0 * * 7", {6}), ("0 0 * * 1-5", {0, 1, 2, 3, 4}), ("0 0 * * fri-mon", {4, 5, 6, 0}),
    ("0 0 * * 5-7", {4, 5, 6}), ("0 0 * * */2", {6, 1, 3, 5}), ("0 0 * * Mon,3", {0, 2}), ("0 0 * * 2/2", {1, 3, 5}),
])
def test_days_of_the_week_are_those_of_crontab(text: str, days: set[int]) -> None:
    tz = ZoneInfo("Asia/Shanghai")
    found = islice(cron(text).after(datetime(2026, 5, 1, tzinfo=UTC)), 20)
    assert {due.astimezone(tz).weekday() for due in found} == days


@pytest.mark.parametrize("text", [
    "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "* * * * mond",
    "*/0 * * * *", "5-1 * * * *", "a * * * *", "* * 1 * mon", "0 0 31 2 *", "0 0 30 feb *", "0 0 * jan/2 *",
    "0 0 lasts * *", "0 0 2nd\u00a0fri * *", "@daily", "* * * * 1/0", "0 3 * * * ; rm", "١ * * * *", "-1 * * * *",
])
def test_what_is_no_cron_expression_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        cron(text)
    assert caught.value.facts["key"] == "jobs.prune" and "jobs.prune" in caught.value.message
