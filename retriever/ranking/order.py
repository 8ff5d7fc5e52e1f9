"""Ranking: every candidate described by its features, the best first; then at most a few passages an article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retriever.language.analysis import Analyser
from retriever.question.understanding import Question
from retriever.ranking.features import PASSAGE, Scored, passage_features
from retriever.ranking.model import Model
from retriever.records import Allowed, Hit

Vector = NDArray[np.float64]

DESCRIBED = 60  # candidates that are described and ranked, the best by the weighted sum
PER_ARTICLE = 3  # passages of one article in a result list: no article, however stuffed, fills the page


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with the live revision that it was checked against."""

    hit: Hit
    allowed: Allowed


def rank(question: Question, allowed: Sequence[Allowed], idf: Mapping[str, float],
         analyser: Analyser, model: Model) -> list[Ranked]:
    """The best of what is allowed, best first; equal runs give equal lists.

    The first order is corrected (docs/quality.md has the table): words of the nearest heading count in every passage
    below it and would count too often; an introduction repeats the question, what stands below a heading answers it;
    words that stand together in one sentence belong together. A heading that asks what the question asks ("how to
    apply", "fees") leads within its article only.
    """
    found = passage_features(question, allowed, idf, analyser, weights=model.base, most=DESCRIBED)
    return ordered(found, model)


def ordered(found: Scored, model: Model) -> list[Ranked]:
    """Described candidates, best first."""
    rows = found.rows.astype(np.float64)
    scores = within_articles(found.sums + rows @ model.correction_vector, rows @ model.gain_vector,
                             [a.live.article_id for a in found.allowed])
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    return [
        Ranked(Hit(item.candidate.passage, float(scores[i]), item.candidate,
                   dict(zip(PASSAGE, found.rows[i].tolist(), strict=True))), item)
        for i, item in ((i, found.allowed[i]) for i in order)
    ]


def within_articles(scores: Vector, gains: Vector, articles: Sequence[str]) -> Vector:
    """Scores with the gains, shifted so that no article's best score changes: gains reorder within articles only."""
    with_gains = scores + gains
    best: dict[str, float] = {}
    best_with_gains: dict[str, float] = {}
    for article, score, gained in zip(articles, scores.tolist(), with_gains.tolist(), strict=True):
        best[article] = max(score, best.get(article, score))
        best_with_gains[article] = max(gained, best_with_gains.get(article, gained))
    shift = np.array([best[a] - best_with_gains[a] for a in articles], np.float64)
    return np.asarray(with_gains + shift, np.float64)


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
