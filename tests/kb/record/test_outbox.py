"""Everything once and in order, until everybody has heard it; what nobody needs any more is removed."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from kb.db import Database
from kb.models import OutboxConsumer, OutboxEvent
from kb.record import outbox
from tests.conftest import NOW

MONTH = timedelta(days=30)


def append(database: Database, *articles: str, days_ago: float = 0) -> list[int]:
    ids = []
    for article_id in articles:
        with database.transaction() as session:
            ids.append(outbox.append(session, article_id, "published", now=NOW - timedelta(days=days_ago)))
    return ids


def prune(database: Database) -> int:
    with database.transaction() as session:
        wanted = outbox.prunable(session, before=NOW - MONTH)
        removed = outbox.prune(session, before=NOW - MONTH, now=NOW)
    assert removed == wanted
    return removed


def heard(database: Database, name: str, checkpoint: int, *, days_ago: float = 0) -> None:
    with database.transaction() as session:
        outbox.note_heard(session, name, checkpoint, now=NOW - timedelta(days=days_ago))


def left(database: Database) -> list[str]:
    with database.reading() as session:
        return [event.article_id for event in outbox.read_after(session, 0)]


def test_old_events_go_and_the_newest_stays(database: Database) -> None:
    append(database, "a", "b", days_ago=40)
    assert (prune(database), left(database)) == (1, ["b"])
    ids = append(database, "c")
    assert (prune(database), left(database)) == (1, ["c"])
    with database.reading() as session:
        assert outbox.pruned_up_to(session) == ids[0] - 1 and outbox.head(session) == ids[0]


def test_what_a_consumer_that_is_there_has_not_heard_stays(database: Database) -> None:
    first, *_ = append(database, "a", "b", "c", days_ago=40)
    append(database, "d")
    heard(database, "index@one", first, days_ago=2)
    heard(database, "index@two", first + 2)
    assert (prune(database), left(database)) == (1, ["b", "c", "d"])
    heard(database, "index@one", first, days_ago=31)  # has not been there since
    assert (prune(database), left(database)) == (2, ["d"])


def test_numbers_are_never_used_again(database: Database) -> None:
    ids = append(database, "a", "b", days_ago=40)
    with database.transaction() as session:
        session.execute(delete(OutboxEvent))
        session.execute(delete(OutboxConsumer))
    assert append(database, "c")[0] > ids[-1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["publish", "hear one", "hear two", "prune"]), max_size=25))
def test_each_consumer_hears_everything_once_and_in_order(database: Database, steps: list[str]) -> None:
    with database.transaction() as session:
        start = outbox.append(session, "start", "published", now=NOW - 2 * MONTH)
    said: list[int] = []
    lists: dict[str, list[int]] = {"one": [], "two": []}
    marks = dict.fromkeys(lists, start)

    def hear(name: str) -> None:
        with database.transaction() as session:
            assert outbox.pruned_up_to(session) <= marks[name]
            events = outbox.read_after(session, marks[name], limit=2)
            lists[name] += [e.id for e in events]
            marks[name] = events[-1].id if events else marks[name]
            outbox.note_heard(session, name, marks[name], now=NOW)

    for name in lists:
        hear(name)
    for step in steps:
        if step == "publish":
            said += append(database, "x", days_ago=40)
        elif step == "prune":
            prune(database)
        else:
            hear(step.removeprefix("hear "))
    for name in lists:
        while (before := len(lists[name])) is not None and (hear(name) or len(lists[name]) > before):
            pass
    assert lists == {"one": said, "two": said}
