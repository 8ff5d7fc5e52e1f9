"""What a department's page and the board count: the same articles, and of these those with a signal of weight."""

from __future__ import annotations

from kb.db import Database
from kb.upkeep.signals.health import board, health
from tests.kb.factories import MANAGER, at, retired
from tests.kb.upkeep.signals.arranging import look, write


def test_an_expired_article_counts_among_all_and_among_the_stale_until_it_is_retired(database: Database) -> None:
    write(database, "fresh-one")
    write(database, "expired-one", effective_to=at(20))
    look(database, day=30)
    with database.reading() as session:
        found = health(session, MANAGER, "hrss", now=at(30))
        (line,) = board(session, MANAGER, now=at(30))
    assert (found.articles, found.fresh, found.percent) == (2, 1, 50) and [one.slug for one in found.due] == [
        "expired-one"]
    assert (line.articles, line.stale) == (2, 1)
    retired(database, "expired-one", day=31)
    look(database, day=32)
    with database.reading() as session:
        found = health(session, MANAGER, "hrss", now=at(32))
        (line,) = board(session, MANAGER, now=at(32))
    assert (found.articles, found.fresh, found.due) == (1, 1, ()) and (line.articles, line.stale) == (1, 0)
