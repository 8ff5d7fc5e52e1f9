"""Calling a WSGI application: the environment of a request as the gateway handed it over, and the whole reply."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, Protocol

from web.replies import SENT_AGAIN
from web.server.environ import Reply


class WSGI(Protocol):
    """An application after PEP 3333."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any], /) -> Iterable[bytes]: ...


def environ_of(named: dict[str, str], body: bytes, *, again: bool = False) -> dict[str, Any]:
    """PEP 3333's environment, whole."""
    return {**named, "wsgi.version": (1, 0), "wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr,
            "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False, SENT_AGAIN: again}


def call(app: WSGI, environ: dict[str, Any]) -> Reply:
    """The application's reply, whole: pages are small, and a slow reader must not hold the thread that made them."""
    began: list[tuple[str, list[tuple[str, str]]]] = []
    parts: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]],
                       exc_info: object = None) -> Callable[[bytes], None]:  # noqa: ARG001
        began[:] = [(status, headers)]
        return parts.append

    found = app(environ, start_response)
    try:
        parts.extend(found)
    finally:
        close = getattr(found, "close", None)
        if close is not None:
            close()
    status, headers = began[-1]
    return Reply(int(status.split(" ", 1)[0]), [(name.lower().encode("latin-1"), value.encode("latin-1"))
                                                for name, value in headers], b"".join(parts))
