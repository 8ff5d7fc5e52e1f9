"""What backup, restore and move ask of a PostgreSQL database as a whole: is anything in it, is anybody else at work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from kb.content.backup import rows
from kb.db import Database
from kb.driver_errors import translated
from kb.errors import Conflict
from kb.models import AuditEntry

_LOOKS, _PAUSE_S = 10, 0.1
_WRITERS = 0x6B62_6D76  # any constant: one restore or move at a time


def is_initialised(database: Database) -> bool:
    """Whether the tables of a knowledge base are there, with something in them."""
    with translated(), database.engine.connect() as connection:
        if "audit_entry" not in inspect(connection).get_table_names():
            return False
        return connection.execute(select(AuditEntry.id).limit(1)).first() is not None


def check_idle(database: Database) -> None:
    """Raise Conflict where a server or another command has the database open."""
    database.engine.dispose()  # our own idle connections are nobody at work
    with database.reading() as session:
        _check_idle(session)


def _check_idle(session: Session) -> None:
    for _ in range(_LOOKS):
        others = session.scalar(text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND application_name = 'hotline-kb'")) or 0
        if not others:
            return
        sleep(_PAUSE_S)  # the server takes a moment to see that a connection was closed
        session.execute(text("SELECT pg_stat_clear_snapshot()"))
    raise Conflict("in_use", "{others} connections of a running server or another command are open; stop it first",
                   others=others)


@contextmanager
def refilled(database: Database) -> Iterator[Session]:
    """One transaction in which all tables are empty, to be filled anew; whatever fails, they are as they were."""
    database.engine.dispose()  # our own idle connections are nobody at work
    with database.transaction() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
        _check_idle(session)
        rows.empty(session)
        yield session
