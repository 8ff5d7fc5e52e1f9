"""The text of an article by what brought it, and the rule of a day."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN, Actor
from kb.db import Database
from kb.errors import NotFound
from kb.reading.blame import blame
from kb.reading.opening import open_at
from tests.kb.factories import AGENT, at, published, revision_text, submitted


def told(database: Database, viewer: Actor, number: int | None = None) -> list[tuple[int, str]] | None:
    with database.reading() as session:
        found = blame(session, viewer, "card", number=number, now=at(90))
    return [(part.entry.number, part.text) for part in found.parts] if found else None


def test_a_text_is_told_by_the_revisions_that_brought_it(database: Database) -> None:
    published(database, revision_text("工本费20元。当场缴。"), number=1)
    published(database, revision_text("工本费25元。当场缴。"), number=2, day=10)
    assert told(database, CITIZEN) == [(2, "工本费25元。"), (1, "当场缴。")]
    assert told(database, CITIZEN, 1) == [(1, "工本费20元。当场缴。")]
    assert told(database, CITIZEN, 9) is None


def test_fault_28_what_one_may_not_read_dates_no_sentence(database: Database) -> None:
    published(database, revision_text("内部口径。当场缴。", audience="agent"), number=1)
    published(database, revision_text("对外口径。当场缴。"), number=2, day=10)
    submitted(database, revision_text("将来口径。"), day=20)
    assert told(database, CITIZEN) == [(2, "对外口径。当场缴。")]
    assert told(database, AGENT) == [(2, "对外口径。"), (1, "当场缴。")]
    with database.reading() as session, pytest.raises(NotFound):
        blame(session, CITIZEN, "none", now=at(90))


def test_the_rule_of_a_day_is_the_revision_in_force_then(database: Database) -> None:
    published(database, revision_text("旧", effective_to=at(20)), number=1)
    published(database, revision_text("新", effective_from=at(30)), number=2, day=5)
    with database.reading() as session:
        found = [open_at(session, CITIZEN, "card", at(day), now=at(40)) for day in (-1, 3, 25, 35)]
    assert [page.source if page else None for page in found] == [None, "旧", None, "新"]
