"""``python -m bench.staleness [--articles 1000,10000,100000] [--url postgresql://…]``: how long looking for staleness
takes.

Generated articles, a part of them with faults and with what looks like one, are put into an empty database. Timed are
reading their texts for the first time, the first scan (which raises everything), a scan that finds nothing new, and
what a scan of the changed takes after one publication; each by the clock and in seconds of this process, which say what
it takes where other work is done on the machine too. How many faults are found is another measure (bench/planted).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from kb.actor import OPERATOR
from kb.articles import publication
from kb.articles.kept_copies import keep_copies
from kb.articles.kept_facts import keep_facts
from kb.articles.kept_readings import keep_readings
from kb.articles.revisions import RevisionText
from kb.articles.writing.intake import import_history
from kb.db import Database
from kb.migrations import migrate
from kb.models import Article, Basis, Department, Publication, Revision, SignalRow
from kb.record import outbox
from kb.settings import load_settings
from kb.upkeep.signals.scanning import CONSUMER, scan, scan_all, scan_changed

TZ = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
_DEPARTMENTS = 40
_BATCH = 2_000
_PLAIN = "办理时带身份证原件，材料齐全的当场受理，不收费用。窗口每周一至周五开放，咨询电话见部门页。"

_COPIED = ("第{n}类家庭凭认定证明可以减免登记费{first}元。减免的金额从应缴款项里直接扣除退回。"
           "第{n}类家庭的认定由街道民政窗口负责。")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock, and of this process."""

    wall_s: float
    cpu_s: float

    def as_dict(self) -> dict[str, float]:
        """The JSON form."""
        return {"wall_s": round(self.wall_s, 2), "cpu_s": round(self.cpu_s, 2)}

    def __str__(self) -> str:
        return f"{self.wall_s:.2f} s ({self.cpu_s:.2f} of the process)"


def _text(n: int, count: int, chance: random.Random) -> tuple[str, dict[str, Any]]:
    """The source of an article, and fields of its metadata: one in twelve with a fault of some kind."""
    parts = [f"第{n}号事项的说明。{_PLAIN}"]
    parts += [f"## 第{s}部分\n\n{_PLAIN * chance.randint(1, 4)}" for s in range(1, chance.randint(3, 7))]
    more: dict[str, Any] = {"review_by": NOW + timedelta(days=chance.randint(60, 700))}
    target = chance.randrange(count)
    parts.append(f"另见[相关事项](article:item-{target})。")
    parts.append(_COPIED.format(n=n // 2, first=n // 2 * 7 % 90 + 10))  # two articles each
    kind = chance.randrange(72)
    if kind == 0:
        more["review_by"] = NOW - timedelta(days=chance.randint(1, 90))
    elif kind == 1:
        parts.append(f"减免执行至2026年{chance.randint(2, 10)}月28日。")
    elif kind == 2:
        parts.append(f"见[旧事项](article:gone-{n})。")
    elif kind == 3:
        parts.append(f"见[相关](article:item-{target}#第九十部分)。")
    elif kind == 4:
        parts.append(f"《某市第{chance.randrange(count)}号办法》（某政发〔2019〕{n % 997 + 1}号）已经废止。")
    elif kind == 5:
        more["effective_to"] = NOW + timedelta(days=chance.randint(1, 50))
    elif kind in (6, 7, 8):
        parts.append("每年3月1日至5月31日集中办理；补贴执行至2028年12月31日。")
    return "\n\n".join(parts) + "\n", more


def fill(database: Database, count: int, seed: int) -> None:
    """Put so many articles of one published text each into an empty database."""
    chance = random.Random(seed)
    with database.transaction() as session:
        session.add_all(Department(code=f"d{n}", name_zh=f"市第{n}局", name_en=f"Bureau {n}")
                        for n in range(_DEPARTMENTS))
    for start in range(0, count, _BATCH):
        rows = list(_rows(range(start, min(start + _BATCH, count)), count, chance))
        with database.engine.begin() as connection:  # no session: the log wants rows one by one, as objects
            for table, place in ((Article, 0), (Revision, 1), (Publication, 2), (Basis, 3)):
                connection.execute(insert(table), [row[place] for row in rows])


def _rows(numbers: Sequence[int], count: int, chance: random.Random) -> Iterator[tuple[dict[str, Any], ...]]:
    for n in numbers:
        article, revision = (str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(2))
        source, more = _text(n, count, chance)
        owner, ends = f"d{n % _DEPARTMENTS}", more.get("effective_to")
        held = {"effective_from": _BEGUN, "effective_to": ends}
        yield (
            {"id": article, "slug": f"item-{n}", "owner": owner, "created_at": _BEGUN},
            {"id": revision, "article_id": article, "number": 1, "state": "published", "sha256": f"{n:064x}",
             "title": f"第{n}号事项", "source": source, "lang": "zh", "audience": "public", "owner": owner,
             "author": "bench", "created_at": _BEGUN, "review_by": more["review_by"], "summary": "", "category": "",
             "keywords": [], "synonyms": [], "attachments": [], "change_note": "", "is_minor": False,
             "contributors": [], **held},
            {"revision_id": revision, "article_id": article, "published_at": _BEGUN, **held},
            {"revision_id": revision, "ordinal": 0, "title": f"某市第{n}号办法",
             "number": f"某政发〔{2018 + n % 7}〕{n % 997 + 1}号", "issuer": "某市人民政府",
             "issued_on": date(2018 + n % 7, 5, 1), "url": ""},
        )


def measure(count: int, url: str, seed: int) -> dict[str, Any]:
    """The figures of one size, in seconds, those after a publication in milliseconds; of three scans the quickest."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(Path(folder), {}, database={"url": url})
        database = Database(settings)
        try:
            migrate(database)
            fill(database, count, seed)
            read = _timed(lambda: (keep_facts(database), keep_readings(database, tz=TZ), keep_copies(database)))
            with database.transaction() as session:
                outbox.note_heard(session, CONSUMER, outbox.head(session), now=NOW)
            first = _timed(lambda: scan(database, now=NOW, tz=TZ, origin="bench"))
            again = [_timed(lambda: scan_all(database, NOW, TZ)) for _ in range(3)]
            changed = [_after_publication(database, n) for n in range(20)]
            return {"articles": count, "reading": read.as_dict(), "first_scan": first.as_dict(),
                    "scan": min(again, key=lambda took: took.cpu_s).as_dict(), "raised": _open(database),
                    "after_publication_ms": {
                        "p50": round(1_000 * statistics.median(took.wall_s for took in changed), 1),
                        "max": round(1_000 * max(took.wall_s for took in changed), 1),
                        "cpu_p50": round(1_000 * statistics.median(took.cpu_s for took in changed), 1)}}
        finally:
            database.close()


def _after_publication(database: Database, n: int) -> Took:
    now = NOW + timedelta(minutes=n + 1)
    with database.transaction() as session:
        owner = session.scalars(select(Article.owner).where(Article.slug == f"item-{n}")).one()
        text = RevisionText(title=f"第{n}号事项",
                            source=f"{_PLAIN}减免执行至2026年3月{n + 1}日。\n\n"
                                   f"{_COPIED.format(n=n // 2, first=5)}", lang="zh",
                            audience="public", owner=owner, effective_from=_BEGUN + timedelta(days=1), author="bench")
        revision, _ = import_history(session, OPERATOR, f"item-{n}", text, number=2, now=now, origin="bench",
                                     signed={"signer": now})
        publication.publish(session, OPERATOR, revision, now=now, origin="bench")
    return _timed(lambda: scan_changed(database, now, TZ))


def _open(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(SignalRow.id).where(SignalRow.cleared_at.is_(None))).all())


def _timed(act: Callable[[], object]) -> Took:
    wall, cpu = perf_counter(), process_time()
    act()
    return Took(perf_counter() - wall, process_time() - cpu)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.staleness", description=__doc__)
    parser.add_argument("--articles", default="1000,10000,100000", help="sizes (default 1000,10000,100000)")
    parser.add_argument("--url", default="", help="an empty PostgreSQL database in place of SQLite, for one size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="for programs")
    args = parser.parse_args(argv)
    found = [measure(int(size), args.url, args.seed) for size in args.articles.split(",")]
    if args.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        for one in found:
            took = {name: Took(**one[name]) for name in ("reading", "first_scan", "scan")}
            after = one["after_publication_ms"]
            sys.stdout.write(f"{one['articles']:>7} articles: read {took['reading']} once, first scan "
                             f"{took['first_scan']}, {one['raised']} signals, scan {took['scan']}, after a publication "
                             f"{after['p50']} ms ({after['cpu_p50']} of the process, most {after['max']})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
