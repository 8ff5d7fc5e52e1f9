"""A signal is shown to those who may read all that it rests on, and nobody else hears of it."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN, OPERATOR, Actor
from kb.articles.acts.hiding import hide
from kb.db import Database
from kb.errors import Invalid
from kb.upkeep.signals.showing import Signal, Wanted, signals, signals_of
from tests.kb.factories import AGENT, MANAGER, add_department, approver, at, editor, retired
from tests.kb.upkeep.signals.arranging import look, write


def shown(database: Database, viewer: Actor, *, day: float = 10, wanted: Wanted = Wanted()) -> list[tuple[str, str]]:
    with database.reading() as session:
        return sorted((s.slug, s.kind) for s in signals(session, viewer, wanted, now=at(day)).items)


def some(database: Database) -> None:
    write(database, "fee", "收费标准。", audience="agent")
    write(database, "card", "见[收费](article:fee)。减免执行至2026年1月5日。")
    write(database, "house", review_by=at(5))
    retired(database, "fee", day=2)
    look(database, day=10)


def test_citizens_hear_of_no_signal_with_an_internal_text_in_its_evidence(database: Database) -> None:
    some(database)
    assert shown(database, CITIZEN) == [("card", "date"), ("house", "review")]
    for staff in (AGENT, editor(), MANAGER, OPERATOR):
        assert shown(database, staff) == [("card", "date"), ("card", "reference"), ("house", "review")]


def test_citizens_hear_of_no_signal_of_a_text_that_is_out_of_their_sight_since(database: Database) -> None:
    some(database)
    with database.transaction() as session:
        hide(session, approver(), "card", reason="金额有误", now=at(10), origin="test")
    write(database, "house", "内部口径。", number=2, day=10, audience="agent")
    assert shown(database, CITIZEN) == []  # though the signals were raised when both were public
    assert shown(database, AGENT) == [("card", "date"), ("card", "reference"), ("house", "review")]


def test_a_signal_names_its_evidence_by_article_revision_and_offsets(database: Database) -> None:
    some(database)
    with database.reading() as session:
        found = signals(session, AGENT, Wanted(article="card", kind="date"), now=at(10)).items
    one, = found
    place, = one.evidence
    assert (place.slug, place.number, place.quote) == ("card", 1, "减免执行至2026年1月5日。")
    assert one.as_dict("en") == {
        "id": one.id, "article": "card", "title": "补卡", "department": "hrss", "kind": "date", "severity": "warning",
        "text": "what it says held until 2026-01-05", "since": at(10).isoformat(),
        "evidence": [{"quote": place.quote, "source": None, "slug": "card", "revision": 1, "start": place.start,
                      "end": place.end}]}
    assert one.said("zh") != one.said("en")


def test_lists_are_narrowed_and_go_page_by_page(database: Database) -> None:
    add_department(database, "fund")
    some(database)
    assert shown(database, AGENT, wanted=Wanted(kind="review")) == [("house", "review")]
    assert shown(database, AGENT, wanted=Wanted(department="fund")) == []
    assert len(shown(database, AGENT, wanted=Wanted(severity="warning"))) == 3
    seen: list[Signal] = []
    after: str | None = ""
    with database.reading() as session:
        while after is not None:
            page = signals(session, AGENT, now=at(10), after=after, limit=1)
            seen += page.items
            after = page.next_after
        assert len({s.id for s in seen}) == len(seen) == 3
        for wrong in (Wanted(kind="nonsense"), Wanted(severity="nonsense")):
            with pytest.raises(Invalid, match="one of"):
                signals(session, AGENT, wrong, now=at(10))
        with pytest.raises(Invalid, match="cursor"):
            signals(session, AGENT, now=at(10), after="nonsense")


def test_the_gravest_signal_of_an_article_stands_first(database: Database) -> None:
    write(database, "card", "见[无](article:nowhere)和[此](#无)。", review_by=at(30))
    look(database, day=10)
    with database.reading() as session:
        found = signals_of(session, AGENT, {s.article_id for s in signals(session, AGENT, now=at(10)).items},
                           now=at(10))
    own, = found.values()
    assert [s.severity for s in own] == ["warning", "info", "info"]
