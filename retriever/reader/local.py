"""The packaged reader on this machine: the layers that ``kb train --reader`` made, run by onnxruntime.

Words are looked up in the packaged encoder's table, which it shares with the embedder. One window a run: what a window
says then does not hang on its neighbours, and on two threads that takes less time than a batch.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from retriever.embedding.pieces import Pieces
from retriever.embedding.weights import WordTable
from retriever.errors import ReaderDown
from retriever.reader import Read, ReadableText
from retriever.reader.layout import Layout, Window

log = logging.getLogger(__name__)


class LocalReader:
    """See :class:`retriever.reader.Reader`. Safe for several threads."""

    name = "local"

    def __init__(self, path: Path, pieces: Pieces, words: WordTable, *, threads: int = 2,
                 sure: float = np.inf) -> None:
        """``sure`` is the first passage's logit from which no other is read."""
        try:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.log_severity_level = 3
            options.enable_cpu_mem_arena = False  # as the embedder: see retriever/embedding/local.py
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime raises many kinds; all mean that this file does not serve
            raise ReaderDown("reader_file", f"{path}: no usable reader ({type(error).__name__}); install this release "
                             "again, or make it with `kb train --reader`") from error
        self._layout = Layout(pieces)
        self._words, self._sure = words, sure

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText], *,
             seconds: float) -> list[Read]:
        """See the protocol."""
        began = perf_counter()
        asked = self._layout.question(question, earlier)
        found: list[Read] = []
        for text in texts:
            if found and (perf_counter() - began > seconds or found[0].passage >= self._sure):
                break
            windows = self._layout.windows(asked, text.passage, text.source)
            passage, units = -np.inf, np.full(len(text.passage.units), -np.inf)
            for window in windows:
                whole, each = self._run(window)
                passage = max(passage, whole)
                units[[i for i, _, _ in window.units]] = each
            found.append(Read(float(passage), units))
        return found

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
