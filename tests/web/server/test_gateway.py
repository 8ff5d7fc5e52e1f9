"""Between connections and processes: what waits, what is refused, what is sent once more, and what answers whatever
else is going on. The processes are threads here, each with a socket as a process has one."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from tests.web.test_health import samples
from web.server.answers import Spoken
from web.server.calling import environ_of
from web.server.crew import MOST_ENDED, Crew, Member
from web.server.environ import named_of
from web.server.frames import Channel
from web.server.gateway import ASKS, Bounds, Gateway
from web.server.wording import wording
from web.server.worker import Answering

THREADS = 2
Replied = tuple[int, dict[str, str], bytes]


def scope_of(path: str, method: str = "GET", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "http_version": "1.1", "scheme": "http", "client": ("192.0.2.1", 5), "server": ("127.0.0.1", 80),
            "headers": [(b"host", b"kb.example"), *headers]}


class Doors:
    """An application that is slow: it answers once it is let to, and says what came."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.inside = threading.Semaphore(0)
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.seen.append(environ)
        if environ["PATH_INFO"].startswith("/slow") or "HTTP_X_SLOW" in environ:
            self.inside.release()
            self.may_answer.wait(20)
        if environ["PATH_INFO"] == "/fails":
            raise ValueError("13812345678")
        start_response("200 OK", [("X-Length", environ["CONTENT_LENGTH"])])
        return [environ["wsgi.input"].read()]


@dataclass
class Process:
    """What stands for a server process: its doors, and its end of the socket."""

    doors: Doors
    own: socket.socket
    said: list[dict[str, Any]] = field(default_factory=list)

    def ends(self) -> None:
        """As the kernel does it for a process that is killed."""
        self.own.shutdown(socket.SHUT_RDWR)

    async def has_begun(self, count: int = 1) -> None:
        for _ in range(count):
            assert await asyncio.to_thread(self.doors.inside.acquire, timeout=20)


class Site:
    """A gateway, and the processes behind it."""

    def __init__(self, app: Flask, *, queue: int = 1, seconds: float = 20, body_seconds: float = 20) -> None:
        self.app = app
        self.spoken = Spoken(app.extensions["kb"].metrics)
        self.spoken.learn(wording(app))
        self.crew = Crew(queue=queue, seconds=seconds)
        self.gateway = Gateway(self.crew, Bounds(1000, body_seconds), answers=self.spoken)
        self._stack = AsyncExitStack()

    async def process(self) -> Process:
        """One more process."""
        return await self._stack.enter_async_context(self._process())

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[Process]:
        ours, its = socket.socketpair()
        process = Process(Doors(), its)
        answering = Answering(process.doors, Channel(its), {  # type: ignore[arg-type]
            "ask": ThreadPoolExecutor(THREADS), "watch": ThreadPoolExecutor(1)}, self.spoken)
        serving = threading.Thread(target=answering.serve)
        serving.start()
        reader, writer = await asyncio.open_connection(sock=ours)
        member = Member(reader, writer, process.said.append, free={"ask": THREADS, "watch": 1})
        follows = asyncio.create_task(member.follow())
        self.crew.add(member)
        try:
            yield process
        finally:
            process.doors.may_answer.set()
            member.tell({"stop": True})
            await asyncio.to_thread(serving.join, 20)
            its.close()
            await follows

    async def send(self, scope: dict[str, Any], *parts: bytes, ends: bool = True) -> Replied:
        """What is replied to a request whose body comes in these parts; one that does not end hangs."""
        left = list(parts or (b"",))
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not left:
                await asyncio.sleep(3600)
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or not ends}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.gateway(scope, receive, send)
        start, body = sent
        return start["status"], {n.decode(): v.decode() for n, v in start["headers"]}, body["body"]

    def sending(self, path: str, method: str = "GET", *headers: tuple[bytes, bytes]) -> asyncio.Task[Replied]:
        """A request under way."""
        return asyncio.create_task(self.send(scope_of(path, method, *headers)))

    async def close(self) -> None:
        await self._stack.aclose()


@pytest.fixture
def run(app: Flask) -> Iterator[Callable[..., None]]:
    """Do this with a site of so many processes."""
    def running(check: Callable[..., Coroutine[Any, Any, None]], *, processes: int = 1, **bounds: Any) -> None:
        async def checked() -> None:
            site = Site(app, **bounds)
            try:
                await check(site, *[await site.process() for _ in range(processes)])
            finally:
                await site.close()

        asyncio.run(checked())

    yield running


def test_a_body_arrives_whole_and_an_idle_one_reaches_no_thread(run: Callable[..., None]) -> None:
    async def check(site: Site, process: Process) -> None:
        post = scope_of("/x", "POST", (b"transfer-encoding", b"chunked"))
        status, headers, body = await site.send(post, b"ab", b"", b"cd")
        assert (status, headers["x-length"], body) == (200, "4", b"abcd")
        status, headers, body = await site.send(post, b"ab", ends=False)
        assert (status, headers["connection"], json.loads(body)["code"]) == (408, "close", "slow_body")
        assert len(process.doors.seen) == 1 and site.gateway.is_idle()

    run(check, body_seconds=0.05)


def test_fault_40_what_is_too_large_is_told_to_the_application_by_its_length(run: Callable[..., None]) -> None:
    async def check(site: Site, _process: Process) -> None:
        for headers, parts in (((b"content-length", b"1001"), [b"x" * 1001]),
                               ((b"transfer-encoding", b"chunked"), [b"x" * 600, b"x" * 401])):
            _, told, body = await site.send(scope_of("/x", "POST", headers), *parts)
            assert (told["x-length"], body) == ("1001", b"")

    run(check)


def test_a_request_that_carries_a_file_may_be_larger_and_leaves_room_for_others(run: Callable[..., None]) -> None:
    files = Bounds(1000, 20, upload_bytes=3000)
    draft = "/drafts/00000000-0000-4000-8000-000000000000/attachments"

    async def check(site: Site, _process: Process) -> None:
        site.gateway.bounds = files
        for path, came in ((f"/api/v1{draft}", b"x" * 2000), (f"/edit{draft}", b"x" * 2000), ("/x", b""),
                           (f"/x{draft}", b""), (f"/edit{draft}/x", b"")):
            _, told, body = await site.send(scope_of(path, "POST", (b"content-length", b"2000")), b"x" * 2000)
            assert (told["x-length"], body) == ("2000", came), path

    run(check)
    assert files.room(f"/edit{draft}")[1] * 2 == files.room("/ask")[1]


def test_while_every_thread_is_busy_what_machines_watch_is_answered_and_the_rest_told_to_come_back(
        app: Flask, run: Callable[..., None]) -> None:
    async def check(site: Site, process: Process) -> None:
        under_way = [site.sending(f"/slow/{n}") for n in range(3)]
        await process.has_begun(THREADS)
        status, headers, body = await site.send(scope_of("/api/v1/ask", "POST"))
        assert (status, headers["retry-after"], headers["content-type"]) == (503, "2", "application/problem+json")
        assert json.loads(body)["code"] == "busy" and headers["x-content-type-options"] == "nosniff"
        for language, words in (("zh-CN", "稍后"), ("en", "not available right now")):
            status, headers, body = await site.send(scope_of(
                "/", "GET", (b"accept", b"text/html"), (b"accept-language", language.encode())))
            assert (status, headers["retry-after"]) == (503, "2") and words in body.decode()
        assert (await site.send(scope_of("/healthz")))[0] == 200
        assert (await site.send(scope_of("/healthz", "HEAD")))[2] == b""
        assert (await site.send(scope_of("/readyz")))[0] == 200
        process.doors.may_answer.set()
        assert [status for status, _, _ in await asyncio.gather(*under_way)] == [200] * 3

    before = samples(app.extensions["kb"].metrics.exposition({}))
    run(check)
    after = samples(app.extensions["kb"].metrics.exposition({}))
    name = 'kb_requests_total{method="GET",route="none",status="503"}'
    assert after[name] - before.get(name, 0) == 2


def test_a_request_that_waited_too_long_is_not_begun(run: Callable[..., None]) -> None:
    async def check(site: Site, process: Process) -> None:
        tasks = [site.sending(f"/slow/{n}") for n in range(3)]
        await process.has_begun(THREADS)
        assert (await tasks[2])[0] == 503
        process.doors.may_answer.set()
        assert [(await task)[0] for task in tasks[:2]] == [200, 200]
        assert len(process.doors.seen) == THREADS

    run(check, seconds=0.05)


def test_requests_wait_for_a_process_while_there_is_none_and_health_does_not(run: Callable[..., None]) -> None:
    async def check(site: Site) -> None:
        waiting = [site.sending("/a"), site.sending("/readyz")]
        assert (await site.send(scope_of("/healthz")))[0] == 200
        assert not any(task.done() for task in waiting)
        await site.process()
        assert [(await task)[0] for task in waiting] == [200, 200]

    run(check, processes=0)


@pytest.mark.parametrize(("path", "method", "headers"), [
    ("/ask", "POST", ()), ("/api/v1/ask", "POST", ()), ("/articles/x", "GET", ()),
    ("/api/v1/drafts", "POST", ((b"idempotency-key", b"k"),)), ("/api/v1/drafts/1", "PATCH", ((b"if-match", b'"1"'),)),
])
def test_what_does_no_harm_twice_is_answered_by_another_process_when_one_ends(
        run: Callable[..., None], path: str, method: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    async def check(site: Site, first: Process) -> None:
        task = site.sending(path, method, (b"x-slow", b"1"), *headers)
        await first.has_begun()
        second = await site.process()
        second.doors.may_answer.set()
        first.ends()
        assert (await task)[0] == 200
        assert [environ["kb.sent_again"] for environ in (*first.doors.seen, *second.doors.seen)] == [False, True]

    run(check)


def test_what_might_be_done_twice_is_told_that_it_broke_off_unless_it_had_not_begun(run: Callable[..., None]) -> None:
    async def check(site: Site, first: Process) -> None:
        begun = [site.sending("/account/password", "POST", (b"x-slow", b"1"), (b"accept", b"text/html"),
                              (b"accept-language", language)) for language in (b"zh", b"en")]
        await first.has_begun(THREADS)
        waits = site.sending("/reviews/sign", "POST")
        await asyncio.sleep(0.01)
        second = await site.process()
        first.ends()
        for task, words in zip(begun, ("是否已经办成", "Look whether it was done"), strict=True):
            status, headers, body = await task
            assert status == 502 and words.replace("是否", "") in body.decode() and "retry-after" not in headers
        assert (await waits)[0] == 200
        assert [environ["PATH_INFO"] for environ in second.doors.seen] == ["/reviews/sign"]

    run(check)


def test_a_question_that_ends_every_process_that_gets_it_is_given_to_no_more(run: Callable[..., None]) -> None:
    async def check(site: Site, *processes: Process) -> None:
        task = site.sending("/slow/poison")
        left = list(processes)
        for _ in range(MOST_ENDED):
            began = {asyncio.create_task(asyncio.to_thread(one.doors.inside.acquire, timeout=20)): one for one in left}
            done, _ = await asyncio.wait(began, return_when=asyncio.FIRST_COMPLETED)
            struck = began[done.pop()]
            left.remove(struck)
            struck.ends()
            for one in left:  # lets the others' waits go
                one.doors.inside.release()
            await asyncio.gather(*began)
        status, _, body = await task
        assert (status, json.loads(body)["code"]) == (502, "interrupted")
        assert sum(len(one.doors.seen) for one in processes) == MOST_ENDED
        assert (await site.send(scope_of("/x")))[0] == 200

    run(check, processes=MOST_ENDED + 1)


def test_a_body_that_is_not_what_its_header_says_is_the_senders_fault(run: Callable[..., None]) -> None:
    async def check(site: Site, process: Process) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}  # so granian tells of chunks that are none

        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await site.gateway(scope_of("/api/v1/ask", "POST", (b"transfer-encoding", b"chunked")), receive, send)
        assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "bad_body")
        assert process.doors.seen == []

    run(check)


def test_an_error_that_nobody_answered_has_a_number_in_the_log_and_no_words(
        run: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    async def check(site: Site, _process: Process) -> None:
        status, headers, body = await site.send(scope_of("/fails"))
        assert status == 500 and json.loads(body)["error_id"] in [getattr(r, "error_id", "") for r in caplog.records]
        assert b"13812345678" not in body and headers["x-frame-options"] == "DENY"

    run(check)


def test_headers_and_path_become_what_applications_expect() -> None:
    scope = scope_of("/x", "GET", (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x-one", b"1"), (b"x-one", b"2"),
                     (b"x_forwarded_for", b"10.0.0.1"), (b"content-type", b"text/plain"))
    environ = environ_of(named_of({**scope, "raw_path": b"/%E7%A4%BE/%ff"}, 2), b"ab")
    assert environ["PATH_INFO"].encode("latin-1") == "/社/".encode() + b"\xff"
    assert (environ["HTTP_COOKIE"], environ["HTTP_X_ONE"]) == ("a=1; b=2", "1,2")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/plain", "2")
    assert (environ["REMOTE_ADDR"], environ["wsgi.input"].read()) == ("192.0.2.1", b"ab")
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_the_addresses_of_asks_are_the_applications(app: Flask) -> None:
    posts = {rule.rule for rule in app.url_map.iter_rules() if rule.methods and "POST" in rule.methods}
    assert posts >= ASKS
