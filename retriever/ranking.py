"""Ranking: one weighted sum over words, vectors and the whole article, then at most a few passages an article.

Scores of different kinds are made comparable for each question by dividing words by the best word score and placing
cosines between the pool's low and its best. The weights were chosen once, for all development sets together
(docs/quality.md has the table).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retriever.query import Question
from retriever.records import Allowed, Hit

WEIGHTS = {"words": 0.30, "vectors": 0.45, "article_words": 0.15, "article_vectors": 0.10}
SAME_LANGUAGE = 0.05  # a caller who asks in English is better served in English when both say it
PER_ARTICLE = 3  # passages of one article in a result list: no article, however stuffed, fills the page


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with the live revision that it was checked against."""

    hit: Hit
    allowed: Allowed


def _scaled(values: Sequence[float], *, from_zero: bool) -> list[float]:
    """Values as shares of the best; cosines are placed between the pool's lowest tenth and its best."""
    best = max(values, default=0.0)
    low = 0.0 if from_zero else sorted(values)[len(values) // 10] if values else 0.0
    return [max(v - low, 0.0) / (best - low) if best > low else 0.0 for v in values]


def rank(question: Question, allowed: Sequence[Allowed]) -> list[Ranked]:
    """Everything allowed, best first; ties keep reading order so that equal runs give equal lists."""
    candidates = [a.candidate for a in allowed]
    columns = {
        "words": _scaled([c.word_score for c in candidates], from_zero=True),
        "vectors": _scaled([c.vector_score for c in candidates], from_zero=False),
        "article_words": _scaled([c.article_word_score for c in candidates], from_zero=True),
        "article_vectors": _scaled([c.article_vector_score for c in candidates], from_zero=False),
    }
    ranked = []
    for i, item in enumerate(allowed):
        features = {name: column[i] for name, column in columns.items()}
        score = sum(WEIGHTS[name] * value for name, value in features.items())
        if item.live.lang == question.lang:
            score += SAME_LANGUAGE
        ranked.append(Ranked(Hit(item.candidate.passage, score, item.candidate, features), item))
    ranked.sort(key=lambda r: (-r.hit.score, r.allowed.live.slug, r.hit.passage.start))
    return ranked


def capped(ranked: Sequence[Ranked], per_article: int = PER_ARTICLE) -> list[Ranked]:
    """The list with at most ``per_article`` passages of one article."""
    seen: dict[str, int] = {}
    kept = []
    for item in ranked:
        count = seen.get(item.allowed.live.article_id, 0)
        if count < per_article:
            kept.append(item)
        seen[item.allowed.live.article_id] = count + 1
    return kept
