"""A request and a reply as they go between the gateway and a server process: texts, and a body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, as it goes to the connection."""

    status: int
    headers: Headers
    body: bytes


def named_of(scope: dict[str, Any], length: int) -> dict[str, str]:
    """The texts of PEP 3333's environment of a request; ``length`` is the body's, also of one that is left out for
    being too large.

    Of header names with an underscore, which would be taken for those with a hyphen, none are passed on.
    """
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    named = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.get("raw_path") or scope["path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"), "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]), "SERVER_NAME": server[0] or "localhost", "SERVER_PORT": str(server[1] or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}", "CONTENT_LENGTH": str(length),
        "wsgi.url_scheme": scope["scheme"],
    }
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        if "_" in name or name in ("content-length", "transfer-encoding"):
            continue
        key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        named[key] = f"{named[key]}{'; ' if name == 'cookie' else ','}{text}" if key in named else text
    return named
