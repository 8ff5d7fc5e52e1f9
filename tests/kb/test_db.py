"""SQLite that cannot serve: a bounded wait, one clear message, no half state, and all is well when it can again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text

from kb.actor import OPERATOR
from kb.content.importers import import_paths
from kb.db import SPARE, Database
from kb.driver_errors import translated
from kb.errors import Invalid, Unavailable
from kb.migrations import migrate
from kb.models import Article, AuditEntry, Department
from kb.settings import Settings, load_settings
from tests.conftest import NOW
from tests.kb.factories import MANAGER, published, revision_text

pytestmark = pytest.mark.only_on("sqlite")  # its file, its locks, its disk; PostgreSQL's stand in test_postgresql


@pytest.fixture
def hasty(tmp_path: Path, database: Database) -> Iterator[Database]:  # noqa: ARG001  migrated there
    """The same database with a short wait for locks."""
    settings = load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")}, database={"busy_timeout_ms": 100})
    opened = Database(settings)
    yield opened
    opened.close()


def file_of(settings: Settings) -> Path:
    return settings.data_dir / "kb.sqlite3"


@contextmanager
def locked(settings: Settings) -> Iterator[sqlite3.Connection]:
    """The write lock, held by somebody else."""
    other = sqlite3.connect(file_of(settings), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        if other.in_transaction:
            other.execute("ROLLBACK")
        other.close()


def mode_of(folder: Path) -> int:
    return folder.stat().st_mode & 0o777


def test_a_new_data_folder_is_its_owners_alone_and_an_older_one_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir(mode=0o755)
    for name, mode in (("new", 0o700), ("old", 0o755)):
        Database(load_settings(tmp_path, {}, data={"dir": name})).close()
        assert mode_of(tmp_path / name) == mode
    elsewhere = tmp_path / "elsewhere"
    Database(load_settings(tmp_path, {}, data={"dir": "other"}, database={"url": f"sqlite:///{elsewhere}/kb.db"})
             ).close()
    assert mode_of(tmp_path / "other") == mode_of(elsewhere) == 0o700


def counts(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        return session.query(Article).count(), session.query(AuditEntry).count()


def write_articles(folder: Path, count: int, body: str = "免费。") -> Path:
    (folder / "hrss").mkdir(parents=True)
    for n in range(count):
        (folder / f"hrss/art-{n}.md").write_text(f"---\ntitle: 条目{n}\n---\n\n{body}", encoding="utf-8")
    return folder


def test_fault_64_a_locked_database_is_waited_for_and_then_said_to_be_busy(hasty: Database, settings: Settings) -> None:
    with locked(settings):
        with pytest.raises(Unavailable) as caught:
            published(hasty)
        assert (caught.value.code, counts(hasty)) == ("database_busy", (0, 0))  # readers go on
    published(hasty)
    assert counts(hasty)[0] == 1


def test_fault_64_a_lock_that_is_let_go_in_time_is_not_noticed(database: Database, settings: Settings) -> None:
    with locked(settings) as other:
        release = threading.Timer(0.3, other.execute, ["COMMIT"])
        release.start()
        published(database)
        release.join()
    assert counts(database)[0] == 1


def test_fault_64_an_import_tries_a_busy_database_again_and_then_stops(
    hasty: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = write_articles(tmp_path / "in", 30)
    with locked(settings), pytest.raises(Unavailable) as caught:
        import_paths(hasty, settings, OPERATOR, [folder], now=NOW, approver=MANAGER)
    assert (caught.value.code, counts(hasty)) == ("database_busy", (0, 0))
    with locked(settings) as other:
        release = threading.Timer(0.15, other.execute, ["COMMIT"])  # within the second try
        release.start()
        report = import_paths(hasty, settings, OPERATOR, [folder], now=NOW, approver=MANAGER)
        release.join()
    assert (report.created, report.failed) == (30, [])


def test_as_many_threads_as_the_server_has_read_at_once_and_one_too_many_is_told_what_to_do(
        tmp_path: Path, database: Database) -> None:
    published(database)
    settings = load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")}, database={"busy_timeout_ms": 100})
    for connections in (2, 40):
        opened = Database(settings, connections=connections)
        with ExitStack() as held:
            for _ in range(connections + SPARE):
                assert held.enter_context(opened.reading()).query(Article).count() == 1
            with pytest.raises(Unavailable) as caught:
                counts(opened)
        assert (caught.value.code, "web.threads" in caught.value.message) == ("database_busy", True)
        assert counts(opened)[0] == 1
        opened.close()


@contextmanager
def small_disk(database: Database, pages: int) -> Iterator[None]:
    """A disk on which the database file has room for so many pages more."""
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        used = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {used + pages}")

    database.close()
    event.listen(database.engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(database.engine, "connect", limit)
        database.close()


def test_fault_64_a_full_disk_stops_the_import_and_leaves_whole_articles(database: Database, settings: Settings,
                                                                         tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "in", 60, body="内容" * 5_000)
    with small_disk(database, pages=400):
        with pytest.raises(Unavailable) as caught:
            import_paths(database, settings, OPERATOR, [folder], now=NOW, approver=MANAGER)
        assert caught.value.code == "disk_full"
    stored, entries = counts(database)
    assert "free space" in caught.value.message
    assert f"{stored} files were imported before" in caught.value.message
    assert 0 < stored < 60
    assert entries == 2 * stored  # brought in, published
    report = import_paths(database, settings, OPERATOR, [folder], now=NOW, approver=MANAGER)
    assert (report.created, report.unchanged, report.failed) == (60 - stored, stored, [])


def test_fault_64_a_full_disk_leaves_the_published_text_as_it_was(database: Database) -> None:
    published(database)
    before = counts(database)
    with small_disk(database, pages=2):
        with pytest.raises(Unavailable) as caught:
            published(database, revision_text("长" * 100_000), number=2, day=1)
        assert (caught.value.code, counts(database)) == ("disk_full", before)
    published(database, revision_text("长" * 100_000), number=2, day=1)


def test_fault_64_a_disk_without_room_for_the_log_says_so() -> None:
    with pytest.raises(Unavailable) as caught, translated():
        raise sqlite3.OperationalError("disk I/O error")  # what SQLite says when it cannot make its -shm file longer
    assert (caught.value.code, "free space" in caught.value.message) == ("disk_error", True)


def test_fault_64_a_read_only_database_still_reads(database: Database, settings: Settings, tmp_path: Path) -> None:
    published(database)
    read_only = Database(load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")}, database={
        "url": f"sqlite:///file:{file_of(settings)}?mode=ro&uri=true"}))
    try:
        assert counts(read_only)[0] == 1
        with pytest.raises(Unavailable) as caught:
            published(read_only, slug="other")
        assert caught.value.code == "read_only"
        assert "permissions" in caught.value.message
    finally:
        read_only.close()
    assert counts(database)[0] == 1


@pytest.mark.parametrize("damage", ["no database", "header", "pages"])
def test_fault_64_a_damaged_file_is_named_and_not_touched(database: Database, settings: Settings, damage: str) -> None:
    for n in range(30):
        published(database, revision_text("字" * 3_000), slug=f"a{n}")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    path = file_of(settings)
    data = bytearray(path.read_bytes())
    if damage == "no database":
        data = bytearray(b"this is no database at all. " * 1000)
    elif damage == "header":
        data[:64] = b"\xff" * 64
    else:
        data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(Unavailable) as caught:
        counts(database)
    assert (caught.value.code, "put back a copy" in caught.value.message) == ("corrupt", True)
    with pytest.raises(Unavailable):
        published(database, slug="more")
    assert path.read_bytes() == bytes(data)


def test_a_database_that_was_never_initialised_says_how_to(settings: Settings) -> None:
    empty = Database(settings)
    with pytest.raises(Unavailable, match="kb init"):
        counts(empty)
    empty.close()


def test_a_database_of_a_newer_release_is_refused(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer release"):
        migrate(database)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"data\.dir"):
        Database(load_settings(tmp_path, {}, data={"dir": str(tmp_path / "file/data")}))


@pytest.mark.parametrize(("url", "error"), [("no url", Invalid), ("nosuch://x", Unavailable)])
def test_a_wrong_database_url_is_one_error(tmp_path: Path, url: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"database\.url"):
        Database(load_settings(tmp_path, {}, database={"url": url}))


def test_fault_10_text_that_no_database_takes_is_invalid(database: Database) -> None:
    with pytest.raises(Invalid), database.transaction() as session:
        session.add(Department(code="x", name_zh="\ud800", name_en="", phone=""))
