"""What knowledge managers change in the calendar: a day set by hand, or given back; whole years from a file.

Due dates that were reckoned before stay as they are; what is reckoned from now on goes by the calendar as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, extract
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Invalid
from kb.models import CalendarDay, CalendarYear
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.text import clean_label
from kb.upkeep.calendar import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, NamedDay, YearPlan, days_of

MOST_DAYS = 60  # set in one go
MOST_YEARS = 20  # of one file


def set_days(session: Session, actor: Actor, first: date, last: date, *, is_working: bool, name: str = "",
             now: datetime, origin: str) -> list[NamedDay]:
    """Say that these days, both ends included, are worked or free, whatever the year's plan has; the days as they are
    now."""
    require(actor, Action.EDIT_CALENDAR)
    days = _days(first, last)
    label = clean_label(name)
    if len(label) > LONGEST_NAME:
        raise Invalid("day_name", "a day's name has at most {longest} characters", longest=LONGEST_NAME,
                      fields={"name": "too long"})
    before = _told(session, days)
    for day in days:
        session.merge(CalendarDay(day=day, is_set=True, is_working=is_working, name=label))
    session.flush()
    record(session, actor, "set_calendar", f"calendar:{first}", now=now, origin=origin, before={"days": before},
           after={"first": first.isoformat(), "last": last.isoformat(), "is_working": is_working, "name": label})
    return [each for year in sorted({day.year for day in days}) for each in days_of(session, year) if each.day in days]


def unset_days(session: Session, actor: Actor, first: date, last: date, *, now: datetime, origin: str) -> int:
    """Give days that were set by hand back to their year's plan; how many there were."""
    require(actor, Action.EDIT_CALENDAR)
    days = _days(first, last)
    before = _told(session, days)
    if not before:
        raise Invalid("not_set", "none of these days was set by hand", fields={"first": "not set"})
    session.execute(delete(CalendarDay).where(CalendarDay.is_set, CalendarDay.day.between(first, last))
                    .execution_options(synchronize_session="fetch"))
    record(session, actor, "unset_calendar", f"calendar:{first}", now=now, origin=origin, before={"days": before},
           after={"first": first.isoformat(), "last": last.isoformat()})
    return len(before)


def import_plans(session: Session, actor: Actor, plans: Sequence[YearPlan], *, now: datetime, origin: str) -> None:
    """Put these years in place of what was known of them; days that were set by hand stay set."""
    require(actor, Action.EDIT_CALENDAR)
    if len(plans) > MOST_YEARS:
        raise Invalid("calendar", "at most {most} years at once", most=MOST_YEARS)
    for plan in plans:
        before = session.get(CalendarYear, plan.year)
        old = {"source": before.source} if before else None
        session.execute(delete(CalendarDay).where(~CalendarDay.is_set, extract("year", CalendarDay.day) == plan.year)
                        .execution_options(synchronize_session="fetch"))
        session.merge(CalendarYear(year=plan.year, source=plan.source))
        session.add_all(CalendarDay(day=each.day, is_set=False, is_working=each.is_working, name=each.name)
                        for each in plan.days)
        session.flush()
        record(session, actor, "import_calendar", f"calendar:{plan.year}", now=now, origin=origin, before=old, after={
            "source": plan.source, "free": [str(each.day) for each in plan.days if not each.is_working],
            "worked": [str(each.day) for each in plan.days if each.is_working]})


def _days(first: date, last: date) -> list[date]:
    if last < first:
        raise Invalid("day_order", "the last day is before the first", fields={"last": "before the first"})
    if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
        raise Invalid("day_year", "the calendar is kept for {first} to {last}", first=FIRST_YEAR, last=LAST_YEAR,
                      fields={"first": "out of range"})
    if (last - first).days >= MOST_DAYS:
        raise Invalid("too_many_days", "at most {most} days at once", most=MOST_DAYS, fields={"last": "too far"})
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _told(session: Session, days: Sequence[date]) -> list[dict[str, Any]]:
    """What is set by hand of these days, as the log keeps it."""
    rows = (session.get(CalendarDay, (day, True)) for day in days)
    return [{"day": row.day.isoformat(), "is_working": row.is_working, "name": row.name} for row in rows if row]
