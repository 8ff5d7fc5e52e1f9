"""What backup and restore ask of a SQLite file itself, below its tables: a copy, its soundness, its locks."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy.engine import make_url

from kb.content.backup.archive import Show
from kb.db import Database
from kb.dialects import CODE_WITHIN
from kb.driver_errors import translated
from kb.errors import Conflict, Invalid, Unavailable
from kb.settings import DatabaseSettings, Settings

_PAGES = 4_000  # copied at once
SIDES = ("-wal", "-shm", "-journal")  # files that SQLite keeps beside a database


def file_of(database: Database) -> Path:
    """The database's file; raises Unavailable where it is no SQLite file."""
    url = make_url(database.url)
    if not database.is_sqlite:
        raise Unavailable("not_sqlite", "this knowledge base is in PostgreSQL already")
    if not url.database or url.database.startswith((":memory:", "file:")):
        raise Unavailable("not_a_file", "setting database.url names no database file; there is nothing to back up")
    return Path(url.database).absolute()


def elsewhere(settings: Settings, file: Path) -> Settings:
    """The same settings for a database in another file."""
    options = replace(settings.section(DatabaseSettings), url=f"sqlite:///{file}")
    return replace(settings, sections={**settings.sections, "database": options})


def copy(source: Path, target: Path, show: Show) -> None:
    """One consistent copy, as of now, while others go on writing; a single file without a log beside it."""
    with translated(), closing(sqlite3.connect(source, isolation_level=None)) as origin, \
            closing(sqlite3.connect(target, isolation_level=None)) as made:
        origin.execute("PRAGMA busy_timeout = 5000")
        origin.execute("BEGIN")
        origin.execute("SELECT count(*) FROM sqlite_master").fetchone()  # holds the snapshot through every step
        origin.backup(made, pages=_PAGES, progress=lambda _status, left, of: show(of - left, of))
        _single(made)


def make_single(file: Path) -> None:
    """Bring the write-ahead log of a database that nobody else has open into its file."""
    with translated(), closing(sqlite3.connect(file, isolation_level=None)) as connection:
        _single(connection)


def _single(connection: sqlite3.Connection) -> None:
    """Fails as busy while anybody else has the database open."""
    connection.execute("PRAGMA journal_mode = DELETE").fetchone()


def counts(file: Path) -> dict[str, int]:
    """How many rows each table has."""
    with translated(), closing(sqlite3.connect(file)) as connection:
        names = [name for name, in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
        return {name: connection.execute('SELECT count(*) FROM "{}"'.format(name.replace('"', '""'))).fetchone()[0]
                for name in names}


def schema_and_head(file: Path) -> tuple[str, int, str]:
    """The schema's version, and number and hash of the newest audit entry, whatever release made the tables."""
    with translated(), closing(sqlite3.connect(file)) as connection:
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        last = connection.execute("SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1").fetchone()
    return (version[0] if version else ""), *(last or (0, "0" * 64))


def check_sound(file: Path, named: Path) -> None:
    """Raise Invalid, naming the backup, where SQLite finds its pages, indices or references broken, or code in it."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
            code = connection.execute(CODE_WITHIN["sqlite"]).fetchone()
    except sqlite3.DatabaseError as error:
        raise Invalid("bad_backup", "{named}: its database cannot be read ({error}); take another backup", named=named,
                      error=error) from error
    if found != ["ok"] or broken:
        raise Invalid("bad_backup", "{named}: its database is damaged ({damage}); take another backup", named=named,
                      damage=broken[0] if broken else found[0])
    if code:  # the schema has none: it would run at the next write
        raise Invalid("bad_backup", "{named}: its database holds the {kind} {name}, which no release makes; take "
                      "another backup", named=named, kind=code[0], name=code[1])


@contextmanager
def held_alone(file: Path) -> Iterator[None]:
    """Hold an existing database so that nobody else has it open; raises Conflict where a server has."""
    if not file.exists():
        yield
        return
    with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        try:
            _single(connection)
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise Conflict("in_use", "{file}: is in use by a running server or another command; stop it first",
                               file=file) from error
        except sqlite3.DatabaseError:
            pass  # damaged: nobody is served from it, and it is what is being replaced
        yield


def synced(path: Path) -> None:
    """Have a file or folder on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
