"""What everybody sees: asking, answers at their addresses, searching, browsing, help."""

from __future__ import annotations

from flask import Blueprint

public = Blueprint("public", __name__, template_folder="templates", static_folder="static",
                   static_url_path="/static/public")

from web.public import (  # noqa: E402  they add their routes to the blueprint above
    addresses,  # noqa: F401
    asking,  # noqa: F401
    routes,  # noqa: F401
)
