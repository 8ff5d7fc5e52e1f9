"""When a review is due, reminded of and escalated, how long it may be put off, and when the next one is: decided from
facts and the calendar, touching nothing.

All are days of the hotline's calendar. A task's time is counted in working days from the day that it is opened, by what
asks for it and the risk of its category; where only the review date does, it is due on that date, or the last working
day before it. New evidence brings a due day forward and never puts it off.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from kb.errors import Conflict, Invalid
from kb.messages.message import Message
from kb.upkeep.calendar import WorkingCalendar
from kb.upkeep.reviews.settings import ReviewSettings
from kb.upkeep.signals.signal import Severity

REVIEW_DATE = "review"  # the kind of the reason that is the calendar's alone, and of the signal that says the same
AGAIN = "again"  # an earlier look than the review date asks for, agreed on at the last one
_BY_CALENDAR = frozenset({REVIEW_DATE, AGAIN})
_ORDER = {Severity.INFO: 0, Severity.WARNING: 1, Severity.SERIOUS: 2}


class Chase(StrEnum):
    """What its person is reminded of."""

    SOON = "soon"
    TODAY = "today"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an article is to be looked at. ``signal`` is the id of the signal, empty where the calendar asks."""

    kind: str
    severity: Severity
    key: str = ""
    signal: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As a task keeps it."""
        return {"kind": self.kind, "key": self.key, "severity": self.severity.value, "signal": self.signal or None}


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What the time between two reviews of a text rests on: its category's days and risk, how many signals there were
    since the last one, and how many reviews in a row nothing but their date had asked for."""

    base_days: int
    risk: str
    signals: int = 0
    clean: int = 0


def reasons_of(kept: Sequence[dict[str, Any]]) -> tuple[Reason, ...]:
    """The reasons that a task keeps."""
    return tuple(Reason(one["kind"], Severity(one["severity"]), one["key"], one["signal"] or "") for one in kept)


def worst(reasons: Collection[Reason]) -> Severity:
    """How much the reasons together matter."""
    return max((one.severity for one in reasons), key=_ORDER.__getitem__, default=Severity.INFO)


def at_least(severity: Severity) -> list[Severity]:
    """This severity and those above it."""
    return [one for one in Severity if _ORDER[one] >= _ORDER[severity]]


def unjudged(reasons: Collection[Reason], judged: Collection[Reason]) -> tuple[Reason, ...]:
    """The reasons that the last review did not look at already: what somebody found harmless asks for no second look
    until it is found anew, or is worse."""
    seen = {(one.signal, one.kind, one.key): _ORDER[one.severity] for one in judged}
    return tuple(one for one in reasons
                 if one.kind in _BY_CALENDAR or _ORDER[one.severity] > seen.get((one.signal, one.kind, one.key), -1))


def due_day(reasons: Collection[Reason], risk: str, *, review_on: date | None, today: date, calendar: WorkingCalendar,
            settings: ReviewSettings) -> date:
    """The day by which a task with these reasons is to be done; ``review_on`` is the text's review date."""
    days = {Severity.SERIOUS: settings.serious_days, Severity.WARNING: settings.warning_days,
            Severity.INFO: settings.info_days}[worst(reasons)]
    allowed = calendar.add(today, max(1, -(-days * _percent(risk, settings) // 100)))
    if review_on is None or review_on <= today or any(one.kind != REVIEW_DATE for one in reasons):
        return allowed
    last = review_on if calendar.is_working(review_on) else calendar.add(review_on, -1)
    return max(last, calendar.add(today, 1))


def chase_of(due_on: date, *, today: date, calendar: WorkingCalendar, settings: ReviewSettings) -> Chase | None:
    """What its person is to be reminded of by now; of several the last."""
    if today >= due_on:
        return Chase.TODAY
    return Chase.SOON if today >= calendar.add(due_on, -settings.remind_days) else None


def level_of(due_on: date, *, today: date, calendar: WorkingCalendar, settings: ReviewSettings) -> int:
    """Before whom the task is by now: 0 its person alone, 1 the head, 2 a knowledge manager."""
    if today <= due_on:
        return 0
    late = calendar.between(due_on, today)
    return 2 if late >= settings.manager_days else 1 if late >= settings.head_days else 0


def check_snooze(until: date, *, severity: Severity, snoozes: int, today: date, calendar: WorkingCalendar,
                 settings: ReviewSettings) -> None:
    """Refuse to put a task off that cannot wait, too often or for too long; raises Conflict, Invalid."""
    if severity is Severity.SERIOUS:
        raise Conflict("serious", "a task with a serious signal is not put off: confirm, revise or retire the article, "
                       "or hand the task on")
    if snoozes >= settings.snoozes:
        raise Conflict("snoozed", "it was put off {count} times already, and no more than that", count=snoozes)
    last = calendar.add(today, settings.snooze_days)
    if not today < until <= last:
        raise Invalid("until", "put it off to a day after today and not after {last}", last=last,
                      fields={"until": Message("after today, and not after {last}", last=last)})


def days_between(found: Reviewing, settings: ReviewSettings) -> int:
    """Calendar days from one review of a text to the next."""
    days = found.base_days * _percent(found.risk, settings) / 100
    if found.signals:
        days *= (1 - settings.signal_percent / 100) ** found.signals
    else:
        days *= 1 + settings.clean_percent / 100 * found.clean
    # what the category asks for is allowed, whatever the limits are
    low, high = min(settings.shortest_days, found.base_days), max(settings.longest_days, found.base_days)
    return round(min(max(days, low), high))


def next_day(found: Reviewing, *, today: date, settings: ReviewSettings) -> date:
    """The day on which a text that is confirmed today is to be looked at again."""
    return today + timedelta(days=days_between(found, settings))


def is_clean(outcome: str, reasons: Collection[Reason]) -> bool:
    """Whether a review that is done found nothing: only its date had asked for it, and the text was right."""
    return outcome == "confirmed" and all(one.kind in _BY_CALENDAR for one in reasons)


def _percent(risk: str, settings: ReviewSettings) -> int:
    return {"high": settings.high_risk_percent, "low": settings.low_risk_percent}.get(risk, 100)
