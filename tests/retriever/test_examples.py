"""The questions that the start page offers are answered, with the packaged model, by the sentence that answers them,
and so they are with the vectors that another processor may give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kb import setup
from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import load_settings
from retriever.answer import Answer
from retriever.ask import Retriever, model_of
from retriever.embedding.local import LocalEmbedder
from retriever.factory import build_reading
from retriever.find import Found
from retriever.indexing.consumer import catch_up
from retriever.ranking.model import Model
from retriever.records import AskRequest
from retriever.settings import SearchSettings
from tests.conftest import NOW
from tests.retriever.conftest import ROOT
from tests.retriever.factories import retriever_of
from tests.retriever.grounding import check_grounded
from tests.retriever.noise import MEASURED, NoisyEmbedder, NoisyIndex
from web.settings import WebSettings

SAID = {
    "没备案租房公积金一个月能提多少": ("fund-rent-withdrawal", "最高1500元"),
    "公积金贷款提前还款要交违约金吗": ("fund-early-repayment", "不收违约金"),
    "身份证丢了要带什么": ("id-card-reissue", "丢失补领"),
    "How long does a residence permit take?": ("residence-permit-extension", "7 working days"),
    "What is the fee for a residence permit?": ("residence-permit-extension", "400 yuan"),
    "Can I use my foreign driving licence?": ("foreign-licence-conversion", "does not recognise foreign licences"),
}


# What README.md shows; None: the question is refused.
SHOWN = {
    "人住进外地医院了才想起没备案，现在补来得及吗": ("out-of-town-medical-filing", "出院结账前补备案"),
    "没办租房备案，公积金一个月最多提多少": ("fund-rent-withdrawal", "最高1500元"),
    "图书馆能带宠物狗进去吗": None,
}
DRAWS = 100
BEYOND = 3  # times what noise moves a choice by, on a processor without fused multiply-add; on the others it is none


@dataclass(frozen=True)
class Installed:
    """The sample articles, indexed with the packaged model."""

    database: Database
    retriever: Retriever
    index: NoisyIndex


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("examples")
    settings = load_settings(folder, {})
    database = Database(settings)
    setup.init(database, settings, now=NOW, sample=ROOT / "articles")
    embedder = NoisyEmbedder(LocalEmbedder(model_folder))
    retriever = retriever_of(settings, database, embedder)
    engine = retriever._current.parts.engine
    catch_up(database, engine)
    yield Installed(database, retriever, NoisyIndex(engine, embedder))
    retriever.close()
    database.close()


def test_every_example_of_the_start_page_stands_here() -> None:
    examples = "｜".join((WebSettings().examples_zh, WebSettings().examples_en))
    assert set(examples.split("｜")) == set(SAID)


def is_answered(answer: Answer, expected: tuple[str, str] | None) -> bool:
    """Whether the answer says the words of the article, or rightly nothing."""
    if expected is None or answer.abstained:
        return answer.abstained and expected is None
    slug, words = expected
    return answer.citations[0].slug == slug and any(words in sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize("question", [*SAID, *SHOWN])
def test_an_example_is_answered_by_the_sentence_that_answers_it(installed: Installed, question: str) -> None:
    answer = installed.retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    check_grounded(installed.database, answer, CITIZEN)
    assert is_answered(answer, (SAID | SHOWN)[question])


@pytest.fixture(scope="module")
def reading(installed: Installed, model_folder: Path) -> Retriever:
    """The same with the packaged reader, and the precision that is asked for by default."""
    settings = load_settings(ROOT, {}, data={"dir": str(model_folder.parents[1])}, reader={"local_seconds": 60.0})
    reader, fitted = build_reading(settings)
    assert reader is not None
    return Retriever(settings, installed.database, installed.retriever._current.parts, reader=reader, fitted=fitted)


@pytest.mark.parametrize("question", [*SAID, *SHOWN])
def test_an_example_is_read_and_answered(installed: Installed, reading: Retriever, question: str) -> None:
    answer = reading.ask(AskRequest(question), CITIZEN, now=NOW)
    check_grounded(installed.database, answer, CITIZEN)
    assert answer.reader == "local"
    assert is_answered(answer, (SAID | SHOWN)[question])


def test_noise_of_other_processors_turns_no_answer_to_an_example(installed: Installed) -> None:
    turned = Counter(
        question
        for _ in installed.index.draws(DRAWS, MEASURED) for question, expected in (SAID | SHOWN).items()
        if not is_answered(installed.retriever.ask(AskRequest(question), CITIZEN, now=NOW), expected))
    assert not turned


def leads(found: Found, model: Model) -> tuple[float, float]:
    """How far the first article is before the next one, and the first unit before the next, in score."""
    article = found.ranked[0].allowed.live.article_id
    others = [r.hit.score for r in found.ranked if r.allowed.live.article_id != article]
    assert found.pool is not None
    scores = np.sort(found.pool.scores(model))
    return found.ranked[0].hit.score - max(others), float(scores[-1] - scores[-2])


def test_the_first_article_and_its_first_unit_lead_by_more_than_noise_moves_them(installed: Installed) -> None:
    model = model_of(SearchSettings())

    def look(question: str) -> tuple[float, float]:
        return leads(installed.retriever.find(AskRequest(question), CITIZEN, now=NOW), model)

    answered = [question for question, expected in (SAID | SHOWN).items() if expected]
    alone = np.array([look(question) for question in answered])
    noisy = np.array([[look(question) for question in answered] for _ in installed.index.draws(DRAWS // 5, MEASURED)])
    moved = np.sqrt(((noisy - alone) ** 2).mean(axis=0))
    short = {question: (lead.tolist(), by.tolist()) for question, lead, by in zip(answered, alone, moved, strict=True)
             if (lead <= BEYOND * by).any()}
    assert not short


def test_noise_is_of_the_size_that_was_measured_and_leaves_no_trace(installed: Installed) -> None:
    embedder = installed.retriever._current.parts.embedder
    assert isinstance(embedder, NoisyEmbedder)
    before = embedder.embed_query("坐轮渡多少钱")
    moved = [embedder.embed_query("坐轮渡多少钱") for _ in installed.index.draws(20, MEASURED)]
    assert 1 - np.mean(np.array(moved) @ before) == pytest.approx(MEASURED**2 / 2, rel=0.1)
    assert np.array_equal(embedder.embed_query("坐轮渡多少钱"), before)
    assert not installed.retriever._current.parts.engine.damage()
