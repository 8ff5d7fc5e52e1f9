"""What is kept of contradictions, as an answer needs it: seen from the texts that it cites, in one statement."""

from __future__ import annotations

from sqlalchemy import event, select

from kb.articles.kept_conflicts import FoundConflict, keep_conflicts
from kb.articles.said_otherwise import Otherwise, keep_met, said_otherwise
from kb.db import Database
from kb.models import ConflictPair, Revision
from tests.kb.factories import add_department, at, published, revision_text


def two(database: Database) -> tuple[str, str]:
    add_department(database, "hrss")
    return (published(database, revision_text("补领工本费25元，补领10日办好。", title="补领"), slug="one"),
            published(database, revision_text("补领收30元，15日能拿到。", title="补卡"), slug="other"))


def found(one: str, other: str, score: float = 0.9) -> FoundConflict:
    return FoundConflict(one, other, "money", score, 5, 8, 3, 6)


def looked(database: Database, *ids: str) -> Otherwise:
    with database.reading() as session:
        return said_otherwise(session, ids)


def test_each_text_sees_the_contradiction_from_its_side_and_who_was_compared_is_said(database: Database) -> None:
    one, other = two(database)
    with database.transaction() as session:
        keep_conflicts(session, one, [other], [found(one, other)], now=at(1))
    assert looked(database, one) == Otherwise((found(one, other),), frozenset({one}))
    assert looked(database, other).pairs == (FoundConflict(other, one, "money", 0.9, 3, 6, 5, 8),)
    assert looked(database, one, other).compared == {one}
    assert looked(database) == Otherwise()


def test_it_is_one_statement(database: Database) -> None:
    ids = two(database)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    looked(database, *ids)
    assert len([text for text in statements if "FROM" in text]) == 1


def test_what_was_met_while_answering_is_kept_once_and_never_of_erased_words(database: Database) -> None:
    one, other = two(database)
    with database.transaction() as session:
        assert [keep_met(session, [found(one, other)]), keep_met(session, [found(other, one)])] == [1, 0]
    with database.transaction() as session:
        session.query(ConflictPair).delete()
        session.get_one(Revision, other).redacted_at = at(2)
        assert keep_met(session, [found(one, other)]) == 0
        assert session.scalars(select(ConflictPair)).all() == []
