"""How long an upgrade takes: ``python -m bench.upgrade --articles 100000 [--url postgresql://…]``.

A database as an earlier release had it is filled with articles (revision, publication, audit entries, outbox events)
and brought to the newest schema; every row must still be there. With ``--url`` in the PostgreSQL database named,
which must be empty.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, Table, func, select

from kb.db import Database, Instant
from kb.migrations import config_of, migrate
from kb.settings import load_settings

RELEASED = "0003"
_START = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 2_000


def main() -> int:
    """Fill, upgrade, count; print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--released", default=RELEASED, help=f"the schema to start from (default {RELEASED})")
    parser.add_argument("--url", default="", help="an empty PostgreSQL database; default: a SQLite file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(Path(folder), {}, data={"dir": folder}, database={"url": args.url})
        database = Database(settings)
        command.upgrade(config_of(database), args.released)
        with database.engine.begin() as connection:
            before = fill(connection, args.articles)
        began = perf_counter()
        migrate(database)
        took = perf_counter() - began
        with database.engine.connect() as connection:
            after = {name: count(connection, table) for name, table in reflected(connection).items() if name in before}
        database.close()
    sys.stdout.write(json.dumps({"database": database.engine.dialect.name, "from": args.released, "rows": before,
                                 "all_there": after == before, "upgrade_s": round(took, 2)}) + "\n")
    return 0 if after == before else 1


def fill(connection: Connection, articles: int) -> dict[str, int]:
    """Articles with one published revision each; the rows of each table."""
    tables = reflected(connection)
    connection.execute(tables["department"].insert(), [
        {"code": f"d{n}", "name_zh": f"市{n}局", "name_en": f"Bureau {n}", "phone": ""} for n in range(20)])
    rows = {"article": _articles, "revision": _revisions, "publication": _publications, "audit_entry": _entries,
            "outbox_event": _events}
    for name, make in rows.items():
        for start in range(0, articles, _BATCH):
            part = [make(n) for n in range(start, min(start + _BATCH, articles))]
            connection.execute(tables[name].insert(), part)
    return {name: count(connection, tables[name]) for name in ("department", *rows)}


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


def _revisions(n: int) -> dict[str, Any]:
    return {"id": f"r{n}", "article_id": f"a{n}", "number": 1, "state": "published", "sha256": f"{n:064x}",
            "title": f"事项 {n}", "source": "\n\n".join(_paragraphs(n)), "summary": "", "lang": "zh",
            "category": f"类别{n % 30}", "keywords": ["办理"], "synonyms": [], "audience": "public",
            "owner": f"d{n % 20}", "effective_from": _at(n), "attachments": [], "change_note": "", "is_minor": False,
            "author": "li",
            "contributors": ["li"], "created_at": _at(n)}


def _paragraphs(n: int) -> Iterator[str]:
    yield f"# 事项 {n}"
    for part in range(6):
        yield f"## 第{part}节"
        yield f"办理第 {n} 项须带身份证和申请表，收费 {n % 200} 元，{part + 2} 个工作日办结。"


def _publications(n: int) -> dict[str, Any]:
    return {"revision_id": f"r{n}", "article_id": f"a{n}", "effective_from": _at(n), "published_at": _at(n)}


def _entries(n: int) -> dict[str, Any]:
    return {"id": n + 1, "at": _at(n), "actor": "li", "action": "publish", "subject": f"revision:r{n}",
            "origin": "bench", "after": {"number": 1}, "previous_hash": f"{n:064x}", "hash": f"{n + 1:064x}"}


def _events(n: int) -> dict[str, Any]:
    return {"article_id": f"a{n}", "kind": "published", "at": _at(n)}


if __name__ == "__main__":
    sys.exit(main())
