"""Signing in and out, one's own password and sessions, and the choice of language."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for

from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.people import credentials, sessions, tokens
from kb.people.passwords import LONGEST, SHORTEST
from kb.people.permissions import Action, may_anywhere
from web import auth
from web.account.by_service import sign_in_service
from web.account.places import same_site, see
from web.auth import permits, viewer
from web.error_replies import explained
from web.error_words import said
from web.errors import NotSignedIn, problem_of
from web.wiring import edge

account = Blueprint("account", __name__, template_folder="templates", static_folder="static",
                    static_url_path="/static/account")

LANGUAGES = ("zh", "en")
_SCOPES = ("ask", "read", "write", "admin")
_LASTING = (30, 90, 365)  # days
_YEAR_S = 365 * 24 * 3600


@account.get("/sign-in")
@permits(Action.READ, at_any_time=True)
def sign_in_form() -> str:
    """The form."""
    return render_template("account/sign_in.html", next=same_site(request.args.get("next", "")))


@account.post("/sign-in")
@permits(Action.READ, at_any_time=True)
def sign_in() -> Response:
    """Open a session of its own id, and go where the visitor wanted to be."""
    parts, wanted = edge(), same_site(request.form.get("next", ""))
    login = request.form.get("login", "").strip()
    try:
        session_id = sessions.sign_in(parts.database, login, request.form.get("password", ""),
                                      address=request.remote_addr or "", now=parts.clock(), lasting=auth.lasting(),
                                      tries=parts.web.signin_tries, device=auth.device())
    except Denied as error:
        problem = problem_of(error)
        page = render_template("account/sign_in.html", next=wanted, login=login, said=said(problem))
        return explained(page, problem)
    auth.open_session(session_id)
    return see(wanted)


@account.post("/sign-out")
@permits(Action.READ, at_any_time=True)
def sign_out() -> Response:
    """End the session on the server too; go on where a session had ended by itself.

    Who came by the sign-in service is signed out there as well, by way of a page: a form may lead to no other site.
    """
    parts, wanted, ended = edge(), same_site(request.form.get("next", "")), auth.present_session()
    auth.close_session()
    service = sign_in_service()
    if ended is None or service is None or ended.issuer != service.settings.issuer:
        return see(wanted)
    address = service.sign_out_address(parts.web.base_url.rstrip("/") + url_for("public.home"), now=parts.clock())
    return make_response(render_template("account/signed_out.html", address=address)) if address else see(wanted)


@account.get("/account/password")
@permits(Action.READ, at_any_time=True)
def password_form() -> str:
    """The form with which one changes one's own password."""
    _check_signed_in()
    return _password_page(is_changed="changed" in request.args, next=same_site(request.args.get("next", "")))


@account.post("/account/password")
@permits(Action.READ, at_any_time=True)
def change_password() -> Response:
    """Change it: every other session of the visitor's ends, and this one goes on under a new id.

    Whoever had to, before anything else, goes on to where they wanted to be.
    """
    _check_signed_in()
    parts, new, wanted = edge(), request.form.get("new", ""), same_site(request.form.get("next", ""))
    had_to = auth.must_change_password()
    try:
        if new != request.form.get("again", ""):
            raise Invalid("passwords_differ", "the two new passwords differ", fields={"again": "differs"})
        session_id = credentials.change_password(
            parts.database, viewer(), request.form.get("old", ""), new, address=request.remote_addr or "",
            now=parts.clock(), lasting=auth.lasting(), tries=parts.web.signin_tries, device=auth.device())
    except (Conflict, Denied, Invalid) as error:
        problem = problem_of(error)
        return explained(_password_page(said=said(problem), next=wanted), problem)
    auth.open_session(session_id)
    return see(wanted if had_to else url_for("account.password_form", changed=1))


@account.get("/account/sessions")
@permits(Action.READ)
def own_sessions() -> str:
    """Where one is signed in."""
    _check_signed_in()
    return _sessions_page()


@account.post("/account/sessions")
@permits(Action.READ)
def end_own_sessions() -> Response:
    """End one of them, or all but the present one."""
    _check_signed_in()
    parts, me, handle = edge(), viewer(), request.form.get("session", "")
    present = auth.session_id() or ""
    if handle == sessions.handle_of(present):
        auth.close_session()
        return see(url_for("public.home"))
    try:
        with parts.database.transaction() as session:
            if handle:
                sessions.end_session(session, me, me.name, handle, now=parts.clock(), origin="web")
            else:
                sessions.end_sessions(session, me, me.name, but=present, now=parts.clock(), origin="web")
    except NotFound as error:
        problem = problem_of(error)
        return explained(_sessions_page(said=said(problem)), problem)
    return see(url_for("account.own_sessions"))


@account.get("/account/tokens")
@permits(Action.READ)
def own_tokens() -> str:
    """One's own API tokens."""
    _check_signed_in()
    return _tokens_page()


@account.post("/account/tokens")
@permits(Action.READ)
def create_own_token() -> Response:
    """Make one, and show it in the reply, this once."""
    _check_signed_in()
    me, days = viewer(), request.form.get("days", "")
    try:
        if days not in map(str, _LASTING):
            raise Invalid("days", "a token lasts 1 to 3650 days", fields={"days": "out of range"})
        with edge().database.transaction() as session:
            made = tokens.create_token(session, me, me.name, name=request.form.get("name", ""),
                                       scopes=request.form.getlist("scope"), days=int(days), now=edge().clock(),
                                       origin="web")
    except (Denied, Invalid) as error:
        problem = problem_of(error)
        return explained(_tokens_page(said=said(problem), token_name=request.form.get("name", ""),
                                      given=request.form.getlist("scope")), problem)
    return make_response(_tokens_page(once=made))


@account.post("/account/tokens/end")
@permits(Action.READ)
def end_own_token() -> Response:
    """End one of them."""
    _check_signed_in()
    try:
        with edge().database.transaction() as session:
            tokens.revoke_token(session, viewer(), request.form.get("token", ""), now=edge().clock(), origin="web")
    except (Conflict, NotFound) as error:
        problem = problem_of(error)
        return explained(_tokens_page(said=said(problem)), problem)
    return see(url_for("account.own_tokens"))


@account.post("/language")
@permits(Action.READ, at_any_time=True)
def choose_language() -> Response:
    """Remember the language in a cookie."""
    response = see(same_site(request.form.get("next", "")))
    if request.form.get("language") in LANGUAGES:
        auth.set_cookie(response, "kb_lang", request.form["language"], max_age=_YEAR_S)
    return response


def _check_signed_in() -> None:
    if not viewer().is_signed_in:
        raise NotSignedIn("not_signed_in", "sign in first")


def _password_page(**shown: object) -> str:
    with edge().database.reading() as session:
        has_password = credentials.has_password(session, viewer())
    return render_template("account/password.html", shortest=SHORTEST, longest=LONGEST, has_password=has_password,
                           must_change=auth.must_change_password(), **shown)


def _sessions_page(**shown: object) -> str:
    parts, me = edge(), viewer()
    with parts.database.reading() as session:
        found = sessions.list_sessions(session, me, me.name, now=parts.clock())
    return render_template("account/sessions.html", sessions=found,
                           present=sessions.handle_of(auth.session_id() or ""), **shown)


def _tokens_page(**shown: object) -> str:
    parts, me = edge(), viewer()
    with parts.database.reading() as session:
        found = tokens.list_tokens(session, me, me.name)
    offered = [scope for scope in _SCOPES if scope != "admin" or may_anywhere(me, Action.OPERATE)]
    return render_template("account/tokens.html", tokens=found[::-1], scopes=offered, now=parts.clock(), **shown)
