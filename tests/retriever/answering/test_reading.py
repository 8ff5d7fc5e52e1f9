"""Ordering what was read, and what confidence rests on: the reader's scores beside the ranking's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answering import reading
from retriever.answering.fitted import MARGINS, ORDER, Fitted
from retriever.ranking.model import Logistic
from retriever.ranking.order import Ranked
from retriever.reader import Read
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import published_article, retriever_of

FITTED = Fitted({"score": 0.0, "passage": 1.0}, 0.0, 0.0, 99.0, Logistic(0.0, {"passage": 1.0}), Logistic(0.0, {}), 0.5,
                {})


@pytest.fixture
def ranked(settings: Settings, database: Database) -> list[Ranked]:
    for slug, title, text in (("card", "社保卡", "## 费用\n\n补办社保卡收费25元。\n\n## 时限\n\n补办社保卡当场取。\n"),
                              ("bus", "公交卡", "## 费用\n\n补办公交卡收费20元。\n"),
                              ("id", "身份证", "## 费用\n\n补办身份证收费40元。\n")):
        published_article(database, slug, f"# {title}\n\n{text}", title=title)
    retriever = retriever_of(settings, database, FakeEmbedder())
    try:
        return list(retriever.find(AskRequest("补办社保卡收费多少"), CITIZEN, now=NOW).ranked)
    finally:
        retriever.close()


def reads_of(ranked: list[Ranked], *passages: float) -> list[Read]:
    return [Read(value, np.full(len(item.hit.passage.units), value))
            for item, value in zip(ranked, passages, strict=False)]


def test_the_best_of_every_article_is_read_before_a_second_one_of_any(ranked: list[Ranked]) -> None:
    items = reading.to_read(ranked)
    articles = [item.allowed.live.article_id for item in items]
    assert items[0] is ranked[0]
    assert len(set(articles)) == 3 < len(articles)
    assert len(set(articles[:3])) == 3


def test_what_the_reader_thinks_likelier_stands_first(ranked: list[Ranked]) -> None:
    items = reading.to_read(ranked)
    found = reading.together(items, reads_of(items, -3.0, 2.0, -3.0, -3.0), FITTED)
    assert found[0].ranked is items[1]


def test_the_article_that_the_ranking_puts_first_has_its_passages_before_others_as_likely(ranked: list[Ranked]) -> None:
    items = reading.to_read(ranked)
    first = items[0].allowed.live.article_id
    found = reading.together(items, reads_of(items, *[0.0] * len(items)), replace(FITTED, order={"first": 1.0}))
    of_first = [one.ranked.allowed.live.article_id == first for one in found]
    assert sum(of_first) > 1
    assert of_first == sorted(of_first, reverse=True)


def test_a_section_that_tells_what_is_demanded_goes_before_one_that_does_not(ranked: list[Ranked]) -> None:
    items = reading.to_read(ranked)
    read = reading.together(items, reads_of(items, *[1.0] * len(items)), FITTED)
    fee = next(n for n, one in enumerate(read) if "25元" in text_of(one))
    read.insert(0, read.pop(fee))
    told = reading.meeting(read, {"time"}, FITTED)
    assert "当场取" in text_of(told[0])
    assert told[0].ranked.allowed.live.article_id == read[0].ranked.allowed.live.article_id
    assert sorted(map(text_of, told)) == sorted(map(text_of, read))
    assert reading.meeting(read, {"hour"}, FITTED) == read
    unmarked = [replace(one, read=Read(one.read.passage, one.read.units - 2.0)) for one in read]
    assert reading.meeting(unmarked, {"time"}, FITTED) == unmarked


def test_an_answer_that_tells_nothing_of_what_is_demanded_is_hardly_sure(ranked: list[Ranked]) -> None:
    read = reading.together(reading.to_read(ranked), reads_of(ranked, 3.0, 0.0, 0.0), FITTED)
    values = reading.margins(read, [1.0], 10, ranked)
    told = reading.confidence_of(values, read[0], FITTED)
    assert reading.confidence_of(values, read[0], FITTED, is_met=False) < told / 3


def text_of(one: reading.PassageRead) -> str:
    passage = one.ranked.hit.passage
    return one.ranked.allowed.live.source[passage.start:passage.end]


def test_every_value_that_orders_and_every_margin_is_computed(ranked: list[Ranked]) -> None:
    items = reading.to_read(ranked)
    read = reading.together(items, reads_of(items, 1.0, 0.0, 0.0, 0.0), FITTED)
    assert tuple(reading.order_values(read)[0]) == ORDER
    assert set(reading.margins(read, [1.0], 10, ranked)) == set(MARGINS)


def test_a_passage_among_many_as_near_is_less_sure_than_one_above_the_others(ranked: list[Ranked]) -> None:
    assert above(ranked, 0.9, 0.88, 0.88, 0.88) > above(ranked, 0.9, 0.9, 0.9, 0.89) >= 0.0
    assert above(ranked, 0.0, 0.0, 0.0, 0.0) == 0.0  # without vectors nothing lies above


def test_standing_out_among_few_articles_of_other_subjects_makes_nothing_surer(ranked: list[Ranked]) -> None:
    assert above(ranked, 0.86, 0.82, 0.82, 0.82) == above(ranked, 0.86, 0.7, 0.7, 0.7) < 0.0
    assert above(ranked, 0.91, 0.82, 0.82, 0.82) > 0.03  # what is near all the same


def above(ranked: list[Ranked], *cosines: float) -> float:
    found = [replace(item, hit=replace(item.hit, candidate=replace(item.hit.candidate, vector_score=value)))
             for item, value in zip(ranked, cosines, strict=False)]
    read = reading.together(found, reads_of(found, *[0.0] * len(found)), FITTED)
    return reading.margins(read, [0.0], 10, found)["above"]


def test_known_to_answer_is_surer_and_never_less_sure(ranked: list[Ranked]) -> None:
    items = reading.to_read(ranked)
    read = reading.together(items, reads_of(items, 0.5, 0.0, 0.0, 0.0), FITTED)
    values = reading.margins(read, [0.5], 10, ranked)

    def chance(known: float) -> float:
        hit = read[0].ranked.hit
        best = replace(read[0], ranked=replace(read[0].ranked, hit=replace(hit, features={**hit.features,
                                                                                          "known": known})))
        return reading.confidence_of(values, best, FITTED)
    assert chance(0.0) == FITTED.confidence(values)
    assert chance(0.0) < chance(0.5) < chance(1.0) < 1.0


def test_what_was_read_changes_places_and_what_was_not_keeps_its_own(ranked: list[Ranked]) -> None:
    items = [ranked[0], ranked[2], ranked[3]]
    read = reading.together(items, reads_of(items, -2.0, 1.0, 3.0), FITTED)
    found = [item.hit.passage.passage_id for item in reading.reordered(ranked, read)]
    was = [item.hit.passage.passage_id for item in ranked]
    assert found == [was[3], was[1], was[2], was[0], *was[4:]]
    scores = [item.hit.score for item in reading.reordered(ranked, read)]
    assert scores == sorted(scores, reverse=True)
