"""When a job is due: a cron expression read by the hotline's calendar, as instants.

Due times are a function of the calendar alone, whoever asks and from whenever on. Five fields as in crontab: minute,
hour, day of the month, month, day of the week (0 and 7 are Sunday). What is due at hours of its own happens once where
clocks are set back, and when it would be where they are set forward over it; what is due each so many hours or minutes
happens as often as time passes. APScheduler reads the fields, and goes by a clock that nobody changes: in a zone with
summer time it leaves out what is due in the first hour after the change. Its numbers for days of the week begin on
Monday, so that they are turned into names first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.cron.expressions import AllExpression

from kb.clock import zone
from kb.errors import Invalid
from kb.settings import JobSettings, Settings

_WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAYS = re.compile(r"(?:(?P<all>\*)|(?P<first>[0-7]|[a-z]{3})(?:-(?P<last>[0-7]|[a-z]{3}))?)(?:/(?P<step>[1-7]))?")
_NUMBERS = r"(?:\*|[0-9]{1,2}(?:-[0-9]{1,2})?)(?:/[0-9]{1,2})?"
_PARTS = tuple(map(re.compile, (  # of each field but the last; APScheduler looks at the beginning of a part alone
    _NUMBERS, _NUMBERS, rf"{_NUMBERS}|last", rf"{_NUMBERS}|[a-z]{{3}}(?:-[a-z]{{3}})?")))
_HOUR_FIELD = 5  # among APScheduler's fields
_AHEAD = timedelta(hours=3)  # no change of clocks is longer
_DAY, _TICK = timedelta(days=1), timedelta(microseconds=1)
_SPANS = tuple(timedelta(minutes=2 * 8 ** n) for n in range(8))  # back to eight years, where 29 February is


@dataclass(frozen=True, slots=True)
class Schedule:
    """Due times of a cron expression in a time zone."""

    expression: str
    tz: ZoneInfo

    @staticmethod
    def parse(expression: str, tz: ZoneInfo, *, key: str) -> Schedule:
        """Read an expression; raises Invalid naming ``key`` where it is none, or is never due."""
        try:
            trigger = _trigger(expression)
        except ValueError as error:
            raise Invalid("cron", "setting {key}: {expression!r} is no cron expression (minute hour day month weekday, "
                          "such as \"0 3 * * *\"): {error}", key=key, expression=expression[:80],
                          error=str(error)) from error
        trigger.end_date = datetime(2009, 1, 1, tzinfo=UTC)
        if trigger.get_next_fire_time(None, datetime(2001, 1, 1, tzinfo=UTC)) is None:
            raise Invalid("cron_never", "setting {key}: {expression!r} names a day that never comes", key=key,
                          expression=expression[:80])
        return Schedule(expression, tz)

    def after(self, instant: datetime) -> Iterator[datetime]:
        """Every due time after an instant, in order, without end."""
        near = [(instant.astimezone(UTC) + ahead).astimezone(self.tz) for ahead in (-_AHEAD, timedelta(), _AHEAD)]
        # Near a change an earlier reading of the clock may be due later: what clocks left out, what they show twice.
        changes = len({each.utcoffset() for each in near}) > 1
        last: datetime | None = None
        for due in self._from(near[1].replace(tzinfo=None) - (_AHEAD if changes else timedelta())):
            if due > instant and due != last:
                last = due
                yield due

    def _from(self, wall: datetime) -> Iterator[datetime]:
        """The due times of what clocks on the wall show from then on. A due time is held back until no later reading
        of the clock can be an earlier instant."""
        held: list[datetime] = []
        for shown in _readings(_cached(self.expression), wall):
            while held and held[0] < self._earliest(shown):
                yield heappop(held)
            for due in self._instants(shown):
                heappush(held, due)
        yield from sorted(held)

    def _instants(self, shown: datetime) -> list[datetime]:
        """When the clock shows this: once; of what is due at hours of its own the first time, or when it would be."""
        first, second = (shown.replace(tzinfo=self.tz, fold=fold).astimezone(UTC) for fold in (0, 1))
        hours = _cached(self.expression).fields[_HOUR_FIELD].expressions
        if not any(type(each) is AllExpression for each in hours):
            return [first]
        return sorted({due for due in (first, second) if due.astimezone(self.tz).replace(tzinfo=None) == shown})

    def _earliest(self, shown: datetime) -> datetime:
        """No later reading of the clock is an instant before this."""
        near = (shown.replace(tzinfo=self.tz) + days * _DAY for days in (-1, 1))
        return shown.replace(tzinfo=UTC) - max(at.utcoffset() or _DAY for at in near)

    def next(self, instant: datetime) -> datetime:
        """The first due time after an instant."""
        return next(self.after(instant))

    def latest(self, now: datetime) -> datetime | None:
        """The last due time that is not after now; None where there was none for years."""
        for span in _SPANS:
            found = None
            for due in self.after(now - span - _TICK):
                if due > now:
                    break
                found = due
            if found is not None:
                return found
        return None


def schedules_of(settings: Settings) -> dict[str, Schedule | None]:
    """When each job is due, by name, as the settings ``jobs.NAME`` say; None where one is empty: only when somebody
    asks for it. Raises Invalid naming the setting whose expression is none."""
    given, tz = settings.section(JobSettings), zone(settings.hotline.timezone)
    expressions = {one.name: str(getattr(given, one.name)) for one in fields(given)}
    return {name: Schedule.parse(words, tz, key=f"jobs.{name}") if words.strip() else None
            for name, words in expressions.items()}


def _readings(trigger: CronTrigger, wall: datetime) -> Iterator[datetime]:
    """What the clock on the wall shows when it is due, from this reading on."""
    last = wall.replace(tzinfo=UTC) - _TICK
    while (found := trigger.get_next_fire_time(None, last + _TICK)) is not None:
        last = found
        yield found.replace(tzinfo=None)


def _trigger(expression: str) -> CronTrigger:
    fields = expression.lower().split()
    if len(fields) != 5:
        raise ValueError(f"{len(fields)} fields instead of 5")
    for field, allowed in zip(fields, _PARTS, strict=False):
        if not all(map(allowed.fullmatch, field.split(","))):
            raise ValueError(f"{field} is no such field")
    minute, hour, day, month, weekday = fields
    if day != "*" and weekday != "*":  # cron takes either, APScheduler both: whoever writes it would be surprised
        raise ValueError("name days of the month or of the week, not both")
    return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=_named(weekday), timezone=UTC)


@lru_cache(maxsize=200)
def _cached(expression: str) -> CronTrigger:
    return _trigger(expression)


def _named(field: str) -> str:
    """Days of the week as crontab has them, by name: ``1-5`` is ``mon,tue,wed,thu,fri``."""
    if field == "*":
        return field
    days: set[str] = set()
    for part in field.split(","):
        found = _WEEKDAYS.fullmatch(part)
        if not found:
            raise ValueError(f"{part} names no days of the week")
        step = int(found["step"] or 1)
        first = 0 if found["all"] else _number(found["first"])
        last = 6 if found["all"] else _number(found["last"]) if found["last"] else 6 if found["step"] else first
        if last < first:
            last += 7  # fri-mon
        days |= {_WEEK[n % 7] for n in range(first, last + 1, step)}
    return ",".join(sorted(days, key=_WEEK.index))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _WEEK.index(word)
