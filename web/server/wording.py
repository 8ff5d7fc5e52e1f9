"""What the gateway says where no process answers: made by the application when it starts, and handed over.

The gateway's process knows neither templates nor languages; with a reload its words become the new release's. They are
made once: a refusal must cost next to nothing, or refusing would be what keeps the server busy.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from web.account.routes import LANGUAGES
from web.application import HEADERS
from web.error_replies import json_response, problem_response
from web.errors import Problem
from web.server.answers import NUMBER
from web.server.crew import Refusal
from web.wiring import Edge

_CLOSES = frozenset({400, 408})  # what follows on such a connection cannot be read
_PROBLEMS: dict[Refusal, Problem] = {
    "busy": Problem(503, "busy", "too many requests are waiting: try again in a moment", retry_after_s=2),
    "slow_body": Problem(408, "slow_body", "the request's body took too long to arrive: send it again"),
    "bad_body": Problem(400, "bad_body", "the request's body breaks off or is not in the form that its header names: "
                        "send it again"),
    "interrupted": Problem(502, "interrupted", "the process that worked on this ended: look whether it was done before "
                           "you send it again, or send it under an Idempotency-Key"),
}
FAILURE = Problem(500, "internal", "an unexpected error; the log names its cause under this id", error_id=NUMBER)


def wording(app: Flask) -> dict[str, Any]:
    """Each refusal as a document and as a page, in each language; see :class:`web.server.answers.Spoken`."""
    parts: Edge = app.extensions["kb"]
    documents, pages = {}, {}
    for refusal, problem in _PROBLEMS.items():
        for language in LANGUAGES:
            with app.test_request_context("/api/", headers={"Accept-Language": language}):
                documents[f"{refusal} {language}"] = _told(problem_response(problem), closes=problem.status in _CLOSES)
            with app.test_request_context("/", headers={"Accept": "text/html", "Accept-Language": language}):
                pages[f"{refusal} {language}"] = _told(problem_response(problem), closes=problem.status in _CLOSES)
    return {"healthy": _told(json_response({"status": "ok"})), "documents": documents, "pages": pages,
            "failed": _told(json_response(FAILURE.as_dict("en"), FAILURE.status, "application/problem+json")),
            "languages": list(LANGUAGES), "language": parts.settings.hotline.language}


def _told(response: Response, *, closes: bool = False) -> dict[str, Any]:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    headers = [(name.lower(), value) for name, value in response.headers.items() if name.lower() != "content-length"]
    return {"status": response.status_code, "headers": [*headers, ("connection", "close")] if closes else headers,
            "body": response.get_data(as_text=True)}
