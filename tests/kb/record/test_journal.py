"""An act is told whole: entry and event together, or neither; of many at once, none waits crosswise for another."""

from __future__ import annotations

import threading

from sqlalchemy import func, select

from kb.actor import OPERATOR
from kb.db import Database
from kb.errors import KbError
from kb.models import AuditEntry, OutboxEvent
from kb.record import audit
from kb.record.journal import Change, record
from tests.conftest import NOW


def told(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        return (session.scalar(select(func.count()).select_from(AuditEntry)) or 0,
                session.scalar(select(func.count()).select_from(OutboxEvent)) or 0)


def test_an_act_that_readers_see_is_an_entry_and_an_event(database: Database) -> None:
    with database.transaction() as session:
        assert record(session, OPERATOR, "rename", "department:hrss", now=NOW, origin="test") is None
        event_id = record(session, OPERATOR, "hide", "article:a", now=NOW, origin="test", change=Change("a", "hidden"))
        assert session.get_one(OutboxEvent, event_id).kind == "hidden"
    assert told(database) == (2, 1)


def test_what_is_rolled_back_is_told_nowhere_and_wakes_nobody(database: Database) -> None:
    woken: list[int] = []
    database.on_change(lambda: woken.append(1))
    try:
        with database.transaction() as session:
            record(session, OPERATOR, "hide", "article:a", now=NOW, origin="test", change=Change("a", "hidden"))
            raise RuntimeError
    except RuntimeError:
        pass
    assert (told(database), woken) == ((0, 0), [])
    with database.transaction() as session:
        record(session, OPERATOR, "rename", "department:hrss", now=NOW, origin="test")
    assert woken == []  # nothing that others must hear of
    with database.transaction() as session:
        record(session, OPERATOR, "hide", "article:a", now=NOW, origin="test", change=Change("a", "hidden"))
    assert (told(database), woken) == ((2, 1), [1])


def test_k8_many_at_once_keep_one_chain_and_one_order(database: Database) -> None:
    ready, failed = threading.Barrier(6, timeout=30), []

    def act(name: str) -> None:
        ready.wait()
        for n in range(10):
            try:
                with database.transaction() as session:
                    change = Change(f"{name}-{n}", "hidden") if n % 2 else None
                    record(session, OPERATOR, "act", f"article:{name}-{n}", now=NOW, origin="test", change=change)
            except KbError as error:
                failed.append(error.code)

    threads = [threading.Thread(target=act, args=(f"t{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert audit.verify(session).broken_at is None
    assert (told(database), failed) == ((60, 30), [])
