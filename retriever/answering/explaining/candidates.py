"""The passages that competed: what each feature brought, and by what the others lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retriever.answering.explaining.trace import Trace, figure, figures
from retriever.answering.explaining.words import not_said
from retriever.answering.quote import citation_url
from retriever.language.analysis import Analyser, normalise
from retriever.passages.terms import term_sets
from retriever.question.focus import Focus
from retriever.ranking.known import KNOWN, gain
from retriever.ranking.model import Model
from retriever.records import Hit

CANDIDATES = 10
LEAST = 0.01  # of a contribution that is worth a word
REASONS = 3  # for each loser, the contributions that cost it most


def contributions(hit: Hit, model: Model) -> dict[str, float]:
    """What each feature brought to a hit's score; they add up to it.

    What reorders an article's passages, and what their units say, is one sum, ``within_article``: the article's places
    keep their scores.
    """
    weights = {name: model.base.get(name, 0.0) + model.corrections.get(name, 0.0)
               for name in (*model.base, *model.corrections)}
    parts = {name: weight * hit.features.get(name, 0.0) for name, weight in weights.items()}
    if hit.features.get(KNOWN):
        parts[KNOWN] = gain(hit.features[KNOWN])
    parts["within_article"] = hit.score - sum(parts.values())
    return parts


def lost_by(winner: Mapping[str, float], loser: Mapping[str, float]) -> list[dict[str, Any]]:
    """The contributions that cost the loser most against the winner, the dearest first."""
    costs = {name: value - loser.get(name, 0.0) for name, value in winner.items()}
    dearest = sorted(costs, key=lambda name: -costs[name])[:REASONS]
    told = [name for name in dearest if costs[name] >= LEAST] or [name for name in dearest[:1] if costs[name] > 0]
    return [{"feature": name, "by": figure(costs[name])} for name in told]


def candidates_told(trace: Trace, focus: Focus, words: Mapping[str, frozenset[str]], analyser: Analyser,
                    model: Model) -> list[dict[str, Any]]:
    ranked = trace.ranked
    found = []
    for place, item in enumerate(ranked[:CANDIDATES], 1):
        passage, live, hit = item.hit.passage, item.allowed.live, item.hit
        sets, parts = term_sets(passage, analyser), contributions(hit, model)
        if trace.read:  # places keep their scores, so the reader's order is part of what is left over
            parts["by_reading"] = parts.pop("within_article")
        if place == 1:
            first = parts
        text = normalise(f"{passage.title} {' '.join(passage.heading_path)} {passage.body}")
        found.append({
            "place": place, "slug": live.slug, "revision": live.number, "title": live.title, "audience": live.audience,
            "heading_path": list(passage.heading_path), "start": passage.start, "end": passage.end,
            "url": citation_url(live.slug, live.number, passage.start, passage.end),
            "score": figure(hit.score), "word_score": figure(hit.candidate.word_score),
            "vector_score": figure(hit.candidate.vector_score), "features": figures(hit.features),
            "contributions": figures(parts), "behind": figure(ranked[0].hit.score - hit.score),
            "lost_by": lost_by(first, parts),
            "missing": not_said(words, focus, sets.title | sets.headings | sets.body, text),
        })
    return found
