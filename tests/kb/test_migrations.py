"""A database of an earlier release comes up to date with all that was in it; head equals models; no way leads back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, select, text

from kb import schema
from kb.articles.acts.rules import CategoryRule, check_category, list_categories
from kb.articles.writing import drafts
from kb.cli import main
from kb.content.verification.rows import Told, check, compared_since
from kb.db import Base, Database
from kb.errors import Unavailable
from kb.migrations import config_of, migrate, pending
from kb.models import AuditEntry, Draft, Publication, Revision, Signature
from kb.people.department_editing import get_department
from kb.record import audit
from kb.record.audit import GENESIS, entry_hash
from kb.settings import Settings, load_settings
from tests.kb.factories import at, editor
from tests.postgres import Postgres

ARTICLE, PUBLISHED, WRITTEN = "a-1", "r-1", "r-2"
AT = "2026-01-02 00:00:00.000000"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with nothing in it."""
    server: Postgres | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    url = server.create() if server else ""
    database = Database(load_settings(tmp_path, {}, data={"dir": str(tmp_path)}, database={"url": url}))
    yield database
    database.close()
    if server:
        server.drop(url)


@pytest.fixture
def released(empty: Database) -> Database:
    """A database as the release before drafts had it: a published revision with two approvals, and a draft revision."""
    database = empty
    command.upgrade(config_of(database), "0002")
    columns = ("id, article_id, number, state, sha256, title, source, summary, lang, category, keywords, synonyms, "
               "audience, owner, effective_from, effective_to, review_by, attachments, change_note, is_minor, author, "
               "created_at")
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO department VALUES ('hrss', '人社局', 'HRSS', '', NULL), "
                                "('fund', '公积金', 'Fund', '', NULL)"))
        connection.execute(text("INSERT INTO article (id, slug, owner, created_at) "
                                f"VALUES ('{ARTICLE}', 'card', 'hrss', '{AT}')"))
        for number, (key, state) in enumerate(((PUBLISHED, "published"), (WRITTEN, "draft")), 1):
            connection.execute(text(
                f"INSERT INTO revision ({columns}) VALUES ('{key}', '{ARTICLE}', {number}, '{state}', 'hash{number}', "
                f"'补卡', '正文{number}', '摘要', 'zh', '证件', '[\"社保卡\"]', '[]', 'public', 'hrss', '{AT}', NULL, "
                f"'{AT}', '[]', '说明', FALSE, 'li', '{AT}')"))
        connection.execute(text(f"INSERT INTO revision_co_owner VALUES ('{WRITTEN}', 'fund'), ('{PUBLISHED}', 'fund')"))
        connection.execute(text(f"INSERT INTO basis VALUES ('{WRITTEN}', 0, '办法', '〔2024〕2号', '', '2024-02-29', "
                                "'')"))
        connection.execute(text(f"INSERT INTO approval VALUES ('{PUBLISHED}', 'wu', 'hash1', '{AT}'), "
                                f"('{PUBLISHED}', 'zhou', 'hash1', '{AT}')"))
        connection.execute(text("INSERT INTO publication (revision_id, article_id, effective_from, published_at) "
                                f"VALUES ('{PUBLISHED}', '{ARTICLE}', '{AT}', '{AT}')"))
    return database


def test_drafts_and_approvals_of_the_release_before_are_carried_over(released: Database) -> None:
    migrate(released)
    with released.transaction() as session:
        assert session.execute(select(Revision.id, Revision.contributors)).all() == [(PUBLISHED, [])]
        marks = session.execute(select(Signature.signer, Signature.sha256, Signature.is_imported, Signature.department,
                                       Signature.signed_at).order_by(Signature.signer)).all()
        assert marks == [("wu", "hash1", True, None, at(1)), ("zhou", "hash1", True, None, at(1))]
        kept = session.scalars(select(Draft)).one()
        found = drafts.get(session, editor("li"), kept.id)
        assert (found.author, found.version, found.slug) == ("li", 1, "card")
        assert (found.text.source, found.text.keywords, found.text.co_owners) == ("正文2", ("社保卡",), ("fund",))
        assert (found.text.bases[0].number, str(found.text.bases[0].date)) == ("〔2024〕2号", "2024-02-29")
        assert (found.text.effective_from, found.text.review_by, found.text.is_minor) == (at(1), at(1), False)
        mine = drafts.take_over(session, editor("wang"), kept.id, seen=1, now=at(2), origin="test")
        assert drafts.save(session, editor("wang"), mine.id, mine.text, seen=2, now=at(2), origin="test").version == 3


def test_the_review_date_in_force_is_kept_with_what_is_live(released: Database) -> None:
    migrate(released)
    with released.reading() as session:
        assert session.scalars(select(Publication.review_by)).all() == [at(1)]


def test_the_categories_in_use_become_the_list(released: Database) -> None:
    migrate(released)
    with released.reading() as session:
        assert list_categories(session) == [CategoryRule("证件", "normal", None)]
        check_category(session, "证件")
        found = get_department(session, "hrss")
        assert (found.head, found.deputies, found.contacts, found.district, found.successor) == ("", (), (), "", None)


def test_references_are_checked_again_afterwards(released: Database) -> None:
    migrate(released)
    with released.engine.connect() as connection:
        if not released.is_sqlite:
            assert connection.exec_driver_sql("SELECT count(*) FROM pg_constraint WHERE NOT convalidated").scalar() == 0
            return
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []


def test_head_equals_models(released: Database) -> None:
    migrate(released)
    with released.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        differing: list[Any] = compare_metadata(context, Base.metadata)
    assert differing == []


@pytest.mark.parametrize("statement", ["CREATE TABLE signature ", "INSERT INTO category", "CREATE TABLE review_task ",
                                       "ALTER TABLE audit_entry", "INSERT INTO audit_entry"])
def test_fault_66_an_upgrade_that_breaks_off_goes_on_where_it_was(released: Database, statement: str) -> None:
    first = {"id": 1, "at": at(1), "actor": "system", "action": "publish", "subject": f"revision:{PUBLISHED}",
             "origin": "import", "before": None, "after": {"number": 1}, "previous_hash": GENESIS}
    with released.engine.begin() as connection:
        chained = {**first, "hash": entry_hash(AuditEntry(**first))}
        table = AuditEntry.metadata.tables["audit_entry"]
        connection.execute(table.insert().values({table.c[name]: value for name, value in chained.items()}))

    def break_off(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.strip().startswith(statement):
            raise KeyboardInterrupt

    event.listen(released.engine, "before_cursor_execute", break_off)
    with pytest.raises(KeyboardInterrupt):
        migrate(released)
    event.remove(released.engine, "before_cursor_execute", break_off)
    if statement != "INSERT INTO audit_entry":  # the schema is there, and nothing is compared yet
        with pytest.raises(Unavailable, match="kb init"):
            schema.check(released)
    migrate(released)
    schema.check(released)
    with released.reading() as session:
        assert len(session.scalars(select(Signature)).all()) == 2 and len(session.scalars(select(Draft)).all()) == 1
        walked = Told()
        assert audit.verify(session, see=walked.see).broken_at is None
        assert check(session, walked, lambda _done: None) is None and compared_since(session, walked) == 2


def test_fault_66_another_releases_database_is_refused_with_what_to_do(database: Database) -> None:
    schema.check(database)
    assert schema.newest() == ScriptDirectory.from_config(config_of(database)).get_current_head()
    for version, code, told in (("9999", "newer_database", "newer release or restore a backup"),
                                ("0002", "older_database", "back up, then run `kb init`")):
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        with pytest.raises(Unavailable, match=told) as caught:
            schema.check(database)
        assert caught.value.code == code
        if code == "newer_database":
            for act in (migrate, pending):
                with pytest.raises(Unavailable, match=told):
                    act(database)
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(Unavailable, match="not initialised"):
        schema.check(database)


@pytest.mark.parametrize(("version", "told"), [("9999", "newer release"), ("0002", "back up, then run `kb init`")])
def test_fault_66_the_shell_and_the_server_do_not_start_on_it(
        settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
        version: str, told: str) -> None:
    monkeypatch.setenv("KB__DATA__DIR", str(settings.data_dir))
    monkeypatch.setenv("KB__DATABASE__URL", settings.database_url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    for command_line in (["article", "list"], ["ask", "补卡多少钱"], ["audit", "verify"], ["serve", "--port", "18997"]):
        assert main(command_line) == 3
        assert told in capsys.readouterr().err
    assert main(["doctor"]) == 3
    assert told.rpartition("then ")[2] in "".join(capsys.readouterr())


def test_fault_66_there_is_no_way_back(released: Database) -> None:
    migrate(released)
    with pytest.raises(NotImplementedError, match="restore a backup"):
        command.downgrade(config_of(released), "0002")
    migrate(released)
