"""Evidence: the units of the best article that answer, as few as say it.

Each unit gets a chance of being part of the answer. Units are then taken, likeliest first, as long as the expected
overlap (F1) of what is quoted with a right answer of usual length rises: one sentence for "how much", several items
for "what must I bring".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retriever.analysis import Analyser
from retriever.answer_types import FACTS, wanted
from retriever.features import Matrix, unit_features
from retriever.model import Model
from retriever.query import Question
from retriever.ranking import Ranked
from retriever.records import Unit

MOST_UNITS = 6
_PASSAGES = 4  # passages of the best article that may give evidence
# Characters of a right answer beyond which another unit must earn its place; of an answer that is one fact.
_USUAL = {"zh": 30.0, "en": 120.0}
_ONE_FACT = {"zh": 15.0, "en": 45.0}
# How much likelier (log-odds) a unit is beside one that is chosen, unless one fact is asked for: English pages explain
# in short sentences that follow each other, where Chinese notices say a thing in one.
_TOGETHER = {"zh": 0.0, "en": 0.5}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit chosen as evidence, where it stands and how well it answers (0 to about 1)."""

    ranked: Ranked
    unit: Unit
    score: float


def choose(question: Question, ranked: Sequence[Ranked], analyser: Analyser, rarity: Mapping[str, float], *,
           model: Model, most: int = MOST_UNITS, most_chars: int = 600) -> list[Chosen]:
    """The best units of the best article, in reading order. ``rarity`` weighs the question's terms."""
    if not ranked:
        return []
    best = sources(ranked)
    places, rows = unit_features(question, [(r.allowed, r.hit.score) for r in best], rarity, analyser)
    left = dict(zip(places, unit_chances(rows, model), strict=True))
    lang = "zh" if ranked[0].allowed.live.lang == "zh" else "en"
    one_fact = bool(wanted(question.text) & FACTS)
    usual, together = (_ONE_FACT[lang], 0.0) if one_fact else (_USUAL[lang], _TOGETHER[lang])
    chosen: list[Chosen] = []
    hits = length = score = 0.0
    while left and len(chosen) < most:
        rank, index = place = min(left, key=lambda p: (-left[p], p))
        chance = left.pop(place)
        unit = best[rank].hit.passage.units[index]
        size = float(sum(b - a for a, b in ((unit.start, unit.end), *unit.leads)))
        better = 2 * (hits + chance * size) / (length + size + usual)
        if chosen and (better <= score or length + size > most_chars):
            continue
        chosen.append(Chosen(best[rank], unit, chance))
        hits, length, score = hits + chance * size, length + size, better
        for beside in ((rank, index - 1), (rank, index + 1)):
            if beside in left:
                left[beside] = _likelier(left[beside], together)
    return sorted(chosen, key=lambda c: c.unit.start)


def _likelier(chance: float, by: float) -> float:
    """The chance whose log-odds are higher by so much."""
    odds = chance * math.exp(by)
    return odds / (odds + 1 - chance)


def sources(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The passages that may give evidence: the best ones of the best article."""
    article = ranked[0].allowed.live.article_id
    return [r for r in ranked if r.allowed.live.article_id == article][:_PASSAGES]


def unit_chances(rows: Matrix, model: Model) -> list[float]:
    """How likely each unit is part of the answer, 0 to 1: a logistic function of its features."""
    total = model.evidence.intercept + rows.astype(np.float64) @ model.evidence_vector
    return [float(v) for v in 1 / (1 + np.exp(-np.clip(total, -30, 30)))]
