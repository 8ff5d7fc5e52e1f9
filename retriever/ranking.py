"""Ranking: every candidate described by its features, the best first; then at most a few passages an article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retriever.analysis import Analyser
from retriever.features import PASSAGE, passage_features
from retriever.query import Question
from retriever.records import Allowed, Hit

# What corrects the weighted sum, chosen together with its weights (docs/quality.md has the table): words of the nearest
# heading count in every passage below it and would count too often; an introduction repeats the question, what stands
# below a heading answers it; words that stand together in one sentence belong together.
CORRECTIONS = {"in_nearest": -0.20, "depth": 0.05, "run_unit": 0.05}
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
    scores = found.sums + found.rows[:, [PASSAGE.index(name) for name in CORRECTIONS]] @ list(CORRECTIONS.values())
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    return [
        Ranked(Hit(item.candidate.passage, float(scores[i]), item.candidate,
                   dict(zip(PASSAGE, found.rows[i].tolist(), strict=True))), item)
        for i, item in ((i, found.allowed[i]) for i in order)
    ]


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
