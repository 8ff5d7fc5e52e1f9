"""Sections whose known questions ask what is asked: their chances, and their passages where nothing proposed them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from kb.db import Database
from retriever.engines.store import text_of
from retriever.errors import EmbeddingDown
from retriever.finding.reading import Reading
from retriever.indexing.current import Parts
from retriever.passages.live import passages_of
from retriever.question.known import KnownQuestions, Section
from retriever.ranking.known import section_of
from retriever.records import Allowed, Candidate, LiveText, Passage
from retriever.scope import Scope

log = logging.getLogger(__name__)

_BROUGHT = 0.3  # from this chance on a known section is read though nothing else proposed it
_MOST_BROUGHT = 6  # passages of such sections


def chances(reading: Reading, known: KnownQuestions | None, scope: Scope) -> dict[Section, float]:
    """The sections known to answer the question, each with its chance; for passages that may be shown alone."""
    if not known:
        return {}
    words = {term: weight * reading.idf.get(term, 1.0) for term, weight in reading.question.said}
    return known.scores(reading.vector, words, known_at=scope.moment.known_at)


def brought(database: Database, reading: Reading, known: Mapping[Section, float], parts: Parts,
            scope: Scope) -> list[Allowed]:
    """Passages of sections known to answer the question that nothing else proposed, the likeliest first: a caller
    may use no word of theirs. The database says what may be seen, before any is left out."""
    there = {section_of(a.candidate.passage) for a in reading.allowed}
    missing = {s: chance for s, chance in known.items() if chance >= _BROUGHT and s not in there}
    if not missing:
        return []
    likeliest = sorted(missing, key=lambda section: -missing[section])
    with database.reading() as session:
        live = {text.article_id: text for text in scope.live_of(session, (article for article, _ in likeliest))}
    found = [(passage, live[article]) for article, path in likeliest if article in live
             for passage in passages_of(live[article]) if section_of(passage) == (article, path)][:_MOST_BROUGHT]
    return allowed_of(reading, found, parts)


def allowed_of(reading: Reading, found: Sequence[tuple[Passage, LiveText]], parts: Parts) -> list[Allowed]:
    """Passages that nothing proposed, as candidates beside those that were."""
    cosines = _cosines(reading, [passage for passage, _ in found], parts)
    return [Allowed(Candidate(passage, 0.0, cosine, 0.0, cosine,
                              (0.0, share, 0.0, share, float(text.lang == reading.question.lang))), text)
            for (passage, text), (cosine, share) in zip(found, cosines, strict=True)]


def _cosines(reading: Reading, passages: Sequence[Passage], parts: Parts) -> list[tuple[float, float]]:
    """The passages' cosines, and their shares as those of the other candidates are reckoned; 0 without vectors."""
    if reading.vector is None or parts.embedder is None or not passages:
        return [(0.0, 0.0)] * len(passages)
    try:
        cosines = parts.embedder.embed_passages([text_of(p) for p in passages]) @ reading.vector
    except EmbeddingDown as error:
        log.warning("embedding down: %s", error.code)
        return [(0.0, 0.0)] * len(passages)
    known = sorted((a.candidate.vector_score, a.candidate.normalised[1]) for a in reading.allowed
                   if a.candidate.normalised[1] > 0)
    at, shares = zip(*known, strict=True) if known else ((0.0, 1.0), (0.0, 1.0))
    return [(float(c), float(np.interp(c, at, shares, left=0.0))) for c in cosines]
