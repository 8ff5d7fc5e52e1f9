"""A question that names a time is answered as of that time, and says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answer import Answer
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article, retriever_of

OLD, NEW, NEXT = "缴费基数下限为每月4200元。", "缴费基数下限为每月4500元。", "缴费基数下限为每月4800元。"


@pytest.fixture
def three_years(database: Database) -> Database:
    for year, text in ((NOW.year - 1, OLD), (NOW.year, NEW), (NOW.year + 1, NEXT)):
        published_article(database, "base", f"# 社会保险缴费基数\n\n## 缴费基数\n\n{text}\n", title="社会保险缴费基数",
                          effective_from=datetime(year - 1, 12, 31, 16, tzinfo=UTC))
    return database


def ask(settings: Settings, database: Database, question: str, **values: object) -> Answer:
    return retriever_of(settings, database).ask(AskRequest(question, **values), CITIZEN, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(("question", "text", "words"), [
    (f"{NOW.year - 1}年社保缴费基数下限是多少", OLD, f"{NOW.year - 1}年"), ("去年社保缴费基数下限多少", OLD, "去年"),
    ("明年社保缴费基数下限是多少", NEXT, "明年"), ("今年的社保缴费基数下限", NEW, "今年"),
])
def test_the_rule_of_the_time_that_is_named_answers(settings: Settings, three_years: Database, question: str,
                                                    text: str, words: str) -> None:
    answer = ask(settings, three_years, question)
    assert text in [s.text for s in answer.sentences]
    assert answer.read_as_of is not None
    assert answer.read_as_of.words == words
    assert answer.read_as_of.begins_at <= answer.as_of
    assert answer.read_as_of.ends_at is None or answer.as_of < answer.read_as_of.ends_at


def test_without_a_time_the_rule_of_today_answers(settings: Settings, three_years: Database) -> None:
    answer = ask(settings, three_years, "社保缴费基数下限是多少")
    assert NEW in [s.text for s in answer.sentences]
    assert answer.read_as_of is None


def test_a_date_that_is_given_wins_over_one_that_is_named(settings: Settings, three_years: Database) -> None:
    answer = ask(settings, three_years, "去年社保缴费基数下限多少", as_of=NOW)
    assert (NEW in [s.text for s in answer.sentences], answer.read_as_of) == (True, None)


def test_the_named_time_can_be_left_aside(settings: Settings, three_years: Database) -> None:
    answer = ask(settings, three_years, "去年社保缴费基数下限多少", read_time=False)
    assert (NEW in [s.text for s in answer.sentences], answer.read_as_of) == (True, None)


def test_of_a_time_without_a_rule_nothing_is_known(settings: Settings, three_years: Database) -> None:
    answer = ask(settings, three_years, f"{NOW.year - 9}年社保缴费基数下限是多少")
    assert (answer.abstained, answer.reason, answer.sentences) == (True, "nothing_found", ())
    assert answer.read_as_of is not None
    assert answer.nearest  # of today: the year may belong to the caller's story
    assert all(n.passage and n.passage.text for n in answer.nearest)
