"""What SQLite and PostgreSQL are each told when a connection is opened and a transaction begins.

SQLite runs in WAL mode with foreign keys on; write transactions begin IMMEDIATE so that two writers queue for the busy
timeout instead of failing when a read turns into a write. PostgreSQL reads in REPEATABLE READ, so that a page or an
answer sees one state, and writes in READ COMMITTED with rows locked before they are changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Engine, Row, event, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.errors import Unavailable

READING: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
LOG_WAIT_MS = 1_000  # for a lock, to write what is only logged: a caller waits for it
_CONNECT_S = 5  # to reach the server
_ROWS = 500  # of one INSERT, whose values have an upper bound together
_UNANSWERED_MS = 15_000  # until a connection counts as dead whose packets nobody acknowledges
# A trigger, a rule or a view, kind and name: the schema has none, and one could change anything at the next write.
CODE_WITHIN = {
    "sqlite": "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name LIMIT 1",
    "postgresql": "SELECT 'trigger', tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                  "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace "
                  "UNION ALL SELECT 'rule', rulename FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class "
                  "WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace ORDER BY 2 LIMIT 1",
}


def prepare_sqlite(engine: Engine, busy_timeout_ms: int) -> None:
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
        is_log = options.get("kb_log", False)
        wait_ms = min(LOG_WAIT_MS, busy_timeout_ms) if is_log else busy_timeout_ms
        if connection.info.get("wait_ms", busy_timeout_ms) != wait_ms:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(wait_ms)}")
            connection.info["wait_ms"] = wait_ms
        synchronous = "NORMAL" if is_log else "FULL"
        if connection.info.get("synchronous", "FULL") != synchronous:
            connection.exec_driver_sql(f"PRAGMA synchronous = {synchronous}")
            connection.info["synchronous"] = synchronous
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def prepare_postgresql(engine: Engine) -> None:
    """What is only logged need not wait for the disk: a crash of the server may lose the last of it, nothing else."""

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        if connection.get_execution_options().get("kb_log", False):
            connection.exec_driver_sql(f"SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = {LOG_WAIT_MS}")


def postgresql_arguments(busy_timeout_ms: int) -> dict[str, Any]:
    """What the driver hands to the server at connect: every wait has an end."""
    return {
        "connect_timeout": _CONNECT_S, "tcp_user_timeout": _UNANSWERED_MS, "application_name": "hotline-kb",
        "options": f"-c timezone=UTC -c lock_timeout={int(busy_timeout_ms)} "
                   f"-c idle_in_transaction_session_timeout={60_000 + int(busy_timeout_ms)}",
    }


def overwrite_removed(session: Session) -> None:
    """Have what this transaction removes overwritten in the file too: SQLite otherwise leaves it in freed pages."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))


def empty_log(engine: Engine) -> bool:
    """With SQLite write the log of changes into the file and empty it: it holds what the file no longer does.

    False where somebody reads what only the log has; other databases keep no such log.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        row = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return row is None or row[0] == 0
    finally:
        connection.close()


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
            raise Unavailable("broken_reference", "rows of table {broken} refer to what is not there: the upgrade was "
                              "not done; restore a backup", broken=broken[0])
        connection.commit()
    finally:
        if driver and not connection.invalidated:  # as it is when somebody interrupts, which must not be hidden
            connection.rollback()
            driver.execute("PRAGMA foreign_keys = ON")


def insert_new(session: Session, table: type[Any], rows: Sequence[Mapping[str, Any]], *,
               returning: tuple[InstrumentedAttribute[Any], ...]) -> list[Row[Any]]:
    """Insert those of the rows that clash with none that is there; these columns of what was inserted."""
    # the dialect's own, which is loaded: the other one is half a hundred modules for nothing
    insert: Any = import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert
    return [row for start in range(0, len(rows), _ROWS) for row in session.execute(
        insert(table).values(rows[start:start + _ROWS]).on_conflict_do_nothing().returning(*returning))]


def has_several_writers(session: Session) -> bool:
    """Whether others may write while this transaction does; SQLite lets one at a time."""
    return session.get_bind().dialect.name == "postgresql"


def serialise_writers(session: Session, key: int) -> None:
    """Let one transaction at a time go on from here, where the database has several writers."""
    if has_several_writers(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
