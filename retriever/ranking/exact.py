"""Raising the passages that are the clause, document or form that a question names by its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from retriever.question.numbers import Conditions
from retriever.ranking.order import Ranked, within_articles

_HARD = 2.0  # more than words and vectors can make up for: scores of the best sixty lie within 1.5


def exact(ranked: Sequence[Ranked], conditions: Conditions) -> list[Ranked]:
    """The passages, those first that meet the conditions; as they are where the question names no number.

    Every statute has an article ten, so a clause leads within its article only; a document's or a form's number leads
    over all articles.
    """
    if not conditions or not ranked:
        return list(ranked)
    passages = [item.hit.passage for item in ranked]
    met = [conditions.fits(p.body or p.text, (p.title, *p.heading_path)) for p in passages]
    gains = np.array([_HARD if fits else -_HARD if fits is False else 0.0 for fits in met])
    scores = np.array([item.hit.score for item in ranked])
    if conditions.names_text:
        scores = scores + np.maximum(gains, 0.0)
    else:
        scores = within_articles(scores, gains, [p.article_id for p in passages])
    order = np.argsort(-scores, kind="stable")
    return [replace(ranked[i], hit=replace(ranked[i].hit, score=float(scores[i]))) for i in order]
