"""Contradictions between texts in force are kept once, seen from both articles, and go with erased words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from kb.actor import CITIZEN, OPERATOR
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.kept_conflicts import (
    FoundConflict,
    count_uncompared,
    keep_conflicts,
    kept_conflicts,
    live_conflicts,
    texts_of,
    uncompared,
)
from kb.db import Database
from kb.models import ConflictPair, ConflictReading, Revision
from tests.kb.factories import ADMIN, MANAGER, add_department, at, published, retired, revision_text

ONE, OTHER = "补领工本费25元。", "补领收30元。"


def two_articles(database: Database, **fields: str) -> tuple[str, str]:
    add_department(database, "hrss")
    return (published(database, revision_text(ONE, title="补领"), slug="one"),
            published(database, revision_text(OTHER, title="补卡", **fields), slug="other"))


def pair(one: str, other: str) -> FoundConflict:
    return FoundConflict(one, other, "money", 0.9, 5, 8, 3, 6)


def keep(database: Database, one: str, others: Sequence[str], found: Sequence[FoundConflict]) -> None:
    with database.transaction() as session:
        keep_conflicts(session, one, others, found, now=at(1))


def test_what_was_compared_waits_no_more_and_what_was_found_is_seen_from_both(database: Database) -> None:
    one, other = two_articles(database)
    with database.reading() as session:
        assert [text.revision_id for text in uncompared(session, now=at(1), limit=9)] == [other, one]
    keep(database, one, [other], [pair(one, other)])
    with database.reading() as session:
        assert [text.title for text in uncompared(session, now=at(1), limit=9)] == ["补卡"]
        assert count_uncompared(session, now=at(1)) == 1
        seen = list(live_conflicts(session, None, now=at(1)))
        assert [(c.title, c.other_title, c.found.start, c.found.other_start) for c in seen] == [
            ("补领", "补卡", 5, 3), ("补卡", "补领", 3, 5)]
        own = [c.article_id for c in seen]
        assert [c.article_id for c in live_conflicts(session, own[:1], now=at(1))] == own[:1]
        shown, = kept_conflicts(session, OPERATOR, now=at(1))
        assert [side["quote"] for side in shown.sides] == ["25元", "30元"]


def test_comparing_again_from_either_side_replaces_what_was_found(database: Database) -> None:
    one, other = two_articles(database)
    keep(database, one, [other], [pair(one, other)])
    keep(database, other, [one], [pair(other, one)])
    with database.reading() as session:
        assert session.scalars(select(ConflictPair.revision_id)).all() == [other]
    keep(database, one, [other], [])
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConflictPair)) == 0


def test_a_text_that_is_no_longer_in_force_contradicts_nothing(database: Database) -> None:
    one, other = two_articles(database)
    keep(database, one, [other], [pair(one, other)])
    retired(database, "other", day=2)
    with database.reading() as session:
        assert not list(live_conflicts(session, None, now=at(3)))
        assert texts_of(session, [], now=at(3)) == []


def test_who_may_not_read_both_hears_of_none(database: Database) -> None:
    one, other = two_articles(database, audience="agent")
    keep(database, one, [other], [pair(one, other)])
    with database.reading() as session:
        assert kept_conflicts(session, CITIZEN, now=at(1)) == []
        assert len(kept_conflicts(session, OPERATOR, now=at(1))) == 1


def test_nothing_is_kept_of_erased_words(database: Database) -> None:
    one, other = two_articles(database)
    keep(database, one, [other], [pair(one, other)])
    with database.transaction() as session:
        ask_redaction(session, ADMIN, session.get_one(Revision, one), reason="法院裁定", now=at(2), origin="test")
    with database.transaction() as session:
        agree_redaction(session, MANAGER, session.get_one(Revision, one), now=at(2), origin="test")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConflictPair)) == 0
        assert session.scalars(select(ConflictReading.revision_id)).all() == []
    keep(database, other, [one], [pair(other, one)])  # compared while the words were erased
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ConflictPair)) == 0
        assert session.scalars(select(Revision.id).where(Revision.redacted_at.is_not(None))).all() == [one]
