"""``python -m bench.publishing [--url postgresql://…]``: how long after an approver's click questions know the text.

A served installation with the sample, on SQLite or in the empty PostgreSQL database named. Articles are drafted, handed
in and signed over the API; what is timed goes from sending the publication until two questions, asked side by side so
that more than one process answers, both cite the new text. Others ask meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from bench.load import QUESTIONS, Load, Site, percentile, serving
from bench.wire import Answer, Connection, Cut
from kb.actor import OPERATOR, Role
from kb.clock import utc_now
from kb.db import Database
from kb.people import people, tokens

_PATIENCE_S = 10.0
_ASKS_EVERY_S = 1.0  # of each of those who ask meanwhile


@dataclass
class Seen:
    """What came of it, in milliseconds."""

    acknowledged_ms: list[float] = field(default_factory=list)
    answerable_ms: list[float] = field(default_factory=list)
    asks: int = 0
    failed: int = 0


class Publishing:
    """Publishes so many articles one after the other, while so many ask."""

    def __init__(self, site: Site, token: str, *, count: int, asking: int) -> None:
        self._site, self._count, self._asking, self.seen = site, count, asking, Seen()
        self._author = self._by(site.writers[0])
        self._approver = self._by(token)
        self._questions = [self._by(token) for _ in range(2)]
        self._others = [self._by(token) for _ in range(asking)]
        self._is_over = False

    def _by(self, token: str) -> Connection:
        return Connection(self._site.port, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})

    async def go(self) -> None:
        """All of it."""
        await self._until_ready()
        others = [asyncio.create_task(self._ask_on(connection, n)) for n, connection in enumerate(self._others)]
        for n in range(self._count):
            await self._publish(f"bench-{random.getrandbits(40):x}", n)
        self._is_over = True
        await asyncio.gather(*others)

    async def _until_ready(self) -> None:
        """Wait until the sample is indexed, vectors and all: that is no part of a publication."""
        before, now = (1, 0), await self._index()
        while now[0] or now != before:
            await asyncio.sleep(2)
            before, now = now, await self._index()

    async def _index(self) -> tuple[int, int]:
        """How many events the index lacks, and how many vectors it has."""
        parts = json.loads((await self._approver.request("GET", "/readyz")).body)["parts"]
        return parts["index"]["lag"], parts["engine"]["vectors"]

    async def _publish(self, slug: str, n: int) -> None:
        path = f"/api/v1/articles/{slug}/revisions/1"
        draft = await _sent(self._author, "POST", "/api/v1/drafts", 201, slug=slug, department="hrss",
                            title=f"第{n}号试点补贴 {slug}", change_note="试点", category="社会保障",
                            effective_from="2026-01-01",
                            source=f"## 金额\n\n{slug}：第{n}号试点补贴每人{n + 100}元。\n")
        revision = await _sent(self._author, "POST", f"/api/v1/drafts/{draft['id']}/submit", 201,
                               If_Match=f'"{draft["version"]}"')
        await _sent(self._approver, "POST", f"{path}/sign", 200, sha256=revision["sha256"])
        began = perf_counter()
        await _sent(self._approver, "POST", f"{path}/publish", 200)
        self.seen.acknowledged_ms.append((perf_counter() - began) * 1000)
        known = await asyncio.gather(*[self._known(connection, slug, n) for connection in self._questions])
        self.seen.answerable_ms.append((perf_counter() - began) * 1000 if all(known) else _PATIENCE_S * 1000)

    async def _known(self, connection: Connection, slug: str, n: int) -> bool:
        """Ask until the article is cited; False where that takes too long."""
        until = monotonic() + _PATIENCE_S
        while monotonic() < until:
            answer = await _asked(connection, f"{slug} 第{n}号试点补贴多少钱")
            if f"/articles/{slug}".encode() in answer.body:
                return True
        return False

    async def _ask_on(self, connection: Connection, n: int) -> None:
        dice = random.Random(n)
        while not self._is_over:
            try:
                self.seen.asks += 1
                await _asked(connection, dice.choice(QUESTIONS))
            except (Cut, OSError, TimeoutError):
                self.seen.failed += 1
            await asyncio.sleep(_ASKS_EVERY_S)


async def _asked(connection: Connection, question: str) -> Answer:
    answer = await connection.request("POST", "/api/v1/ask", body=json.dumps({"question": question}).encode())
    if answer.status != 200:
        raise Cut(answer.status)
    return answer


async def _sent(connection: Connection, method: str, path: str, status: int, *, If_Match: str = "",  # noqa: N803
                **body: Any) -> dict[str, Any]:
    data = json.dumps(body, ensure_ascii=False).encode()
    answer = await connection.request(method, path, body=data, If_Match=If_Match)
    if answer.status != status:
        raise SystemExit(f"{method} {path}: {answer.status} {answer.body.decode()}")
    found: dict[str, Any] = json.loads(answer.body)
    return found


def _approver(site: Site) -> str:
    """The token of somebody new who signs and publishes, and asks."""
    name, now, database = f"approver-{random.getrandbits(40):x}", utc_now(), Database(site.settings)
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login=name, name="", password=None, now=now,
                           grants=[(Role.AGENT, None), (Role.APPROVER, "hrss")])
        token = tokens.create_token(session, OPERATOR, name, name="bench", scopes=("ask", "read", "write"), days=1,
                                    now=now)
    database.close()
    return token


def main(argv: list[str] | None = None) -> int:
    """Print the figures as JSON; 1 where half of the texts or more took a second."""
    parser = argparse.ArgumentParser(prog="python -m bench.publishing", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--revisions", type=int, default=40)
    parser.add_argument("--asking", type=int, default=2, help="how many ask a question a second meanwhile")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database; default: a SQLite file")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, serving(
            Path(folder) / "data", Load(asking=0, writing=1), workers=args.workers,
            environment={"KB__DATABASE__URL": args.url} if args.url else {}) as site:
        publishing = Publishing(site, _approver(site), count=args.revisions, asking=args.asking)
        asyncio.run(publishing.go())
    seen = publishing.seen
    found = {name: {"p50": round(percentile(values, 0.5), 1), "p99": round(percentile(values, 0.99), 1)}
             for name, values in (("acknowledged_ms", seen.acknowledged_ms), ("answerable_ms", seen.answerable_ms))}
    sys.stdout.write(json.dumps({"database": args.url.partition(":")[0] or "sqlite", "revisions": args.revisions,
                                 "asks": seen.asks, "failed_asks": seen.failed, **found}) + "\n")
    return int(percentile(seen.answerable_ms, 0.5) >= 1000)


if __name__ == "__main__":
    sys.exit(main())
