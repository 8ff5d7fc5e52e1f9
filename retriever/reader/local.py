"""The packaged reader on this machine: the layers that ``kb train --reader`` made, run by onnxruntime.

Words are looked up in the packaged encoder's table, which it shares with the embedder. One window a run: what a window
says then does not hang on its neighbours. Several windows are read side by side, each by one thread: threads that share
one wait for each other at every product.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import perf_counter, thread_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retriever.embedding.pieces import Pieces
from retriever.embedding.runtime import onnxruntime
from retriever.embedding.weights import WordTable
from retriever.errors import ReaderDown
from retriever.reader import Read, ReadableText
from retriever.reader.graph import graph_of
from retriever.reader.layout import Layout, Window

log = logging.getLogger(__name__)

_LEAST = 2  # passages that are read however long it takes: of one alone nobody knows whether another answers better


class _Work:
    """What there is to read for one question, given out window by window to the threads that have time."""

    def __init__(self, layout: Layout, questions: Sequence[list[int]], texts: Sequence[ReadableText], *, work: float,
                 until: float, sure: float) -> None:
        """``questions`` are wordings of one question, each read with every passage. No passage but the first two is
        begun after so many seconds of ``work`` of all threads together, nor after ``until``, none once the first is as
        likely as ``sure``."""
        self._layout, self._questions, self._texts = layout, questions, texts
        self._work, self._until, self._sure = work, until, sure
        self._windows = self._in_order()
        self._lock = Lock()
        self._left: list[int] = []  # windows of each begun passage that are still to be read
        self._found: list[list[Read]] = []  # of the begun passages, for each wording
        self.is_over = False

    @property
    def reads(self) -> list[Read]:
        """What was read of the begun passages: of several wordings the mean."""
        return [found[0] if len(found) == 1 else Read(float(np.mean([read.passage for read in found])),
                                                      np.mean([read.units for read in found], axis=0))
                for found in self._found]

    def _in_order(self) -> Iterator[tuple[int, int, Window]]:
        for number, text in enumerate(self._texts):
            if number >= _LEAST and (self._work <= 0 or perf_counter() > self._until):
                return
            windows = [(wording, window) for wording, question in enumerate(self._questions)
                       for window in self._layout.windows(question, text.passage, text.source)]
            self._left.append(len(windows))
            self._found.append([Read(-np.inf, np.full(len(text.passage.units), -np.inf)) for _ in self._questions])
            for wording, window in windows:
                yield number, wording, window

    @property
    def is_sure(self) -> bool:
        """Whether the first passage was read whole and is so likely that no other counts."""
        return bool(self._left) and not self._left[0] and self.reads[0].passage >= self._sure

    def take(self) -> tuple[int, int, Window] | None:
        """The next window, with its passage's and its wording's number; None when there is none, no time, or no
        need."""
        with self._lock:
            return None if self.is_over or self.is_sure else next(self._windows, None)

    def put(self, number: int, wording: int, window: Window, passage: float, units: NDArray[np.float64], *,
            took: float) -> None:
        """What a window said, and the processor time that it took; a passage is as likely as its best window."""
        with self._lock:
            self._work -= took
            read = self._found[number][wording]
            read.units[[i for i, _, _ in window.units]] = units
            self._found[number][wording] = Read(max(read.passage, passage), read.units)
            self._left[number] -= 1


class LocalReader:
    """See :class:`retriever.reader.Reader`. Safe for several threads."""

    name = "local"

    def __init__(self, path: Path, pieces: Pieces, words: WordTable, *, threads: int = 2,
                 sure: float = np.inf, patience: float = 0.0) -> None:
        """``sure`` is the first passage's logit from which no other is read.

        ``patience`` (s) is how long a question may wait on a busy machine: the time given to read counts what its
        threads work, so that as much is read as on an idle one, and answers are the same.
        """
        try:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            # unlike the embedder's: windows are short, and what threads give back to the allocator in turn it keeps in
            # pieces, 75 MB after two hundred questions
            options.enable_cpu_mem_arena = True
            self._session = onnxruntime.InferenceSession(graph_of(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime raises many kinds; all mean that this file does not serve
            raise ReaderDown("reader_file", "{path}: no usable reader ({kind}); install this release again, or make it "
                             "with `kb train --reader`", path=path, kind=type(error).__name__) from error
        self._layout = Layout(pieces)
        self._words, self._sure = words, sure
        self._threads, self._patience = threads, patience
        self._others = ThreadPoolExecutor(max(threads - 1, 1), "reader")  # beside the one that asks

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText], *,
             seconds: float) -> list[Read]:
        """See the protocol. A question in a dialogue is read with it and alone: with it alone, the section that an
        earlier turn asked for would be taken for the answer to every later one."""
        asked = [self._layout.question(question, turns) for turns in ((earlier, ()) if earlier else ((),))]
        seconds *= len(asked)
        work = _Work(self._layout, asked, texts, work=seconds * self._threads,
                     until=perf_counter() + max(seconds, self._patience), sure=self._sure)
        others = [self._others.submit(self._take_part, work) for _ in range(self._threads - 1)]
        try:
            self._take_part(work)
            for other in others:  # one that is still busy for another question is not waited for
                if not other.cancel() and not work.is_sure:
                    other.result()
        finally:
            work.is_over = True
        return work.reads[:1] if work.is_sure else work.reads

    def _take_part(self, work: _Work) -> None:
        while (task := work.take()) is not None:
            began = thread_time()  # onnxruntime has no thread of its own here
            work.put(*task, *self._run(task[-1]), took=thread_time() - began)

    def _run(self, window: Window) -> tuple[float, NDArray[np.float64]]:
        length = len(window.ids)
        pool = np.zeros((len(window.units), length), np.float32)
        for row, (_, first, end) in enumerate(window.units):
            pool[row, first:end] = 1 / (end - first)
        feed: dict[str, Any] = {"words": self._words.rows(window.ids)[None],
                                "parts": np.array([window.parts], np.int64), "pool": pool}
        passage, units = self._session.run(["passage", "units"], feed)
        if not (np.isfinite(passage).all() and np.isfinite(units).all()):
            raise ReaderDown("reader_number", "the reader gave a score that is no number: install this release again")
        return float(passage[0]), np.asarray(units, np.float64)
