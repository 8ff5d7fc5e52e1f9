"""Asking another server, for link checks and webhooks: the one door through which this system goes out by itself.

A name is resolved once, every address that it stands for is judged, and the connection goes to the very one that was
judged: a name that stands for something else a moment later (rebinding) changes nothing. The certificate is that of
the name all the same. A redirect is a new address with a new judgement. Proxies of the environment are not asked, as
they would resolve for themselves. A reply is bounded in bytes, also unpacked, and the whole of it, name and handshake
included, in time: a server that sends a byte now and then is cut off.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urljoin

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse

from kb.errors import AddressRefused, FetchFailed
from kb.upkeep.fetching.addresses import IpAddress, Policy, Target, target_of
from kb.upkeep.fetching.settings import Bounds

REDIRECTS = 5
AGENT = "hotline-kb"
_FOLLOWED = (301, 302, 303, 307, 308)
_PIECE = 16_384  # bytes read at once
_TRIED = 2  # addresses of a name, when the first cannot be reached

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came: names of headers in lower case; ``is_cut`` where the body goes on behind what was read."""

    status: int
    address: str  # after redirects
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    is_cut: bool = False


def resolve(host: str, port: int) -> list[str]:
    """What a name stands for, as this machine resolves it."""
    return list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def fetch(address: str, policy: Policy, bounds: Bounds, *, method: str = "GET",
          headers: Mapping[str, str] | None = None, body: bytes | None = None, resolve: Resolve = resolve,
          tls: ssl.SSLContext | None = None) -> Reply:
    """Ask for the address; GET and HEAD follow redirects to what may be asked too, others give them as they are.

    Raises AddressRefused where the address, or one that it leads to, may not be asked, and FetchFailed where no reply
    came. A reply of any status is a reply.
    """
    until = monotonic() + bounds.seconds
    target = target_of(address, policy)
    for _ in range(REDIRECTS + 1):
        addresses = _judged(target, policy, resolve, until)
        reply = _ask(target, addresses, method, headers or {}, body, bounds, until, tls)
        leads_to = reply.headers.get("location")
        if method not in ("GET", "HEAD") or reply.status not in _FOLLOWED or not leads_to:
            return reply
        target = target_of(_joined(target, leads_to), policy)
    raise FetchFailed("fetch_redirects", "{host} leads from one address to another without end", host=target.host)


def _joined(target: Target, leads_to: str) -> str:
    """Where a redirect leads, its fragment left out."""
    try:
        return urljoin(target.address, leads_to.strip()).partition("#")[0]
    except ValueError as error:
        raise FetchFailed("fetch_reply", "{host} does not reply as it should", host=target.host) from error


def _judged(target: Target, policy: Policy, resolve: Resolve, until: float) -> list[IpAddress]:
    """What the name stands for, once: all of it must be open to this system, or none is asked."""
    try:
        found = [ip_address(name.partition("%")[0]) for name in _in_time(lambda: resolve(target.host, target.port),
                                                                         target, until)]
    except (OSError, UnicodeError, ValueError) as error:
        raise FetchFailed("fetch_name", "the name {host} cannot be resolved", host=target.host) from error
    if not found:
        raise FetchFailed("fetch_name", "the name {host} cannot be resolved", host=target.host)
    if not all(policy.opens(ip) for ip in found):
        raise AddressRefused("address_inside", "{host} stands for an address that is not open to this system",
                             host=target.host)
    return sorted(found, key=lambda ip: ip.version)[:_TRIED]


def _in_time(work: Callable[[], Sequence[str]], target: Target, until: float) -> Sequence[str]:
    """What the work gives, if it gives it in time: a resolver takes no time limit."""
    given: queue.SimpleQueue[Sequence[str] | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            given.put(work())
        except BaseException as error:  # it is raised where it is waited for
            given.put(error)

    threading.Thread(target=run, name="resolve", daemon=True).start()
    try:
        found = given.get(timeout=max(0.0, until - monotonic()))
    except queue.Empty as error:
        raise _too_slow(target) from error
    if isinstance(found, BaseException):
        raise found
    return found


def _ask(target: Target, addresses: Sequence[IpAddress], method: str, headers: Mapping[str, str], body: bytes | None,
         bounds: Bounds, until: float, tls: ssl.SSLContext | None) -> Reply:
    """One request to the first of the judged addresses that takes a connection, and its reply."""
    sent = {"User-Agent": AGENT, "Accept-Encoding": "identity", **headers, "Host": target.authority,
            "Connection": "close"}
    last = len(addresses) - 1
    for n, ip in enumerate(addresses):
        connection = _connection(target, ip, tls)
        with _Cut(connection, until) as cut:
            try:
                connection.timeout = _left(until) / (len(addresses) - n)
                connection.connect()
                cut.hold()
            except (HTTPError, OSError) as error:
                if n < last and isinstance(error, ConnectTimeoutError):  # nobody there: the name has another
                    continue
                raise _failure(target, error, is_slow=cut.was_needed) from error
            try:
                connection.timeout = _left(until)
                connection.request(method, target.path, body=body, headers=sent, preload_content=False,
                                   decode_content=False)
                with closing(connection.getresponse()) as response:
                    return _reply(target, response, bounds, until)
            except (HTTPError, HTTPException, OSError, ValueError, zlib.error) as error:
                raise _failure(target, error, is_slow=cut.was_needed) from error
    raise AssertionError("no address")  # _judged gives one at least


def _left(until: float) -> float:
    return max(0.05, until - monotonic())


def _connection(target: Target, ip: IpAddress, tls: ssl.SSLContext | None) -> HTTPConnection:
    """A connection to this very address; the certificate, where there is one, must be the name's."""
    if target.scheme == "http":
        return HTTPConnection(str(ip), target.port)
    return HTTPSConnection(str(ip), target.port, server_hostname=target.host, ssl_context=tls or trusted())


def trusted() -> ssl.SSLContext:
    """Certificates are checked against those that this machine trusts, and the usual ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Cut:
    """Ends a connection when time is up, whatever it is waiting for: a socket's own limit begins anew with every byte.

    The socket is held here, as the connection lets go of it once the head of a reply has come.
    """

    def __init__(self, connection: HTTPConnection, until: float) -> None:
        self._connection = connection
        self._socket: object = None
        self.was_needed = False
        self._timer = threading.Timer(max(0.0, until - monotonic()), self._end)
        self._timer.daemon = True

    def hold(self) -> None:
        """It is connected."""
        self._socket = self._connection.sock

    def _end(self) -> None:
        self.was_needed = True
        held = self._socket or self._connection.sock
        if isinstance(held, socket.socket):
            with suppress(OSError):
                socket.socket.shutdown(held, socket.SHUT_RDWR)

    def __enter__(self) -> _Cut:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._connection.close()


def _reply(target: Target, response: BaseHTTPResponse, bounds: Bounds, until: float) -> Reply:
    """The reply, its body read up to the bound."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if headers.get("content-encoding") == "gzip" else None
    body = bytearray()
    while len(body) <= bounds.bytes:
        piece = response.read(_PIECE, decode_content=False)
        if monotonic() >= until:  # cut off: what was read is not all
            raise _too_slow(target)
        if not piece:
            break
        body += unpack.decompress(piece, bounds.bytes + 1 - len(body)) if unpack else piece
    return Reply(response.status, target.address, headers, bytes(body[:bounds.bytes]), len(body) > bounds.bytes)


def _failure(target: Target, error: Exception, *, is_slow: bool) -> FetchFailed:
    """What went wrong, in words of this module; a connection that nobody takes is a kind of time-out of the library's.
    """
    if is_slow or isinstance(error, TimeoutError | ReadTimeoutError) or type(error) is ConnectTimeoutError:
        return _too_slow(target)
    if isinstance(error, ssl.SSLError):
        return FetchFailed("fetch_tls", "{host} does not show a certificate that holds", host=target.host)
    if isinstance(error, NewConnectionError | OSError) and not isinstance(error, HTTPException):
        return FetchFailed("fetch_connect", "{host} takes no connection", host=target.host)
    return FetchFailed("fetch_reply", "{host} does not reply as it should", host=target.host)


def _too_slow(target: Target) -> FetchFailed:
    return FetchFailed("fetch_time", "{host} did not reply in time", host=target.host)
