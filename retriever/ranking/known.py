"""Raising the sections whose known questions ask what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from retriever.question.known import Section
from retriever.ranking.order import Ranked
from retriever.records import Passage

KNOWN = "known"  # the feature of a passage: how likely its section is known to answer the question, 0 to 1
# The best passages lie some 0.1 to 0.3 apart. A chance of a tenth or two settles what is nearly even: with 0.8 it moved
# twice as many questions of sections without known questions, wrongly, and hardly more of the others rightly (three
# sets of bench/known.py). What is all but certain wins over anything.
KNOWN_WEIGHT = 0.5


def section_of(passage: Passage) -> Section:
    """The section that a passage stands in, as known questions name it."""
    path = passage.heading_path
    return passage.article_id, path[1:] if path and path[0] == passage.title else path


def gain(chance: float) -> float:
    """What a section's chance adds to the scores of its passages."""
    return KNOWN_WEIGHT * (chance + chance ** 4)


def raised(ranked: Sequence[Ranked], scores: Mapping[Section, float]) -> list[Ranked]:
    """The passages with the feature ``known``, best first by the score that it adds to; ties keep their order."""
    if not scores:
        return list(ranked)
    found = []
    for item in ranked:
        score = scores.get(section_of(item.hit.passage), 0.0)
        hit = replace(item.hit, score=item.hit.score + gain(score),
                      features={**item.hit.features, KNOWN: score})
        found.append(replace(item, hit=hit))
    return sorted(found, key=lambda item: -item.hit.score)
