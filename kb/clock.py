"""Time: aware UTC instants inside, the hotline's calendar at the edges, half-open intervals everywhere.

Only the edge asks what time it is; services take ``now``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kb.errors import Invalid
from kb.messages.message import Message

MAX_YEAR = 9000  # leaves room for zone offsets and arithmetic below datetime.max


def utc_now() -> datetime:
    """The present instant, aware, UTC. For the edge only."""
    return datetime.now(UTC)


def zone(name: str) -> ZoneInfo:
    """The named IANA zone; raises Invalid for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("bad_timezone", "unknown time zone {name!r}: use an IANA name such as Asia/Shanghai",
                      name=name) from error


def start_of_day(day: date, tz: ZoneInfo) -> datetime:
    """The first instant of ``day`` in ``tz``, as UTC (a day that starts in a DST gap starts at the gap's end)."""
    return datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC)


def parse_instant(value: str | date | datetime, tz: tzinfo, *, field: str = "date") -> datetime:
    """An ISO date (its midnight in ``tz``) or date-time (naive ones are in ``tz``) as a UTC instant."""
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime.combine(value, time.min)
        else:
            moment = datetime.fromisoformat(value.strip())
        if not 1 < moment.year < MAX_YEAR:
            raise ValueError("year out of range")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=tz)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, AttributeError) as error:
        reason = Message("{value!r} is not a date; write 2026-03-01 or 2026-03-01T09:00+08:00", value=str(value)[:40])
        raise Invalid("bad_date", "{field}: {reason}", field=field, reason=reason,
                      fields={field: "not a date"}) from error


def contains(start: datetime, end: datetime | None, moment: datetime) -> bool:
    """Whether ``moment`` lies in the half-open interval [start, end); an end of None never ends."""
    return start <= moment and (end is None or moment < end)
