"""Who is asking, and what a route lets them do.

Pages know people by a server-side session whose random id is in a cookie; the API knows programs by bearer tokens and
never reads cookies, so no other site's page can use it in a visitor's name. What somebody may do is read from the
database with every request. Each route declares its action with :func:`permits`; an app with a route that does not
will not start.

Whose password was set by somebody else comes to nothing but the page where they choose their own, until they have.

A session's cookie outlives it: whoever comes with one that opens nothing is a citizen from then on, and every page says
so until they sign in again or leave it at that (:func:`has_ended`).

Form tokens: a random seed in a cookie, and in the form an HMAC over the seed and the session id. Another site can
neither read nor compute it, and one made before sign-in is void after it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, make_response, redirect, request, url_for
from markupsafe import Markup

from kb.actor import CITIZEN, Actor, Role
from kb.errors import Denied, Unavailable
from kb.people import sessions, tokens
from kb.people.devices import device_of
from kb.people.permissions import Action, may_anywhere
from kb.people.throttling import network_of
from web.error_replies import reads_json
from web.errors import NotSignedIn, TooManyRequests
from web.wiring import edge

F = TypeVar("F", bound=Callable[..., Any])

FORM_FIELD, FORM_HEADER = "form_token", "X-Form-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_STATELESS = frozenset({"api", "ops"})  # blueprints that read no cookies and set none


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route needs: a right of the viewer and, when a token is used, one of its scopes."""

    action: Action
    scope: str
    at_any_time: bool
    is_use: bool


def permits(action: Action, *, scope: str = "read", at_any_time: bool = False, is_use: bool = True
            ) -> Callable[[F], F]:
    """Declare what a route needs; one that is open at any time is so too while a password must still be changed.

    What a page asks by itself is no use of it: a desk that everybody has left is signed out all the same.
    """
    def declare(view: F) -> F:
        view.kb_rule = Rule(action, scope, at_any_time, is_use)  # type: ignore[attr-defined]
        return view

    return declare


def check_declared(app: Flask) -> None:
    """Raise RuntimeError naming every route that declares no permission; files that all may load need none."""
    bare = sorted({rule.rule for rule in app.url_map.iter_rules() if not is_static(rule.endpoint)
                   and not isinstance(getattr(app.view_functions[rule.endpoint], "kb_rule", None), Rule)})
    if bare:
        raise RuntimeError(f"routes without a declared permission: {', '.join(bare)}")


def viewer() -> Actor:
    """Who asks; the citizen unless somebody has signed in."""
    found: Actor = g.get("viewer", CITIZEN)
    return found


def name_of_viewer() -> str:
    """What the visitor is called, as people say it; the user name where nobody has given another."""
    found = present_session()
    return (found.name if found else "") or viewer().name


def is_staff() -> bool:
    """Whether the viewer may see more than citizens do."""
    return not viewer().roles <= {Role.CITIZEN}


def is_static(endpoint: str | None) -> bool:
    """Whether this is the application's or a blueprint's folder of files that are the same for whoever asks."""
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))


def identify() -> Response | None:
    """Before each request: who it is, and whether the form is ours and the route open to them."""
    if is_static(request.endpoint):
        return None
    if request.endpoint is None:  # nothing there, or not by this method: the page that says so knows its visitor
        if not request.path.startswith("/api/"):
            with suppress(Unavailable):
                _by_session()
        return None
    rule: Rule = getattr(current_app.view_functions[request.endpoint], "kb_rule")  # noqa: B009
    scopes: frozenset[str] | None = None
    if request.blueprint in _STATELESS:
        scopes = _by_token()
    else:
        _by_session(is_use=rule.is_use)
        if request.method not in _SAFE:
            _check_form(rule)
    if scopes is not None and rule.scope not in scopes:
        raise Denied("scope", "this token lacks the scope {scope}", scope=rule.scope)
    if not may_anywhere(viewer(), rule.action):  # of whose things, the service checks
        raise Denied("denied", "you may not do this") if viewer().is_signed_in else NotSignedIn(
            "not_signed_in", "sign in first")
    return None if rule.at_any_time else _before_a_password()


def _before_a_password() -> Response | None:
    """Whose password somebody else set is led to choosing another, whatever they ask for."""
    if not must_change_password():
        return None
    if reads_json():
        raise Denied("password_once", "the password was set by somebody else: choose your own at /account/password")
    wanted = request.full_path.removesuffix("?") if request.method == "GET" else None
    return make_response(redirect(url_for("account.password_form", next=wanted), code=303))


def _by_token() -> frozenset[str] | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    if kind.lower() == "bearer" and token.strip():
        with edge().database.reading() as session:
            found = tokens.viewer_by_token(session, token.strip(), now=edge().clock())
        if found is not None:
            g.viewer = found[0]
            return found[1]
    raise NotSignedIn("bad_token", "the token is unknown, expired or ended: send `Authorization: Bearer kb_…`, or no "
                      "token at all to ask as a citizen")


def _by_session(*, is_use: bool = True) -> None:
    session_id = request.cookies.get(_name("kb_session"))
    if session_id:
        now = edge().clock()
        with edge().database.reading() as session:
            found = sessions.find_session(session, session_id, now=now)
        if found is None:
            g.session_ended = True
            return
        g.viewer, g.session_id, g.session = found.actor, session_id, found
        if not is_use:
            return
        with suppress(Unavailable):  # a page is read though nothing can be written
            sessions.note_use(edge().database, session_id, found, lasting=lasting(), now=now)


def lasting() -> sessions.Lasting:
    """How long sessions last here."""
    return sessions.Lasting(edge().web.session_hours, edge().web.idle_minutes)


def device() -> str:
    """The kind of browser that the visitor has."""
    return device_of(request.headers.get("User-Agent", ""))


def session_id() -> str | None:
    """The id of the visitor's session, while it lasts."""
    found: str | None = g.get("session_id")
    return found


def present_session() -> sessions.OpenSession | None:
    """The visitor's session, while it lasts."""
    found: sessions.OpenSession | None = g.get("session")
    return found


def must_change_password() -> bool:
    """Whether the visitor's password was set by somebody else, so that nothing else may be done."""
    found = present_session()
    return found is not None and found.must_change_password


def has_ended() -> bool:
    """Whether the visitor brings the cookie of a session that is over: they were signed in, and are no longer."""
    return bool(g.get("session_ended"))


def open_session(session_id: str) -> None:
    """Put a new session into the visitor's cookie, in place of any other, and begin their forms anew."""
    close_session()
    g.send_session = session_id


def close_session() -> None:
    """End the visitor's session, here and in their cookie."""
    old = g.get("session_id")
    if old:
        with edge().database.transaction() as session:
            sessions.sign_out(session, old, now=edge().clock())
    g.session_id, g.session, g.viewer = None, None, CITIZEN
    g.send_session, g.send_seed, g.session_ended = "", secrets.token_urlsafe(24), False


def form_token() -> str:
    """The token that every form of this page carries."""
    seed = g.get("send_seed") or request.cookies.get(_name("kb_form")) or ""
    if not seed:
        seed = g.send_seed = secrets.token_urlsafe(24)
    bound = hashlib.sha256(f"{seed}\n{g.get('session_id') or ''}".encode("utf-8", "replace")).digest()
    return hmac.new(edge().secret, bound, hashlib.sha256).hexdigest()


def form_field() -> Markup:
    """The token as a hidden field."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, form_token())


def _check_form(rule: Rule) -> None:
    sent = request.headers.get(FORM_HEADER) or request.form.get(FORM_FIELD, "")
    has_seed = bool(request.cookies.get(_name("kb_form")))
    if not has_seed or not hmac.compare_digest(sent.encode("utf-8", "replace"), form_token().encode()):
        g.form_too_late = True
        if has_ended():  # the page was made while the session lasted
            raise NotSignedIn("session_ended", "the sign-in has ended: sign in again")
        if not viewer().is_signed_in and not may_anywhere(viewer(), rule.action):  # signed out in another tab
            raise NotSignedIn("signed_out", "the sign-in has ended: sign in again, then send the form again")
        raise Denied("form_token", "this form is too old or not from this site: reload the page and send it again")


def _name(cookie: str) -> str:
    return f"__Host-{cookie}" if edge().web.secure_cookies else cookie


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """A cookie that scripts cannot read and other sites' posts do not carry."""
    response.set_cookie(_name(name), value, max_age=max_age, httponly=True, samesite="Lax", path="/",
                        secure=edge().web.secure_cookies)


def cookie(name: str) -> str:
    """The cookie as it came, empty when there is none."""
    return request.cookies.get(_name(name), "")


def send_cookies(response: Response) -> Response:
    """After each request: the session and seed that were opened or closed in it."""
    if "send_session" in g:
        set_cookie(response, "kb_session", g.send_session, max_age=None if g.send_session else 0)
    if "send_seed" in g:
        set_cookie(response, "kb_form", g.send_seed)
    return response


def check_rate(cost: float = 1.0) -> None:
    """Raise TooManyRequests when this user, or this address without a user, asks too often."""
    parts, who = edge(), viewer()
    limit = parts.web.asks_per_minute_signed_in if who.is_signed_in else parts.web.asks_per_minute
    key = f"user:{who.user_id}" if who.is_signed_in else f"address:{network_of(request.remote_addr or '')}"
    wait_s = parts.limiter.wait_s(key, limit, at=time(), cost=cost)
    if wait_s:
        raise TooManyRequests("rate", "more than {limit} asks a minute: wait {wait_s} seconds", limit=limit,
                              wait_s=wait_s, retry_after_s=wait_s)
