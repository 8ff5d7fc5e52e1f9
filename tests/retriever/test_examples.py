"""The questions that the start page offers are answered, with the packaged model, by the sentence that answers them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb import setup
from kb.db import Database
from kb.permissions import CITIZEN
from kb.settings import load_settings
from retriever.ask import Retriever
from retriever.embedding.local import LocalEmbedder
from retriever.indexing.consumer import catch_up
from retriever.indexing.vectors import embed_pending
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.conftest import ROOT
from tests.retriever.factories import retriever_of
from tests.retriever.grounding import check_grounded
from web.settings import WebSettings

SAID = {
    "没备案租房公积金一个月能提多少": ("fund-rent-withdrawal", "最高1500元"),
    "坐轮渡多少钱": ("ferry-timetable-fares", "长屿线：22"),
    "办护照要几天": ("passport-hk-macau-permit", "7个工作日"),
    "身份证丢了要带什么": ("id-card-reissue", "丢失补领"),
    "I lost my passport, what do I do first?": ("lost-passport-foreigners", "nearest police station"),
    "What is the fee for a residence permit?": ("residence-permit-extension", "400 yuan"),
    "Can I use my foreign driving licence?": ("foreign-licence-conversion", "does not recognise foreign licences"),
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Iterator[tuple[Database, Retriever]]:
    folder = tmp_path_factory.mktemp("examples")
    settings = load_settings(folder, {})
    database = Database(settings)
    setup.init(database, settings, now=NOW, sample=ROOT / "articles")
    retriever = retriever_of(settings, database, LocalEmbedder(model_folder))
    engine = retriever._current.parts.engine
    catch_up(database, engine)
    embed_pending(engine, retriever._current.parts.embedder)
    yield database, retriever
    retriever.close()
    database.close()


def test_every_example_of_the_start_page_stands_here() -> None:
    examples = "｜".join((WebSettings().examples_zh, WebSettings().examples_en))
    assert set(examples.split("｜")) == set(SAID)


@pytest.mark.parametrize("question", list(SAID))
def test_an_example_is_answered_by_the_sentence_that_answers_it(installed: tuple[Database, Retriever],
                                                                question: str) -> None:
    database, retriever = installed
    slug, words = SAID[question]
    answer = retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    check_grounded(database, answer, CITIZEN)
    assert not answer.abstained
    assert answer.citations[0].slug == slug
    assert any(words in s.text for s in answer.sentences)
