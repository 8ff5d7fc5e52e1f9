"""Ranking: every candidate described by its features, the best first; then at most a few passages an article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retriever.analysis import Analyser
from retriever.features import PASSAGE, passage_features
from retriever.query import Question
from retriever.records import Allowed, Hit

DESCRIBED = 60  # candidates that are described and ranked, the best by the weighted sum
PER_ARTICLE = 3  # passages of one article in a result list: no article, however stuffed, fills the page


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with the live revision that it was checked against."""

    hit: Hit
    allowed: Allowed


def rank(question: Question, allowed: Sequence[Allowed], rarity: Mapping[str, float],
         analyser: Analyser) -> list[Ranked]:
    """The best of what is allowed, best first; equal runs give equal lists."""
    found = passage_features(question, allowed, rarity, analyser, most=DESCRIBED)
    ranked = [
        Ranked(Hit(item.candidate.passage, float(total), item.candidate, dict(zip(PASSAGE, row.tolist(), strict=True))),
               item)
        for item, total, row in zip(found.allowed, found.sums, found.rows, strict=True)
    ]
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
