"""The JSON API under /api/v1, and the addresses that machines watch.

Who asks is told by a bearer token alone; without one it is a citizen. Lists have one shape, ``{"items": […],
"next_cursor": …}``; errors are problem documents. What is not in the description is refused by name: a misspelt
``as_of`` must not silently answer for today.
"""

from __future__ import annotations

from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api/v1")
ops = Blueprint("ops", __name__)

from web.api import (  # noqa: E402  they add their routes to the blueprints above
    articles,  # noqa: F401
    ask,  # noqa: F401
    attachments,  # noqa: F401
    checks,  # noqa: F401
    comments,  # noqa: F401
    departments,  # noqa: F401
    describing,  # noqa: F401
    desk,  # noqa: F401
    drafts,  # noqa: F401
    feedback,  # noqa: F401
    health,  # noqa: F401
    hiding,  # noqa: F401
    insights,  # noqa: F401
    known,  # noqa: F401
    moves,  # noqa: F401
    ownership,  # noqa: F401
    people,  # noqa: F401
    redaction,  # noqa: F401
    registers,  # noqa: F401
    rights,  # noqa: F401
    rules,  # noqa: F401
    scheduling,  # noqa: F401
    signals,  # noqa: F401
    tasks,  # noqa: F401
    usage,  # noqa: F401
    webhooks,  # noqa: F401
)
