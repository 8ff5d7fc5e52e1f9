"""Allowances by the minute, and replies that are kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select

from kb.db import Database
from kb.models import Allowance
from web import limits
from web.limits import Limiter


@pytest.fixture
def limiter(database: Database) -> Limiter:
    return Limiter(database)


def test_an_allowance_is_used_up_and_comes_back_evenly(limiter: Limiter) -> None:
    assert [limiter.wait_s("a", 3, at=100.0) for _ in range(4)] == [0, 0, 0, 20]
    assert limiter.wait_s("b", 3, at=100.0) == 0
    assert limiter.wait_s("a", 3, at=119.0) == 1
    assert limiter.wait_s("a", 3, at=120.0) == 0
    assert limiter.wait_s("a", 3, at=120.0) == 20
    assert [limiter.wait_s("a", 3, at=1000.0) for _ in range(4)] == [0, 0, 0, 20]


def test_a_cheap_request_costs_its_part(limiter: Limiter) -> None:
    assert [limiter.wait_s("a", 1, at=0.0, cost=0.1) for _ in range(11)] == [0] * 10 + [6]


def test_an_allowance_holds_over_all_processes(database: Database) -> None:
    processes = [Limiter(database) for _ in range(3)]
    given = [process.wait_s("a", 60, at=1000.0) == 0 for _ in range(60) for process in processes]
    assert 50 <= sum(given) <= 60  # what one process took and another would need is lost, no more than a part
    assert processes[0].wait_s("b", 60, at=1000.0) == 0


def test_asks_in_a_row_seldom_go_to_the_database(database: Database) -> None:
    limiter, statements = Limiter(database), []
    event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert [limiter.wait_s("a", 1200, at=1000.0) for _ in range(100)] == [0] * 100
    assert len([text for text in statements if text.startswith("UPDATE")]) <= 8


def test_many_at_once_take_no_more_than_there_is(database: Database) -> None:
    processes = [Limiter(database) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda n: processes[n % 4].wait_s("a", 20, at=1000.0) == 0, range(80)))
    assert 15 <= sum(given) <= 20


def test_a_clock_that_was_set_back_makes_nobody_wait(database: Database) -> None:
    assert [Limiter(database).wait_s("a", 3, at=10_000.0) for _ in range(3)] == [0, 0, 0]
    assert Limiter(database).wait_s("a", 3, at=2_800.0) == 0


def test_who_asked_is_neither_kept_in_words_nor_for_long(database: Database) -> None:
    limiter = Limiter(database)
    assert limiter.wait_s("address:192.0.2.7", 3, at=1000.0) == 0
    with database.reading() as session:
        assert [len(key) for key in session.scalars(select(Allowance.key))] == [64]
    assert limiter.wait_s("b", 3, at=2000.0) == 0
    with database.reading() as session:
        assert [due for due in session.scalars(select(Allowance.due)) if due < 2000] == []


def test_a_database_that_cannot_be_written_leaves_each_process_its_own_count(
        database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = Limiter(database)
    with database.transaction() as session:
        Allowance.__table__.drop(session.connection())  # type: ignore[attr-defined]
    assert [limiter.wait_s("a", 3, at=100.0) for _ in range(4)] == [0, 0, 0, 20]
    assert limiter.wait_s("a", 3, at=120.0) == 0
    monkeypatch.setattr(limits, "_MOST_KEYS", 1)
    assert limiter.wait_s("b", 1, at=120.0) == 0 and limiter.wait_s("a", 3, at=120.0) == 0
