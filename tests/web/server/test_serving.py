"""The server itself, over real sockets: what it holds, what it bounds, and what a killed process costs."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bench import load
from bench.load import Load, Run, Seen, Site
from bench.wire import SLOW_BODY, SLOW_HEADER
from kb.db import Database
from kb.models import AuditEntry
from kb.record import audit
from tests.web.conftest import Installation

SHAPE = Load(browsers=12, asking=4, writing=8, slow=20, every_s=0.4, seconds=5, quiet_s=0, kills=True, kill_s=(1, 3))
ENVIRONMENT = {"KB__EMBEDDING__PROVIDER": "none", "KB__WEB__THREADS": "4", "KB__WEB__IDLE_SECONDS": "2",
               "KB__WEB__BODY_SECONDS": "2", "KB__WEB__QUEUE_SECONDS": "30"}


@pytest.fixture(scope="module")
def served(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tests' installation: servers have a clock, whose jobs prune what others still look at."""
    folder, shared = tmp_path_factory.mktemp("served"), installation.settings.data_dir
    shutil.copytree(shared, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("kb.sqlite3*", "*.lock"))
    with closing(sqlite3.connect(shared / "kb.sqlite3")) as present, closing(
            sqlite3.connect(folder / "kb.sqlite3")) as copy:
        present.backup(copy)
    return folder


@pytest.fixture(scope="module")
def site(served: Path) -> Iterator[Site]:
    """Two server processes over it."""
    with load.serving(served, SHAPE, workers=2, environment=ENVIRONMENT) as found:
        yield found


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sent(site: Site, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.request(method, path, None if body is None else json.dumps(body),
                           {name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        return reply.status, {n.lower(): v for n, v in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def as_writer(site: Site, n: int = 0) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.writers[n % len(site.writers)]}", "Content_Type": "application/json"}


def until_closed(site: Site, opening: bytes) -> bytes:
    """What comes back to a client that sends this and then a byte at a time, until the server has enough."""
    received = b""
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as client:
        client.sendall(opening)
        client.settimeout(0.2)
        while True:
            try:
                client.sendall(b"x")
                data = client.recv(65_536)
            except TimeoutError:
                continue
            except OSError:
                return received
            if not data:
                return received
            received += data


def test_s3_hundreds_of_idle_and_slow_connections_cost_nobody_an_answer(site: Site) -> None:
    with ExitStack() as open_ones:
        for n in range(300):
            client = open_ones.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=30))
            client.sendall((b"", SLOW_HEADER, SLOW_BODY)[n % 3])
        assert sent(site, "GET", "/healthz")[0] == 200
        status, headers, body = sent(site, "POST", "/api/v1/ask", {"question": "社保卡丢了怎么补办"},
                                     Content_Type="application/json")
        assert status == 200 and json.loads(body)["answer_id"]
        assert "granian" not in headers.get("server", "")


def test_s3_a_header_or_body_that_comes_too_slowly_is_ended_by_the_server(site: Site) -> None:
    assert until_closed(site, SLOW_HEADER) == b""
    told = until_closed(site, SLOW_BODY)
    assert told.startswith(b"HTTP/1.1 408") and b"slow_body" in told


def test_eight_who_edit_one_article_at_once_lose_nothing(site: Site) -> None:
    """Each accepted save is in the history, each refused one says why and changes nothing."""
    status, _, body = sent(site, "POST", "/api/v1/drafts", {
        "slug": f"eight-{site.port}", "department": "hrss", "title": "八人同编", "source": "开头。"}, **as_writer(site))
    assert status == 201
    draft = json.loads(body)["id"]
    path = f"/api/v1/drafts/{draft}"

    def act(n: int, method: str, where: str, seen: str, body: Any) -> str:
        """The new version; "" where somebody else was first, who is named."""
        status, headers, reply = sent(site, method, f"{path}{where}", body, If_Match=seen, **as_writer(site, n))
        if status == 200:
            return headers["etag"]
        told = json.loads(reply)
        assert status in (403, 409, 412) and told["code"] and told["detail"], told
        return ""

    def edit(n: int) -> list[tuple[int, str]]:
        """Three lines of one's own, each added to what was seen last; who was overtaken looks again."""
        accepted: list[tuple[int, str]] = []
        while len(accepted) < 3:
            line = f"{n}号第{len(accepted)}行。"
            _, headers, body = sent(site, "GET", path, **as_writer(site, n))
            seen, source = headers["etag"], f"{json.loads(body)['text']['source']}\n\n{line}"
            mine = act(n, "PATCH", "", seen, {"source": source}) or (
                (taken := act(n, "POST", "/take-over", seen, None)) and act(n, "PATCH", "", taken, {"source": source}))
            if mine:
                accepted.append((int(mine.strip('"')), line))
        return accepted

    with ThreadPoolExecutor(8) as people:
        accepted = [one for lines in people.map(edit, range(8)) for one in lines]
    found = json.loads(sent(site, "GET", path, **as_writer(site))[2])
    assert sorted(found["text"]["source"].split("\n\n")) == sorted(["开头。", *(line for _, line in accepted)])
    database = Database(site.settings)
    with database.reading() as session:
        kept = [entry.after["version"] for entry in session.scalars(select(AuditEntry).where(
            AuditEntry.subject == f"draft:{draft}", AuditEntry.action == "save_draft")) if entry.after]
    database.close()
    assert sorted(kept) == sorted(version for version, _ in accepted) and len(kept) == 24


def test_no_acknowledged_act_is_lost_when_processes_are_killed_at_random(site: Site) -> None:
    seen = Seen()
    database = Database(site.settings)
    seen.answers_before = load._answers(database)
    asyncio.run(Run(site, SHAPE, seen, alone=False).go())
    assert seen.kills >= 1 and seen.saves >= 3 and seen.asks_ms
    assert load.lost(site.settings, seen) == []
    assert seen.failed == []
    wait_for(lambda: len(site.workers()) == 2)
    with database.reading() as session:
        assert audit.verify(session).broken_at is None
    database.close()


def test_settings_and_code_are_read_anew_without_refusing_anybody(site: Site) -> None:
    """By another parent, for a running one keeps the code that it has loaded."""
    before, parents = set(site.workers()), site.parents()
    site.process.send_signal(signal.SIGHUP)
    while len(before & set(site.workers())):
        assert sent(site, "GET", "/healthz")[0] == 200
        time.sleep(0.05)
    wait_for(lambda: len(site.workers()) == 2 and len(site.parents()) == 1)
    assert site.parents() != parents and sent(site, "GET", "/")[0] == 200


def test_processes_outlive_their_parent_and_the_next_one_forks_their_successors(site: Site) -> None:
    wait_for(lambda: len(site.workers()) == 2 and len(site.parents()) == 1)
    (parent,), workers = site.parents(), site.workers()
    assert len(list(Path(f"/proc/{parent}/task").iterdir())) == 1  # a fork has the thread alone that forks
    os.kill(parent, signal.SIGKILL)
    assert sent(site, "GET", "/")[0] == 200 and sorted(site.workers()) == sorted(workers)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    assert sent(site, "GET", "/healthz")[0] == 200
    assert sent(site, "POST", "/api/v1/ask", {"question": "社保卡丢了怎么补办"},
                Content_Type="application/json")[0] == 200  # it waits for them
    wait_for(lambda: len(site.workers()) == 2 and len(site.parents()) == 1)


def test_a_process_that_is_told_to_end_finishes_and_is_followed_by_another(site: Site) -> None:
    wait_for(lambda: len(site.workers()) == 2)
    gone = site.workers()[0]
    os.kill(gone, signal.SIGTERM)
    wait_for(lambda: gone not in site.workers() and len(site.workers()) == 2)


def test_a_body_that_is_no_body_is_refused_as_the_senders_fault(site: Site) -> None:
    told = until_closed(site, b"POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 400") and b"bad_body" in told


def test_what_cannot_start_replaces_nothing(site: Site, served: Path) -> None:
    (generation,) = (served / "index").glob("gen-*/generation.json")
    kept, before = generation.read_bytes(), set(site.workers())
    generation.write_text(json.dumps({**json.loads(kept), "format": 0}), encoding="utf-8")  # another release's
    try:
        site.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(site.parents()) == 2)
        wait_for(lambda: len(site.parents()) == 1 and not site.starting())
    finally:
        generation.write_bytes(kept)
    assert set(site.workers()) == before and sent(site, "GET", "/")[0] == 200


def test_figures_are_of_all_processes_also_of_one_that_is_gone(site: Site) -> None:
    def count() -> float:
        text = sent(site, "GET", "/metrics")[2].decode()
        return sum(float(line.split()[-1]) for line in text.splitlines()
                   if line.startswith('kb_requests_total{method="GET",route="/browse"'))

    before = count()
    for _ in range(10):
        assert sent(site, "GET", "/browse")[0] == 200
    assert count() == before + 10
    os.kill(site.workers()[0], signal.SIGKILL)
    wait_for(lambda: len(site.workers()) == 2)
    assert count() >= before + 10


def test_one_process_keeps_the_index_and_another_takes_its_place(site: Site, served: Path) -> None:
    lock = served / "index" / "keeper.lock"

    def keepers() -> list[int]:
        return [pid for pid in site.workers() if any(
            Path(path).resolve() == lock for path in Path(f"/proc/{pid}/fd").glob("*"))]

    wait_for(lambda: len(keepers()) == 1)
    first = keepers()[0]
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: len(keepers()) == 1 and keepers()[0] != first)


def test_the_clock_of_the_server_signs_the_head_of_the_log(site: Site, served: Path) -> None:
    assert sent(site, "GET", "/healthz")[0] == 200
    wait_for(lambda: any((served / "checkpoints").glob("audit-*.json")))
