"""Where a published revision stands today: in force, still to come, expired, superseded by which other, or retired.

Decided from the article's publications alone, by a pure function. The words follow from the two axes of time: a
revision whose row was closed was superseded in system time; one whose row ends where a later one begins, in valid time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kb.clock import contains


class Status(StrEnum):
    """What a page says above the text."""

    IN_FORCE = "in_force"
    SCHEDULED = "scheduled"  # published, its dates have not come
    EXPIRED = "expired"  # its own end has passed and nothing followed it at once
    SUPERSEDED = "superseded"
    RETIRED = "retired"  # the article was taken back while this revision was its text
    UNPUBLISHED = "unpublished"


@dataclass(frozen=True, slots=True)
class Standing:
    """A status with its dates. ``by`` is the revision that took or will take this one's place.

    ``since`` is when the status began (for SCHEDULED: when the revision will come into force), ``until`` when it will
    end. Both are instants in UTC; None is unknown or open-ended.
    """

    status: Status
    since: datetime | None = None
    until: datetime | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One publication of the article: the revision's number and its bitemporal rectangle."""

    number: int
    effective_from: datetime
    effective_to: datetime | None
    published_at: datetime
    superseded_at: datetime | None


def standing_of(number: int, rows: Sequence[Row], *, retired_at: datetime | None, now: datetime) -> Standing:
    """The standing of revision ``number`` among all the article's publications."""
    own = [row for row in rows if row.number == number]
    if not own:
        return Standing(Status.UNPUBLISHED)

    def is_open(row: Row) -> bool:  # a retirement closed what was open; before it, nobody else had
        return row.superseded_at is None or (retired_at is not None and row.superseded_at >= retired_at)

    current = next((row for row in own if is_open(row)), None)
    if current is None:
        closed_at = max(row.superseded_at for row in own if row.superseded_at is not None)
        by = max((row.number for row in rows if row.published_at == closed_at and row.number > number), default=None)
        return Standing(Status.SUPERSEDED, since=closed_at, by=by)
    end = current.effective_to
    heir = next((row.number for row in rows if is_open(row) and row.effective_from == end), None)
    if end is not None and end <= now and (retired_at is None or end <= retired_at):
        return Standing(Status.SUPERSEDED if heir else Status.EXPIRED, since=end, by=heir)
    if retired_at is not None:
        return Standing(Status.RETIRED, since=retired_at)
    if contains(current.effective_from, end, now):
        return Standing(Status.IN_FORCE, since=current.effective_from, until=end, by=heir)
    return Standing(Status.SCHEDULED, since=current.effective_from, until=end, by=heir)
