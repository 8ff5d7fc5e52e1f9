"""What kinds of events and the ways that a delivery stands are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from web.notices.routes import KINDS

STATES = {"waiting": _l("Waiting"), "sent": _l("Taken"), "dead": _l("Given up")}
BADGES = {"waiting": "", "sent": "done", "dead": "alarm"}
_NAMES = {kind.value: words for kind, words in KINDS.items()}


def kind_name(kind: str) -> str:
    """The kind in words."""
    return str(_NAMES.get(kind, kind))
