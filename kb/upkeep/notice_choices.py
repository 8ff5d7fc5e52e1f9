"""How each person wants to hear of notices: which kinds, in which way, at which hour, and when not at all.

What a person has not chosen is told in the usual way of its kind. Mail is sent at once or with the day's others, at the
person's hour; within their quiet hours nothing is sent, and on days that are not worked nothing either, unless they
want it. All of it is reckoned in days and hours of the hotline's calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kb.models import NoticeChoice
from kb.upkeep.calendar import WorkingCalendar


class Kind(StrEnum):
    """What notices are about."""

    TASK = "task"  # a review task is theirs now
    REMINDER = "reminder"  # of a task that is due, or overdue
    ESCALATION = "escalation"  # what others have not done in time
    REVIEW = "review"  # a text waits for their signature, or theirs was decided on
    SIGNAL = "signal"  # an article of theirs may be stale
    CALLBACK = "callback"  # callers were told what no longer holds
    GAP = "gap"  # questions that nothing answers
    JOB = "job"  # what the system could not do by itself


class Way(StrEnum):
    """How a kind is told."""

    NONE = "none"
    PAGE = "page"  # in the list of notices alone
    DIGEST = "digest"  # and by mail, with the day's others
    ONCE = "once"  # and by mail at once

    @property
    def is_mail(self) -> bool:
        return self in (Way.DIGEST, Way.ONCE)


USUAL = {Kind.ESCALATION: Way.ONCE, Kind.JOB: Way.ONCE}  # of others: with the day's
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOST_DAYS_OFF = 60  # after which mail is sent on a day off all the same


@dataclass(frozen=True, slots=True)
class Choices:
    """One person's choices; without a ``mail`` address nothing is sent."""

    mail: str = ""
    language: str = "zh"
    ways: Mapping[str, str] = field(default_factory=dict)
    digest_hour: int = 8
    is_on_working_days: bool = True
    quiet: tuple[int, int] | None = None  # from one hour to another, also over midnight
    has_feed: bool = False  # a secret address from which a calendar program fetches what is due

    @staticmethod
    def of(row: NoticeChoice | None, language: str) -> Choices:
        """The choices of a row; without one the usual ones, in this language."""
        if row is None:
            return Choices(language=language)
        quiet = None if row.quiet_from is None or row.quiet_to is None else (row.quiet_from, row.quiet_to)
        return Choices(row.mail, row.language, dict(row.ways), row.digest_hour, row.is_on_working_days, quiet,
                       row.feed_sha256 is not None)

    def way_of(self, kind: Kind) -> Way:
        """How this kind is told to the person."""
        chosen = self.ways.get(kind.value)
        return Way(chosen) if chosen in list(Way) else USUAL.get(kind, Way.DIGEST)


def mail_at(choices: Choices, kind: Kind, now: datetime, tz: ZoneInfo, days: WorkingCalendar) -> datetime:
    """When a notice of this kind is mailed to the person: now, or when their quiet hours or days off are over."""
    day = now.astimezone(tz).date()
    if choices.way_of(kind) is Way.ONCE:
        at = now
    else:
        at = _hour_of(day, choices.digest_hour, tz)
        at = at if at >= now else _hour_of(day + _DAY, choices.digest_hour, tz)
    for _ in range(_MOST_DAYS_OFF):
        local = at.astimezone(tz)
        if choices.is_on_working_days and not days.is_working(local.date()):
            opens = choices.digest_hour if choices.way_of(kind) is Way.DIGEST else 0
            at = _hour_of(local.date() + _DAY, opens, tz)
        elif choices.quiet and _is_quiet(local.hour, *choices.quiet):
            at = _end_of_quiet(local, choices.quiet[1], tz)
        else:
            break
    return at


def _is_quiet(hour: int, start: int, end: int) -> bool:
    return start <= hour < end if start <= end else hour >= start or hour < end


def _end_of_quiet(local: datetime, end: int, tz: ZoneInfo) -> datetime:
    today = _hour_of(local.date(), end, tz)
    return today if today > local else _hour_of(local.date() + _DAY, end, tz)


def _hour_of(day: date, hour: int, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=tz).astimezone(UTC)
