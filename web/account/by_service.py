"""Signing in at the service of one's own that the settings name: there, back, and what pages say of it."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from itsdangerous import BadData, URLSafeSerializer

from kb.errors import Conflict, Denied, Invalid, KbError, NotFound, Unavailable
from kb.people import identities
from kb.people.identities import OidcSettings
from kb.people.permissions import Action
from web import auth
from web.account.places import same_site, see
from web.account.service import Attempt, Returned, SignInService
from web.auth import permits
from web.error_replies import explained
from web.error_words import said
from web.errors import problem_of
from web.filters import language
from web.wiring import Edge, edge

by_service = Blueprint("by_service", __name__)

_SERVICE = "kb.sign_in_service"
_ATTEMPT, _ATTEMPT_MINUTES = "kb_attempt", 10


@by_service.get("/sign-in/service")
@permits(Action.READ, at_any_time=True)
def begin() -> Response:
    """Go to the sign-in service, which leads back to the next route."""
    parts, wanted = edge(), same_site(request.args.get("next", ""))
    try:
        address, attempt = _service().begin(wanted, now=parts.clock(), minutes=_ATTEMPT_MINUTES)
    except Unavailable as error:
        return _refused(error, wanted)
    response = make_response(redirect(address, code=303))
    auth.set_cookie(response, _ATTEMPT, _seal().dumps(asdict(attempt)), max_age=_ATTEMPT_MINUTES * 60)
    return response


@by_service.get("/sign-in/service/back")
@permits(Action.READ, at_any_time=True)
def back() -> Response:
    """Open a session of whom the service has sent back, and go where they wanted to be."""
    parts, attempt = edge(), _attempt()
    wanted = same_site(attempt.next) if attempt else url_for("public.home")
    try:
        returned = Returned(*(request.args.get(name, "") for name in ("state", "code", "error", "iss")))
        claimed = _service().finish(attempt, returned, now=parts.clock())
        session_id = identities.sign_in_by(parts.database, claimed, parts.settings.section(OidcSettings),
                                           now=parts.clock(), lasting=auth.lasting(), device=auth.device())
    except (Conflict, Denied, Invalid, Unavailable) as error:
        response = _refused(error, wanted)
    else:
        auth.open_session(session_id)
        response = see(wanted)
    auth.set_cookie(response, _ATTEMPT, "", max_age=0)  # an attempt is good once
    return response


def sign_in_service() -> SignInService | None:
    """The service that people sign in at, where one is set."""
    found: SignInService | None = current_app.extensions[_SERVICE]
    return found


@by_service.record
def _prepare(state: BlueprintSetupState) -> None:
    """Refuse to start with a service that could not lead back: the address must not be taken from a request."""
    parts: Edge = state.app.extensions["kb"]
    settings, base = parts.settings.section(OidcSettings), parts.web.base_url.rstrip("/")
    if settings.issuer and not base:
        raise Invalid("missing_setting", "setting web.base_url is required where oidc.issuer is given",
                      key="web.base_url")
    state.app.extensions[_SERVICE] = SignInService(
        settings, leads_back_to=f"{base}/sign-in/service/back") if settings.issuer else None


@by_service.app_context_processor
def service_facts() -> dict[str, object]:
    """What the button says that leads to the service; empty where there is none."""
    settings = edge().settings.section(OidcSettings)
    label = settings.label_en if language() == "en" else settings.label_zh
    return {"service_label": label if settings.issuer else ""}


def _service() -> SignInService:
    found = sign_in_service()
    if found is None:
        raise NotFound("no_page", "no sign-in service is set")
    return found


def _refused(error: KbError, wanted: str) -> Response:
    problem = problem_of(error)
    return explained(render_template("account/sign_in.html", next=wanted, said=said(problem)), problem)


def _seal() -> URLSafeSerializer:
    """Signs what a browser keeps for us until it is back."""
    return URLSafeSerializer(edge().secret, salt="sign-in-service")


def _attempt() -> Attempt | None:
    try:
        return Attempt(**_seal().loads(auth.cookie(_ATTEMPT)))
    except (BadData, TypeError):
        return None
