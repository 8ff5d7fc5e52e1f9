"""Holding connections: granian's server, which hands requests to an event loop of ours and waits for nobody.

It listens on a socket that was opened before, so that a port that cannot be had is told before anything starts. One
time bounds a connection's silence and its next
header alike; HTTP/1.1 alone is spoken, because finding out which version a client wants would wait for it without end.
"""

from __future__ import annotations

import os
import resource
import socket
from typing import Any

from granian._granian import SocketHolder  # the one private name: granian offers no other way to share a socket
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from web.server.gateway import Gateway
from web.server.listening import BACKLOG

_LARGEST_HEADER = 65_536  # bytes of a request's head, and of a body's part
_OWN_FILES = 256  # files that the process needs beside its connections


class Connections(Server):
    """Serves the gateway on a listening socket until :meth:`stop`."""

    def __init__(self, gateway: Gateway, listener: socket.socket, *, idle_seconds: float, connections: int) -> None:
        super().__init__(
            gateway, interface=Interfaces.ASGINL, http=HTTPModes.http1, websockets=False, backlog=BACKLOG,
            backpressure=min(connections, _files() - _OWN_FILES), log_enabled=False,
            http1_settings=HTTP1Settings(header_read_timeout=round(idle_seconds * 1000),
                                         max_buffer_size=_LARGEST_HEADER))
        self._listener = listener

    def _init_shared_socket(self) -> None:
        self._ssp: Any = None
        self._shd: Any = SocketHolder(os.dup(self._listener.fileno()), False, BACKLOG)  # type: ignore[call-arg]


def _files() -> int:
    """How many files this process may open, after asking for as many as it can get."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, 1_048_576) if hard != resource.RLIM_INFINITY else 1_048_576
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
