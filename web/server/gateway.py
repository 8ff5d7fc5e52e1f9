"""Where a request waits for a thread: an ASGI application that lets a WSGI one answer, within bounds.

The event loop takes in the request's body, within a time and a size, before a thread is given to it; so many requests
wait for a thread, so long, and what comes beyond is refused at once and told when to come back. What machines watch has
two threads of its own, and /healthz none: both answer while every other thread is busy. A body that is larger than the
application takes is read off and left out; the application refuses it by its length, in its own words.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal, Protocol

from web.server.environ import WSGI, Headers, Reply, call, environ_of

HEALTH = "/healthz"
WATCHED = frozenset({"/readyz", "/metrics"})
WATCHING = 2  # threads for these
_WATCHING_QUEUE = 16
_SERVER = (b"server", b"kb")  # else it names the product that whoever looks for a hole would have to find out
_READ_OFF = 4_000_000  # bytes of a refused body that are read, so that its sender reads the refusal
_HELD = 64_000_000  # bytes of bodies under way, all together

Refusal = Literal["busy", "slow_body"]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class _Refused(Exception):
    """The gateway itself answers."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class _Gone(Exception):
    """The client has left."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """See the settings of the same names."""

    threads: int
    queue: int
    queue_seconds: float
    body_bytes: int
    body_seconds: float


class Answers(Protocol):
    """What the gateway says by itself."""

    def healthy(self, scope: Scope) -> Reply:
        """The process answers."""

    def refused(self, refusal: Refusal, scope: Scope) -> Reply:
        """The request is not passed on."""

    def failed(self, error: Exception, scope: Scope) -> Reply:
        """Nobody foresaw this error, and the application did not answer it."""


class _Lane:
    """So many threads, and so many requests that wait for one, so long."""

    def __init__(self, name: str, threads: int, queue: int, seconds: float) -> None:
        self._threads = ThreadPoolExecutor(threads, name)
        self._most, self._seconds = threads + queue, seconds
        self._inside = 0

    async def answer(self, app: WSGI, environ: dict[str, Any]) -> Reply:
        """The application's reply; raises _Refused where too many wait, or this one waited too long."""
        if self._inside >= self._most:
            raise _Refused("busy")
        deadline = monotonic() + self._seconds

        def answered() -> Reply:
            if monotonic() > deadline:  # whoever asked has given up, or soon will
                raise _Refused("busy")
            return call(app, environ)

        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, answered)
        finally:
            self._inside -= 1

    @property
    def inside(self) -> int:
        """How many are answered or wait."""
        return self._inside

    def close(self) -> None:
        """Let the threads end; what waits is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Gateway:
    """The ASGI application; :meth:`is_idle` once all that came in has been answered."""

    def __init__(self, app: WSGI, bounds: Bounds, *, answers: Answers) -> None:
        self._app, self._bounds, self._answers = app, bounds, answers
        self._asking = _Lane("request", bounds.threads, bounds.queue, bounds.queue_seconds)
        self._watching = _Lane("watch", WATCHING, _WATCHING_QUEUE, bounds.queue_seconds)
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
        except _Gone:
            pass
        finally:
            self._open -= 1

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        if scope["path"] == HEALTH and scope["method"] in ("GET", "HEAD"):
            return self._answers.healthy(scope)
        lane = self._watching if scope["path"] in WATCHED else self._asking
        try:
            body, length = await self._body(scope, receive)
            try:
                return await lane.answer(self._app, environ_of(scope, body, length))
            finally:
                self._held -= len(body)
        except _Refused as refused:
            return self._answers.refused(refused.refusal, scope)
        except _Gone:
            raise
        except Exception as error:  # the application answers its own errors: this one came before or after it
            return self._answers.failed(error, scope)

    async def _body(self, scope: Scope, receive: Receive) -> tuple[bytes, int]:
        """The body and its length; b"" of one that is too large. What is returned counts as held."""
        if not _has_body(scope["headers"]):
            return b"", 0
        told = _told_length(scope["headers"])
        parts: list[bytes] = []
        length = 0
        try:
            async with asyncio.timeout(self._bounds.body_seconds):
                async for part in _parts(receive):
                    length += len(part)
                    if max(length, told) > self._bounds.body_bytes:
                        self._let_go(parts)
                        if length > _READ_OFF:
                            break
                    elif self._held + len(part) > _HELD:
                        raise _Refused("busy")
                    elif part:
                        parts.append(part)
                        self._held += len(part)
        except BaseException as error:
            self._let_go(parts)
            if isinstance(error, TimeoutError):
                raise _Refused("slow_body") from error
            raise
        return b"".join(parts), max(length, told)

    def _let_go(self, parts: list[bytes]) -> None:
        self._held -= sum(map(len, parts))
        parts.clear()

    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return self._open == 0

    def close(self) -> None:
        """Let the threads end."""
        self._asking.close()
        self._watching.close()


def _has_body(headers: Headers) -> bool:
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)


def _told_length(headers: Headers) -> int:
    """What the request says is its body's length, 0 where it does not."""
    return next((int(value) for name, value in headers if name == b"content-length" and value.isdigit()), 0)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """The body's parts as they come."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return
