"""Between connections and threads: what waits, what is refused, and what answers whatever else is going on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.web.test_health import samples
from web.server.answers import Spoken
from web.server.environ import environ_of
from web.server.gateway import Bounds, Gateway

BOUNDS = Bounds(threads=2, queue=1, queue_seconds=20, body_bytes=1000, body_seconds=20)
Replied = tuple[int, dict[str, str], bytes]


def scope_of(path: str, method: str = "GET", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "http_version": "1.1", "scheme": "http", "client": ("192.0.2.1", 5), "server": ("127.0.0.1", 80),
            "headers": [(b"host", b"kb.example"), *headers]}


async def spoken(gateway: Gateway, scope: dict[str, Any], *parts: bytes, ends: bool = True) -> Replied:
    """What the gateway replies to a request whose body comes in these parts; one that does not end hangs."""
    left = list(parts or (b"",))
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or not ends}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await gateway(scope, receive, send)
    start, body = sent
    return start["status"], {n.decode(): v.decode() for n, v in start["headers"]}, body["body"]


class Doors:
    """An application that is slow: it answers once it is let to, and says what came."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.inside = threading.Semaphore(0)
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.seen.append(environ)
        if environ["PATH_INFO"].startswith("/slow"):
            self.inside.release()
            self.may_answer.wait(20)
        if environ["PATH_INFO"] == "/fails":
            raise ValueError("13812345678")
        start_response("200 OK", [("X-Length", environ["CONTENT_LENGTH"])])
        return [environ["wsgi.input"].read()]


@pytest.fixture
def doors() -> Iterator[Doors]:
    made = Doors()
    yield made
    made.may_answer.set()


def run(app: Flask, doors: Doors, check: Callable[[Gateway], Coroutine[Any, Any, None]], **bounds: Any) -> None:
    """Do this with a gateway before these doors."""
    gateway = Gateway(doors, replace(BOUNDS, **bounds), answers=Spoken(app))
    try:
        asyncio.run(check(gateway))
    finally:
        doors.may_answer.set()
        gateway.close()


def test_a_body_arrives_whole_and_an_idle_one_reaches_no_thread(app: Flask, doors: Doors) -> None:
    async def check(gateway: Gateway) -> None:
        post = scope_of("/x", "POST", (b"transfer-encoding", b"chunked"))
        status, headers, body = await spoken(gateway, post, b"ab", b"", b"cd")
        assert (status, headers["x-length"], body) == (200, "4", b"abcd")
        status, headers, body = await spoken(gateway, post, b"ab", ends=False)
        assert (status, headers["connection"], json.loads(body)["code"]) == (408, "close", "slow_body")
        assert len(doors.seen) == 1 and gateway.is_idle()

    run(app, doors, check, body_seconds=0.05)


def test_fault_40_what_is_too_large_is_told_to_the_application_by_its_length(app: Flask, doors: Doors) -> None:
    async def check(gateway: Gateway) -> None:
        for headers, parts in (((b"content-length", b"1001"), [b"x" * 1001]),
                               ((b"transfer-encoding", b"chunked"), [b"x" * 600, b"x" * 401])):
            _, told, body = await spoken(gateway, scope_of("/x", "POST", headers), *parts)
            assert (told["x-length"], body) == ("1001", b"")

    run(app, doors, check)


def test_while_every_thread_is_busy_what_machines_watch_is_answered_and_the_rest_told_to_come_back(
        app: Flask, doors: Doors) -> None:
    async def check(gateway: Gateway) -> None:
        under_way = [asyncio.create_task(spoken(gateway, scope_of(f"/slow/{n}"))) for n in range(3)]
        for _ in range(BOUNDS.threads):
            assert await asyncio.to_thread(doors.inside.acquire, timeout=20)
        status, headers, body = await spoken(gateway, scope_of("/api/v1/ask", "POST"))
        assert (status, headers["retry-after"], headers["content-type"]) == (503, "2", "application/problem+json")
        assert json.loads(body)["code"] == "busy" and headers["x-content-type-options"] == "nosniff"
        for language, words in (("zh-CN", "稍后"), ("en", "not available right now")):
            status, headers, body = await spoken(gateway, scope_of(
                "/", "GET", (b"accept", b"text/html"), (b"accept-language", language.encode())))
            assert (status, headers["retry-after"]) == (503, "2") and words in body.decode()
        assert (await spoken(gateway, scope_of("/healthz")))[0] == 200
        assert (await spoken(gateway, scope_of("/healthz", "HEAD")))[2] == b""
        assert (await spoken(gateway, scope_of("/readyz")))[0] == 200
        doors.may_answer.set()
        assert [status for status, _, _ in await asyncio.gather(*under_way)] == [200] * 3

    before = samples(app.extensions["kb"].metrics.exposition({}))
    run(app, doors, check)
    after = samples(app.extensions["kb"].metrics.exposition({}))
    name = 'kb_requests_total{method="GET",route="none",status="503"}'
    assert after[name] - before.get(name, 0) == 2


def test_a_request_that_waited_too_long_is_not_begun(app: Flask, doors: Doors) -> None:
    async def check(gateway: Gateway) -> None:
        tasks = [asyncio.create_task(spoken(gateway, scope_of(f"/slow/{n}"))) for n in range(3)]
        for _ in range(BOUNDS.threads):
            assert await asyncio.to_thread(doors.inside.acquire, timeout=20)
        await asyncio.sleep(0.1)
        doors.may_answer.set()
        assert sorted(status for status, _, _ in await asyncio.gather(*tasks)) == [200, 200, 503]
        assert len(doors.seen) == 2

    run(app, doors, check, queue_seconds=0.05)


def test_an_error_that_nobody_answered_has_a_number_in_the_log_and_no_words(
        app: Flask, doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    async def check(gateway: Gateway) -> None:
        status, _, body = await spoken(gateway, scope_of("/fails"))
        assert status == 500 and json.loads(body)["error_id"] in [getattr(r, "error_id", "") for r in caplog.records]
        assert b"13812345678" not in body

    run(app, doors, check)


def test_headers_and_path_become_what_applications_expect() -> None:
    scope = scope_of("/x", "GET", (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x-one", b"1"), (b"x-one", b"2"),
                     (b"x_forwarded_for", b"10.0.0.1"), (b"content-type", b"text/plain"))
    environ = environ_of({**scope, "raw_path": b"/%E7%A4%BE/%ff"}, b"ab", 2)
    assert environ["PATH_INFO"].encode("latin-1") == "/社/".encode() + b"\xff"
    assert (environ["HTTP_COOKIE"], environ["HTTP_X_ONE"]) == ("a=1; b=2", "1,2")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/plain", "2")
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    assert "HTTP_X_FORWARDED_FOR" not in environ
