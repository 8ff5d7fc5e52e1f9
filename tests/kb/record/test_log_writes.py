"""What is only logged does not wait for the disk; everything else does."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kb.db import Database

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
        assert level == (NORMAL if kind == database.logging else FULL)
