"""Evidence: the units of the best article that answer, as few as say it.

Each unit gets a chance of being part of the answer. Units are then taken, likeliest first, as long as the expected
overlap (F1) of what is quoted with a right answer of usual length rises: one sentence for "how much", several items
for "what must I bring".
"""

from __future__ import annotations

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
_USUAL = {"zh": 30.0, "en": 90.0}
_ONE_FACT = {"zh": 15.0, "en": 45.0}


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
    chances = unit_chances(rows, model)
    order = sorted(range(len(places)), key=lambda i: (-chances[i], places[i]))
    lengths = _ONE_FACT if wanted(question.text) & FACTS else _USUAL
    usual = lengths["zh" if ranked[0].allowed.live.lang == "zh" else "en"]
    chosen: list[Chosen] = []
    hits = length = score = 0.0
    for i in order:
        rank, index = places[i]
        unit = best[rank].hit.passage.units[index]
        size = float(sum(b - a for a, b in ((unit.start, unit.end), *unit.leads)))
        better = 2 * (hits + chances[i] * size) / (length + size + usual)
        if chosen and (better <= score or length + size > most_chars):
            continue
        chosen.append(Chosen(best[rank], unit, float(chances[i])))
        hits, length, score = hits + chances[i] * size, length + size, better
        if len(chosen) == most:
            break
    return sorted(chosen, key=lambda c: c.unit.start)


def sources(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The passages that may give evidence: the best ones of the best article."""
    article = ranked[0].allowed.live.article_id
    return [r for r in ranked if r.allowed.live.article_id == article][:_PASSAGES]


def unit_chances(rows: Matrix, model: Model) -> list[float]:
    """How likely each unit is part of the answer, 0 to 1: a logistic function of its features."""
    total = model.evidence.intercept + rows.astype(np.float64) @ model.evidence_vector
    return [float(v) for v in 1 / (1 + np.exp(-np.clip(total, -30, 30)))]
