"""Signing in and out, one's own password, and the choice of language."""

from __future__ import annotations

import re
from urllib.parse import unquote

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from kb.errors import Conflict, Denied, Invalid
from kb.people import sessions
from kb.people.passwords import LONGEST, SHORTEST
from kb.people.permissions import Action
from web import auth
from web.auth import permits, viewer
from web.errors import NotSignedIn, explained, problem_of, said
from web.wiring import edge

account = Blueprint("account", __name__, template_folder="templates")

LANGUAGES = ("zh", "en")
_YEAR_S = 365 * 24 * 3600
_SAME_SITE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")  # a path of ours: no other host, no scheme, no control
_NO_HOST = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")  # the same, once what was encoded can be read
_LONGEST_NEXT = 2_000  # characters


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
        session_id = sessions.sign_in(parts.database, login, request.form.get("password", ""),
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
    """End the session on the server too; go on where a session had ended by itself."""
    wanted = _next(request.form.get("next", ""))
    auth.close_session()
    return _see(wanted)


@account.get("/account/password")
@permits(Action.READ)
def password_form() -> str:
    """The form with which one changes one's own password."""
    _check_signed_in()
    return _password_page(is_changed="changed" in request.args)


@account.post("/account/password")
@permits(Action.READ)
def change_password() -> Response:
    """Change it: every other session of the visitor's ends, and this one goes on under a new id."""
    _check_signed_in()
    parts, new = edge(), request.form.get("new", "")
    try:
        if new != request.form.get("again", ""):
            raise Invalid("passwords_differ", "the two new passwords differ", fields={"again": "differs"})
        session_id = sessions.change_password(
            parts.database, viewer(), request.form.get("old", ""), new, address=request.remote_addr or "",
            now=parts.clock(), session_hours=parts.web.session_hours, tries=parts.web.signin_tries)
    except (Conflict, Denied, Invalid) as error:
        problem = problem_of(error)
        return explained(_password_page(said=said(problem)), problem)
    auth.open_session(session_id)
    return _see(url_for("account.password_form", changed=1))


@account.post("/language")
@permits(Action.READ)
def choose_language() -> Response:
    """Remember the language in a cookie."""
    response = _see(_next(request.form.get("next", "")))
    if request.form.get("language") in LANGUAGES:
        auth.set_cookie(response, "kb_lang", request.form["language"], max_age=_YEAR_S)
    return response


def here() -> str:
    """Where signing in leads back to: the page that is open, or the start page where that cannot be opened again."""
    if request.endpoint in ("account.sign_in_form", "account.sign_in"):
        return _next(request.values.get("next", ""))
    return _next(request.full_path.removesuffix("?") if request.method == "GET" and request.endpoint else "")


def _check_signed_in() -> None:
    if not viewer().is_signed_in:
        raise NotSignedIn("not_signed_in", "sign in first")


def _password_page(**shown: object) -> str:
    return render_template("account/password.html", shortest=SHORTEST, longest=LONGEST, **shown)


def _see(path: str) -> Response:
    return make_response(redirect(path, code=303))


def _next(path: str) -> str:
    """The path to go on to when it is one of this site, however it is encoded, else the start page."""
    is_ours = len(path) <= _LONGEST_NEXT and _SAME_SITE.fullmatch(path) and _NO_HOST.fullmatch(
        unquote(unquote(path.partition("?")[0])))
    return path if is_ours else url_for("public.home")
