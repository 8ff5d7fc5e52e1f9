"""Signing in and out, and the choice of language."""

from __future__ import annotations

import re

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from kb.errors import Denied
from kb.people import people
from kb.people.permissions import Action
from web import auth
from web.auth import permits
from web.errors import explained, problem_of, said
from web.wiring import edge

account = Blueprint("account", __name__)

LANGUAGES = ("zh", "en")
_YEAR_S = 365 * 24 * 3600
_SAME_SITE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")  # a path of ours: no other host, no scheme, no control


@account.get("/sign-in")
@permits(Action.READ)
def sign_in_form() -> str:
    """The form."""
    return render_template("account/sign_in.html", next=_next(request.args.get("next", "")))


@account.post("/sign-in")
@permits(Action.READ)
def sign_in() -> Response:
    """Open a session of its own id, and go where the visitor wanted to be."""
    parts, wanted = edge(), _next(request.form.get("next", ""))
    login = request.form.get("login", "").strip()
    try:
        session_id = people.sign_in(parts.database, login, request.form.get("password", ""),
                                    address=request.remote_addr or "", now=parts.clock(),
                                    session_hours=parts.web.session_hours, tries=parts.web.signin_tries)
    except Denied as error:
        problem = problem_of(error)
        page = render_template("account/sign_in.html", next=wanted, login=login, said=said(problem))
        return explained(page, problem)
    auth.open_session(session_id)
    return _see(wanted)


@account.post("/sign-out")
@permits(Action.READ)
def sign_out() -> Response:
    """End the session on the server too."""
    auth.close_session()
    return _see(url_for("public.home"))


@account.post("/language")
@permits(Action.READ)
def choose_language() -> Response:
    """Remember the language in a cookie."""
    response = _see(_next(request.form.get("next", "")))
    if request.form.get("language") in LANGUAGES:
        auth.set_cookie(response, "kb_lang", request.form["language"], max_age=_YEAR_S)
    return response


def _see(path: str) -> Response:
    return make_response(redirect(path, code=303))


def _next(path: str) -> str:
    """The path to go on to when it is one of this site, else the start page."""
    return path if _SAME_SITE.fullmatch(path) else url_for("public.home")
