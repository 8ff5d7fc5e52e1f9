"""Texts in force are compared with what lies near them, each once, and what contradicts is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kb.actor import CITIZEN
from kb.articles.kept_conflicts import count_uncompared, kept_conflicts
from kb.db import Database
from kb.settings import Settings
from retriever.checking.contradicting import Weights
from retriever.contradictions import Comparer
from retriever.factory import open_parts
from retriever.indexing.consumer import catch_up
from retriever.indexing.current import Current, Parts
from retriever.indexing.vectors import embed_pending
from retriever.ranking.model import Logistic
from retriever.settings import SearchSettings
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import department, published_article, retriever_of

TABLE = "| 科目 | 补考费 |\n|---|---|\n| 科目三 | {} |\n"
SURE = Weights(Logistic(3.0, {}), 0.6, {})


@pytest.fixture
def parts(settings: Settings, database: Database) -> Iterator[Parts]:
    department(database, "hrss")
    published_article(database, "one", TABLE.format("115元"), title="驾驶人考试")
    published_article(database, "other", TABLE.format("125元"), title="驾驶人考试")
    published_article(database, "same", TABLE.format("一百一十五元"), title="驾驶人考试")
    found = open_parts(settings, database, FakeEmbedder())[0]
    yield found
    found.engine.close()


def comparer(settings: Settings, database: Database, parts: Parts) -> Comparer:
    current = Current(database, parts, settings.section(SearchSettings), reopen=None, stamp=lambda: 0)
    return Comparer(database, current, weights=SURE, least=-1.0)  # the fake model finds little near


def index(database: Database, parts: Parts) -> None:
    catch_up(database, parts.engine)
    embed_pending(parts.engine, parts.embedder)


def quotes(database: Database) -> list[list[str]]:
    with database.reading() as session:
        return sorted(sorted(str(side["quote"]) for side in one.sides)
                      for one in kept_conflicts(session, CITIZEN, now=NOW))


def test_every_text_is_compared_once_and_what_contradicts_is_kept(settings: Settings, database: Database,
                                                                  parts: Parts) -> None:
    compare = comparer(settings, database, parts).compare_pending
    index(database, parts)
    assert compare(now=NOW, seconds=30) == 3
    assert compare(now=NOW, seconds=30) == 0
    assert quotes(database) == [["115元", "125元"], ["125元", "一百一十五元"]]
    later = NOW + timedelta(days=1)
    published_article(database, "one", TABLE.format("125元"), title="驾驶人考试", now=later)
    index(database, parts)
    assert compare(now=later, seconds=30) == 1


def test_what_has_no_vector_yet_waits(settings: Settings, database: Database, parts: Parts) -> None:
    assert comparer(settings, database, parts).compare_pending(now=NOW, seconds=30) == 0
    with database.reading() as session:
        assert count_uncompared(session, now=NOW) == 3


def test_without_a_model_nothing_is_compared(settings: Settings, database: Database) -> None:
    department(database, "hrss")
    published_article(database, "one", TABLE.format("115元"), title="驾驶人考试")
    retriever = retriever_of(settings, database)
    assert retriever.compare_pending(now=NOW, seconds=30) == 0
    assert not retriever.embed_all()
    retriever.close()
