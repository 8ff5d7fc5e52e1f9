"""One table from error to HTTP status, and an error as it leaves the server: as a problem document, or as a page.

Programs get RFC 9457 problem documents, browsers a page (web/error_replies.py), in their reader's language. Neither
ever holds a traceback, an SQL statement or (but for what a form lost) what the visitor typed; an error nobody foresaw
gets an id that stands in the log beside its traceback.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from typing import Any

from flask import g, request
from flask_babel import get_locale
from werkzeug.exceptions import HTTPException

from kb.errors import Conflict, Denied, FetchFailed, Invalid, InvalidTransition, KbError, NotFound, Unavailable
from kb.messages.catalogue import say, say_word
from kb.messages.message import Message
from retriever.errors import BadQuestion, RetrieverError
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


def language() -> str:
    """The language of the reply, zh or en."""
    locale = get_locale()
    return locale.language if locale else "en"


def route() -> str:
    """The template of the route asked for, never the path itself."""
    return request.url_rule.rule if request.url_rule else "none"
