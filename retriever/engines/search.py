"""One question in one state of the embedded engine: which rows are proposed, and the raw scores that they have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retriever.engines.lexical import Clauses
from retriever.engines.scan import Rows
from retriever.engines.store import View
from retriever.engines.words import Words
from retriever.records import EngineQuery

_WHOLE = 12  # articles whose passages are proposed because the article matches as a whole
_PER_WHOLE = 4  # passages proposed for each of them
_FEW = 3  # the filters are searched when fewer than one in this many may be shown
Column = NDArray[np.float64]


def most_similar(table: Rows, allowed: NDArray[np.bool_], query: EngineQuery) -> list[int]:
    """The rows nearest to the question among those allowed."""
    if query.vector is None or not len(table.rows):
        return []
    found: list[int] = table.nearest(query.vector, np.flatnonzero(allowed), query.limit).tolist()
    return found


class Search:
    """One question's words in one state: which rows they propose, and what scores rows have."""

    def __init__(self, view: View, words: Words, allowed: NDArray[np.bool_], query: EngineQuery) -> None:
        self._table, self._words, self._allowed, self._query = view.table, words, allowed, query
        self._must: Clauses = words.passages.filters(query.filters)
        # of those that may ever be shown to such an asker, so that hidden rows do not decide how is searched
        held = np.count_nonzero(view.table.held(query.filters.audiences))
        self._few = bool(np.count_nonzero(allowed) * _FEW <= held)

    def passages(self) -> list[int]:
        """The best passages by words."""
        query = self._query
        hits = self._words.passages.allowed(query.terms, query.limit, self._allowed, self._must, few=self._few)
        return [row for _, row in hits]

    def of_best_articles(self) -> list[int]:
        """The best passages by words of the articles that match best as a whole."""
        terms = self._query.terms
        best = [row for _, row in self._words.whole.allowed(terms, _WHOLE, self._allowed, self._must, few=self._few)]
        if not best:
            return []
        among = [self._words.passages.among("key", np.unique(self._table.column("article")[best]).tolist())]
        hits = self._words.passages.allowed(terms, _WHOLE * _PER_WHOLE, self._allowed, self._must, few=self._few,
                                            among=among)
        return [row for _, row in hits]

    def scores(self, pool: NDArray[np.int64]) -> tuple[Column, Column, Column, Column]:
        """Words and cosine of each of these rows, words and best cosine of its article; 0 where there is none."""
        words, cosine = np.zeros(len(pool)), np.zeros(len(pool))
        if not len(pool):
            return words, cosine, words, cosine
        reader, vector = self._words.passages, self._query.vector
        scored = reader.best([reader.among("row", pool.tolist())], self._query.terms, len(pool), unmatched=True)
        words[np.searchsorted(pool, reader.rows([a for _, a in scored]))] = [s for s, _ in scored]
        if vector is not None:
            cosine = self._table.similarities(vector, pool).astype(np.float64)
        articles, place = np.unique(self._table.column("article")[pool], return_inverse=True)
        of_article = self._article_scores(articles.tolist())
        article_words = np.array([of_article.get(key, 0.0) for key in articles.tolist()])[place]
        article_cosine = np.zeros(len(articles))
        np.maximum.at(article_cosine, place, cosine)
        return words, cosine, article_words, article_cosine[place]

    def _article_scores(self, keys: list[int]) -> dict[int, float]:
        """BM25 of the whole revisions in force of these articles, by article key."""
        whole = self._words.whole
        hits = whole.allowed(self._query.terms, 2 * len(keys), self._allowed, self._must, few=self._few,
                             among=[whole.among("key", keys)])
        found: dict[int, float] = {}
        articles = self._table.column("article")[[row for _, row in hits]].tolist()
        for key, (score, _) in zip(articles, hits, strict=True):
            found[key] = max(found.get(key, 0.0), score)
        return found
