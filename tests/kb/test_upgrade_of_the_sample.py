"""The sample as the first release stored it comes up to date whole, on both databases, with a log that holds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Table, insert, select, update

from bench.upgrade import reflected
from kb.actor import CITIZEN, OPERATOR
from kb.articles.live import Moment, answerable
from kb.content.importers import import_paths
from kb.content.verification import verify
from kb.db import Database
from kb.migrations import config_of, migrate
from kb.models import Article, AuditEntry, Publication, Revision, Signature
from kb.record.audit import GENESIS, entry_hash
from kb.settings import load_settings
from tests.conftest import NOW
from tests.postgres import Postgres

SAMPLE = Path(__file__).parents[2] / "articles"
FIRST = "0001"
TABLES = ("department", "article", "revision", "revision_co_owner", "basis", "publication")
ACTS = ("edit_department", "edit_lexicon", "import_owner", "import_history", "publish", "retire")
STATED = ("code", "name_zh", "name_en", "phone")  # of a department, then


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    server: Postgres | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    url = server.create() if server else ""
    database = Database(load_settings(tmp_path, {}, data={"dir": str(tmp_path / "old")}, database={"url": url}))
    command.upgrade(config_of(database), FIRST)
    yield database
    database.close()
    if server:
        server.drop(url)


@pytest.fixture
def sample(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    """The sample as this release stores it."""
    settings = load_settings(tmp_path, {}, data={"dir": str(tmp_path / "new")})
    shutil.copy(migrated, settings.make_data_dir() / "kb.sqlite3")
    database = Database(settings)
    assert not import_paths(database, settings, OPERATOR, [SAMPLE], now=NOW, approver=OPERATOR).failed
    yield database
    database.close()


def rows_of(sample: Database, name: str, into: Table) -> list[dict[str, Any]]:
    with sample.engine.connect() as connection:
        table = reflected(connection)[name]
        columns = [c for c in table.columns if c.name in into.columns]
        return [dict(row._mapping) for row in connection.execute(select(*columns))]


def as_first_stored(sample: Database, connection: Connection) -> None:
    """The rows of now in the tables of then: approvals for signatures, and the log as it was written."""
    tables = reflected(connection)
    for name in TABLES:
        rows = rows_of(sample, name, tables[name])
        connection.execute(insert(tables[name]), [row | {"successor_id": None} if name == "article" else row
                                                  for row in rows])
        for row in rows if name == "article" else ():
            connection.execute(update(tables[name]).where(tables[name].c.id == row["id"])
                               .values(successor_id=row["successor_id"]))
    with sample.reading() as session:
        signed = session.execute(select(Signature.revision_id, Signature.signer, Signature.sha256, Signature.signed_at))
        connection.execute(insert(tables["approval"]), [
            {"revision_id": r, "approver": signer, "sha256": sha, "approved_at": at} for r, signer, sha, at in signed])
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.in_(ACTS)).order_by(AuditEntry.id))
        connection.execute(insert(tables["audit_entry"]), list(chained(entries)))


def chained(entries: Any) -> Iterator[dict[str, Any]]:
    previous, number = GENESIS, 0
    for entry in entries:
        after = dict(entry.after or {})
        if entry.action == "edit_department":
            after = {name: value for name, value in after.items() if name in STATED}
        acts = [(entry.action, after)]
        if entry.action == "import_history":
            acts = [("draft", {**after, "approvers": []}),
                    ("approve", {name: after[name] for name in ("number", "sha256", "approvers")})]
        for action, told in acts:
            number += 1
            fields = {"id": number, "at": entry.at, "actor": "system", "action": action, "subject": entry.subject,
                      "origin": "import", "before": None, "after": told, "previous_hash": previous}
            previous = entry_hash(AuditEntry(**fields))
            yield {**fields, "hash": previous}


def answering(database: Database) -> list[Any]:
    """What is in force, by article, with its hash and dates."""
    with database.reading() as session:
        return list(session.execute(
            select(Article.slug, Revision.number, Revision.sha256, Publication.effective_from,
                   Publication.effective_to).select_from(Publication)
            .join(Revision, Revision.id == Publication.revision_id).join(Article, Article.id == Revision.article_id)
            .where(answerable(CITIZEN, Moment(NOW, NOW))).order_by(Article.slug)).all())


def test_the_sample_of_the_first_release_comes_up_to_date_whole(empty: Database, sample: Database) -> None:
    with empty.engine.begin() as connection:
        as_first_stored(sample, connection)
    migrate(empty)
    assert answering(empty) == answering(sample) and len(answering(empty)) > 100
    with empty.reading() as session:
        checked = verify(session)
    assert checked.finding is None and checked.since > 600
