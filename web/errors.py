"""One table from error to HTTP status, and the two shapes an error has: a problem document, or a page.

Programs get RFC 9457 problem documents, browsers a page, both in their reader's language. Neither ever holds a
traceback, an SQL statement or (but for :func:`_unsaved`) what the visitor typed; an error nobody foresaw gets an id
that stands in the log beside its traceback.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, render_template, request
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

from kb.errors import Conflict, Denied, FetchFailed, Invalid, InvalidTransition, KbError, NotFound, Unavailable
from kb.messages.catalogue import say, say_word
from kb.messages.message import Message
from kb.people.passwords import LONGEST, SHORTEST
from retriever.errors import BadQuestion, RetrieverError
from web import fragments
from web.logs import FAILED, LOCKED_OUT, REFUSED
from web.metrics import METHODS

log = logging.getLogger(__name__)


class NotSignedIn(KbError):
    """Nobody has signed in, or the token is not known."""


class TooManyRequests(KbError):
    """Asked too often; ``facts["retry_after_s"]`` says when to come back."""


class BadRequest(KbError):
    """The request's form is wrong: not JSON, another type, an unknown member."""


class TooLarge(KbError):
    """The body is larger than is taken."""


class Unsupported(KbError):
    """The body is of a media type that is not taken."""


class PreconditionFailed(KbError):
    """What is to be changed is no longer what was seen."""


class PreconditionRequired(KbError):
    """What was seen is not named."""


class UnknownMethod(KbError):
    """The request's method is none of HTTP's."""



# An error's own class decides, else its nearest parent that is listed; a code listed below decides before any class.
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotSignedIn, 401), (TooManyRequests, 429), (BadRequest, 400), (TooLarge, 413), (Unsupported, 415),
    (UnknownMethod, 501), (PreconditionFailed, 412), (PreconditionRequired, 428),
    (NotFound, 404), (Denied, 403), (Conflict, 409), (InvalidTransition, 409), (Invalid, 400), (Unavailable, 503),
    (FetchFailed, 502), (KbError, 400), (BadQuestion, 400), (RetrieverError, 503),
)
# of others a page says what follows from the status
_FOR_PEOPLE = (Conflict, Denied, FetchFailed, Invalid, InvalidTransition)
STATUS_OF_CODE = {"throttled": 429, "sign_in": 401, "key_reused": 422}
_TYPED = ("title", "summary", "source", "change_note", "reason", "note", "body", "question")
_RETRY_AFTER_S = {"database_busy": 2}

TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 411: "Length Required", 412: "Precondition Failed",
    413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
    416: "Requested Range Not Satisfiable", 422: "Unprocessable Entity", 428: "Precondition Required",
    429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
}
# What is refused before any code of ours sees it.
_REFUSED = {
    400: Message("the request's form is wrong"), 404: Message("there is nothing at this address"),
    405: Message("this address does not take this method: see the header Allow"),
    408: Message("the request took too long to arrive: send it again"),
    413: Message("larger than web.body_bytes allows"), 414: Message("the address is too long"),
    415: Message("this media type is not taken"), 431: Message("the headers are too large"),
}
_REFUSED_OTHERWISE = Message("the request is refused")

# What a page says in place of the domain's own message, which may be made for those who build on it.
_SAID = {
    "empty": _l("Type what you want to know."),
    "too_long": _l("The question is too long. Shorten it to what matters."),
    "sign_in": _l("User name or password is wrong."),
    "session_ended": _l("Your sign-in has ended. Sign in again."),
    "wrong_password": _l("The present password is wrong."),
    "same_password": _l("The new password is the present one. Choose another."),
    "passwords_differ": _l("The two new passwords differ. Type the new one twice."),
    "password_changed": _l("The password was changed meanwhile. Sign in again."),
    "form_token": _l("This page was open for too long. Go back, reload it and send the form again."),
    "password_once": _l("Your password was set by somebody else. Choose your own first."),
    "last_admin": _l("This is the last administrator. Make somebody else one first."),
    "disabled": _l("This account is disabled already."),
    "enabled": _l("This account is not disabled."),
    "roles_changed": _l("The roles were changed meanwhile. Look at them again."),
    "grant": _l("This role needs a department, or takes none."),
    "role": _l("There is no such role."),
    "unknown_department": _l("There is no such department."),
    "name": _l("A name has 1 to 100 characters."),
    "login": _l("A user name has lower-case letters, digits, dots and hyphens."),
    "login_taken": _l("This user name is taken."),
    "login_reserved": _l("The log keeps this name for what no person does; choose another user name."),
    "revoked": _l("This token has been ended already."),
    "oidc_state": _l("This sign-in was not begun here, or too long ago. Begin it again."),
    "oidc_refused": _l("The sign-in service did not let you in."),
    "oidc_token": _l("What the sign-in service said could not be trusted. Tell your administrator."),
    "oidc_down": _l("The sign-in service does not answer. Try again in a moment, or sign in with a password."),
    "identity_unknown": _l("You have no account here yet. Ask your administrator for one."),
    "identity_login": _l("This account cannot be opened in this way yet. Ask your administrator to link it."),
    "identity": _l("The sign-in service named you in a way that cannot be taken. Tell your administrator."),
    "account_disabled": _l("Your account is disabled. Ask your administrator."),
    "no_session": _l("This sign-in has ended already."),
    "rate": _l("Too many questions in a short time. Wait a moment and try again."),
    "place": _l("This section cannot be found any more. Ask the question again."),
    "bad_date": _l("The date cannot be read. Write it like 2026-03-01."),
    "bad_body": _l("The request broke off on its way. Send it again."),
    "interrupted": _l("The server broke off while it worked on this. Look whether it was done before you send it "
                      "again."),
    "page": _l("Results end here. Narrow the search by department or with more words."),
    "not_initialised": _l("The knowledge base is not set up yet. Run `kb init` on the server."),
    "index_format": _l("The search index must be rebuilt. Run `kb index rebuild` on the server."),
    "not_public": _l("This text is not public now."),
    "changed": _l("The knowledge base changed while the answer was made. Ask again."),
}
_SAID_BY_STATUS = {
    400: _l("The request cannot be understood."),
    401: _l("Sign in to go on."),
    403: _l("You may not do this."),
    404: _l("There is no such page, or it is not for you."),
    405: _l("The page cannot be used in this way."),
    408: _l("The request took too long to arrive. Send it again."),
    409: _l("Somebody else changed this first. Reload and try again."),
    413: _l("That is too much text. Shorten it."),
    429: _l("Too many requests. Wait a moment and try again."),
    501: _l("The page cannot be used in this way."),
    503: _l("The service is not available right now. Try again in a moment."),
}
_SAID_OTHERWISE = _l("Something went wrong on our side. Try again; if it stays so, tell your administrator the number "
                     "below.")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it leaves the server. ``reasons`` are those of fields, by name; ``is_for_people``: its detail says
    what a person can do, in a page too."""

    status: int
    code: str
    detail: Message | str
    reasons: Mapping[str, Message | str] | None = None
    retry_after_s: int | None = None
    error_id: str | None = None
    is_for_people: bool = False

    @property
    def fields(self) -> dict[str, str]:
        """What is wrong with which field, in the language of the page."""
        return {name: say(reason, language()) for name, reason in (self.reasons or {}).items()}

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """RFC 9457, with ``code`` for programs."""
        body: dict[str, Any] = {"type": f"urn:hotline-kb:problem:{self.code}",
                                "title": say_word(TITLES.get(self.status, HTTPStatus(self.status).phrase), language),
                                "status": self.status, "detail": say(self.detail, language), "code": self.code}
        if self.reasons:
            body["fields"] = {name: say(reason, language) for name, reason in self.reasons.items()}
        if self.error_id:
            body["error_id"] = self.error_id
        return body


def status_of(error: KbError | RetrieverError) -> int:
    """The status of an error of ours."""
    if error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    listed = dict(STATUS)
    return next(listed[kind] for kind in type(error).__mro__ if kind in listed)


def problem_of(error: Exception) -> Problem:
    """Any error as a problem; one that nobody foresaw is logged."""
    if isinstance(error, (KbError, RetrieverError)):
        status = status_of(error)
        fields = error.facts.get("fields")
        retry = error.facts.get("retry_after_s", _RETRY_AFTER_S.get(error.code))
        problem = Problem(status, error.code, Message(error.template, **error.facts),
                          fields if isinstance(fields, Mapping) else None, retry if isinstance(retry, int) else None,
                          is_for_people=isinstance(error, _FOR_PEOPLE))
        _note(problem)
        return problem
    if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        return Problem(error.code, HTTPStatus(error.code).phrase.lower().replace(" ", "_"),
                       _REFUSED.get(error.code, _REFUSED_OTHERWISE))
    problem = Problem(500, "internal", "an unexpected error; the log names its cause under this id",
                      error_id=uuid.uuid4().hex[:12])
    log.error(FAILED, extra=_facts(problem), exc_info=error)
    return problem


def _note(problem: Problem) -> None:
    """Log what an operator may have to act on; of other refusals the metrics count how many there are."""
    if problem.status >= 500 and problem.status != 501:
        log.error(REFUSED, extra=_facts(problem))
    elif problem.code == "throttled":
        log.warning(LOCKED_OUT, extra=_facts(problem))
    elif problem.status == 403:
        log.warning(REFUSED, extra=_facts(problem))


def _facts(problem: Problem) -> dict[str, object]:
    began: float | None = g.get("began")
    return {"error_id": problem.error_id, "code": problem.code, "status": problem.status,
            "method": request.method if request.method in METHODS else "other", "route": route(),
            "took_ms": None if began is None else round((perf_counter() - began) * 1000)}


def said(problem: Problem) -> str:
    """What a page says about it, in the visitor's language."""
    if problem.code == "throttled":
        minutes = -(-(problem.retry_after_s or 0) // 60)
        return str(gettext("Too many failed sign-ins. Wait %(minutes)s minutes and try again, or ask your "
                           "administrator.", minutes=minutes))
    if problem.code == "password":
        return str(gettext("A password has %(shortest)s to %(longest)s characters.", shortest=SHORTEST,
                           longest=LONGEST))
    if problem.code not in _SAID and problem.status in (403, 404) and request.endpoint and g.get("session_ended"):
        return str(_SAID["session_ended"])  # before, they might have had it
    if problem.code not in _SAID and problem.is_for_people:
        return sentence(problem.detail, language())
    return str(_SAID.get(problem.code) or _SAID_BY_STATUS.get(problem.status) or _SAID_OTHERWISE)


def sentence(told: Message | str, language: str) -> str:
    """A message as a sentence of a page: with its stop, and a capital letter unless it begins with a value."""
    text, template = say(told, language), told if isinstance(told, str) else told.template
    return (text if template.startswith("{") else text[:1].upper() + text[1:]) + ("。" if language == "zh" else ".")


def language() -> str:
    """The language of the reply, zh or en."""
    locale = get_locale()
    return locale.language if locale else "en"


def route() -> str:
    """The template of the route asked for, never the path itself."""
    return request.url_rule.rule if request.url_rule else "none"


def check_request() -> None:
    """Before each request: refuse a method that is none, and a Host header that is no name, wherever they point."""
    g.began = perf_counter()
    if request.method not in METHODS:
        raise UnknownMethod("method", "this method is not known here; use one of {methods}", methods=sorted(METHODS))
    if not _is_host(request.host):
        raise BadRequest("host", "the Host header is no host name: send the name of this site")


def _is_host(host: str) -> bool:
    """Whether addresses can be built with it; an old client sends none."""
    name = host.rpartition("]")[0] or host.partition(":")[0]
    try:
        name.encode("idna").decode("idna")
    except UnicodeError:  # an empty label, one of more than 63 characters, or xn-- before what encodes nothing
        return False
    return bool(host) or "HTTP_HOST" not in request.environ


def own_address() -> str:
    """Where this site is, as it was asked; empty where the Host header is no name, as on the page that says so."""
    return request.host_url.rstrip("/") if _is_host(request.host) else ""


def last_response(error: Exception) -> Response:
    """The answer where the page or document for an error could not be made: a document that needs nothing."""
    problem = problem_of(error)
    return json_response(problem.as_dict(), problem.status, "application/problem+json")


def json_response(body: Any, status: int = 200, content_type: str = "application/json") -> Response:
    """A JSON body in plain characters; what UTF-8 cannot hold stays escaped."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"
    return Response(text.encode("utf-8", "backslashreplace"), status, content_type=content_type)


def problem_response(problem: Problem) -> Response:
    """The problem as a document or a page, as the caller reads it."""
    if reads_json():
        response = json_response(problem.as_dict(language()), problem.status, "application/problem+json")
    elif fragments.is_wanted():
        response = explained(render_template("error_part.html", problem=problem, said=said(problem)), problem)
        response.headers.update({"HX-Retarget": "#page-problem", "HX-Reswap": "innerHTML", "HX-Push-Url": "false"})
    else:
        page = render_template("error.html", problem=problem, said=said(problem), words=_unsaved(problem))
        response = explained(page, problem)
    response.headers["Content-Language"] = language()
    response.vary.update(("Accept-Language", "Cookie"))
    if problem.retry_after_s:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401 and is_api():
        response.headers["WWW-Authenticate"] = 'Bearer realm="hotline-kb"'
    return response


def _unsaved(problem: Problem) -> list[str]:
    """What was typed into a form that came after its sign-in had ended, to be copied.

    The cookie of that sign-in shows that the form is ours: no other site's post brings it. Of no other refusal is
    anything shown again, or such a site could put its words on a page of this one.
    """
    if problem.code != "session_ended" or request.method != "POST":
        return []
    return [text for name in _TYPED for text in request.form.getlist(name) if text.strip()]


def explained(page: str, problem: Problem) -> Response:
    """A page that tells of the problem itself, under its status."""
    response = Response(page, problem.status, content_type="text/html; charset=utf-8")
    if problem.retry_after_s:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response


def is_api() -> bool:
    """Whether the request is of the API, or of those who watch the server."""
    return request.path.startswith("/api/") or request.blueprint == "ops"


def reads_json() -> bool:
    """Whether the caller is a program, which gets a document where browsers get a page."""
    if is_api():
        return True
    accept = request.accept_mimetypes
    return accept["application/json"] > accept["text/html"] or accept["application/problem+json"] > accept["text/html"]


def install(app: Flask) -> None:
    """Answer every error of the app."""
    @app.errorhandler(Exception)
    def answer(error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
            return error.get_response()  # type: ignore[return-value]
        response = problem_response(problem_of(error))
        if isinstance(error, HTTPException):
            for name, value in error.get_headers():
                if name.lower() == "allow":
                    response.headers[name] = value
        return response
