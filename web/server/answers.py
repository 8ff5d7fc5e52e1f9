"""What the server says without the application: it is alive, it is too busy, a request came too slowly.

The words are the application's (:mod:`web.server.wording`), as the newest server process gave them.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from web.logs import FAILED
from web.metrics import Metrics
from web.server.crew import Refusal
from web.server.environ import Reply

log = logging.getLogger(__name__)

NUMBER = "000000000000"  # where an error's number stands in the words about it
_ROUTE = "none"


class Spoken:
    """See :class:`web.server.gateway.Answers`; it says nothing before it has learnt its words."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._documents: dict[str, Reply] = {}
        self._pages: dict[str, Reply] = {}
        self._languages: list[str] = []
        self._language = ""

    def learn(self, words: dict[str, Any]) -> None:
        """Say it like this from now on."""
        self._documents = {name: _reply(told) for name, told in words["documents"].items()}
        self._pages = {name: _reply(told) for name, told in words["pages"].items()}
        self._healthy, self._failed = _reply(words["healthy"]), _reply(words["failed"])
        self._languages, self._language = words["languages"], words["language"]

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
        wanted = parse_accept_header(told.get(b"accept-language", ""), LanguageAccept).best_match(self._languages)
        reply = self._documents[f"{refusal} {wanted or 'en'}"]
        if not scope["path"].startswith("/api/") and "text/html" in told.get(b"accept", ""):
            reply = self._pages[f"{refusal} {wanted or self._language}"]
        self._metrics.count_request(_ROUTE, scope["method"], reply.status)
        return reply

    def failed(self, error: Exception, scope: dict[str, Any]) -> Reply:
        """See the protocol."""
        number = uuid.uuid4().hex[:len(NUMBER)]
        log.error(FAILED, extra={"error_id": number, "code": "internal", "status": 500}, exc_info=error)
        self._metrics.count_request(_ROUTE, scope["method"], 500)
        return Reply(500, self._failed.headers, self._failed.body.replace(NUMBER.encode(), number.encode()))


def _reply(told: dict[str, Any]) -> Reply:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["headers"]]
    return Reply(told["status"], headers, told["body"].encode())
