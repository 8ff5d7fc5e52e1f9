"""The index in use, kept current: another generation is put into use, publications are replayed, vectors computed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from kb.db import Database
from kb.errors import Unavailable
from retriever.embedding import Embedder
from retriever.engines import Engine
from retriever.errors import EmbeddingDown, EngineDown
from retriever.indexing import consumer
from retriever.indexing.vocabulary import Vocabulary
from retriever.language.analysis import Analyser
from retriever.language.spelling import Speller
from retriever.settings import SearchSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a retriever works with; replaced whole when another index generation is put into use."""

    engine: Engine
    analyser: Analyser
    embedder: Embedder | None


class Current:
    """Safe for several threads; :meth:`start` follows what is published in a thread of its own."""

    def __init__(self, database: Database, parts: Parts, options: SearchSettings, *, reopen: Callable[[], Parts] | None,
                 stamp: Callable[[], int]) -> None:
        self.parts = parts
        self._database = database
        self._options = options
        self._reopen, self._stamp, self._stamped = reopen, stamp, stamp()
        self._vocabulary = Vocabulary()
        self._catching_up = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def catch_up(self) -> int:
        """Use the newest generation and replay the outbox; how many articles changed.

        One thread at a time, so that many asks do not index the same change many times. EngineDown when another one
        does not finish in time.
        """
        if not self._catching_up.acquire(timeout=self._options.wait_seconds):
            raise EngineDown("index_busy", "another question is indexing what was published")
        try:
            stamp = self._stamp()
            if self._reopen is not None and stamp != self._stamped:
                self.parts, self._stamped = self._reopen(), stamp
            return consumer.catch_up(self._database, self.parts.engine)
        finally:
            self._catching_up.release()

    def speller(self) -> Speller | None:
        """What reads typing errors, by the words of the present index; None without one."""
        if self._thread is None:  # nobody follows what is published
            self._learn_words()
        return self._vocabulary.speller

    def _learn_words(self, *, rests: bool = False) -> None:
        """Let the speller know the words of the present index."""
        if not self._options.spelling:
            return
        parts = self.parts
        self._vocabulary.refresh(self._database, parts.engine, parts.analyser, parts.embedder, rests=rests)

    def wake(self) -> None:
        """Something was published: index it now rather than at the next look."""
        self._wake.set()

    def start(self, *, pause_s: float = 0.2) -> None:
        """Follow the outbox and compute missing vectors until :meth:`close`."""
        self._thread = threading.Thread(target=self._follow, args=(pause_s,), name="indexer", daemon=True)
        self._thread.start()

    def _follow(self, pause_s: float) -> None:
        while not self._stop.is_set():
            busy = False
            try:
                busy = self.catch_up() > 0
                self._learn_words(rests=True)
                busy |= self.parts.engine.embed_pending(64) > 0
            except (EngineDown, EmbeddingDown, Unavailable) as error:
                log.warning("indexing waits: %s", error.code)
            except Exception:  # one round; the next one tries again, asks are served meanwhile
                log.exception("indexing round failed")
            if not busy:
                self._wake.wait(pause_s)
                self._wake.clear()

    def close(self) -> None:
        """Stop the background work and release files."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.parts.engine.close()
