"""The database: engine, sessions, one transaction scope, column types.

SQLite or PostgreSQL (``kb.dialects``); drivers' errors become the domain's (``kb.driver_errors``).
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import DeclarativeBase, sessionmaker
from sqlalchemy.orm import Session as Session  # the edge types what it hands on without knowing SQLAlchemy

from kb import dialects
from kb.clock import zone
from kb.driver_errors import NOT_INITIALISED, translated
from kb.errors import Invalid, Unavailable
from kb.settings import DatabaseSettings, Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


SPARE = 8  # connections beside the threads' own: indexing, jobs and their leases, a request that logs while it reads


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
            raise Unavailable("data_dir", "cannot create {filename}: {strerror}; check data.dir and its permissions",
                              filename=error.filename, strerror=error.strerror) from error
        self.engine = self._engine(connections, options.busy_timeout_ms)
        if self.is_sqlite:
            dialects.prepare_sqlite(self.engine, options.busy_timeout_ms)
        else:
            dialects.prepare_postgresql(self.engine)
        reading = {} if self.is_sqlite else dialects.READING
        self._read = sessionmaker(self.engine.execution_options(**reading), expire_on_commit=False)
        self._write = sessionmaker(self.engine.execution_options(kb_write=True), expire_on_commit=False)
        self._log = sessionmaker(self.engine.execution_options(kb_write=True, kb_log=True), expire_on_commit=False)
        for make in (self._read, self._write, self._log):
            make.configure(info={_SETTINGS: settings})
        self._listeners: list[Callable[[], None]] = []

    def _engine(self, connections: int, busy_timeout_ms: int) -> Engine:
        in_memory = self.is_sqlite and not self._file  # its one connection is the database: SQLAlchemy pools none
        more: dict[str, Any] = {} if in_memory else {
            "pool_size": connections, "max_overflow": SPARE, "pool_timeout": busy_timeout_ms / 1000}
        if not self.is_sqlite:  # a connection that died with the server is seen, and made anew, before it is used
            more |= {"pool_pre_ping": True, "connect_args": dialects.postgresql_arguments(busy_timeout_ms)}
        try:
            return create_engine(self.url, hide_parameters=True, **more)  # questions and names stay out of logs
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise Unavailable("no_driver", "setting database.url needs a driver that is not installed: {error}",
                              error=error) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one consistent snapshot that is never committed."""
        if self._file and not self._file.exists():  # opening it would leave an empty one behind
            raise Unavailable("not_initialised", NOT_INITIALISED.template)
        with translated(), self._read() as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A write transaction: commits at the end of the block, rolls back whole on any error.

        After the commit, whoever :meth:`on_change` named is told, where the outbox noted a change.
        """
        with translated(), self._write.begin() as session:
            yield session
        if session.info.get(_CHANGED):
            for listener in self._listeners:
                listener()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every commit of this process that changed something others must hear of.

        It only wakes somebody up: it may neither take long nor fail. Who misses a call finds the change in the outbox.
        """
        self._listeners.append(listener)

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


_SETTINGS, _CHANGED = "settings", "changed"  # in a session's info


def note_change(session: Session) -> None:
    """Let :meth:`Database.on_change`'s listeners be called when this transaction is committed."""
    session.info[_CHANGED] = True


def settings_of(session: Session) -> Settings:
    """The settings that the session's database was opened with."""
    return typing.cast("Settings", session.info[_SETTINGS])


def local_time(session: Session, instant: datetime) -> datetime:
    """An instant as messages tell it: in the hotline's zone; they say it to the minute."""
    return instant.astimezone(zone(settings_of(session).hotline.timezone))
