"""Other people's servers, on this machine's own addresses: each says what a test gives it, and keeps what it was asked.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from ssl import SSLContext

from kb.upkeep.fetching.addresses import Policy

LOOPBACK = (ip_network("127.0.0.1/32"),)


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Page:
    """What a path replies: ``drip`` sends the body byte by byte without end, ``length`` promises another length."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_dripping: bool = False
    length: int | None = None


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Who hangs up in the middle is what tests are about."""


class Server:
    """One server; ``pages`` may be changed while it runs."""

    def __init__(self, host: str = "127.0.0.1", tls: SSLContext | None = None) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self._closing = threading.Event()
        self._http = _Quiet((host, 0), self._handler())
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.port: int = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def policy(self, *hosts: str, networks: bool = True) -> Policy:
        """What may be asked: these hosts at this server's port, and this machine."""
        return Policy(frozenset(hosts), frozenset({self.port}), LOOPBACK if networks else ())

    def close(self) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.asked.append(Asked(self.command, self.path, dict(self.headers), body))
                page = server.pages.get(self.path, Page(status=404))
                self.send_response(page.status)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                if not page.is_dripping:
                    self.send_header("Content-Length", str(len(page.body) if page.length is None else page.length))
                self.end_headers()
                while page.is_dripping and not server._closing.wait(0.02):
                    try:
                        self.wfile.write(b"x")
                    except OSError:
                        return
                if self.command != "HEAD":
                    self.wfile.write(page.body)

            def do_GET(self) -> None:
                self._reply()

            def do_HEAD(self) -> None:
                self._reply()

            def do_POST(self) -> None:
                self._reply()

            def log_message(self, *_: object) -> None:
                """Nothing on the tests' standard error."""

        return Handler


@contextmanager
def serving(host: str = "127.0.0.1", tls: SSLContext | None = None) -> Iterator[Server]:
    server = Server(host, tls)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def raw_server(reply: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that speaks as it likes to each who comes; its port."""
    closing = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    reply(connection, closing)
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        closing.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


class Names:
    """A resolver that says of a name what a test gives, one answer after the other, and counts how often it was asked.
    """

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        given = self._answers.get(host)
        if given is None:
            raise socket.gaierror(f"no such name at port {port}")
        return given.pop(0) if len(given) > 1 else given[0]
