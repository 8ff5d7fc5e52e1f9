"""Filling the callback list from what was asked and published: named where it says something else, and only there."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from datetime import timedelta

import pytest

from kb.actor import OPERATOR
from kb.db import Database
from kb.errors import Unavailable
from kb.settings import Settings
from kb.upkeep.callback_list import Callback, list_callbacks
from retriever.ask import Retriever
from retriever.callbacks import find_callbacks
from retriever.flowback import work_of
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import department, published_article, retriever_of

SOURCE = "## 费用\n\n补办市民卡收费20元。\n\n## 时限\n\n市民卡补办3个工作日办结。\n"


@pytest.fixture
def answering(settings: Settings, database: Database) -> Iterator[Retriever]:
    department(database, "hrss")
    published_article(database, "card", SOURCE, title="市民卡补办", now=NOW - timedelta(days=30))
    retriever = retriever_of(settings, database)
    retriever.catch_up()
    yield retriever
    retriever.close()


def asked(retriever: Retriever, question: str, call_ref: str) -> None:
    given = retriever.ask(AskRequest(question, call_ref=call_ref), OPERATOR, now=NOW)
    assert given.citations, given.reason


def after(database: Database, retriever: Retriever, source: str) -> list[Callback]:
    """The calls that are named once this text has taken the place of the first."""
    published_article(database, "card", source, title="市民卡补办", now=NOW + timedelta(hours=1))
    find_callbacks(database, retriever.analyser, days=90, now=NOW + timedelta(hours=2), origin="test")
    with database.reading() as session:
        return list_callbacks(session, OPERATOR)


@pytest.mark.parametrize(("source", "named"), [
    (SOURCE.replace("20元", "25元"), {"C1"}),
    (SOURCE.replace("3个工作日", "5个工作日"), {"C2"}),
    (SOURCE.replace("补办市民卡收费20元。", "办理市民卡补办，要收20元。"), set()),
    (SOURCE.replace("收费20元", "收费二十元").replace("## 时限", "## 办理时限"), set()),
    (SOURCE + "\n## 地点\n\n到市民中心办理。\n", set()),
    (SOURCE.replace("补办市民卡收费20元。", "到窗口办理。"), {"C1"}),
])
def test_whose_words_changed_in_substance_is_called(database: Database, answering: Retriever, source: str,
                                                    named: set[str]) -> None:
    asked(answering, "补办市民卡收费多少", "C1")
    asked(answering, "市民卡补办几个工作日办结", "C2")
    assert {one.call_ref for one in after(database, answering, source)} == named


def test_what_changed_is_told_in_the_words_of_both_texts(database: Database, answering: Retriever) -> None:
    asked(answering, "补办市民卡收费多少", "C1")
    (one,) = after(database, answering, SOURCE.replace("20元", "25元"))
    assert [(d.kind, d.was, d.now) for d in one.differences] == [
        ("figure", "补办市民卡收费20元。", "补办市民卡收费25元。")]


def test_nothing_is_looked_for_where_the_setting_says_so(database: Database, answering: Retriever) -> None:
    asked(answering, "补办市民卡收费多少", "C1")
    published_article(database, "card", SOURCE.replace("20元", "25元"), now=NOW + timedelta(hours=1))
    assert find_callbacks(database, answering.analyser, days=0, now=NOW + timedelta(hours=2), origin="test") == 0


def test_the_clock_finds_calls_and_gaps(settings: Settings, database: Database, answering: Retriever) -> None:
    asked(answering, "补办市民卡收费多少", "C1")
    answering.ask(AskRequest("养猫要交税吗"), OPERATOR, now=NOW)
    published_article(database, "card", SOURCE.replace("20元", "25元"), now=NOW + timedelta(hours=1))
    jobs = work_of(settings, database, answering)
    later = NOW + timedelta(hours=2)
    assert str(jobs["callbacks"](later)) == "1 calls to be made again"
    assert str(jobs["gaps"](later)) == "1 questions, 1 new gaps"
    assert str(jobs["gaps_asked_again"](later)) == "0 gaps closed"
    published_article(database, "cat", "## 税\n\n养猫要交税吗：养猫不用交税。\n", title="养猫要交税吗", now=later)
    answering.catch_up()
    assert str(jobs["gaps_asked_again"](later + timedelta(hours=1))) == "1 gaps closed"


def test_a_job_that_meets_a_writer_of_the_index_is_tried_again(settings: Settings, database: Database) -> None:
    department(database, "hrss")
    retriever = retriever_of(settings, database, FakeEmbedder())
    published_article(database, "card", SOURCE, title="市民卡补办", now=NOW - timedelta(days=30))
    retriever.catch_up()
    published_article(database, "card", SOURCE + "\n## 地点\n\n到窗口。\n", now=NOW - timedelta(days=1))
    jobs = work_of(settings, database, retriever)
    lock, = settings.data_dir.rglob("write.lock")
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unavailable):
            jobs["contradictions"](NOW)
    assert str(jobs["contradictions"](NOW)) == "0 texts compared"
    retriever.close()
