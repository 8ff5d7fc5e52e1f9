"""The feed: passages are recorded whole; plain search takes words literally and shows nothing that may not be shown."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, literal, select

from kb.actor import CITIZEN, Actor
from kb.articles import feed, live
from kb.db import Database
from kb.models import Article, PassageRow
from kb.record import outbox
from tests.kb.factories import AGENT, at, published, retired, revision_text

TEXTS = ("折扣100%", "折扣1000", "a_b", "axb", "it's", 'say "x"', "back\\slash", "分号; DROP TABLE article; --", "平常")


def cut(database: Database, texts: Sequence[str] = TEXTS, *, slug: str = "card", audience: str = "public") -> str:
    """A published article that was cut into one passage for each text."""
    revision_id = published(database, revision_text("\n\n".join(texts), audience=audience), slug=slug)
    with database.transaction() as session:
        article_id = session.scalars(select(Article.id).where(Article.slug == slug)).one()
        feed.record_passages(session, article_id, {
            revision_id: [feed.PassageSpan(n, 0, len(t), (), t) for n, t in enumerate(texts)]})
    return revision_id


def found(database: Database, words: Sequence[str], viewer: Actor = CITIZEN, day: float = 9,
          limit: int = 50) -> list[str]:
    with database.reading() as session:
        moment = live.Moment(at(day), at(day))
        return [span.text for _, span in feed.passages_containing(session, viewer, moment, words, limit=limit)]


@pytest.mark.parametrize(("word", "expected"), [
    ("100%", ["折扣100%"]), ("%", ["折扣100%"]), ("_", ["a_b"]), ("a_b", ["a_b"]), ("it's", ["it's"]),
    ('"x"', ['say "x"']), ("\\", ["back\\slash"]), ("\\s", ["back\\slash"]), ("' OR '1'='1", []), ("%%", []),
    ("; DROP TABLE article; --", ["分号; DROP TABLE article; --"]), ("/", []), ("[a-z]", []), ("*", []), ("?", []),
    ("\x00", []), ("100%' ESCAPE '", []),
])
def test_fault_45_sql_and_wildcards_in_fallback_search_are_plain_characters(database: Database, word: str,
                                                                            expected: list[str]) -> None:
    cut(database)
    assert found(database, [word]) == expected
    with database.reading() as session:
        assert session.query(Article).count() == 1


SQLITE = create_engine("sqlite://")


@given(st.text(alphabet="%_\\'a/[^", max_size=6), st.text(alphabet="%_\\'a/[^b", max_size=8))
def test_fault_45_contains_means_contains_for_any_characters(word: str, text: str) -> None:
    with SQLITE.connect() as connection:
        matches = connection.scalar(select(literal(text).contains(word, autoescape=True)))
    assert bool(matches) == (word in text)


def test_fault_45_any_of_the_words_is_enough_in_reading_order_up_to_the_limit(database: Database) -> None:
    cut(database)
    assert found(database, ["平常", "a_"]) == ["a_b", "平常"]
    assert found(database, ["平常", "a_"], limit=1) == ["a_b"]
    assert found(database, []) == []


def test_fault_61_fallback_search_goes_through_the_same_predicate(database: Database) -> None:
    cut(database)
    cut(database, ["内部平常"], slug="inside", audience="agent")
    assert found(database, ["平常"]) == ["平常"]
    assert sorted(found(database, ["平常"], AGENT)) == ["内部平常", "平常"]
    assert found(database, ["平常"], day=-1) == []
    retired(database, day=5)
    assert found(database, ["平常"]) == []
    assert found(database, ["平常"], day=4) == ["平常"]


def test_a_viewers_newest_change_passes_over_what_he_could_never_read(database: Database) -> None:
    def newest(viewer: Actor) -> int:
        with database.reading() as session:
            assert outbox.head(session) == feed.newest_change(session, AGENT)
            return feed.newest_change(session, viewer)

    assert newest(CITIZEN) == 0
    published(database, revision_text(audience="agent"), slug="inside")
    assert newest(CITIZEN) == 0 < newest(AGENT)
    published(database, slug="open")
    shown = newest(CITIZEN)
    assert shown == newest(AGENT)
    retired(database, "inside", day=5)
    assert newest(CITIZEN) == shown < newest(AGENT)
    retired(database, "open", day=6)
    assert newest(CITIZEN) == newest(AGENT) > shown


def test_passages_are_replaced_whole(database: Database) -> None:
    revision_id = cut(database)
    with database.transaction() as session:
        article_id = session.scalars(select(Article.id)).one()
        feed.record_passages(session, article_id, {revision_id: [feed.PassageSpan(0, 0, 1, ("题",), "平")]})
    with database.reading() as session:
        assert session.scalars(select(PassageRow.text)).all() == ["平"]
        assert feed.recorded_passages(session) == {article_id: [(revision_id, 0)]}


def test_titles_for_completion_carry_what_the_predicate_needs(database: Database) -> None:
    published(database, revision_text(title="甲"), slug="a")
    published(database, revision_text(title="乙", audience="agent"), slug="b")
    retired(database, "a", day=5)
    with database.reading() as session:
        titles = feed.published_titles(session)
    moment = live.Moment(at(9), at(9))
    assert [t.title for t in titles if live.is_answerable(t.rectangle, t.audience, CITIZEN, moment)] == []
    assert [t.title for t in titles if live.is_answerable(t.rectangle, t.audience, AGENT, moment)] == ["乙"]
