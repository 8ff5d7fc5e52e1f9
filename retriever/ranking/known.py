"""Raising the sections whose known questions ask what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from retriever.question.known import Section
from retriever.ranking.order import Ranked
from retriever.records import Passage

KNOWN = "known"  # the feature of a passage: how likely its section is known to answer the question, 0 to 1
KNOWN_WEIGHT = 0.8  # of a certain match, so that it wins; the best articles lie some 0.1 to 0.3 apart


def section_of(passage: Passage) -> Section:
    """The section that a passage stands in, as known questions name it."""
    path = passage.heading_path
    return passage.article_id, path[1:] if path and path[0] == passage.title else path


def raised(ranked: Sequence[Ranked], scores: Mapping[Section, float]) -> list[Ranked]:
    """The passages with the feature ``known``, best first by the score that it adds to; ties keep their order."""
    found = []
    for item in ranked:
        score = scores.get(section_of(item.hit.passage), 0.0)
        hit = replace(item.hit, score=item.hit.score + KNOWN_WEIGHT * score,
                      features={**item.hit.features, KNOWN: score})
        found.append(replace(item, hit=hit))
    return sorted(found, key=lambda item: -item.hit.score)
