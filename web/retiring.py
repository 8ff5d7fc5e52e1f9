"""Retiring an article in a page: what cannot be undone is said beside the button, and asked for with it."""

from __future__ import annotations

from flask import request

from kb.errors import Invalid


def check_sure() -> None:
    """Refuse a form that does not say that its sender knows it to be for good; raises Invalid."""
    if request.form.get("sure") != "1":
        raise Invalid("not_sure", "a retired article does not come back: tick that you know it",
                      fields={"sure": "required"})
