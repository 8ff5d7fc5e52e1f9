"""How long an upgrade takes: ``python -m bench.upgrade --articles 100000 [--url postgresql://…]``.

A database as the first release had it is filled with articles (revision, approval, publication, audit entries, outbox
events) and brought to the newest schema; every row must still be there, and `kb audit verify` must find nothing. With
``--url`` in the PostgreSQL database named, which must be empty.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, Table, func, select

from kb.articles.revisions import RevisionText, content_hash
from kb.content.verification import verify
from kb.db import Database, Instant
from kb.migrations import config_of, migrate
from kb.models import AuditEntry
from kb.record.audit import GENESIS, entry_hash
from kb.settings import load_settings

RELEASED = "0001"
BECAME = {"approval": "signature"}  # tables that are called otherwise since
_START = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 2_000


def main() -> int:
    """Fill, upgrade, count, check; print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database; default: a SQLite file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(Path(folder), {}, data={"dir": folder}, database={"url": args.url})
        database = Database(settings)
        command.upgrade(config_of(database), RELEASED)
        with database.engine.begin() as connection:
            before = fill(connection, args.articles)
        found: dict[str, Any] = {"database": database.engine.dialect.name, "from": RELEASED, "rows": before,
                                 "filled_mib": _peak_mib()}
        began, worked = perf_counter(), process_time()
        migrate(database)
        found |= {"upgrade_s": _since(began, perf_counter), "upgrade_cpu_s": _since(worked, process_time),
                  "upgraded_mib": _peak_mib()}
        with database.engine.connect() as connection:
            tables = reflected(connection)
            after = {name: count(connection, tables[BECAME.get(name, name)]) for name in before}
        began, worked = perf_counter(), process_time()
        with database.reading() as session:
            checked = verify(session)
        found |= {"verify_s": _since(began, perf_counter), "verify_cpu_s": _since(worked, process_time),
                  "verified_mib": _peak_mib(),
                  "finding": checked.finding and f"{checked.finding.subject}: {checked.finding.reason}"}
        database.close()
    told = after.pop("audit_entry") - before["audit_entry"]  # of all rows, by the upgrade
    found |= {"entries_of_rows": told, "all_there": after.items() <= before.items() and told > 0}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if found["all_there"] and found["finding"] is None else 1


def _since(began: float, clock: Callable[[], float]) -> float:
    return round(clock() - began, 1)


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def fill(connection: Connection, articles: int) -> dict[str, int]:
    """Articles with one published revision each, told of by a log that holds; the rows of each table."""
    tables = reflected(connection)
    connection.execute(tables["department"].insert(), [
        {"code": f"d{n}", "name_zh": f"市{n}局", "name_en": f"Bureau {n}", "phone": ""} for n in range(20)])
    rows = {"article": _articles, "revision": _revisions, "approval": _approvals, "publication": _publications,
            "outbox_event": _events}
    previous = GENESIS
    for start in range(0, articles, _BATCH):
        part = range(start, min(start + _BATCH, articles))
        for name, make in rows.items():
            connection.execute(tables[name].insert(), [make(n) for n in part])
        entries = list(_entries(part, previous))
        previous = entries[-1]["hash"]
        connection.execute(tables["audit_entry"].insert(), entries)
    return {name: count(connection, tables[name]) for name in ("department", *rows, "audit_entry")}


def reflected(connection: Connection) -> dict[str, Table]:
    """The tables as they are, with instants as the models know them."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            if "TIMESTAMP" in str(column.type).upper() or "DATETIME" in str(column.type).upper():
                column.type = Instant(timezone=True)
    return dict(metadata.tables)


def count(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _at(n: int) -> datetime:
    return _START + timedelta(minutes=n)


def _articles(n: int) -> dict[str, Any]:
    return {"id": f"a{n}", "slug": f"article-{n}", "owner": f"d{n % 20}", "created_at": _at(n)}


def text_of(n: int) -> RevisionText:
    """What the revision of an article says."""
    return RevisionText(
        title=f"事项 {n}", source="\n\n".join(_paragraphs(n)), lang="zh", category=f"类别{n % 30}", keywords=("办理",),
        audience="public", owner=f"d{n % 20}", effective_from=_at(n), author="li")


def _revisions(n: int) -> dict[str, Any]:
    text = text_of(n)
    return {"id": f"r{n}", "article_id": f"a{n}", "number": 1, "state": "published", "sha256": content_hash(text),
            "title": text.title, "source": text.source, "summary": "", "lang": text.lang, "category": text.category,
            "keywords": list(text.keywords), "synonyms": [], "audience": text.audience, "owner": text.owner,
            "effective_from": text.effective_from, "attachments": [], "change_note": "", "is_minor": False,
            "author": text.author, "created_at": _at(n)}


def _paragraphs(n: int) -> Iterator[str]:
    yield f"# 事项 {n}"
    for part in range(6):
        yield f"## 第{part}节"
        yield f"办理第 {n} 项须带身份证和申请表，收费 {n % 200} 元，{part + 2} 个工作日办结。"


def _approvals(n: int) -> dict[str, Any]:
    return {"revision_id": f"r{n}", "approver": "wu", "sha256": content_hash(text_of(n)), "approved_at": _at(n)}


def _publications(n: int) -> dict[str, Any]:
    return {"revision_id": f"r{n}", "article_id": f"a{n}", "effective_from": _at(n), "published_at": _at(n)}


def _events(n: int) -> dict[str, Any]:
    return {"article_id": f"a{n}", "kind": "published", "at": _at(n)}


def _entries(part: range, previous: str) -> Iterator[dict[str, Any]]:
    """Drafted, approved and published, in a chain."""
    for n in part:
        text = {"article": f"article-{n}", "number": 1, "sha256": content_hash(text_of(n))}
        dates = {"published_at": _at(n).isoformat(), "effective_from": _at(n).isoformat(), "effective_to": None}
        acts = (("draft", {**text, "approvers": []}),
                ("approve", {"number": 1, "sha256": text["sha256"], "approvers": ["wu"]}),
                ("publish", {**text, **dates}))
        for step, (action, after) in enumerate(acts):
            fields: dict[str, Any] = {
                "id": 3 * n + step + 1, "at": _at(n), "actor": "system", "action": action, "subject": f"revision:r{n}",
                "origin": "bench", "before": None, "after": after, "previous_hash": previous}
            previous = entry_hash(AuditEntry(**fields))
            yield {**fields, "hash": previous}


if __name__ == "__main__":
    sys.exit(main())
