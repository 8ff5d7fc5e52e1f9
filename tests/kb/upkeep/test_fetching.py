"""Asking other servers: resolved once and pinned, judged anew at each redirect, bounded in bytes and in time."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kb.errors import AddressRefused, FetchFailed, KbError
from kb.upkeep.fetching.addresses import Policy
from kb.upkeep.fetching.fetch import Reply, fetch
from kb.upkeep.fetching.settings import Bounds
from tests.kb.upkeep.servers import LOOPBACK, Names, Page, Server, raw_server, serving

SHORT = Bounds(seconds=5, bytes=10_000)
HOST = "policy.example"
HERE = Names(policy_example=[["127.0.0.1"]])


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


def ask(server: Server, path: str = "/", *, names: Names | None = None, bounds: Bounds = SHORT, policy: Policy | None
        = None, **more: object) -> Reply:
    return fetch(f"http://{HOST}:{server.port}{path}", policy or server.policy(HOST), bounds, resolve=names or HERE,
                 **more)  # type: ignore[arg-type]


def test_a_listed_host_is_asked_under_its_own_name(server: Server) -> None:
    server.pages["/a?b=1"] = Page("通知".encode(), headers={"ETag": '"7"', "Content-Type": "text/html"})
    reply = ask(server, "/a?b=1#part", headers={"If-None-Match": '"6"'})
    assert (reply.status, reply.body.decode(), reply.headers["etag"], reply.is_cut) == (200, "通知", '"7"', False)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/a?b=1")
    assert asked.headers["Host"] == f"{HOST}:{server.port}" and asked.headers["If-None-Match"] == '"6"'
    assert asked.headers["User-Agent"] == "hotline-kb"


def test_a_post_is_sent_whole_and_its_redirect_is_not_followed(server: Server) -> None:
    server.pages["/hook"] = Page(status=307, headers={"Location": "/other"})
    reply = ask(server, "/hook", method="POST", body=b'{"kind":"due"}', headers={"Content-Type": "application/json"})
    assert reply.status == 307 and [a.path for a in server.asked] == ["/hook"]
    assert server.asked[0].body == b'{"kind":"due"}'


def test_a_head_request_brings_no_body(server: Server) -> None:
    server.pages["/a"] = Page(b"12345")
    reply = ask(server, "/a", method="HEAD")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "5")


def test_a_redirect_to_a_listed_host_is_followed(server: Server) -> None:
    server.pages["/old"] = Page(status=301, headers={"Location": f"http://{HOST}:{server.port}/new#part"})
    server.pages["/new"] = Page(b"new")
    reply = ask(server, "/old")
    assert (reply.body, reply.address) == (b"new", f"http://{HOST}:{server.port}/new")


def test_redirects_without_end_are_left(server: Server) -> None:
    server.pages["/"] = Page(status=302, headers={"Location": "/"})
    with pytest.raises(FetchFailed) as failed:
        ask(server)
    assert failed.value.code == "fetch_redirects" and len(server.asked) == 6


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1",
                                    "fe80::1%eth0", "fd00:ec2::254", "64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0"])
def test_fault_72_a_name_that_stands_for_an_address_inside_is_refused(server: Server, inside: str) -> None:
    for answer in ([inside], ["8.8.8.8", inside]):  # one among several is enough
        with pytest.raises(AddressRefused) as refused:
            ask(server, policy=server.policy(HOST, networks=False), names=Names(policy_example=[answer]))
        assert refused.value.code == "address_inside" and inside not in str(refused.value)
    assert not server.asked


@pytest.mark.parametrize("literal", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "2130706433"])
def test_fault_72_an_address_inside_is_refused_also_where_it_is_listed(server: Server, literal: str) -> None:
    policy = Policy(frozenset({literal.strip("[]"), "::ffff:7f00:1"}), frozenset({server.port}))
    with pytest.raises(AddressRefused):
        fetch(f"http://{literal}:{server.port}/", policy, SHORT)
    assert not server.asked


@pytest.mark.parametrize("leads_to", [
    "http://127.0.0.1:{port}/secret", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
    "http://inside.example:{port}/secret", "//inside.example:{port}/secret", "http://policy.example@127.0.0.1:{port}/",
    "http://2130706433:{port}/", "http://[::1]:{port}/", "gopher://policy.example:{port}/", "http://[::1:{port}/",
    "http://policy.example:22/",
])
def test_fault_72_a_redirect_inside_is_judged_as_a_new_address(server: Server, leads_to: str) -> None:
    server.pages["/"] = Page(status=302, headers={"Location": leads_to.format(port=server.port)})
    with pytest.raises(KbError) as refused:
        ask(server, names=Names(policy_example=[["127.0.0.1"]], inside_example=[["127.0.0.2"]]))
    assert isinstance(refused.value, AddressRefused) or refused.value.code == "fetch_reply"
    assert [a.path for a in server.asked] == ["/"]


def test_fault_72_a_redirect_to_a_listed_host_that_stands_for_an_address_inside_is_refused(server: Server) -> None:
    server.pages["/"] = Page(status=302, headers={"Location": f"http://inside.example:{server.port}/secret"})
    with pytest.raises(AddressRefused) as refused:
        ask(server, policy=server.policy(HOST, "inside.example"),
            names=Names(policy_example=[["127.0.0.1"]], inside_example=[["127.0.0.2"]]))
    assert refused.value.code == "address_inside" and [a.path for a in server.asked] == ["/"]


def test_fault_72_a_name_is_resolved_once_and_the_judged_address_is_the_one_that_is_asked(server: Server) -> None:
    names = Names(policy_example=[["127.0.0.1"], ["127.0.0.2"]])  # outside when judged, inside a moment later
    server.pages["/"] = Page(b"judged")
    with serving("127.0.0.2") as rebound:
        assert ask(server, names=names).body == b"judged"
        assert names.asked == [HOST] and not rebound.asked


def test_fault_72_a_name_that_is_rebound_between_two_redirects_is_judged_anew(server: Server) -> None:
    names = Names(policy_example=[["127.0.0.1"], ["127.0.0.2"]])
    server.pages["/"] = Page(status=302, headers={"Location": "/again"})
    with pytest.raises(AddressRefused) as refused:
        ask(server, names=names)
    assert refused.value.code == "address_inside" and [a.path for a in server.asked] == ["/"]


def test_proxies_of_the_environment_are_not_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.pages["/"] = Page(b"direct")
    with serving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert ask(server).body == b"direct" and not proxy.asked


def test_fault_72_a_large_reply_is_read_up_to_the_bound(server: Server) -> None:
    server.pages["/large"] = Page(b"x" * 50_000)
    server.pages["/exact"] = Page(b"x" * 10_000)
    large, exact = ask(server, "/large"), ask(server, "/exact")
    assert (len(large.body), large.is_cut) == (10_000, True)
    assert (len(exact.body), exact.is_cut) == (10_000, False)


def test_fault_72_what_unpacks_into_much_is_unpacked_up_to_the_bound(server: Server) -> None:
    packed = {"Content-Encoding": "gzip"}
    server.pages["/bomb"] = Page(gzip.compress(b"\0" * 50_000_000), headers=packed)
    server.pages["/small"] = Page(gzip.compress("正文".encode()), headers=packed)
    server.pages["/broken"] = Page(b"no gzip", headers=packed)
    bomb = ask(server, "/bomb")
    assert (len(bomb.body), bomb.is_cut) == (10_000, True)
    assert ask(server, "/small").body.decode() == "正文"
    with pytest.raises(FetchFailed):
        ask(server, "/broken")


def test_fault_72_a_body_that_comes_drop_by_drop_is_cut_off(server: Server) -> None:
    server.pages["/"] = Page(is_dripping=True)
    with pytest.raises(FetchFailed) as failed:
        ask(server, bounds=Bounds(seconds=0.5, bytes=10_000))
    assert failed.value.code == "fetch_time"


def test_fault_72_a_head_that_comes_drop_by_drop_is_cut_off() -> None:
    def drip(connection: socket.socket, closing: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
        while not closing.wait(0.02):
            connection.sendall(b"a")

    with raw_server(drip) as port, pytest.raises(FetchFailed) as failed:
        fetch(f"http://{HOST}:{port}/", Policy(frozenset({HOST}), frozenset({port}), LOOPBACK),
              Bounds(seconds=0.5, bytes=100), resolve=HERE)
    assert failed.value.code == "fetch_time"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_fault_72_a_server_that_never_replies_is_left_in_time(scheme: str) -> None:
    def wait(_connection: socket.socket, closing: threading.Event) -> None:
        closing.wait(20)

    with raw_server(wait) as port, pytest.raises(FetchFailed) as failed:
        fetch(f"{scheme}://{HOST}:{port}/", Policy(frozenset({HOST}), frozenset({port}), LOOPBACK),
              Bounds(seconds=0.5, bytes=100), resolve=HERE)
    assert failed.value.code == "fetch_time"


def test_fault_72_a_resolver_that_never_answers_is_left_in_time(server: Server) -> None:
    waiting = threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        waiting.wait(20)
        return []

    with pytest.raises(FetchFailed) as failed:
        fetch(f"http://{HOST}:{server.port}/", server.policy(HOST), Bounds(seconds=0.3, bytes=100), resolve=slow)
    waiting.set()
    assert failed.value.code == "fetch_time"


@pytest.mark.parametrize(("said", "code"), [
    (b"220 smtp ready\r\n", "fetch_reply"), (b"", "fetch_reply"), (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500,
                                                                 "fetch_reply"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", "fetch_reply"),
])
def test_what_is_no_reply_is_told_as_such(said: bytes, code: str) -> None:
    def reply(connection: socket.socket, _closing: threading.Event) -> None:
        connection.recv(4_096)
        connection.sendall(said)

    with raw_server(reply) as port, pytest.raises(FetchFailed) as failed:
        fetch(f"http://{HOST}:{port}/", Policy(frozenset({HOST}), frozenset({port}), LOOPBACK), SHORT, resolve=HERE)
    assert failed.value.code == code


def test_names_and_connections_that_fail_are_told_apart(server: Server) -> None:
    with pytest.raises(FetchFailed) as failed:
        ask(server, names=Names())
    assert failed.value.code == "fetch_name"
    with pytest.raises(FetchFailed) as failed:
        ask(server, names=Names(policy_example=[[]]))
    assert failed.value.code == "fetch_name"
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(FetchFailed) as failed:
        fetch(f"http://{HOST}:{port}/", Policy(frozenset({HOST}), frozenset({port}), LOOPBACK), SHORT, resolve=HERE)
    assert failed.value.code == "fetch_connect"


def test_a_second_address_is_asked_where_nobody_takes_the_first(server: Server) -> None:
    server.pages["/"] = Page(b"second")
    both = Policy(frozenset({HOST}), frozenset({server.port}), (*LOOPBACK, LOOPBACK[0].supernet(8)))
    assert ask(server, policy=both, names=Names(policy_example=[["127.0.0.9", "127.0.0.1"]])).body == b"second"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of HOST shows, and what trusts it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
                   .not_valid_after(now + timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                   .sign(key, hashes.SHA256()))
    shown, private = folder / "cert.pem", folder / "key.pem"
    shown.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown, private)
    return server, ssl.create_default_context(cafile=str(shown))


def test_the_certificate_must_be_the_names_and_trusted(certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    shown, trusting = certificates
    names = Names(policy_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    with serving(tls=shown) as server:
        server.pages["/"] = Page(b"private")
        policy = server.policy(HOST, "other.example")
        reply = fetch(f"https://{HOST}:{server.port}/", policy, SHORT, resolve=names, tls=trusting)
        assert (reply.body, server.asked[0].headers["Host"]) == (b"private", f"{HOST}:{server.port}")
        for host, tls in (("other.example", trusting), (HOST, None)):
            with pytest.raises(FetchFailed) as failed:
                fetch(f"https://{host}:{server.port}/", policy, SHORT, resolve=names, tls=tls)
            assert failed.value.code == "fetch_tls"
        assert len(server.asked) == 1
