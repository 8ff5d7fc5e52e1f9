"""A writer killed between any two of its steps: whatever is replayed afterwards, in whatever portions, citizens search
what the index holds for them, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, FrameType

import pytest

from retriever.engines.checkpoint import Checkpoint
from retriever.engines.embedded import EmbeddedEngine
from retriever.engines.vectors import VectorTable
from retriever.engines.word_index import WordIndex
from retriever.engines.words import WordIndices
from retriever.language.analysis import Analyser
from retriever.records import Passage
from tests.retriever.factories import passage

Articles = Sequence[tuple[str, Sequence[Passage]]]

# Where the writer is killed: the function, and whether as it begins or as it ends.
STEPS: dict[str, tuple[Callable[..., object], str]] = {
    "before anything is committed": (WordIndices.commit, "call"),
    "citizens' texts are committed, all texts are not": (WordIndex.commit, "call"),
    "all texts are committed, the checkpoint is not written": (WordIndex.commit, "return"),
    "the checkpoint is written, what was replaced is not dead": (Checkpoint.write, "return"),
    "what was replaced is dead": (VectorTable.kill, "return"),
}
OLD, NEW = passage("轮渡票价十元。", article="a"), passage("轮渡票价涨到二十元。", article="a", revision=2)
LATE = passage("暂停营业的公告。", article="c")
OTHER = passage("公积金按月提取。", article="b")
INTERNAL = passage("内部口径：不要承诺时限。", article="d", audience="agent")


def opened(folder: Path) -> EmbeddedEngine:
    return EmbeddedEngine(folder, Analyser(), None)


def _put_and_die(folder: Path, articles: Articles, checkpoint: int, step: str) -> None:
    """In another process, which kills itself at this step; in the thread that puts, where all texts come last."""
    function, when = STEPS[step]
    code: CodeType = function.__code__
    engine = opened(folder)

    def die(frame: FrameType, event: str, _: object) -> None:
        if event == when and frame.f_code is code:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(die)
    engine.put(articles, checkpoint=checkpoint)


def killed_at(step: str, folder: Path, articles: Articles, checkpoint: int) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_put_and_die, args=(folder, articles, checkpoint, step), daemon=True)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def begun(folder: Path) -> None:
    engine = opened(folder)
    engine.put([("a", [OLD]), ("b", [OTHER])], checkpoint=1)
    engine.close()


@pytest.mark.parametrize("step", STEPS)
def test_what_was_taken_back_before_it_is_replayed_is_not_what_citizens_search(tmp_path: Path, step: str) -> None:
    begun(tmp_path)
    killed_at(step, tmp_path, [("a", [NEW]), ("c", [LATE]), ("d", [INTERNAL])], 4)
    engine = opened(tmp_path)
    for checkpoint, articles in enumerate([("b", [OTHER]), ("a", [OLD]), ("c", []), ("d", [INTERNAL])], 2):
        engine.put([articles], checkpoint=checkpoint)  # in smaller portions than the killed writer's
    assert engine.damage() == []
    assert set(engine.articles()) == {"a", "b", "d"}
    assert engine.health().passages == 3


@pytest.mark.parametrize("step", STEPS)
def test_what_is_replayed_as_it_was_is_there_once(tmp_path: Path, step: str) -> None:
    begun(tmp_path)
    change = [("a", [NEW]), ("c", [LATE]), ("d", [INTERNAL])]
    killed_at(step, tmp_path, change, 4)
    engine = opened(tmp_path)
    for checkpoint, articles in enumerate(change, 2):
        engine.put([articles], checkpoint=checkpoint)
    assert engine.damage() == []
    assert engine.health().passages == 4


def test_an_index_with_nothing_to_replay_is_cleared_up_when_it_is_opened(tmp_path: Path) -> None:
    begun(tmp_path)
    killed_at("the checkpoint is written, what was replaced is not dead", tmp_path, [("a", [NEW])], 2)
    engine = opened(tmp_path)
    assert engine.checkpoint() == 2
    assert engine.damage() == []
    assert engine.health().passages == 2


def test_an_index_that_another_process_writes_now_is_opened_and_left_to_it(tmp_path: Path) -> None:
    begun(tmp_path)
    writer, reader = opened(tmp_path), []

    def articles() -> Articles:
        reader.append(opened(tmp_path))  # while the writer is at it
        return [("a", [NEW])]

    writer.put((one for one in articles()), checkpoint=2)
    assert writer.damage() == reader[0].damage() == []
    assert reader[0].checkpoint() == 2
