"""An error's reply: a problem document for programs, a page for people; and what is refused before any route."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from web import fragments
from web.error_words import said
from web.errors import BadRequest, Problem, UnknownMethod, language, problem_of
from web.metrics import METHODS
from web.uploads import is_upload

_TYPED = ("title", "summary", "source", "change_note", "reason", "note", "body", "question")


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
        page = render_template("error.html", problem=problem, said=said(problem), words=_unsaved(problem),
                               back_to=request.path if problem.status == 413 and is_upload(request.path) else "")
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
