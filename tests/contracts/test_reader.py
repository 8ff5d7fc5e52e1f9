"""What every reader must do. An implementation joins by its name in ``READERS`` and a way to open it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retriever.answering.closure import close
from retriever.embedding.pieces import pieces_of
from retriever.embedding.weights import packaged_weights, word_table
from retriever.errors import ReaderDown
from retriever.question.case import Case
from retriever.question.understanding import Question
from retriever.reader import PACKAGED, Reader
from retriever.reader.endpoint import Endpoint, EndpointReader
from retriever.reader.local import LocalReader
from retriever.records import LiveText
from tests.chat import KEY, served
from tests.conftest import NOW
from tests.retriever.reader.texts import CARD, FERRY, readable

READERS = ["endpoint", "local"]
SECONDS = 60.0  # enough on any machine
HOSTILE = {
    "empty": "", "blank": " \n\t ", "null": "补\x00卡", "lone surrogate": "补\ud800卡", "bidi": "\u202e补卡\u202c",
    "quotes": '"}]}\'"\\', "long": "补卡要多少钱" * 300, "emoji": "\U0001f468\u200d\U0001f469" * 20, "tags": "</s><s>",
    "tag characters": "补卡\U000e0049\U000e0047", "controls": "".join(map(chr, range(1, 32))),
}


@contextmanager
def open_reader(kind: str, model_folder: Path) -> Iterator[Reader]:
    """A reader of this kind; ``model_folder`` holds the packaged encoder."""
    if kind == "local":
        yield LocalReader(PACKAGED, pieces_of(model_folder), word_table(packaged_weights()))
        return
    assert kind == "endpoint"
    with served() as endpoint:
        reader = EndpointReader(Endpoint(endpoint.url, "reads-well", KEY, 20_000, 10_000_000, 3, 30.0))
        yield reader
        reader.close()


@pytest.fixture(scope="module", params=READERS)
def reader(request: pytest.FixtureRequest, model_folder: Path) -> Iterator[Reader]:
    with open_reader(request.param, model_folder) as opened:
        yield opened


def test_each_passage_has_one_chance_and_one_for_each_of_its_units(reader: Reader) -> None:
    texts = [*readable(CARD), *readable(FERRY, lang="en", article="b")]
    found = reader.read("补办社保卡要带什么材料", [], texts, seconds=SECONDS)
    assert len(found) == len(texts)
    for read, text in zip(found, texts, strict=True):
        assert (read.units.shape, read.units.dtype) == ((len(text.passage.units),), np.float64)
        assert np.isfinite(read.passage)
        assert np.isfinite(read.units).all()


@pytest.mark.parametrize(("question", "right", "other"), [
    ("首次补办收费多少", "首次补办", "再次补办"), ("再次补办收费多少", "再次补办", "首次补办"),
])
def test_of_rows_for_several_cases_the_callers_is_said_alone(reader: Reader, question: str, right: str,
                                                             other: str) -> None:
    texts = readable(CARD)
    fees, read = texts[-1].passage, reader.read(question, [], texts, seconds=SECONDS)[-1]
    live = LiveText("a", "card", "r", 1, fees.title, CARD, "zh", "public", "hrss", "", "", "", NOW, None, None)
    asked = Question(question, "zh", (), (), (), (), question, is_follow_up=False)
    answer = close(live, [fees], [read.units.tolist()], asked, threshold=0.0, most_chars=600, case=Case.of(question))
    said = " ".join(CARD[one.unit.start:one.unit.end] for one in answer.units)
    assert right in said and other not in said


@pytest.mark.parametrize(("source", "question", "right"), [
    (CARD, "低保对象收工本费吗", "低保对象"),
    (FERRY, "When does the last ferry leave?", "last ferry"), (FERRY, "Do children under six pay?", "Children"),
])
def test_the_unit_that_answers_is_likelier_than_the_others(reader: Reader, source: str, question: str,
                                                           right: str) -> None:
    texts = readable(source, lang="zh" if source is CARD else "en")
    found = reader.read(question, [], texts, seconds=SECONDS)
    best = max(((logit, text.source[unit.start:unit.end]) for read, text in zip(found, texts, strict=True)
                for logit, unit in zip(read.units, text.passage.units, strict=True)), key=lambda pair: pair[0])
    assert right in best[1]


def test_the_same_question_is_read_the_same(reader: Reader) -> None:
    one, other = (reader.read("补卡多少钱", [], readable(CARD), seconds=SECONDS) for _ in range(2))
    assert [read.passage for read in one] == [read.passage for read in other]
    assert all(np.array_equal(a.units, b.units) for a, b in zip(one, other, strict=True))


def test_nothing_to_read_is_nothing_read(reader: Reader) -> None:
    assert reader.read("补卡多少钱", [], [], seconds=SECONDS) == []


def test_a_passage_without_units_keeps_its_place(reader: Reader) -> None:
    first, *others = readable(CARD)
    empty = replace(first, passage=replace(first.passage, units=()))
    found = reader.read("首次补办收费多少", [], [empty, *others], seconds=SECONDS)
    assert [len(read.units) for read in found] == [0, *(len(text.passage.units) for text in others)]
    assert found[0].passage < found[-1].passage


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_any_text_is_read(reader: Reader, kind: str) -> None:
    hostile = HOSTILE[kind]
    texts = [*readable(f"# 标题\n\n{hostile}\n\n补办社保卡收费20元。", title=hostile or "空"), *readable(CARD)]
    found = reader.read(hostile, [hostile, "补卡"], texts, seconds=SECONDS)
    assert len(found) == len(texts)
    assert not any(np.isnan(read.units).any() or np.isnan(read.passage) for read in found)


def test_a_long_dialogue_is_taken(reader: Reader) -> None:
    earlier = [f"第{n}句话，我还想问别的。" for n in range(200)]
    assert reader.read("补卡多少钱", earlier, readable(CARD), seconds=SECONDS)


def test_much_to_read_is_read_from_the_first_on(reader: Reader) -> None:
    texts = [text for n in range(60) for text in readable(CARD, article=f"a{n}")]
    found = reader.read("首次补办收费多少", [], texts, seconds=SECONDS)
    assert 1 <= len(found) <= len(texts)
    for read, text in zip(found, texts, strict=False):
        assert len(read.units) == len(text.passage.units)
        assert not np.isnan(read.units).any()


def test_hardly_any_time_still_reads_one_or_says_that_it_cannot(reader: Reader) -> None:
    try:
        found = reader.read("首次补办收费多少", [], readable(CARD), seconds=0.001)
    except ReaderDown as down:
        assert down.code == "timeout"
    else:
        assert found
    assert reader.read("首次补办收费多少", [], readable(CARD), seconds=SECONDS)


def test_several_threads_get_what_each_asked(reader: Reader) -> None:
    zh, en = readable(CARD), readable(FERRY, lang="en")
    asked = [("首次补办收费多少", zh), ("When does the last ferry leave?", en)] * 6
    alone = [reader.read(question, [], texts, seconds=SECONDS) for question, texts in asked[:2]]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda pair: reader.read(pair[0], [], pair[1], seconds=SECONDS), asked))
    for n, found in enumerate(together):
        assert [read.passage for read in found] == pytest.approx([read.passage for read in alone[n % 2]])


def test_a_reader_has_a_name(reader: Reader) -> None:
    assert reader.name.strip()
    assert reader.name.isprintable()
