"""What the server says without the application: it is alive, it is too busy, a request came too slowly.

Pages and documents are made once, when the process starts: a refusal must cost next to nothing, or refusing would be
what keeps the server busy.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from flask import Flask, Response
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from web.account.routes import LANGUAGES
from web.application import HEADERS
from web.errors import Problem, json_response, problem_response
from web.logs import FAILED
from web.metrics import Metrics
from web.server.environ import Reply
from web.server.gateway import Refusal

log = logging.getLogger(__name__)

_PROBLEMS: dict[Refusal, Problem] = {
    "busy": Problem(503, "busy", "too many requests are waiting: try again in a moment", retry_after_s=2),
    "slow_body": Problem(408, "slow_body", "the request's body took too long to arrive: send it again"),
}
_ROUTE = "none"


class Spoken:
    """See :class:`web.server.gateway.Answers`."""

    def __init__(self, app: Flask) -> None:
        parts = app.extensions["kb"]
        self._metrics: Metrics = parts.metrics
        self._language: str = parts.settings.hotline.language
        self._healthy = _reply(json_response({"status": "ok"}))
        self._documents: dict[tuple[Refusal, str], Reply] = {}
        self._pages: dict[tuple[Refusal, str], Reply] = {}
        for refusal, problem in _PROBLEMS.items():
            for language in LANGUAGES:
                with app.test_request_context("/api/", headers={"Accept-Language": language}):
                    self._documents[refusal, language] = _reply(problem_response(problem), closes=problem.status == 408)
                with app.test_request_context("/", headers={"Accept": "text/html", "Accept-Language": language}):
                    self._pages[refusal, language] = _reply(problem_response(problem), closes=problem.status == 408)

    def healthy(self, scope: dict[str, Any]) -> Reply:
        """See the protocol."""
        self._metrics.count_request("/healthz", scope["method"], 200)
        if scope["method"] == "HEAD":
            return Reply(200, [*self._healthy.headers, (b"content-length", str(len(self._healthy.body)).encode())], b"")
        return self._healthy

    def refused(self, refusal: Refusal, scope: dict[str, Any]) -> Reply:
        """See the protocol."""
        told = {name: value.decode("latin-1") for name, value in scope["headers"]
                if name in (b"accept", b"accept-language")}
        wanted = parse_accept_header(told.get(b"accept-language", ""), LanguageAccept).best_match(LANGUAGES)
        reply = self._documents[refusal, wanted or "en"]
        if not scope["path"].startswith("/api/") and "text/html" in told.get(b"accept", ""):
            reply = self._pages[refusal, wanted or self._language]
        self._metrics.count_request(_ROUTE, scope["method"], reply.status)
        return reply

    def failed(self, error: Exception, scope: dict[str, Any]) -> Reply:
        """See the protocol."""
        problem = Problem(500, "internal", "an unexpected error; the log names its cause under this id",
                          error_id=uuid.uuid4().hex[:12])
        log.error(FAILED, extra={"error_id": problem.error_id, "code": problem.code, "status": 500}, exc_info=error)
        self._metrics.count_request(_ROUTE, scope["method"], 500)
        return _reply(json_response(problem.as_dict("en"), 500, "application/problem+json"))


def _reply(response: Response, *, closes: bool = False) -> Reply:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if closes:
        response.headers["Connection"] = "close"
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
               if name.lower() != "content-length"]
    return Reply(response.status_code, headers, response.get_data())
