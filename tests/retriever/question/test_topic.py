"""Another topic in a dialogue is answered as if it were asked alone, and what goes on with the dialogue is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answer import Answer
from retriever.ask import Retriever
from retriever.embedding.local import LocalEmbedder
from retriever.engines.embedded import EmbeddedEngine
from retriever.errors import EngineDown
from retriever.indexing.consumer import catch_up
from retriever.indexing.vectors import embed_pending
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.evaluation.topics import following, main, measure
from retriever.language.analysis import Analyser
from retriever.question import topic
from retriever.question.understanding import understand
from retriever.records import AskRequest, Turn
from tests.conftest import NOW
from tests.retriever.conftest import ROOT
from tests.retriever.factories import published_article, retriever_of

CARD = (Turn("user", "社保卡丢了怎么补办"), Turn("agent", "补卡免费，先挂失，再到任一网点补领。"))


ARTICLES = {
    "card": ("社会保障卡挂失与补领", """## 挂失

丢失后先打12333挂失，即时生效。

## 补领

补卡免费，到任一网点当场补领；也可以邮寄，3个工作日送到。

## 代办

家人带双方身份证可以代办。"""),
    "ferry": ("轮渡票价与时刻", """## 票价

长屿线轮渡成人票价22元，儿童票价11元。

## 时刻

首班6:30，末班18:00。"""),
    "marriage": ("结婚登记预约与办理", """## 带什么

双方带身份证；照片可以现场拍。

## 费用

结婚登记不收费。"""),
}


@pytest.fixture
def retriever(settings: Settings, database: Database, model_folder: Path) -> Iterator[Retriever]:
    """Three articles, read by the packaged model: how near its vectors lie is what this is about."""
    retriever = retriever_of(settings, database, LocalEmbedder(model_folder))
    for slug, (title, source) in ARTICLES.items():
        published_article(database, slug, source, title=title)
    engine = retriever._current.parts.engine
    catch_up(database, engine)
    embed_pending(engine, retriever._current.parts.embedder)
    yield retriever
    retriever.close()


def asked(retriever: Retriever, question: str, history: tuple[Turn, ...] = CARD, *, explained: bool = False) -> Answer:
    return retriever.ask(AskRequest(question, history=history, explain=explained), CITIZEN, now=NOW)


def cited(answer: Answer) -> list[tuple[str, int, int]]:
    return [(c.slug, c.start, c.end) for c in answer.citations]


@pytest.mark.parametrize("question", [
    "结婚登记要带什么证件", "长屿线轮渡儿童票价多少", "末班轮渡几点开", "結婚登記要帶什麼證件", "明天会不会下雨",
    "轮渡票价"])
def test_another_topic_is_answered_as_if_it_were_asked_alone(retriever: Retriever, question: str) -> None:
    answer, alone = asked(retriever, question), asked(retriever, question, ())
    assert answer.new_topic and not alone.new_topic
    assert cited(answer) == cited(alone) and answer.confidence == alone.confidence


@pytest.mark.parametrize("question", [
    "那邮寄要多久", "孩子的呢？", "邮寄", "孩子", "and by post?", "补办要多少钱", "能让家里人代办吗"])
def test_what_goes_on_with_the_dialogue_is_read_with_it(retriever: Retriever, question: str) -> None:
    assert not asked(retriever, question).new_topic


def test_the_explanation_says_that_the_dialogue_was_left_out(retriever: Retriever) -> None:
    why = asked(retriever, "长屿线轮渡儿童票价多少", explained=True).explain
    assert why is not None
    assert why["dialogue"] == {"used": False, "new_topic": True, "leans_on_it": False,
                               "model_reads": "长屿线轮渡儿童票价多少"}


def test_without_an_engine_the_dialogue_is_kept_and_the_fault_said_once(retriever: Retriever) -> None:
    with patch.object(EmbeddedEngine, "propose", side_effect=EngineDown("engine_search", "gone")):
        answer = asked(retriever, "长屿线轮渡儿童票价多少")
    assert not answer.new_topic and answer.degraded == ("plain_search",)


def test_the_dialogue_explains_a_question_where_it_brings_a_passage_nearer_and_does_not_lead_away() -> None:
    assert topic.is_explained(nearest=0.92, alone=0.90) and not topic.is_explained(nearest=0.90, alone=0.90)
    assert topic.leads_away(nearest=0.90, before=0.93) and not topic.leads_away(nearest=0.92, before=0.93)


def test_a_question_that_repeats_what_was_said_goes_on_with_it() -> None:
    def repeats(text: str) -> bool:
        return topic.repeats(understand(text, (), Analyser()), understand(text, CARD, Analyser()), {})

    assert repeats("社保卡补办儿童票价") and not repeats("长屿线轮渡儿童票价多少")


@pytest.mark.parametrize("text", [
    "那要帶什麼材料和證件", "要是我一个人去办呢？", "What about children under six?", "嗯，那多少钱",
    "Thanks, and the fee?"])
def test_wording_that_takes_something_up_is_never_another_topic(text: str) -> None:
    assert not topic.may_be_another(understand(text, CARD, Analyser()))


@pytest.mark.parametrize("text", [
    "那个电动车上牌要多少钱", "这几天停水吗", "他人捡到我的身份证怎么办", "也门签证怎么办", "另外养狗要登记吗"])
def test_words_that_only_begin_alike_take_nothing_up(text: str) -> None:
    assert topic.may_be_another(understand(text, CARD, Analyser()))


def test_a_first_question_is_no_other_topic() -> None:
    assert not topic.may_be_another(understand("长屿线轮渡儿童票价多少", (), Analyser()))


def test_questions_are_put_after_one_that_shares_no_document(tmp_path: Path) -> None:
    dataset = read_dataset(ROOT / "tests/data/tiny")
    pairs = following(dataset)
    assert pairs and pairs == following(dataset)
    for alone, after in pairs:
        assert not alone.history and after.text == alone.text
        (other,) = {q.id for q in dataset.queries if q.text == after.history[0].text}
        assert other != alone.id
        assert not dataset.relevant.get(other, {}).keys() & dataset.relevant.get(alone.id, {}).keys()
    (tmp_path / "config.yaml").write_text("embedding:\n  provider: none\n", encoding="utf-8")
    measured = measure(ROOT / "tests/data/tiny", root=tmp_path)
    assert measured["alone"]["queries"] == measured["after another question"]["queries"] == len(pairs)
    assert json.dumps(measured)


def test_a_folder_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "nowhere")])
    assert ended.value.code == 2 and "corpus.jsonl is missing" in capsys.readouterr().err
