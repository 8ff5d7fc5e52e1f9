"""Between SQLite and PostgreSQL: a move takes every row, a backup of either is restored into either, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from kb.actor import OPERATOR
from kb.cli import main
from kb.content.backup import rows
from kb.content.backup.move import move
from kb.content.backup.restore import restore
from kb.content.backup.take import backup
from kb.db import Database
from kb.errors import Conflict, Invalid, Unavailable
from kb.models import Article, AuditEntry, Department, OutboxEvent
from kb.people import people
from kb.record import audit, outbox
from kb.record.journal import NO_PERSONS
from kb.settings import Settings, load_settings
from tests.conftest import NOW
from tests.kb.factories import finding_of, published, retired, revision_text, submitted
from tests.postgres import Postgres


@pytest.fixture
def there(postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    """An empty PostgreSQL database, with a data folder of its own."""
    url = postgres.create()
    yield load_settings(tmp_path, {}, data={"dir": str(tmp_path / "there")}, database={"url": url})
    postgres.drop(url)


@pytest.fixture
def opened(there: Settings) -> Iterator[Database]:
    database = Database(there)
    yield database
    database.close()


def filled(database: Database) -> None:
    """Something of everything that a copy could stumble over: references back, texts of all planes, a person."""
    published(database, revision_text("工本费 20 元。𠮷", title="补卡"), slug="card")
    published(database, revision_text("工本费 25 元。"), slug="card", number=2, day=10)
    published(database, revision_text("Free of charge.\n\n| a | b |\n|---|---|\n| 1 | 2 |", lang="en"), slug="zoo")
    retired(database, "card", day=20, successor="zoo")
    submitted(database, slug="aged")
    with database.transaction() as session:
        for login in ("li", *sorted({entry.actor for entry in audit.tail(session)} - NO_PERSONS)):
            people.create_user(session, OPERATOR, login=login, name="李", grants=[], password=None, now=NOW)


def same(one: Database, other: Database, *without: str) -> bool:
    with one.reading() as here, other.reading() as away:
        found = rows.first_difference(here, away)
    return found is None or found.table in without


@pytest.mark.only_on("sqlite")
def test_a_move_takes_every_row_and_goes_on_counting(database: Database, settings: Settings, there: Settings,
                                                     opened: Database) -> None:
    filled(database)
    with database.reading() as session:
        before, last_event = rows.counts(session), outbox.head(session)
    done = move(database, settings, there.database_url, now=NOW)
    assert done.counts == {**before, "audit_entry": before["audit_entry"] + 1}
    assert same(database, opened, "audit_entry")
    published(opened, revision_text("次日起免费。"), slug="new", day=30)
    with opened.reading() as session:
        assert finding_of(session) is None
        assert outbox.head(session) == last_event + 1
        assert session.scalar(select(Article.successor_id).where(Article.slug == "card")) is not None
    with database.reading() as session:  # the file stays as it was
        assert rows.counts(session) == before


@pytest.mark.only_on("sqlite")
def test_a_move_needs_an_empty_target_and_a_source_that_nobody_uses(
        database: Database, settings: Settings, there: Settings, opened: Database) -> None:
    filled(database)
    with database.reading() as session:
        session.scalar(select(func.count()).select_from(Article))
        other = Database(settings)
        with pytest.raises(Conflict, match="stop it first"):
            move(other, settings, there.database_url, now=NOW)
        other.close()
    for url in ("sqlite:///x", "mysql://h/x", "nonsense"):
        with pytest.raises(Invalid, match=r"PostgreSQL|postgresql"):
            move(database, settings, url, now=NOW)
    move(database, settings, there.database_url, now=NOW)
    with pytest.raises(Conflict, match="already holds"):
        move(database, settings, there.database_url, now=NOW)
    assert opened.url == there.database_url


@pytest.mark.only_on("sqlite")
def test_a_row_that_does_not_fit_is_named_and_nothing_is_moved(database: Database, settings: Settings, there: Settings,
                                                               opened: Database) -> None:
    filled(database)
    with database.transaction() as session:
        session.execute(text("UPDATE department SET phone = :long WHERE code = 'hrss'"), {"long": "0" * 65})
    with pytest.raises(Invalid, match="department hrss"):
        move(database, settings, there.database_url, now=NOW)
    with opened.reading() as session:
        assert not session.scalar(select(func.count()).select_from(Department))
    opened.close()
    with database.transaction() as session:
        session.execute(text("UPDATE department SET phone = '12345' WHERE code = 'hrss'"))
    assert move(database, settings, there.database_url, now=NOW).counts["article"] == 3


@pytest.mark.only_on("sqlite")
def test_a_change_in_the_copy_is_named(database: Database, settings: Settings, there: Settings, opened: Database,
                                       ) -> None:
    filled(database)
    move(database, settings, there.database_url, now=NOW)
    with opened.transaction() as session:
        session.execute(text("UPDATE revision SET title = '改' WHERE number = 2"))
        session.execute(text("DELETE FROM audit_entry WHERE action = 'move_database'"))
    with database.reading() as here, opened.reading() as away:
        found = rows.first_difference(here, away)
    assert found is not None and (found.table, found.what) == ("revision", "differs in title")


@pytest.mark.only_on("postgresql")
def test_a_backup_of_postgresql_comes_back_into_either(database: Database, settings: Settings, there: Settings,
                                                       opened: Database, tmp_path: Path) -> None:
    filled(database)
    taken = tmp_path / "b.kbz"
    manifest = backup(database, settings, taken, now=NOW)
    assert (manifest.counts["article"], manifest.audit_holds, taken.stat().st_mode & 0o777) == (3, True, 0o600)
    file = load_settings(tmp_path, {}, data={"dir": str(tmp_path / "file")})
    for target in (file, there):
        into = Database(target)
        done = restore(into, target, taken, now=NOW)
        assert (done.manifest.counts, done.log_holds, done.kept_aside) == (manifest.counts, True, None)
        assert same(database, into, "audit_entry")
        with into.reading() as session:
            assert finding_of(session) is None
        into.close()
    assert opened.url == there.database_url


@pytest.mark.only_on("postgresql")
def test_a_present_knowledge_base_is_replaced_with_force_alone_and_kept_aside(
        database: Database, settings: Settings, tmp_path: Path) -> None:
    published(database, slug="old")
    taken = tmp_path / "b.kbz"
    backup(database, settings, taken, now=NOW)
    published(database, slug="lost")
    with pytest.raises(Conflict, match="--force"):
        restore(database, settings, taken, now=NOW)
    other = Database(settings)
    with other.reading() as session:
        session.scalar(select(func.count()).select_from(Article))
        with pytest.raises(Conflict, match="stop it first"):
            restore(database, settings, taken, now=NOW, force=True)
    other.close()
    done = restore(database, settings, taken, now=NOW, force=True)
    with database.reading() as session:
        assert list(session.scalars(select(Article.slug))) == ["old"]
    assert done.kept_aside is not None
    restore(database, settings, done.kept_aside, now=NOW + timedelta(minutes=1), force=True)
    with database.reading() as session:
        assert sorted(session.scalars(select(Article.slug))) == ["lost", "old"]


@pytest.mark.only_on("postgresql")
def test_an_altered_backup_leaves_postgresql_as_it_is(database: Database, settings: Settings, tmp_path: Path) -> None:
    published(database)
    taken = tmp_path / "b.kbz"
    backup(database, settings, taken, now=NOW)
    altered = bytearray(taken.read_bytes())
    altered[len(altered) // 2] ^= 1
    taken.write_bytes(altered)
    with pytest.raises(Invalid, match="altered"):
        restore(database, settings, taken, now=NOW, force=True)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 2


@pytest.mark.only_on("postgresql")
def test_a_backup_taken_while_another_writes_is_one_moment(database: Database, settings: Settings, tmp_path: Path,
                                                           ) -> None:
    published(database, slug="first")
    with database.reading() as session:
        session.scalar(select(func.count()).select_from(Article))  # its snapshot is taken here
        published(database, slug="second")
        assert session.scalar(select(func.count()).select_from(Article)) == 1
        assert session.scalar(select(func.count()).select_from(OutboxEvent)) == 1
    assert backup(database, settings, tmp_path / "b.kbz", now=NOW).counts["article"] == 2


@pytest.mark.only_on("sqlite")
def test_the_shell_moves_and_says_what_comes_next(
        database: Database, settings: Settings, there: Settings, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    filled(database)
    database.close()
    monkeypatch.setenv("KB__DATA__DIR", str(settings.data_dir))
    assert main(["move", there.database_url]) == 0
    said = capsys.readouterr().out
    assert "3 articles" in said and "KB__DATABASE__URL" in said
    monkeypatch.setenv("KB__DATABASE__URL", there.database_url)
    assert main(["article", "list"]) == 0
    assert "zoo" in capsys.readouterr().out
    assert main(["move", there.database_url]) == 3
    assert "PostgreSQL already" in capsys.readouterr().err


@pytest.mark.only_on("postgresql")
def test_an_older_schema_is_told_before_a_backup(database: Database, settings: Settings, tmp_path: Path) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    with pytest.raises(Unavailable, match="kb init"):
        backup(database, settings, tmp_path / "b.kbz", now=NOW)
