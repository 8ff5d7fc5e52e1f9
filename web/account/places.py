"""Where one goes on to after signing in or out, or choosing a language: pages of this site alone."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from flask import Response, current_app, g, make_response, redirect, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed

_SAME_SITE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")  # a path of ours: no other host, no scheme, no control
_NO_HOST = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")  # the same, once what was encoded can be read
_ON_THE_WAY = frozenset({"account.sign_in_form", "account.sign_in", "by_service.begin", "by_service.back"})
_LONGEST_NEXT = 2_000  # characters


def here() -> str:
    """Where signing in leads back to: the page that is open, or the start page where that cannot be opened again."""
    if request.endpoint in _ON_THE_WAY:
        return same_site(request.values.get("next", ""))
    if "HX-Current-URL" in request.headers:  # a part of that page was asked for
        return same_site(_path_of(request.headers["HX-Current-URL"]))
    if g.get("form_too_late"):
        return _page_of_form()
    return same_site(request.full_path.removesuffix("?") if request.method == "GET" and request.endpoint else "")


def _page_of_form() -> str:
    """The page that has the form: the nearest one at or above where the form is sent to, as browsers name none here."""
    routes, path = current_app.create_url_adapter(request), request.path
    while routes and len(path) > 1:
        with suppress(HTTPException):
            routes.match(path, method="GET")
            return same_site(path)
        path = path.rpartition("/")[0]
    return same_site("")


def _path_of(address: str) -> str:
    try:
        return urlsplit(address)._replace(scheme="", netloc="", fragment="").geturl()
    except ValueError:  # a host that is none
        return ""


def see(path: str) -> Response:
    """Lead there after a form was taken."""
    return make_response(redirect(path, code=303))


def same_site(path: str) -> str:
    """The path to go on to when it is one of this site, however it is encoded, else the start page."""
    is_ours = len(path) <= _LONGEST_NEXT and _SAME_SITE.fullmatch(path) and _NO_HOST.fullmatch(
        unquote(unquote(path.partition("?")[0])))
    return path if is_ours and _opens(path) else url_for("public.home")


def _opens(path: str) -> bool:
    """Whether there is something to see: not where a form is sent to alone, and not signing in once more."""
    routes = current_app.create_url_adapter(request)
    try:
        endpoint = routes.match(unquote(re.split("[?#]", path)[0]), method="GET")[0] if routes else ""
    except HTTPException as other:
        return not isinstance(other, MethodNotAllowed)  # what is not there says so itself
    return endpoint not in _ON_THE_WAY
