"""The socket that the server listens on."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator

from kb.errors import Unavailable

BACKLOG = 2048  # connections that wait to be accepted


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """The socket; raises Unavailable when it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM,
                                                      flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else str(error)  # Python's own words repeat the address
        raise Unavailable("port", "cannot listen on {host} port {port}: {why}; choose another with --port, or `make "
                          "run PORT=…`", host=host, port=port, why=why) from error
    with listener:
        listener.setblocking(False)
        yield listener
