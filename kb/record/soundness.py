"""Whether the database can be read: a look that is cheap enough to be taken every few seconds.

With SQLite the file is read anew, past what open connections have in memory. The structure of a small file is checked
as a whole; of a large one, where that takes seconds that cannot be cut short, some rows are read, others with every
look. `kb audit verify` reads everything.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from time import monotonic

from sqlalchemy import Integer, func, literal_column, select
from sqlalchemy.orm import Session

from kb.db import Base, Database
from kb.driver_errors import translated
from kb.models import AnswerRow, AuditEntry, Publication
from kb.record import outbox

SMALL = 32_000_000  # bytes: checked whole within a tenth of a second
_ROWS = 20  # read in a row


def check_sound(database: Database, *, seconds: float, dice: Random, small: int = SMALL) -> int:
    """The outbox's head, read together with the newest of what matters; raises Unavailable where it cannot be.

    ``seconds`` is how long the rows of a file that is not ``small`` are read.
    """
    path = Path(database.engine.url.database or "") if database.is_sqlite else None
    is_small = path is not None and path.is_file() and path.stat().st_size <= small
    with database.reading() as session:
        head = outbox.head(session)
        for newest in (select(AuditEntry).order_by(AuditEntry.id.desc()),
                       select(AnswerRow).order_by(AnswerRow.asked_at.desc()), select(Publication)):
            session.scalars(newest.limit(1)).first()
        if path is not None and path.is_file() and not is_small:
            _read_some(session, monotonic() + seconds, dice)
    if path is not None and is_small:
        with translated():
            _check_file(path)
    return head


def _check_file(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found is None or found[0] != "ok":
        raise sqlite3.DatabaseError("database disk image is malformed")


def _read_some(session: Session, until: float, dice: Random) -> None:
    """Rows from places that the dice choose, while there is time: of full tables the oftener, so that each row is as
    likely to be read as any other, however many tables there are."""
    row_id = literal_column("rowid", Integer)
    tables = list(Base.metadata.sorted_tables)
    ends = [session.scalar(select(func.max(row_id)).select_from(table)) or 0 for table in tables]
    while True:
        (n,) = dice.choices(range(len(tables)), [end + _ROWS for end in ends])
        start = dice.randint(0, ends[n])
        session.execute(select(tables[n]).where(row_id >= start).order_by(row_id).limit(_ROWS)).all()
        if monotonic() > until:
            return
