"""The file that learning writes runs: a number for each passage and unit, the same each time, however long the text."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from retriever.embedding.pieces import Pieces
from retriever.embedding.runtime import onnxruntime
from retriever.embedding.weights import WordTable, packaged_weights, word_table
from retriever.errors import ReaderDown
from retriever.reader import PACKAGED, ReadableText
from retriever.reader.graph import graph_of
from retriever.reader.layout import ABOVE_PART, LONGEST, QUESTION_PART, TEXT_PART, Layout, Window
from retriever.reader.local import LocalReader
from tests.retriever.reader.texts import CARD, FERRY, readable
from tests.retriever.reader.untrained import untrained

SECONDS = 600.0
QUESTION = "补办社保卡要带什么材料"
LONG = "# 目录\n\n## 范围\n\n" + "".join(f"第{n}类人员办理时带第{n}号表格和身份证原件。" for n in range(1, 90)) + "\n"
TABLE = "# 收费\n\n## 标准\n\n| 项目 | 收费（元） |\n|---|---|\n" + "".join(
    f"| 第{n}项服务，办理人须当场缴纳 | {n} |\n" for n in range(1, 70))


@pytest.fixture(scope="module")
def pieces(model_folder: Path) -> Pieces:
    return Pieces(model_folder)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained(tmp_path_factory.mktemp("reader") / "untrained.onnx")


@pytest.fixture(scope="module")
def reader(file: Path, pieces: Pieces) -> LocalReader:
    return LocalReader(file, pieces, word_table(packaged_weights()))


def whole(source: str) -> ReadableText:
    """The article's longest passage, under an id of its own: a reader keeps what it cut by the passage's id."""
    article = {LONG: "long", TABLE: "table", CARD: "card"}[source]
    return max(readable(source, article=article), key=lambda text: len(text.passage.units))


def test_each_passage_and_each_unit_has_a_number(reader: LocalReader) -> None:
    texts = [*readable(CARD), *readable(FERRY, lang="en", article="b")]
    found = reader.read(QUESTION, ["我想问社保卡"], texts, seconds=SECONDS)
    assert [len(read.units) for read in found] == [len(text.passage.units) for text in texts]
    assert all(np.isfinite(read.passage) and np.isfinite(read.units).all() for read in found)
    assert len({read.passage for read in found}) == len(found)  # it looks at what it reads


def test_equal_input_gives_equal_numbers_whatever_is_read_beside_it(reader: LocalReader) -> None:
    card, ferry = readable(CARD), readable(FERRY, lang="en", article="b")
    alone = reader.read(QUESTION, [], card, seconds=SECONDS)
    among = reader.read(QUESTION, [], [*ferry, *card], seconds=SECONDS)[len(ferry):]
    for one, other in zip(alone, among, strict=True):
        assert one.passage == other.passage and np.array_equal(one.units, other.units)
    assert reader.read("坐轮渡多少钱", [], card, seconds=SECONDS)[0].passage != alone[0].passage
    assert reader.read(QUESTION, ["换个事情问"], card, seconds=SECONDS)[0].passage != alone[0].passage


def test_a_question_in_a_dialogue_is_read_with_it_and_alone(reader: LocalReader) -> None:
    """The mean of both, so that what an earlier turn asked for does not answer every later one."""
    texts = readable(CARD)
    alone, both = (reader.read(QUESTION, earlier, texts, seconds=SECONDS) for earlier in ([], ["轮渡多少钱"]))
    other = reader.read(QUESTION, ["养狗怎么登记"], texts, seconds=SECONDS)
    assert all(len(a.units) == len(b.units) and np.isfinite(b.units).all() for a, b in zip(alone, both, strict=True))
    for one, mean, another in zip(alone, both, other, strict=True):  # what the dialogue adds alone differs
        assert mean.passage != one.passage and mean.passage != another.passage


@pytest.mark.parametrize("source", [LONG, TABLE, CARD], ids=["prose", "table", "short"])
def test_the_windows_of_a_passage_hold_every_unit_once(pieces: Pieces, source: str) -> None:
    layout, text = Layout(pieces), whole(source)
    windows = layout.windows(layout.question(QUESTION), text.passage, text.source)
    assert len(windows) > 1 or source == CARD
    assert [unit for window in windows for unit, _, _ in window.units] == list(range(len(text.passage.units)))
    for window in windows:
        assert len(window.ids) == len(window.parts) <= LONGEST
        assert window.parts == sorted(window.parts) and set(window.parts) == {QUESTION_PART, ABOVE_PART, TEXT_PART}
        ends = 0
        for _, first, end in window.units:
            assert ends <= first < end < len(window.ids)
            assert set(window.parts[first:end]) == {TEXT_PART}
            ends = end


def test_a_passage_of_many_windows_is_read_whole_and_is_as_likely_as_its_best_window(reader: LocalReader) -> None:
    text = whole(LONG)
    (read,) = reader.read(QUESTION, [], [text], seconds=SECONDS)
    assert np.isfinite(read.passage) and np.isfinite(read.units).all()
    assert len(set(read.units.tolist())) > len(read.units) / 2


def test_an_endless_question_leaves_room_for_the_text(reader: LocalReader, pieces: Pieces) -> None:
    layout, text = Layout(pieces), whole(TABLE)
    question, earlier = "我想问一下" * 400, ["之前说的" * 300, "还有" * 300, "再说" * 300]
    windows = layout.windows(layout.question(question, earlier), text.passage, text.source)
    assert max(len(window.ids) for window in windows) <= LONGEST
    (read,) = reader.read(question, earlier, [text], seconds=SECONDS)
    assert np.isfinite(read.units).all()


def test_a_passage_and_its_rival_are_read_when_there_is_no_time_and_no_other_once_the_first_is_sure(
        file: Path, pieces: Pieces, reader: LocalReader) -> None:
    assert len(reader.read(QUESTION, [], [*readable(CARD), whole(LONG)], seconds=0.0)) == 2
    sure = LocalReader(file, pieces, word_table(packaged_weights()), sure=-np.inf)
    assert len(sure.read(QUESTION, [], readable(CARD), seconds=SECONDS)) == 1
    (alone,), (first, *_) = sure.read(QUESTION, [], [whole(LONG), *readable(CARD)], seconds=SECONDS), \
        reader.read(QUESTION, [], [whole(LONG), *readable(CARD)], seconds=SECONDS)
    assert alone.passage == first.passage and np.array_equal(alone.units, first.units)  # all its windows


class Hindered(LocalReader):
    """A reader on a machine that has no time for it: each window waits before it is read."""

    def _run(self, window: Window) -> tuple[float, NDArray[np.float64]]:
        sleep(0.3)
        return super()._run(window)


@pytest.mark.parametrize(("patience", "read"), [(0.0, 2), (60.0, 4)])
def test_waiting_for_a_busy_machine_is_no_reading_within_ones_patience(file: Path, pieces: Pieces, patience: float,
                                                                      read: int) -> None:
    hindered = Hindered(file, pieces, word_table(packaged_weights()), threads=1, patience=patience)
    assert len(hindered.read(QUESTION, [], readable(CARD)[:1] * 4, seconds=0.25)) == read
    assert len(hindered.read(QUESTION, [], readable(CARD)[:1] * 4, seconds=0.0)) == 2


def test_threads_read_the_same_as_one_whoever_else_asks(file: Path, pieces: Pieces) -> None:
    one, three = (LocalReader(file, pieces, word_table(packaged_weights()), threads=n) for n in (1, 3))
    texts = [*readable(CARD), whole(LONG), *readable(FERRY, lang="en", article="b")]
    expected = one.read(QUESTION, [], texts, seconds=SECONDS)
    with ThreadPoolExecutor(4) as callers:
        for found in callers.map(lambda _: three.read(QUESTION, [], texts, seconds=SECONDS), range(6)):
            assert [read.passage for read in found] == [read.passage for read in expected]
            assert all(np.array_equal(a.units, b.units) for a, b in zip(found, expected, strict=True))


def test_a_score_that_is_no_number_is_an_error_whichever_thread_meets_it(file: Path, pieces: Pieces) -> None:
    words = word_table(packaged_weights())
    damaged = words.raw.copy()
    (number,) = pieces.ids(["号"], marked=False)[0][-1:]
    damaged[number, :, :2] = np.array([np.nan], "<f2").view(np.uint8)  # a word of the second passage alone
    reader = LocalReader(file, pieces, WordTable(damaged), threads=2)
    good, bad = readable(CARD)[0], whole(LONG)
    assert len(reader.read(QUESTION, [], [good], seconds=SECONDS)) == 1
    with pytest.raises(ReaderDown, match="no number"):
        reader.read(QUESTION, [], [good, bad, good], seconds=SECONDS)


@pytest.mark.parametrize("content", [b"", b"no model", None], ids=["empty", "other", "torn"])
def test_a_file_that_is_no_reader_is_refused_and_says_what_to_do(tmp_path: Path, file: Path, pieces: Pieces,
                                                                 content: bytes | None) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(file.read_bytes()[:200_000] if content is None else content)
    with pytest.raises(ReaderDown, match="kb train --reader"):
        LocalReader(broken, pieces, word_table(packaged_weights()))


def test_a_reader_of_the_older_form_is_opened_in_the_faster_one_and_says_the_same(pieces: Pieces) -> None:
    older = onnx.load(str(PACKAGED))
    kinds = [node.op_type for node in onnx.load_from_string(graph_of(PACKAGED)).graph.node]
    assert "SkipLayerNormalization" not in kinds
    if not any(node.op_type == "SkipLayerNormalization" for node in older.graph.node):
        pytest.fail("the packaged reader is in the newer form: this test, and the rewriting, have had their time")
    texts = [*readable(CARD), whole(LONG), *readable(FERRY, lang="en", article="b")]
    words = word_table(packaged_weights())
    found = LocalReader(PACKAGED, pieces, words).read(QUESTION, [], texts, seconds=SECONDS)
    rewritten = LocalReader(PACKAGED, pieces, words)
    rewritten._session = onnxruntime.InferenceSession(str(PACKAGED), providers=["CPUExecutionProvider"])
    expected = rewritten.read(QUESTION, [], texts, seconds=SECONDS)
    for one, other in zip(found, expected, strict=True):  # activations are of 8 bits: the last digit moves
        assert abs(one.passage - other.passage) < 0.8
        assert np.abs(one.units - other.units).mean() < 0.4
