"""The blueprint of review tasks, and what its views share."""

from __future__ import annotations

from datetime import date

from flask import Blueprint

from kb.errors import Invalid

tasks = Blueprint("tasks", __name__, template_folder="templates", static_folder="static",
                  static_url_path="/static/tasks")

ORIGIN = "web"


def day_given(text: str, field: str) -> date | None:
    """A day of a form, 2026-03-01; None where the field is empty. Raises Invalid."""
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid("bad_date", "{field}: {value!r} is not a date; write 2026-03-01", field=field, value=text[:40],
                      fields={field: "not a date"}) from error
    if not 2000 <= found.year < 2200:
        raise Invalid("bad_date", "{field}: {value!r} is not a date; write 2026-03-01", field=field, value=text[:40],
                      fields={field: "out of range"})
    return found


def required_day(text: str, field: str) -> date:
    """The same where there must be one."""
    found = day_given(text, field)
    if found is None:
        raise Invalid("bad_date", "{field}: name a day", field=field, fields={field: "required"})
    return found
