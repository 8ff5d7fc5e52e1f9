"""The database: engine, sessions, one transaction scope, column types.

SQLite runs in WAL mode with foreign keys on; write transactions begin IMMEDIATE so that two writers queue for the
busy timeout instead of failing when a read turns into a write. Driver errors become ``Unavailable`` with what to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from kb.errors import Conflict, Invalid, Unavailable
from kb.settings import DatabaseSettings, Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


SPARE = 4  # connections beside the threads' own: indexing, upkeep, a request that logs while it reads


class Base(DeclarativeBase):
    """All tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; refuses naive values. SQLite stores it as sortable text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _prepare_sqlite(engine: Engine, busy_timeout_ms: int) -> None:
    """Pragmas at connect; the driver's own transaction control off, ours explicit."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout_ms)}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged publish survives a power cut
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if not options.get("kb_write", False):
            connection.exec_driver_sql("BEGIN")
            return
        synchronous = "NORMAL" if options.get("kb_log", False) else "FULL"
        if connection.info.get("synchronous", "FULL") != synchronous:
            connection.exec_driver_sql(f"PRAGMA synchronous = {synchronous}")
            connection.info["synchronous"] = synchronous
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class Database:
    """One database of one process: read sessions and write transactions."""

    def __init__(self, settings: Settings, *, connections: int = 8) -> None:
        """``connections`` is how many threads work with it at once; who has none waits as long as for a lock."""
        self.url = settings.database_url
        try:
            url = make_url(self.url)
        except ArgumentError as error:
            raise Invalid("bad_setting", "setting database.url is no SQLAlchemy URL", key="database.url") from error
        options = settings.section(DatabaseSettings)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        is_file = self.is_sqlite and url.database and not url.database.startswith((":memory:", "file:"))
        self._file = Path(url.database or "") if is_file else None
        try:
            settings.make_data_dir()  # first of all, before the index or the model make it with a looser mode
            if self._file:
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable("data_dir", f"cannot create {error.filename}: {error.strerror}; check data.dir and its "
                              "permissions") from error
        self.engine = self._engine(connections, options.busy_timeout_ms / 1000)
        if self.is_sqlite:
            _prepare_sqlite(self.engine, options.busy_timeout_ms)
        self._read = sessionmaker(self.engine, expire_on_commit=False)
        self._write = sessionmaker(self.engine.execution_options(kb_write=True), expire_on_commit=False)
        self._log = sessionmaker(self.engine.execution_options(kb_write=True, kb_log=True), expire_on_commit=False)

    def _engine(self, connections: int, wait_s: float) -> Engine:
        in_memory = self.is_sqlite and not self._file  # its one connection is the database: SQLAlchemy pools none
        pool = {} if in_memory else {"pool_size": connections, "max_overflow": SPARE, "pool_timeout": wait_s}
        try:
            return create_engine(self.url, pool_pre_ping=not self.is_sqlite,
                                 hide_parameters=True, **pool)  # questions and names stay out of logs
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise Unavailable("no_driver", f"setting database.url needs a driver that is not installed: {error}"
                              ) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one consistent snapshot that is never committed."""
        if self._file and not self._file.exists():  # opening it would leave an empty one behind
            raise Unavailable("not_initialised", _NOT_INITIALISED)
        with translated(), self._read() as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A write transaction: commits at the end of the block, rolls back whole on any error."""
        with translated(), self._write.begin() as session:
            yield session

    @contextmanager
    def logging(self) -> Iterator[Session]:
        """A write transaction for what is only logged: with SQLite it does not wait for the disk.

        A killed process loses nothing of it; a power cut may lose the last entries, and nothing else.
        """
        with translated(), self._log.begin() as session:
            yield session

    def close(self) -> None:
        """Release pooled connections."""
        self.engine.dispose()


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors as the domain's: busy, full, read-only or corrupt is Unavailable; a broken constraint, Conflict.

    A text that no database can take (a lone surrogate) is Invalid.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        raise Invalid("surrogate", "the text holds a lone surrogate, which is no character; remove it") from error
    except IntegrityError as error:
        raise Conflict("constraint", "the change clashes with what is stored; reload and try again",
                       constraint=str(error.orig)[:200]) from error
    except PoolTimeout as error:
        raise Unavailable("database_busy", "every connection to the database is in use; try again in a moment, and if "
                          "it stays so, raise web.threads") from error
    except (DatabaseError, sqlite3.Error) as error:  # the driver's own while a connection is being prepared
        reasons = _reasons(error)
        for reason in reversed(reasons):
            for needle, code, advice in _ADVICE:
                if needle in reason.lower():
                    raise Unavailable(code, advice) from error
        raise Unavailable("database", f"the database cannot serve: {reasons[-1][:160]}; run `kb doctor`") from error


def _reasons(error: BaseException | None) -> list[str]:
    """What the driver said, the latest first: where SQLite has undone a transaction by itself (the disk is full), the
    rollback that follows fails as well, and hides why."""
    found = []
    while error is not None:
        if isinstance(error, DatabaseError | sqlite3.Error):
            found.append(str(error.orig if isinstance(error, DatabaseError) else error))
        error = error.__context__
    return found


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """With SQLite leave references unchecked in a block, check them all after it, then commit; Unavailable if broken.

    The connection may not be in a transaction yet. Other databases only commit.
    """
    driver: Any = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    if driver:
        driver.execute("PRAGMA foreign_keys = OFF")  # does nothing inside a transaction
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchone() if driver else None
        if broken:
            raise Unavailable("broken_reference", f"rows of table {broken[0]} refer to what is not there: the upgrade "
                              "was not done; restore a backup")
        connection.commit()
    finally:
        if driver:
            connection.rollback()
            driver.execute("PRAGMA foreign_keys = ON")


def serialise_writers(session: Session, key: int) -> None:
    """Let one transaction at a time go on from here, where the database has several writers (SQLite has one)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


_DAMAGED = ("the database file is damaged; stop the server and put back a copy of the data folder "
            "(docs/operators.md)")
_NOT_INITIALISED = "the knowledge base is not initialised; run `kb init`"
_ADVICE = (
    ("no such table", "not_initialised", _NOT_INITIALISED),
    ("does not exist", "not_initialised", _NOT_INITIALISED),
    ("locked", "database_busy", "the database is busy; try again in a moment"),
    ("busy", "database_busy", "the database is busy; try again in a moment"),
    ("disk is full", "disk_full", "the disk is full; free space and try again"),
    ("disk i/o error", "disk_error", "the disk is full or failing; free space, check it and try again"),
    ("readonly", "read_only", "the database cannot be written; check the data folder's permissions and file system"),
    ("malformed", "corrupt", _DAMAGED),
    ("not a database", "corrupt", _DAMAGED),
    ("unable to open", "cannot_open", "the database file cannot be opened; check data.dir and its permissions"),
)
