"""The blueprint of what leaves the system by itself, and what its pages share."""

from __future__ import annotations

from flask import Blueprint

from kb.errors import NotFound

pages = Blueprint("outgoing", __name__, template_folder="templates", static_folder="static",
                  static_url_path="/static/outgoing")
ORIGIN = "web"
_LONGEST_NUMBER = 9  # digits


def number_of(text: str) -> int | None:
    """The number of a delivery, None without one; raises NotFound for what is none."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise NotFound("no_delivery", "there is no such delivery")
    return int(text)
