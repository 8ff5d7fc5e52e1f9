"""Where requests come in: an ASGI application that takes each in whole and lets a server process answer it.

It takes in a request's body, within a time and a size, before a process is given it. /healthz is answered here, without
waiting for anything. What machines watch has a queue and threads of its own and is answered while every other thread is
busy. A body that is larger than the application takes is read off and left out; the application refuses it by its
length, in its own words.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from web.server.crew import Crew, Refusal, Refused, Request
from web.server.environ import Headers, Reply, named_of
from web.uploads import PATHS as UPLOADS

HEALTH = "/healthz"
WATCHED = frozenset({"/readyz", "/metrics"})
# What changes nothing but the log of answers, though it is posted.
ASKS = frozenset({"/ask", "/api/v1/ask"})
# What the API carries out once, however often it is sent: under a key (kb/record/requests.py), or what changes the very
# version that it names. At worst the second one is told that the first was done.
_ONCE = frozenset({b"idempotency-key", b"if-match"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_SERVER = (b"server", b"kb")  # else it names the product that whoever looks for a hole would have to find out
_READ_OFF = 4_000_000  # bytes of a refused body that are read, so that its sender reads the refusal
_HELD = 64_000_000  # bytes of bodies under way, all together

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class Bounds:
    """See the settings of the same names; a reload may change them."""

    body_bytes: int
    body_seconds: float
    upload_bytes: int = 0  # of a request that carries a file; see web.uploads

    def room(self, path: str) -> tuple[int, int]:
        """How large a body may be there, and how much may be held by then: files leave half of it to what is asked."""
        return (self.upload_bytes, _HELD // 2) if self.upload_bytes and UPLOADS.fullmatch(path) else (
            self.body_bytes, _HELD)


class Answers(Protocol):
    """What the gateway says by itself."""

    def healthy(self, scope: Scope) -> Reply:
        """The server answers."""

    def refused(self, refusal: Refusal, scope: Scope) -> Reply:
        """The request is not passed on, or came to no end."""

    def failed(self, error: Exception, scope: Scope) -> Reply:
        """Nobody foresaw this error."""


class Gateway:
    """The ASGI application; :meth:`is_idle` once all that came in has been answered."""

    def __init__(self, crew: Crew, bounds: Bounds, *, answers: Answers) -> None:
        self.bounds = bounds
        self._crew, self._answers = crew, answers
        self._held = 0
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._open += 1
        try:
            reply = await self._reply(scope, receive)
            await send({"type": "http.response.start", "status": reply.status,
                        "headers": [*reply.headers, _SERVER]})
            await send({"type": "http.response.body", "body": reply.body})
        finally:
            self._open -= 1

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        if scope["path"] == HEALTH and scope["method"] in ("GET", "HEAD"):
            return self._answers.healthy(scope)
        try:
            body, length = await self._body(scope, receive)
            try:
                return await self._crew.answer(Request("watch" if scope["path"] in WATCHED else "ask",
                                                       named_of(scope, length), body, _may_repeat(scope)))
            finally:
                self._held -= len(body)
        except Refused as refused:
            return self._answers.refused(refused.refusal, scope)
        except Exception as error:
            return self._answers.failed(error, scope)

    async def _body(self, scope: Scope, receive: Receive) -> tuple[bytes, int]:
        """The body and its length; b"" of one that is too large. What is returned counts as held."""
        if not _has_body(scope["headers"]):
            return b"", 0
        told, (largest, room) = _told_length(scope["headers"]), self.bounds.room(scope["path"])
        parts: list[bytes] = []
        length = 0
        try:
            async with asyncio.timeout(self.bounds.body_seconds):
                async for part in _parts(receive):
                    length += len(part)
                    if max(length, told) > largest:
                        self._let_go(parts)
                        if length > _READ_OFF:
                            break
                    elif self._held + len(part) > room:
                        raise Refused("busy")
                    elif part:
                        parts.append(part)
                        self._held += len(part)
        except BaseException as error:
            self._let_go(parts)
            if isinstance(error, TimeoutError):
                raise Refused("slow_body") from error
            raise
        return b"".join(parts), max(length, told)

    def _let_go(self, parts: list[bytes]) -> None:
        self._held -= sum(map(len, parts))
        parts.clear()

    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return self._open == 0


def _may_repeat(scope: Scope) -> bool:
    """Whether a request does no harm when it is carried out twice."""
    if scope["method"] in _READS:
        return True
    if scope["path"].startswith("/api/") and any(name in _ONCE for name, _ in scope["headers"]):
        return True
    return scope["method"] == "POST" and scope["path"] in ASKS


def _has_body(headers: Headers) -> bool:
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)


def _told_length(headers: Headers) -> int:
    """What the request says is its body's length, 0 where it does not."""
    return next((int(value) for name, value in headers if name == b"content-length" and value.isdigit()), 0)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """The body's parts as they come; raises Refused where they break off, or are not what HTTP allows: granian tells
    of both alike, and of who has left nobody reads it."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused("bad_body")
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return
