"""Allowances that several processes take from at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from kb.db import Database
from kb.people.allowances import take


@pytest.mark.only_on("postgresql")  # SQLite's writers come one after the other
def test_who_is_asked_for_by_two_processes_for_the_first_time_in_one_moment_is_refused_by_neither(
        database: Database) -> None:
    found = []

    def ask(at: float) -> None:
        with database.transaction() as session:
            found.append(take(session, "user:wang", 1.0, 100, at=at, at_least=1.0).units)

    with database.transaction() as session:
        @event.listens_for(session.connection(), "after_cursor_execute", once=True)
        def between(*_: Any) -> None:
            ask(1000.0)

        found.append(take(session, "user:wang", 1.0, 100, at=1000.0, at_least=1.0).units)
    assert found == [1.0, 1.0]
