"""The index in use, kept current: another generation is put into use, publications are replayed, vectors computed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from kb.db import Database
from kb.errors import Unavailable
from retriever.embedding import Embedder
from retriever.engines import Engine
from retriever.errors import EmbeddingDown, EngineDown
from retriever.indexing import consumer
from retriever.indexing.known import FollowedQuestions
from retriever.indexing.lease import Lease
from retriever.indexing.vectors import embed_pending
from retriever.indexing.vocabulary import EVERYONE, Vocabulary
from retriever.language.analysis import Analyser
from retriever.language.spelling import Speller
from retriever.question.known import KnownQuestions
from retriever.settings import SearchSettings

log = logging.getLogger(__name__)

_EMBED = 64  # texts embedded between two looks at what was published
_ASKED = 8  # vectors of known questions computed while a caller waits, 5 ms each
_PATIENT, _SELDOM_S = 10, 5.0  # after so many rounds that failed, one in so many seconds
_BETWEEN = 0.005  # seconds between two batches, for whoever waits for the lock


@dataclass(frozen=True, slots=True)
class Parts:
    """What a retriever works with; replaced whole when another index generation is put into use."""

    engine: Engine
    analyser: Analyser
    embedder: Embedder | None


class Current:
    """Safe for several threads; :meth:`start` follows what is published in a thread of its own.

    Of several processes that do so, the one with the ``lease`` writes; the others see what it wrote.
    """

    def __init__(self, database: Database, parts: Parts, options: SearchSettings, *, reopen: Callable[[], Parts] | None,
                 stamp: Callable[[], int], lease: Lease | None = None) -> None:
        self.parts = parts
        self._lease, self._leads = lease, True
        self._database = database
        self._options = options
        self._reopen, self._stamp, self._stamped = reopen, stamp, stamp()
        self._vocabulary = Vocabulary()
        self._followed = FollowedQuestions(database)
        self._catching_up = threading.Lock()
        self._stepped = threading.Condition()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def catch_up(self) -> int:
        """Use the newest generation and replay the outbox; how many articles changed."""
        done = 0
        while True:
            step = self._step()
            done += step.articles
            if step.is_last:
                return done

    def catch_up_briefly(self, audiences: frozenset[str]) -> bool:
        """Let a question see what was published, in as much time as a caller may wait; False when something is left
        that these audiences could read.

        One small batch is replayed here, or, where a thread follows what is published and writes it, waited for.
        """
        deadline = monotonic() + self._options.wait_seconds
        if self._thread is None:
            return self._step_for(audiences)
        if self._stamp() != self._stamped and self._catching_up.acquire(timeout=self._options.wait_seconds):
            try:
                self._use_newest()
            finally:
                self._catching_up.release()
        if not self._leads:  # no thread of this process writes: whoever does may not have looked yet
            behind = self._lag(audiences)
            return behind == 0 or (behind <= consumer.BATCH and self._step_for(audiences))
        with self._stepped:
            while (behind := self._lag(audiences)) > 0:
                left = deadline - monotonic()
                if behind > consumer.BATCH or left <= 0:
                    return False
                self.wake()
                self._stepped.wait(left)
        return True

    def _lag(self, audiences: frozenset[str]) -> int:
        return consumer.lag(self._database, self.parts.engine, audiences)

    def _step_for(self, audiences: frozenset[str]) -> bool:
        """One batch, in the asker's own time; whether nothing is left for these audiences. What keeps it from being
        indexed now is an error for those alone whom it concerns."""
        try:
            if self._step().is_last:
                return True
        except (EngineDown, Unavailable) as error:
            is_busy = isinstance(error, Unavailable) or error.code == "index_busy"  # else something is damaged
            if not is_busy or self._lag(audiences) > 0:
                raise
        return self._lag(audiences) == 0

    def _step(self) -> consumer.Step:
        """One batch, by one thread at a time, so that many asks do not index the same change many times."""
        if not self._catching_up.acquire(timeout=self._options.wait_seconds):
            raise EngineDown("index_busy", "another question is indexing what was published")
        try:
            self._use_newest()
            return consumer.catch_up_once(self._database, self.parts.engine)
        finally:
            self._catching_up.release()
            with self._stepped:
                self._stepped.notify_all()

    def _look(self) -> consumer.Step:
        """What a process does that does not write: use the newest generation."""
        with self._catching_up:
            self._use_newest()
        return consumer.Step(0, True)

    def _use_newest(self) -> None:
        """Open the generation in use, if that has become another one."""
        stamp = self._stamp()
        if self._reopen is not None and stamp != self._stamped:
            self.parts, self._stamped = self._reopen(), stamp

    def speller(self, audiences: frozenset[str]) -> Speller | None:
        """What corrects typing errors, by the words of what these audiences may see; None without an index."""
        if self._thread is None:  # nobody follows what is published
            self._learn_words(audiences)
        return self._vocabulary.speller(audiences)

    def known(self) -> KnownQuestions | None:
        """The known questions with all that was released; None before the first look."""
        return self._followed.refresh(self.parts.analyser, self.parts.embedder, most=_ASKED,
                                      wait_s=self._options.wait_seconds)

    def embed_known(self, most: int | None = None) -> int:
        """Compute up to so many missing vectors of known questions (all without); how many are left."""
        self._followed.refresh(self.parts.analyser, self.parts.embedder, most=most)
        return self._followed.pending()

    def _learn_words(self, audiences: frozenset[str], *, rests: bool = False) -> None:
        """Let the speller know the words of the present index."""
        if self._options.spelling:
            parts = self.parts
            self._vocabulary.refresh(self._database, parts.engine, parts.analyser, parts.embedder, audiences,
                                     rests=rests)

    def wake(self) -> None:
        """Something was published: index it now rather than at the next look."""
        self._wake.set()

    def start(self, *, pause_s: float = 0.2, besides: Callable[[], object] = int) -> None:
        """Follow the outbox, compute missing vectors and call ``besides`` every round until :meth:`close`."""
        with suppress(Unavailable, EngineDown):  # what is away is waited for
            consumer.announce(self._database, self.parts.engine)  # before any job prunes what it is about to hear
        self._thread = threading.Thread(target=self._follow, args=(pause_s, besides), name="indexer", daemon=True)
        self._database.on_change(self.wake)
        self._thread.start()

    def _follow(self, pause_s: float, besides: Callable[[], object]) -> None:
        waits, since = 0, ""  # rounds in a row that failed, and how the last one did
        while not self._stop.is_set():
            busy, failed = False, ""
            try:
                self._leads = self._lease is None or self._lease.is_held()
                step = self._step() if self._leads else self._look()
                busy = step.articles > 0
                if step.is_last:
                    for audiences in EVERYONE:
                        self._learn_words(audiences, rests=True)
                    besides()
                    busy |= self.embed_known(_EMBED) > 0
                    if self._leads:
                        busy |= embed_pending(self.parts.engine, self.parts.embedder, _EMBED) > 0
            except (EngineDown, EmbeddingDown, Unavailable) as error:
                failed = error.code
                if failed != since:
                    log.warning("indexing waits: %s", failed)
            except Exception:  # one round; the next one tries again, asks are served meanwhile
                failed = "unforeseen"
                log.exception("indexing round failed")
            waits, since = (waits + 1 if failed else 0), failed
            pause = _BETWEEN if busy else pause_s if waits < _PATIENT else max(pause_s, _SELDOM_S)
            self._wake.wait(pause)
            self._wake.clear()

    def close(self) -> None:
        """Stop the background work and release files."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._lease is not None:
            self._lease.release()
        self.parts.engine.close()
