"""What is only logged does not wait for the disk; everything else does."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kb.db import Database
from kb.dialects import LOG_WAIT_MS

FULL, NORMAL = 2, 1


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("order", ["log then publish", "publish then log"])
def test_only_the_log_is_written_without_waiting_for_the_disk(database: Database, order: str) -> None:
    kinds = [database.logging, database.transaction]
    if order == "publish then log":
        kinds.reverse()
    for kind in (*kinds, *kinds):  # one pooled connection serves both in turn
        with kind() as session:
            level = session.execute(text("PRAGMA synchronous")).scalar_one()
            wait_ms = session.execute(text("PRAGMA busy_timeout")).scalar_one()
        assert (level, wait_ms) == ((NORMAL, LOG_WAIT_MS) if kind == database.logging else (FULL, 5_000))


@pytest.mark.only_on("postgresql")
def test_only_the_log_gives_up_a_lock_soon_and_waits_for_no_disk(database: Database) -> None:
    for kind in (database.logging, database.transaction, database.logging):
        with kind() as session:
            wait, commit = (session.execute(text(f"SHOW {name}")).scalar_one()
                            for name in ("lock_timeout", "synchronous_commit"))
        assert wait == ("1s" if kind == database.logging else "5s")
        assert kind != database.logging or commit == "off"
