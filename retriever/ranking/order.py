"""Ranking: every candidate described by its features, the best first; then at most a few passages an article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retriever.language.analysis import Analyser
from retriever.question.understanding import Question
from retriever.ranking.features import PASSAGE, Scored, passage_features
from retriever.ranking.model import Model
from retriever.records import Allowed, Hit

Vector = NDArray[np.float64]

DESCRIBED = 60  # candidates that are described and ranked, the best by the weighted sum
# What the present turn alone tells of an article's passages, beside what it tells with its dialogue: a half and one and
# a half do as well (odd calls of calls_en and calls_zh).
_TURN = 1.0
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


def by_turn(ranked: Sequence[Ranked], alone: Sequence[Ranked]) -> list[Ranked]:
    """What was ranked for a question in its dialogue, each article's passages in the order that the question ``alone``
    puts them in as well: the dialogue says which article it is about, the present turn which part of it is asked for.
    """
    scores = {r.hit.passage.passage_id: r.hit.score for r in alone}
    least = min(scores.values(), default=0.0)
    found = within_articles(
        np.array([r.hit.score for r in ranked], np.float64),
        _TURN * np.array([scores.get(r.hit.passage.passage_id, least) for r in ranked], np.float64),
        [r.allowed.live.article_id for r in ranked]).tolist()
    order = sorted(range(len(ranked)), key=lambda i: (-found[i], i))
    return [replace(ranked[i], hit=replace(ranked[i].hit, score=found[i])) for i in order]


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
