"""``python -m bench.load``: the server under a city's agents, with slow connections beside, and workers killed.

First the askers alone, then everybody: signed-in browsers with open pages, some of them asking, some writing drafts
over the API, connections that send a byte a second, and a look at /healthz all the while. With ``--kill`` workers are
killed at random meanwhile, with ``--kill-parents`` the parent that they are forked from too. At the end every act that
was acknowledged is looked for in the database.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from bench.wire import SLOW_BODY, SLOW_HEADER, Answer, Connection, Cut, drip
from kb import setup
from kb.actor import OPERATOR, Role
from kb.clock import utc_now
from kb.db import Database
from kb.models import AnswerRow, Draft
from kb.people import people, sessions, tokens
from kb.people.sessions import Lasting
from kb.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
QUESTIONS = ("没备案租房公积金一个月能提多少", "身份证丢了要带什么", "公积金贷款提前还款要交违约金吗",
             "社保卡丢了怎么补办", "How long does a residence permit take?", "坐轮渡多少钱",
             "What is the fee for a residence permit?", "养老金每个月几号发", "新生儿上户口要什么材料",
             "Can I use my foreign driving licence?")
_TOKEN = re.compile(rb'name="form_token" value="([0-9a-f]+)"')
_UNRECORDED = ("could not be recorded", "未能记录")  # as the page of an answer says it
_WRITE_S = 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """How many of each, and how often."""

    browsers: int = 200
    asking: int = 20
    writing: int = 5
    slow: int = 200
    every_s: float = 5.0
    seconds: float = 60.0
    quiet_s: float = 30.0
    kills: bool = False
    kills_parents: bool = False
    kill_s: tuple[float, float] = (5.0, 15.0)  # between two of them


@dataclass
class Seen:
    """What came of it."""

    asks_ms: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)
    answers_before: int = 0  # in the database
    saved: dict[str, tuple[int, str]] = field(default_factory=dict)  # draft: version and text last acknowledged
    saves: int = 0
    failed_saves: list[str] = field(default_factory=list)
    kills: int = 0
    unrecorded: int = 0  # answers that said themselves that they could not be recorded
    resent: int = 0


@dataclass(frozen=True)
class Site:
    """A server over an installation with people in it."""

    settings: Settings
    process: subprocess.Popen[str]
    port: int
    cookies: list[str]
    writers: list[str]

    def workers(self) -> list[int]:
        """The process ids of those that answer."""
        return self._named("kb-worker")

    def starting(self) -> list[int]:
        """The process ids of those that are not warm yet."""
        return self._named("kb-starting")

    def parents(self) -> list[int]:
        """The process ids of those that the workers are forked from: one, and two while the server is reloaded."""
        return self._named("kb-parent")

    def _named(self, name: str) -> list[int]:
        stats = {pid: (comm, parent) for path in Path("/proc").glob("[0-9]*/stat") if (found := _stat(path))
                 for pid, comm, parent in [found]}

        def is_ours(pid: int) -> bool:
            return pid == self.process.pid or (pid in stats and is_ours(stats[pid][1]))

        return [pid for pid, (comm, _) in stats.items() if comm == name and is_ours(pid)]


def _stat(path: Path) -> tuple[int, str, int] | None:
    """A process's number, name and parent; None of one that has just ended."""
    with contextlib.suppress(OSError):
        number, _, rest = path.read_text(encoding="ascii", errors="replace").partition(" (")
        name, _, others = rest.rpartition(") ")
        state, parent = others.split()[:2]
        return None if state == "Z" else (int(number), name, int(parent))
    return None


@contextlib.contextmanager
def serving(data: Path, load: Load, *, workers: int, environment: dict[str, str] | None = None) -> Iterator[Site]:
    """A server over the sample in this folder, which is made where it is not there yet."""
    given = {**{k: v for k, v in os.environ.items() if not k.startswith("KB__")}, "KB__DATA__DIR": str(data),
             "KB__WEB__ASKS_PER_MINUTE_SIGNED_IN": "100000", **(environment or {})}
    settings = load_settings(ROOT, given)
    database = Database(settings)
    if not (data / "kb.sqlite3").exists():
        setup.init(database, settings, now=utc_now(), sample=ROOT / "articles")
        # else the first minutes are those of a server that makes vectors
        subprocess.run([sys.executable, "-m", "kb", "index", "update"], cwd=ROOT, env=given, check=True,
                       stdout=subprocess.DEVNULL)
    cookies, writers = _people(database, load)
    database.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "kb", "serve", "--port", str(port), "--workers", str(workers)],
                               cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        if not (process.stdout.readline() and process.stdout.readline()):
            raise SystemExit("the server did not start")
        yield Site(settings, process, port, cookies, writers)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _people(database: Database, load: Load) -> tuple[list[str], list[str]]:
    """Cookies of somebody new who asks from many browsers, and tokens of as many who write."""
    name, password, now = f"load-{random.getrandbits(40):x}", f"{random.getrandbits(80):x}", utc_now()
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login=name, name="", grants=[(Role.AGENT, None)], password=password,
                           is_once=False, now=now)
        for n in range(load.writing):
            people.create_user(session, OPERATOR, login=f"{name}-editor-{n}", name="", grants=[(Role.EDITOR, "hrss")],
                               password=None, now=now)
        writers = [tokens.create_token(session, OPERATOR, f"{name}-editor-{n}", name="load", scopes=("read", "write"),
                                       days=1, now=now) for n in range(load.writing)]
    cookies = [sessions.sign_in(database, name, password, address="127.0.0.1", now=now, lasting=Lasting(12, 720),
                                tries=10)
               for _ in range(load.asking)]
    return [f"kb_session={cookie}" for cookie in cookies], writers


class Run:
    """One stretch of time with everybody at it."""

    def __init__(self, site: Site, load: Load, seen: Seen, *, alone: bool) -> None:
        self._site, self._load, self._seen, self._alone = site, load, seen, alone
        self._end = monotonic() + (load.quiet_s if alone else load.seconds)
        self._open: list[Connection] = []

    async def go(self) -> None:
        """Everybody at once, until the time is over."""
        load = self._load
        tasks = [self._asker(n) for n in range(load.asking)] + [self._health()]
        if not self._alone:
            tasks += [self._reader(n) for n in range(load.browsers - load.asking)]
            tasks += [self._writer(n) for n in range(load.writing)]
            tasks += [self._slow(SLOW_HEADER if n % 2 else SLOW_BODY) for n in range(load.slow)]
            tasks += [self._killer()] if load.kills else []
        await asyncio.gather(*tasks)
        self._seen.resent += sum(connection.resent for connection in self._open)

    def _connection(self, **headers: str) -> Connection:
        connection = Connection(self._site.port, {name.replace("_", "-"): value for name, value in headers.items()})
        self._open.append(connection)
        return connection

    def _is_over(self) -> bool:
        return monotonic() >= self._end

    async def _within(self, pause: float) -> None:
        await asyncio.sleep(max(0.0, min(pause, self._end - monotonic())))

    async def _asker(self, n: int) -> None:
        """A signed-in browser that asks one question each few seconds, by the page's form."""
        page = self._connection(Cookie=self._site.cookies[n % len(self._site.cookies)], Accept="text/html")
        dice = random.Random(n)
        await self._within(dice.uniform(0, self._load.every_s))
        while not self._is_over():
            began = perf_counter()
            try:
                await self._ask(page, dice.choice(QUESTIONS))
            except (Cut, OSError, TimeoutError) as error:
                self._seen.failed.append(f"{type(error).__name__} {error}")
            else:
                self._seen.asks_ms.append((perf_counter() - began) * 1000)
            await self._within(self._load.every_s - (perf_counter() - began))

    async def _ask(self, page: Connection, question: str) -> None:
        token = await self._form(page)
        body = urlencode({"question": question, "form_token": token}).encode()
        answer = await page.request("POST", "/ask", body=body, Content_Type="application/x-www-form-urlencoded")
        if answer.status != 200:
            raise Cut(answer.status)
        self._seen.unrecorded += any(told.encode() in answer.body for told in _UNRECORDED)

    async def _form(self, page: Connection) -> str:
        """The token of the open page: read once, with its cookie."""
        if "X-Token" not in page.headers:
            opened = await page.request("GET", "/sign-in")
            found = _TOKEN.search(opened.body)
            if opened.status != 200 or not found:
                raise Cut(opened.status)
            seed = opened.headers["set-cookie"].partition(";")[0]
            page.headers |= {"Cookie": f"{page.headers['Cookie']}; {seed}", "X-Token": found[1].decode()}
        return page.headers["X-Token"]

    async def _reader(self, n: int) -> None:
        """A browser with an open page: two connections that idle, and are opened again when the server ends them."""
        cookie = self._site.cookies[n % len(self._site.cookies)]
        page, files = self._connection(Cookie=cookie, Accept="text/html"), self._connection()
        await self._within(random.Random(n).uniform(0, 2))
        while not self._is_over():
            for connection, path in ((page, "/"), (files, "/healthz")):
                with contextlib.suppress(Cut, OSError, TimeoutError):
                    await connection.request("GET", path)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(page.closed(), max(0.1, self._end - monotonic()))

    async def _writer(self, n: int) -> None:
        """Somebody who saves a draft again and again, each time naming the version they saw, under a key of its own."""
        api = self._connection(Authorization=f"Bearer {self._site.writers[n]}", Content_Type="application/json")
        draft, version = "", 0
        while not self._is_over():
            text, key = f"第{version + 1}稿，{n}号，{random.random()}。", f"{random.getrandbits(80):x}"
            try:
                if not draft:
                    slug = f"load-{n}-{random.getrandbits(40):x}"
                    made = await api.request("POST", "/api/v1/drafts", body=_json(
                        slug=slug, department="hrss", title="压力测试", source=text), Idempotency_Key=key)
                    self._check(made, 201)
                    draft = json.loads(made.body)["id"]
                else:
                    self._check(await api.request("PATCH", f"/api/v1/drafts/{draft}", body=_json(source=text),
                                                  If_Match=f'"{version}"', Idempotency_Key=key), 200)
                version += 1
                self._seen.saves += 1
                self._seen.saved[draft] = (version, text)
            except (Cut, OSError, TimeoutError) as error:
                self._seen.failed_saves.append(f"{type(error).__name__} {error}")
                draft, version = "", 0  # it may have been saved or not: a new one, and the old one must hold
            await self._within(_WRITE_S)

    @staticmethod
    def _check(answer: Answer, status: int) -> None:
        if answer.status != status:
            raise Cut(f"{answer.status} {answer.body[:200]!r}")

    async def _slow(self, opening: bytes) -> None:
        while not self._is_over():
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(drip(self._site.port, opening), max(0.1, self._end - monotonic()))

    async def _health(self) -> None:
        probe = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.probe", str(self._site.port), str(max(0.1, self._end - monotonic())), cwd=ROOT,
            stdout=asyncio.subprocess.PIPE)
        told, _ = await probe.communicate()
        self._seen.health_ms += json.loads(told)

    async def _killer(self) -> None:
        dice = random.Random(1)
        while not self._is_over():
            await self._within(dice.uniform(*self._load.kill_s))
            processes = [*self._site.workers(), *self._site.starting()]
            processes += self._site.parents() if self._load.kills_parents else []
            if processes and not self._is_over():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(dice.choice(processes), signal.SIGKILL)
                    self._seen.kills += 1


def _json(**body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def lost(settings: Settings, seen: Seen) -> list[str]:
    """What was acknowledged and is not there."""
    database = Database(settings)
    with database.reading() as session:
        drafts = {row.id: row for row in session.scalars(select(Draft))}
    answers = _answers(database) - seen.answers_before
    database.close()
    found = []
    for draft, (version, text) in seen.saved.items():
        row = drafts.get(draft)
        # one more may have been saved whose acknowledgement was cut off
        if row is None or row.version < version or (row.version == version and row.fields["source"] != text):
            found.append(f"draft {draft} version {version}")
    missing = len(seen.asks_ms) - seen.unrecorded - answers
    if missing > 0:
        found.append(f"{missing} answers")
    return found


def _answers(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(AnswerRow)) or 0


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def figures(quiet: Seen, busy: Seen, missing: list[str]) -> dict[str, Any]:
    """What is told of a run."""
    def times(seen: Seen) -> dict[str, float]:
        return {"asks": len(seen.asks_ms), "p50_ms": round(percentile(seen.asks_ms, 0.5), 1),
                "p99_ms": round(percentile(seen.asks_ms, 0.99), 1),
                "healthz_worst_ms": round(max(seen.health_ms, default=0.0), 1)}

    asked = len(busy.asks_ms) + len(busy.failed)
    return {
        "quiet": times(quiet), "busy": times(busy),
        "p99_ratio": round(percentile(busy.asks_ms, 0.99) / max(percentile(quiet.asks_ms, 0.99), 0.001), 2),
        "healthz_p99_ms": round(percentile(busy.health_ms, 0.99), 1),
        "failed_asks": len(busy.failed), "failed_share": round(len(busy.failed) / max(asked, 1), 5),
        "saves": busy.saves, "failed_saves": len(busy.failed_saves), "kills": busy.kills, "resent": busy.resent,
        "unrecorded": busy.unrecorded,
        "lost": missing,
    }


def measure(data: Path, load: Load, *, workers: int, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """The whole of it; see the module."""
    quiet, busy = Seen(), Seen()
    with serving(data, load, workers=workers, environment=environment) as site:
        for seen, alone in ((quiet, True), (busy, False)):
            database = Database(site.settings)
            seen.answers_before = _answers(database)
            database.close()
            if not alone or load.quiet_s:
                asyncio.run(Run(site, load, seen, alone=alone).go())
        missing = lost(site.settings, busy)
    return {**figures(quiet, busy, missing), "why_failed": (busy.failed + busy.failed_saves)[:5]}


def main(argv: list[str] | None = None) -> int:
    """Print the figures as JSON; 1 where something acknowledged was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    shape = Load()
    for name in ("browsers", "asking", "writing", "slow"):
        parser.add_argument(f"--{name}", type=int, default=getattr(shape, name))
    parser.add_argument("--seconds", type=float, default=shape.seconds)
    parser.add_argument("--quiet-seconds", type=float, default=shape.quiet_s, help="the askers alone, before")
    parser.add_argument("--every", type=float, default=shape.every_s, help="seconds between two questions of one asker")
    parser.add_argument("--kill", action="store_true", help="kill workers at random meanwhile")
    parser.add_argument("--kill-parents", action="store_true", help="and the parent that they are forked from")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--data", type=Path, help="data folder; default: one that is thrown away")
    args = parser.parse_args(argv)
    load = Load(args.browsers, args.asking, args.writing, args.slow, args.every, args.seconds, args.quiet_seconds,
                args.kill or args.kill_parents, args.kill_parents)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(args.data or Path(folder) / "data", load, workers=args.workers)
    sys.stdout.write(json.dumps({"load": asdict(load), **found}, ensure_ascii=False, indent=2) + "\n")
    return 1 if found["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
