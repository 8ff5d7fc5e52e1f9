"""The values of a register's rows as they are taken in: cleaned, bounded, days written in one of the usual ways."""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlalchemy.orm import Session

from kb.clock import MAX_YEAR, zone
from kb.db import settings_of
from kb.errors import Invalid
from kb.text import clean_label

_DAY = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?")
_FIRST_YEAR = 1900


def label(value: str, field: str, *, longest: int, is_required: bool = False) -> str:
    """A line of text, cleaned; raises Invalid naming the field."""
    text = clean_label(value)
    if is_required and not text:
        raise Invalid("field_required", "{field}: must be given", field=field, fields={field: "required"})
    if len(text) > longest:
        raise Invalid("field", "{field}: {length} characters; the limit is {longest}", field=field, length=len(text),
                      longest=longest, fields={field: "too long"})
    return text


def day(value: str, field: str) -> date | None:
    """A day as people write it (2026-03-01, 2026/3/1, 2026年3月1日); None for nothing; raises Invalid for another."""
    text = clean_label(value)
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        if found is None or not _FIRST_YEAR <= int(found[1]) < MAX_YEAR:
            raise ValueError
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise Invalid("bad_day", "{field}: {value!r} is not a day; write 2026-03-01", field=field, value=text[:40],
                      fields={field: "not a date"}) from error


def check_days(start: date | None, end: date | None, field: str) -> None:
    """Refuse an end before the beginning."""
    if start is not None and end is not None and end < start:
        raise Invalid("days", "{field}: lies before the first day", field=field, fields={field: "before the first day"})


def today(session: Session, now: datetime) -> date:
    """The day by the hotline's calendar."""
    return now.astimezone(zone(settings_of(session).hotline.timezone)).date()
