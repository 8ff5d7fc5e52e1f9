"""Parts of pages for htmx, which puts them in place of what was there.

A view gives the same words either way: with :func:`is_wanted` a part of the page, otherwise all of it, so that every
link and form works without script too. Where htmx restores a page from the browser's history it needs all of it.
"""

from __future__ import annotations

from flask import Response, make_response, redirect, request


def is_wanted() -> bool:
    """Whether the request is htmx's for a part of the page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def lead_to(path: str) -> Response:
    """Lead there after a form was taken: the whole page, also where htmx sent the form."""
    if not is_wanted():
        return make_response(redirect(path, code=303))
    response = make_response("", 204)
    response.headers["HX-Redirect"] = path
    return response
