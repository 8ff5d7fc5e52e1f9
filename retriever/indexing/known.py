"""Following the known questions: what was released or dropped since the last look, by the events of the outbox.

They are few and short, so each process keeps all of them in memory and follows by itself; the vectors come from the
cache after a restart. What cannot be read or computed now is left for the next time.
"""

from __future__ import annotations

import logging
import threading

from kb.articles.feed import known_changes
from kb.db import Database
from kb.errors import Unavailable
from retriever.embedding import Embedder
from retriever.errors import EmbeddingDown
from retriever.language.analysis import Analyser
from retriever.question.known import REFERENCES, KnownQuestions, KnownText

log = logging.getLogger(__name__)

_BATCH = 1_000  # changes read at once


class FollowedQuestions:
    """The known questions as they stand. Safe for several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing, self._embedding = threading.Lock(), threading.Lock()
        self._analyser: Analyser | None = None
        self._embedder: Embedder | None = None
        self._event = 0  # the last one that was taken up
        self._known: KnownQuestions | None = None

    def refresh(self, analyser: Analyser, embedder: Embedder | None, *, most: int | None,
                wait_s: float = -1) -> KnownQuestions | None:
        """Take up what changed and compute up to ``most`` missing vectors (all without); the questions as they stand.

        Where another thread takes something up for longer than ``wait_s``, they are those of before, and so they are
        when the database is down. Nobody waits for another thread's vectors: words count until they are there.
        """
        if not self._writing.acquire(timeout=wait_s):
            return self._known
        try:
            if self._known is None or self._analyser is not analyser or self._embedder is not embedder:
                self._known = KnownQuestions(analyser, embedder.recipe.dimension if embedder else 0)
                self._analyser, self._embedder, self._event = analyser, embedder, 0
            known = self._known
            self._take_up(known)
        except Unavailable as error:
            log.warning("known questions wait: %s", error.code)
        finally:
            self._writing.release()
        if embedder is not None and known.pending() and self._embedding.acquire(blocking=most is None):
            try:
                self._embed(known, embedder, most)
            except EmbeddingDown as error:
                log.warning("known questions without vectors: %s", error.code)
            finally:
                self._embedding.release()
        return known

    def pending(self) -> int:
        """How many vectors are still to be computed."""
        return self._known.pending() if self._known else 0

    def _take_up(self, known: KnownQuestions) -> None:
        while True:
            with self._database.reading() as session:
                changes = known_changes(session, self._event, limit=_BATCH)
            known.put([KnownText(c.id, (c.article_id, c.heading_path), c.text, c.released_at, c.dropped_at)
                       for c in changes])
            self._event = changes[-1].event_id if changes else self._event
            if len(changes) < _BATCH:
                return

    def _embed(self, known: KnownQuestions, embedder: Embedder, most: int | None) -> None:
        if not known.is_gauged:
            gauge = [embedder.embed_questions(texts) for texts in REFERENCES]
            with self._writing:
                known.gauge(gauge)
        waiting = known.without_vector(most)
        vectors = embedder.embed_questions([text for _, text in waiting])
        with self._writing:
            known.put_vectors([row for row, _ in waiting], vectors)
