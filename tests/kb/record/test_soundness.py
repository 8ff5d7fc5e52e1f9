"""A cheap look at the database, past what open connections remember of it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert

from kb.db import Database
from kb.errors import Unavailable
from kb.models import OutboxEvent
from kb.record import outbox
from kb.record.soundness import check_sound
from tests.conftest import NOW


def file_of(database: Database) -> Path:
    """The database's file with everything in it."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(database.engine.url.database or "")


def test_a_sound_database_tells_its_newest_change(database: Database) -> None:
    with database.transaction() as session:
        newest = outbox.append(session, "article", "published", now=NOW)
    assert check_sound(database, seconds=5, dice=Random(1)) == newest


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(("start", "length"), [(0, 100), (4096, 4096), (20_000, 60_000)])
def test_fault_64_damage_is_found_that_an_open_connection_does_not_see(database: Database, start: int,
                                                                       length: int) -> None:
    path = file_of(database)
    assert check_sound(database, seconds=5, dice=Random(1)) == 0
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xff" * length)
    with pytest.raises(Unavailable) as caught:
        check_sound(database, seconds=5, dice=Random(1))
    assert caught.value.code == "corrupt"


@pytest.mark.only_on("sqlite")
def test_of_a_large_file_other_rows_are_read_with_every_look(database: Database) -> None:
    file_of(database)
    with database.transaction() as session:
        session.execute(insert(OutboxEvent), [{"article_id": "article", "kind": "published", "at": NOW}] * 20_000)
    path = file_of(database)
    with path.open("r+b") as file:  # a tenth of the file, neither first nor newest
        size = path.stat().st_size
        file.seek(size // 2)
        file.write(b"\xff" * (size // 10))
    database.engine.dispose()  # nothing remembered
    with pytest.raises(Unavailable) as caught:
        for n in range(500):
            check_sound(database, seconds=0, dice=Random(n), small=0)
    assert caught.value.code == "corrupt"
