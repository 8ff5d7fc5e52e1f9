"""One declaration per route: who may, what comes in, what goes out. What is declared is checked, and described.

A view takes what its declaration names (``session``, ``query``, ``body``, ``seen`` and the parts of its path), calls
one service and gives back the reply's members. Its docstring is the description's text. What reads gets a session on
one snapshot, what changes a transaction that commits when the view is done. What changes, under an ``Idempotency-Key``,
is carried out once: its reply is kept in that same transaction.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from flask import Response, request

from kb.db import Session
from kb.errors import Conflict, Unavailable
from kb.people.permissions import Action
from kb.record import requests
from kb.record.requests import Begun, Kept
from web import replies
from web.api import api
from web.api.shapes.values import Body, Nothing, Shape
from web.api.taking import body_of, query_of
from web.auth import check_rate, permits
from web.error_replies import json_response
from web.errors import BadRequest, PreconditionFailed, PreconditionRequired
from web.wiring import edge

View = TypeVar("View", bound=Callable[..., Any])


class Tag(StrEnum):
    """What a reply's ETag is."""

    CONTENT = "content"  # of its bytes: a title, a date or a right that changes changes it too
    VERSION = "version"  # its member ``version``, which ``If-Match`` names


@dataclass(frozen=True, slots=True)
class Passing:
    """A reply that holds until then: it is not given again later."""

    body: Mapping[str, Any]
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Route:
    """What a route declares. ``takes_version``: it changes what the sender must have seen, and name in ``If-Match``.

    ``problems`` says of statuses what they mean here, beside those that every route of its kind may answer with.
    ``stamp`` names what a kept reply rests on: of another one it is not given again.
    """

    method: str
    reply: type[Shape] | None
    body: type[Body] = Nothing
    query: type[Body] = Nothing
    status: int = 200
    tag: Tag | None = None
    takes_version: bool = False
    problems: Mapping[int, str] | None = None
    stamp: Callable[[Session], str] | None = None

    @property
    def takes_key(self) -> bool:
        return self.takes_body

    @property
    def takes_body(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH")

    @property
    def changes(self) -> bool:
        return self.method != "GET"


def route(method: str, path: str, action: Action, *, reply: type[Shape] | None, scope: str = "read",
          body: type[Body] = Nothing, query: type[Body] = Nothing, status: int = 200, tag: Tag | None = None,
          takes_version: bool = False, problems: Mapping[int, str] | None = None,
          stamp: Callable[[Session], str] | None = None) -> Callable[[View], View]:
    """Declare a route of the API; a reply of None is JSON of any shape."""
    contract = Route(method, reply, body, query, status, tag, takes_version, problems, stamp)

    def declare(view: View) -> View:
        wanted = frozenset(inspect.signature(view).parameters)

        @wraps(view)
        def serve(**named: Any) -> Response:
            return _serve(contract, view, wanted, named)

        serve.kb_route = contract  # type: ignore[attr-defined]
        api.add_url_rule(path, view.__name__, permits(action, scope=scope)(serve), methods=[method])
        return view

    return declare


def _serve(contract: Route, view: Callable[..., Any], wanted: frozenset[str], named: dict[str, Any]) -> Response:
    given: dict[str, Any] = {"query": query_of(contract.query)}
    if contract.takes_body:
        given["body"] = body_of(contract.body)
    if contract.takes_version:
        given["seen"] = _seen()
    named |= {name: value for name, value in given.items() if name in wanted}

    def act(begun: Begun | None) -> Response:
        try:
            return _carried_out(contract, view, named, begun, opens="session" in wanted)
        except Conflict as error:
            if contract.takes_version and error.code.endswith("_changed"):  # somebody was first
                raise PreconditionFailed(error.code, error.template, **error.facts) from error
            raise

    if not (contract.takes_key and replies.HEADER in request.headers):
        return act(None)
    try:
        begun = _begun(contract)
    except Unavailable:
        if "session" in wanted:
            raise
        return act(None)  # it changes nothing: better answered twice than not at all
    return _once(begun, act)


def _begun(contract: Route) -> Kept | Begun:
    check_rate(cost=0.1)
    with edge().database.transaction() as session:
        sent = replies.sent(contract.stamp(session) if contract.stamp else "")
        broke_off = bool(request.environ.get(replies.SENT_AGAIN))
        return requests.begin(session, sent, takes_over=broke_off, now=edge().clock())


def _once(begun: Kept | Begun, act: Callable[[Begun | None], Response]) -> Response:
    """The reply that was kept under the request's key, or that of carrying it out now."""
    if isinstance(begun, Kept):
        return replies.replayed(begun)
    try:
        return act(begun)
    except BaseException:
        with suppress(Unavailable), edge().database.transaction() as session:
            requests.forget(session, begun)
        raise


def _carried_out(contract: Route, view: Callable[..., Any], named: dict[str, Any], begun: Begun | None, *,
                 opens: bool) -> Response:
    if opens:
        with _session(contract) as session:
            found = view(session, **named)
            response = _response(contract, found)
            if begun is not None:
                requests.finish(session, begun, replies.kept(response), ends_at=_end(found))
    else:
        found = view(**named)
        response = _response(contract, found)
        if begun is not None:  # it was answered, whether that can be noted or not
            with suppress(Unavailable, Conflict), edge().database.transaction() as session:
                requests.finish(session, begun, replies.kept(response), ends_at=_end(found))
    return response


def _end(found: object) -> datetime:
    return found.ends_at if isinstance(found, Passing) else edge().clock() + requests.KEPT


def _session(contract: Route) -> AbstractContextManager[Session]:
    return edge().database.transaction() if contract.changes else edge().database.reading()


def _seen() -> int:
    """The version in ``If-Match``."""
    given = request.headers.get("If-Match")
    if given is None:
        raise PreconditionRequired("if_match", "send If-Match with the ETag that you saw, so that nobody's words are "
                                   "lost")
    version = given.strip().removeprefix("W/").strip('"')
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise BadRequest("if_match", "If-Match must be one ETag as it was given")
    return int(version)


def _response(contract: Route, found: Mapping[str, Any] | Passing) -> Response:
    body = found.body if isinstance(found, Passing) else found
    response = json_response(body, contract.status)
    if contract.tag is Tag.VERSION:
        response.set_etag(str(body["version"]))
    elif contract.tag is Tag.CONTENT:
        response.add_etag()
    if contract.tag is not None:
        response.headers["Cache-Control"] = "private, no-cache"
        if not contract.changes:
            response.make_conditional(request)
    return response
