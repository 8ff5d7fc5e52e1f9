"""Evidence: the units of the best article that answer, as few as say it.

The units are ordered by a weighted sum, and the first is taken. Then another is taken as long as one makes the answer
better by what was learned: where the first stands out, one sentence is the answer; where several are as good, it takes
more of them. What the units say also decides which passage of the article comes first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retriever.language.analysis import Analyser
from retriever.question.kinds import FACTS, wanted
from retriever.question.understanding import Question
from retriever.ranking.features import Matrix, unit_features
from retriever.ranking.model import Model, Vector
from retriever.ranking.order import Ranked
from retriever.records import Unit

MOST_UNITS = 6
_LEAST = 0.1  # how likely another unit must be, beside the first
_PASSAGES = 4  # passages of the best article that may give evidence
_WRAPPED = re.compile(r"[^\S\n]*\n?[^\S\n]*")  # between two sentences of one paragraph
_LEAST_SAID = 1e-6  # the chance of a passage without units


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit chosen as evidence, and where it stands."""

    ranked: Ranked
    unit: Unit


@dataclass(frozen=True, slots=True)
class Pool:
    """The units that may answer, passages best first, with their features."""

    sources: list[Ranked]
    places: list[tuple[int, int]]  # (place in sources, the unit's index in its passage)
    rows: Matrix  # one row of UNIT each
    sizes: Vector  # characters, with what the unit depends on
    lines: NDArray[np.int64]  # units on one line of the source have one number
    texts: NDArray[np.int64]  # units that say the same have one number
    one_fact: bool
    english: bool

    @classmethod
    def of(cls, question: Question, ranked: Sequence[Ranked], analyser: Analyser, idf: Mapping[str, float]) -> Pool:
        """The units of the best article. ``idf`` weighs the question's terms; ``ranked`` is not empty."""
        best = sources(ranked)
        places, rows = unit_features(question, [(r.allowed, r.hit.score) for r in best], idf, analyser)
        found = [best[rank].hit.passage.units[i] for rank, i in places]
        sizes = np.array([sum(b - a for a, b in (*u.leads, (u.start, u.end))) for u in found], np.float64)
        numbers: dict[tuple[str, ...], int] = {}
        texts = np.array([numbers.setdefault(_text(best[rank], u), len(numbers))
                          for (rank, _), u in zip(places, found, strict=True)], np.int64)
        return cls(best, places, rows, sizes, _lines(best, places), texts, bool(wanted(question.text) & FACTS),
                   ranked[0].allowed.live.lang != "zh")

    def unit(self, at: int) -> Unit:
        """One of the units."""
        rank, index = self.places[at]
        return self.sources[rank].hit.passage.units[index]

    def scores(self, model: Model) -> Vector:
        """The weighted sum of each unit's features."""
        return np.asarray(self.rows.astype(np.float64) @ model.evidence_vector, np.float64)

    def more(self, scores: Vector, taken: Sequence[int]) -> NDArray[np.float64]:
        """One row of MORE for every unit, were it taken beside these."""
        same_line = np.isin(self.lines, self.lines[taken]).astype(np.float64)
        every = np.ones(len(scores))
        return np.column_stack((
            scores - scores[taken[0]], every * shares_of(scores)[taken].sum(),
            np.log1p(self.sizes) - np.log1p(self.sizes[taken].sum()), every * len(taken), every * self.one_fact,
            every * self.english, same_line, same_line * self.english, every * math.log1p(len(scores))))

    def said(self, scores: Vector) -> Vector:
        """For each source, log of the chance that one of its units is the best answer."""
        rank = np.array([rank for rank, _ in self.places], np.int64)
        shares = np.bincount(rank, weights=shares_of(scores), minlength=len(self.sources))
        return np.asarray(np.log(np.maximum(shares, _LEAST_SAID)), np.float64)


def leading(ranked: Sequence[Ranked], pool: Pool, model: Model) -> list[Ranked]:
    """The passages with those of the first article, in the places that these hold, in the order of what they say too.

    What the score adds up stands anywhere in a passage; what its units say answers the question or does not.
    """
    order = np.array([r.hit.score for r in pool.sources]) + model.reading * pool.said(pool.scores(model))
    led = iter([pool.sources[i] for i in np.argsort(-order, kind="stable")])
    held = iter([r.hit.score for r in pool.sources])
    places = {r.hit.passage.passage_id for r in pool.sources}

    def moved(item: Ranked) -> Ranked:
        return replace(item, hit=replace(item.hit, score=next(held)))
    return [moved(next(led)) if r.hit.passage.passage_id in places else r for r in ranked]


def choose(pool: Pool, model: Model, *, most: int = MOST_UNITS, most_chars: int = 600) -> list[Chosen]:
    """The best units of the best article, in reading order."""
    taken = taken_from(pool, pool.scores(model), model, most=most, most_chars=most_chars)
    return sorted((Chosen(pool.sources[pool.places[i][0]], pool.unit(i)) for i in taken), key=lambda c: c.unit.start)


def taken_from(pool: Pool, scores: Vector, model: Model, *, most: int, most_chars: int) -> list[int]:
    """The units that make the answer, in the order in which they were taken; ties keep reading order."""
    if not len(scores) or most < 1:
        return []
    taken = [int(np.argmax(scores))]
    while len(taken) < most:
        gains = model.more.intercept + pool.more(scores, taken) @ model.more_vector
        gains[~may_follow(pool, scores, taken, most_chars)] = -np.inf
        best = int(np.argmax(gains))
        if not gains[best] > 0:
            break
        taken.append(best)
    return taken


def may_follow(pool: Pool, scores: Vector, taken: Sequence[int], most_chars: int) -> NDArray[np.bool_]:
    """Which units may be taken next, of those that still fit in: the likeliest, and what is on the line of a taken one.

    Nothing is said twice, though two passages say it. Were all of them weighed, short ones that hardly answer would be
    taken before likelier ones, as they do little harm.
    """
    fits = (pool.sizes + pool.sizes[taken].sum() <= most_chars) & (scores >= scores[taken[0]] + math.log(_LEAST))
    fits &= ~np.isin(pool.texts, pool.texts[taken])
    likely = np.isin(pool.lines, pool.lines[taken])
    likely[np.argmax(np.where(fits, scores, -np.inf))] = True
    return np.asarray(fits & likely, np.bool_)


def shares_of(scores: Vector) -> Vector:
    """Each unit's share of the chance that one of them is the best answer: the softmax of their scores."""
    if not len(scores):
        return scores
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum(), np.float64)


def sources(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The passages that may give evidence: the best ones of the best article."""
    article = ranked[0].allowed.live.article_id
    return [r for r in ranked if r.allowed.live.article_id == article][:_PASSAGES]


def _text(ranked: Ranked, unit: Unit) -> tuple[str, ...]:
    """A unit with what it depends on: "free of charge" says something else below another heading line."""
    source = ranked.allowed.live.source
    return tuple(source[a:b] for a, b in (*unit.leads, (unit.start, unit.end)))


def _lines(passages: Sequence[Ranked], places: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """A number for each line that the units stand on; a wrapped one is one line."""
    numbers: list[int] = []
    before: tuple[int, Unit] | None = None
    for rank, index in places:
        passage = passages[rank].hit.passage
        unit = passage.units[index]
        continues = before is not None and before[0] == rank and before[1].kind == unit.kind == "sentence" and \
            _WRAPPED.fullmatch(passage.text, before[1].end - passage.start, unit.start - passage.start) is not None
        numbers.append(numbers[-1] if continues else len(numbers))
        before = (rank, unit)
    return np.array(numbers, np.int64)
