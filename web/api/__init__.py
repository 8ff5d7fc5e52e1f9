"""The JSON API under /api/v1, and the addresses that machines watch.

Who asks is told by a bearer token alone; without one it is a citizen. Lists have one shape, ``{"items": […],
"next_cursor": …}``; errors are problem documents. What is not in the description is refused by name: a misspelt
``as_of`` must not silently answer for today.
"""

from __future__ import annotations

from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api/v1")
ops = Blueprint("ops", __name__)

from web.api import articles, ask, describing, drafts, health, known, moves, people  # noqa: E402, F401  they add their routes to the blueprints above
