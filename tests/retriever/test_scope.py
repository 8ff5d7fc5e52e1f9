"""The authority check against the plain predicate, over a corpus that holds both answers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from kb.actor import CITIZEN, Actor, Role
from kb.articles.extents import extents as extents_of
from kb.articles.live import Moment, is_answerable
from kb.articles.writing.intake import article_id
from kb.db import Database
from kb.models import Article, Revision
from retriever.records import Candidate
from retriever.scope import Scope
from tests.conftest import NOW
from tests.retriever.factories import department, filters, passage, published_article, retired_article

AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
DAY = timedelta(days=1)


def candidate(revision_id: str, text: str, start: int = 0) -> Candidate:
    one = passage(text, article="a")
    placed = replace(one, revision_id=revision_id, start=start, end=start + len(text))
    return Candidate(placed, 1.0, 0.0)


def allowed(database: Database, candidates: list[Candidate], viewer: Actor = CITIZEN, *, as_of: datetime = NOW,
            known_at: datetime = NOW, narrowed_to: str | None = None, **narrow: list[str]) -> list[str]:
    """The revision ids that pass, in order."""
    with database.reading() as session:
        found = Scope(viewer, Moment(as_of, known_at), filters(as_of=as_of, known_at=known_at, **narrow),
                      narrowed_to).authority_check(session, candidates)
    return [a.live.revision_id for a in found]


def test_candidates_pass_in_the_order_given(database: Database) -> None:
    first = published_article(database, "a", "甲规定。")
    second = published_article(database, "b", "乙规定。")
    given = [candidate(second, "乙规定。"), candidate(first, "甲规定。"), candidate(second, "规定", 1)]
    assert allowed(database, given) == [second, first, second]


def test_a_text_that_is_not_the_source_at_its_offsets_is_dropped(database: Database) -> None:
    revision = published_article(database, "a", "甲规定。乙规定。")
    assert allowed(database, [candidate(revision, "乙规定。", 4)]) == [revision]
    for text, start in (("乙规定。", 3), ("丙规定。", 4), ("甲规定。乙规定。丙", 0), ("规定", 90)):
        assert allowed(database, [candidate(revision, text, start)]) == []


def test_an_unknown_revision_is_dropped(database: Database) -> None:
    assert allowed(database, [candidate("00000000-0000-0000-0000-000000000000", "甲")]) == []
    assert allowed(database, []) == []


def test_department_and_language_are_those_of_the_database(database: Database) -> None:
    department(database, "fund")
    revision = published_article(database, "a", "甲规定。", owner="fund")
    given = [candidate(revision, "甲规定。")]  # the index says hrss
    assert allowed(database, given, departments=["hrss"]) == []
    assert allowed(database, given, departments=["fund"], langs=["zh"]) == [revision]
    assert allowed(database, given, langs=["en"]) == []


def test_the_check_equals_the_predicate_over_a_mixed_corpus(database: Database) -> None:
    chance = random.Random(61)
    candidates = []
    for i in range(12):
        for r in range(chance.randint(1, 3)):
            begin = NOW + chance.randint(-9, 9) * DAY
            end = None if chance.random() < 0.5 else begin + chance.randint(1, 9) * DAY
            revision_id = published_article(
                database, f"a{i}", f"规定{i}。", audience=chance.choice(["public", "agent"]), effective_from=begin,
                effective_to=end, now=NOW + (r - 5) * DAY)
            candidates.append(candidate(revision_id, f"规定{i}。"))
        if chance.random() < 0.3:
            retired_article(database, f"a{i}", now=NOW + DAY)
    with database.reading() as session:
        found = extents_of(session, list(session.scalars(select(Article.id))))
        extents = {r.id: (r.audience, found.get(r.id, [])) for r in session.scalars(select(Revision))}
    answers = set()
    for _ in range(40):
        as_of, known_at = (NOW + chance.randint(-10, 10) * DAY for _ in range(2))
        viewer, narrowed_to = chance.choice([(CITIZEN, None), (AGENT, None), (AGENT, "public"), (CITIZEN, "agent")])
        moment = Moment(as_of, known_at)
        expected = [c.passage.revision_id for c in candidates
                    if any(is_answerable(e, extents[c.passage.revision_id][0], viewer, moment, narrowed_to=narrowed_to)
                           for e in extents[c.passage.revision_id][1])]
        answers.add(len(expected))
        assert allowed(database, candidates, viewer, as_of=as_of, known_at=known_at,
                       narrowed_to=narrowed_to) == expected
    assert 0 in answers
    assert max(answers) > 3


def within(database: Database, slug: str, start: datetime, end: datetime, viewer: Actor = CITIZEN, *,
           known_at: datetime = NOW) -> list[tuple[str, datetime, datetime]]:
    """The revisions in force within the range, by id, each with the part that it holds."""
    with database.reading() as session:
        scope = Scope(viewer, Moment(NOW, known_at), filters(as_of=NOW, known_at=known_at))
        found = scope.revisions_within(session, article_id(slug), start, end)
    return [(text.revision_id, begin, until) for text, begin, until in found]


def test_every_revision_in_force_within_a_range_is_found_with_the_part_that_it_holds(database: Database) -> None:
    first = published_article(database, "base", "基数下限4000元。")
    second = published_article(database, "base", "基数下限4500元。", effective_from=NOW - 10 * DAY)
    coming = published_article(database, "base", "基数下限5000元。", effective_from=NOW + 10 * DAY)
    start, end = NOW - 20 * DAY, NOW + 20 * DAY
    assert within(database, "base", start, end) == [
        (first, start, NOW - 10 * DAY), (second, NOW - 10 * DAY, NOW + 10 * DAY), (coming, NOW + 10 * DAY, end)]
    assert within(database, "base", start, NOW - 10 * DAY) == [(first, start, NOW - 10 * DAY)]
    assert within(database, "base", NOW - 10 * DAY, NOW) == [(second, NOW - 10 * DAY, NOW)]
    assert within(database, "other", start, end) == []


def test_of_a_range_as_of_what_may_not_be_seen_and_what_was_not_yet_known_is_left_out(database: Database) -> None:
    first = published_article(database, "base", "基数下限4000元。", now=NOW - 5 * DAY)
    inner = published_article(database, "base", "基数下限4500元。", effective_from=NOW - DAY, audience="agent")
    start, end = NOW - 20 * DAY, NOW + DAY
    assert within(database, "base", start, end) == []  # citizens are not shown what came before an internal text
    assert within(database, "base", start, end, AGENT) == [(first, start, NOW - DAY), (inner, NOW - DAY, end)]
    assert [r for r, _, _ in within(database, "base", start, end, AGENT)] == [first, inner]
    assert within(database, "base", start, end, AGENT, known_at=NOW - 2 * DAY) == [(first, start, end)]
    assert within(database, "base", start, end, known_at=NOW - 6 * DAY) == []
