"""Comparing the texts in force with what lies near them: what was published since is read, what is found is kept.

For each section the engine proposes the nearest passages of other articles, of whatever audience: who may hear of a
contradiction is decided where it is shown. Work goes in small steps, each kept by itself, so that it may end at any
time and goes on where it ended.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from time import perf_counter

from kb.articles.kept_conflicts import (
    FoundConflict,
    TextInForce,
    keep_conflicts,
    texts_of,
    uncompared,
)
from kb.db import Database
from retriever.checking.compared import Compared
from retriever.checking.contradicting import Contradicting, Contradiction, Weights
from retriever.checking.own_words import OwnWords
from retriever.engines import ALL
from retriever.errors import EmbeddingDown, EngineDown
from retriever.indexing.current import Current
from retriever.passages.cutting import embedding_text
from retriever.records import EngineQuery, Filters, Passage

log = logging.getLogger(__name__)

_STEP = 4  # texts of one transaction
_NEAR = 12  # passages that are proposed for a section
_ARTICLES = 8  # the nearest articles that a text is compared with
_SECTIONS = 40  # of a text, beginning with the first
LEAST = 0.85  # cosine of two sections from which their articles are compared
_KEPT = 200  # texts whose vectors are kept in memory
_MOST = 5  # contradictions between two texts that are kept: many say that the texts are about different things


class Comparer:
    """Compares texts in force, and drafts with them. Safe for several threads."""

    def __init__(self, database: Database, current: Current, *, weights: Weights | None = None,
                 least: float = LEAST) -> None:
        """Without a model nothing is found. From the cosine ``least`` of two sections on their articles are compared;
        ``weights`` stand in for the packaged ones."""
        self._weights, self._least = weights, least
        self._database = database
        self._current = current
        self._read: OrderedDict[str, Compared] = OrderedDict()
        self._lock = Lock()

    def compare_pending(self, *, now: datetime, seconds: float) -> int:
        """Compare what waits, the newest first, as long as there is time; how many texts."""
        until, done = perf_counter() + seconds, 0
        if self._current.parts.embedder is None:
            return 0
        self._current.catch_up()
        if self._current.parts.engine.pending_vectors():
            return 0  # what has no vector yet lies near to nothing
        while perf_counter() < until:
            with self._database.reading() as session:
                texts = uncompared(session, now=now, limit=_STEP)
            if not texts:
                break
            for text in texts:
                try:
                    others, found = self.compare(text, now=now)
                except (EmbeddingDown, EngineDown) as error:
                    log.warning("texts not compared: %s", error.code)
                    return done
                with self._database.transaction() as session:
                    keep_conflicts(session, text.revision_id, others, found, now=now)
                done += 1
        return done

    def contradicting(self) -> Contradicting | None:
        """What compares two texts, with the model and the dictionary in use; None where there is no model."""
        parts = self._current.parts
        if parts.embedder is None:
            return None
        return Contradicting(parts.embedder, OwnWords(parts.analyser), self._weights)

    def compare(self, text: TextInForce, *, now: datetime) -> tuple[list[str], list[FoundConflict]]:
        """The revisions that a text was compared with, and what contradicts between them; nothing is stored."""
        contradicting = self.contradicting()
        if contradicting is None:
            return [], []
        own = contradicting.read(text.source, title=text.title, lang=text.lang)
        with self._database.reading() as session:
            others = [one for one in texts_of(session, self.nearest(own, text.article_id, now=now), now=now)
                      if one.lang == text.lang]
        found = []
        for other in others:
            told = [one for one in contradicting.between(own, self.compared(contradicting, other)) if one.is_told]
            found += [_found(text, other, one) for one in told] if len(told) <= _MOST else []
        return [one.revision_id for one in others], found

    def nearest(self, own: Compared, article_id: str, *, now: datetime) -> list[str]:
        """The other articles that have a section near to one of this text's, the nearest first; without a model none.
        """
        engine, embedder = self._current.parts.engine, self._current.parts.embedder
        if embedder is None:
            return []
        passages: Sequence[Passage] = own.passages[:_SECTIONS]
        filters = Filters(as_of=now, known_at=now, audiences=frozenset(ALL))
        best: dict[str, float] = {}
        vectors = embedder.embed_passages([embedding_text(one.title, one.heading_path, one.context, one.body)
                                           for one in passages])
        for vector in vectors:
            proposed = engine.propose(EngineQuery((), vector, filters, _NEAR, own.lang))
            known = engine.fetch(proposed.ids)
            for passage_id, cosine in zip(proposed.ids, proposed.vectors, strict=True):
                passage = known.get(passage_id)
                if passage and passage.article_id != article_id and cosine >= self._least:
                    best[passage.article_id] = max(best.get(passage.article_id, 0.0), float(cosine))
        return sorted(best, key=lambda article: -best[article])[:_ARTICLES]

    def compared(self, contradicting: Contradicting, text: TextInForce) -> Compared:
        """A text in force as it is compared, kept for the next time."""
        with self._lock:
            if text.revision_id in self._read:
                self._read.move_to_end(text.revision_id)
                return self._read[text.revision_id]
        compared = contradicting.read(text.source, title=text.title, lang=text.lang)
        with self._lock:
            self._read[text.revision_id] = compared
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return compared


def _found(text: TextInForce, other: TextInForce, one: Contradiction) -> FoundConflict:
    return FoundConflict(text.revision_id, other.revision_id, one.kind, one.score, one.one.start, one.one.end,
                         one.other.start, one.other.end)
