"""Between the two ways of speaking to an application: an ASGI scope to a WSGI environment, and a WSGI reply."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

Headers = list[tuple[bytes, bytes]]


class WSGI(Protocol):
    """An application after PEP 3333."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any], /) -> Iterable[bytes]: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, as it goes to the connection."""

    status: int
    headers: Headers
    body: bytes


def environ_of(scope: dict[str, Any], body: bytes, length: int) -> dict[str, Any]:
    """PEP 3333's environment of a request; ``length`` is the body's, also of one that is left out for being too large.

    Of header names with an underscore, which would be taken for those with a hyphen, none are passed on.
    """
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.get("raw_path") or scope["path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"), "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]), "SERVER_NAME": server[0] or "localhost", "SERVER_PORT": str(server[1] or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}", "CONTENT_LENGTH": str(length),
        "wsgi.version": (1, 0), "wsgi.url_scheme": scope["scheme"], "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        if "_" in name or name in ("content-length", "transfer-encoding"):
            continue
        key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]}{'; ' if name == 'cookie' else ','}{text}" if key in environ else text
    return environ


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
