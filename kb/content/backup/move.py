"""Moving a knowledge base from SQLite to PostgreSQL: every row, compared after, while nobody writes.

The SQLite file stays as it is and where it is. Whatever ends a move early leaves the target without a row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from kb.actor import OPERATOR
from kb.content.backup import postgresql, rows, sqlite
from kb.content.backup.restore import put_out_of_use
from kb.content.backup.rows import Show
from kb.db import Database
from kb.errors import Conflict, Invalid
from kb.migrations import migrate, pending
from kb.record import audit
from kb.record.journal import record
from kb.settings import DatabaseSettings, Settings


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows by table, and the log's head after the entry that tells of it."""

    rows: int
    counts: dict[str, int]
    head: audit.Head


def move(database: Database, settings: Settings, url: str, *, now: datetime, show: Show = lambda _done, _of: None,
         ) -> Moved:
    """Copy the knowledge base into the empty PostgreSQL database that ``url`` names, and compare every row.

    Raises Conflict where the target holds a knowledge base or the source is in use, Invalid for another kind of URL.
    """
    place = sqlite.file_of(database)
    there = Database(_settings_for(settings, url))
    try:
        if there.is_sqlite:
            raise Invalid("target", "kb move goes to PostgreSQL: write postgresql://user:password@host/database")
        if postgresql.is_initialised(there):
            raise Conflict("exists", "the target database already holds a knowledge base; name an empty one")
        if pending(database):
            raise Conflict("old_schema", "the knowledge base has an older schema: run `kb init`, then move it")
        database.close()
        with sqlite.held_alone(place):
            pass  # nobody else has it open
        migrate(there)
        # the source's write lock is held until every row was compared
        with database.transaction() as source, postgresql.refilled(there) as target:
            total = rows.copy(source, target, show)
            rows.check_same(source, target)
            record(target, OPERATOR, "move_database", "database:postgresql", now=now, origin="cli",
                   after={"rows": total})
            head = audit.head(target)
            found = rows.counts(target)
        put_out_of_use(settings.data_dir)
        return Moved(total, found, head)
    finally:
        there.close()


def _settings_for(settings: Settings, url: str) -> Settings:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise Invalid("target", "the target is no database URL: write postgresql://user:password@host/database"
                      ) from error
    if backend not in ("postgresql", "sqlite"):
        raise Invalid("target", "kb move goes to PostgreSQL, not to {backend}", backend=backend)
    options = replace(settings.section(DatabaseSettings), url=url)
    return replace(settings, sections={**settings.sections, "database": options})
