"""Ranking weights by coordinate search on what is measured: nDCG@10 of documents and hits of passages.

One weight after another is moved by steps, and a move is kept when it brings enough on the mean over sets, where what a
set loses against the start counts three times what another gains: sets are few and unlike, and a stranger's is unlike
them all. That halved what sets lose that are left out, and makes the end depend little on the order of the moves; what
still does is averaged, and the search goes on from there. Trees won on their own sets and lost on sets left out
(docs/quality.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retriever.evaluation import metrics
from retriever.features import PASSAGE
from retriever.training.collect import Asked
from retriever.training.fitted import SCALE, START, Subset

Vector = NDArray[np.float64]
Quality = tuple[float, float | None, float | None]  # nDCG@10, passage_hit@1, passage_hit@5
_STEPS = (0.15, -0.15, 0.05, -0.05)
_LAST_STEPS = (0.06, -0.06, 0.02, -0.02)  # from the average of the ends
_ROUNDS = 6
_ORDERS = 4  # eight bring no more
_LOSS = 3.0  # how much more a loss counts than a gain
_LEAST_GAIN = 0.0003  # less is chance
_DEPTH = 10  # of nDCG
_SHARES = (0.5, 0.25, 0.25)  # of the parts of Quality


@dataclass(frozen=True, slots=True)
class Table:
    """A set's candidates as arrays, rows ordered by question, then article, then first order."""

    columns: Mapping[str, Vector]  # of PASSAGE
    article: NDArray[np.int64]  # row -> article
    starts: NDArray[np.int64]  # first row of each article
    cell: tuple[NDArray[np.int64], NDArray[np.int64]]  # row -> (question, place)
    article_cell: tuple[NDArray[np.int64], NDArray[np.int64]]  # article -> (question, place)
    grades: Vector  # (questions, articles) relevance, as places of article_cell
    ideal: Vector
    right: NDArray[np.bool_]  # (questions, places): the passage holds a gold span
    has_spans: NDArray[np.bool_]

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Table:
        """The questions by which ranking can be judged."""
        judged = [a for a in asked if a.ranks and a.allowed]
        rows, order, right = [], [], []
        for q, a in enumerate(judged):
            seen: dict[str, int] = {}
            numbers = [seen.setdefault(x.live.article_id, len(seen)) for x in a.allowed]
            for i in sorted(range(len(numbers)), key=lambda i: (numbers[i], i)):
                found = a.allowed[i]
                rows.append(a.rows[i])
                order.append((q, i, numbers[i], a.relevant.get(a.document_of(found), 0.0)))
                right.append(any(metrics.overlaps(a.place_of(found), s) for s in a.spans))
        values = np.array(rows, np.float64).reshape(len(rows), len(PASSAGE))
        places = np.array(order, np.float64).reshape(len(order), 4)
        question, place, number = (places[:, i].astype(np.int64) for i in range(3))
        new = np.ones(len(places), bool)
        new[1:] = (question[1:] != question[:-1]) | (number[1:] != number[:-1])
        starts = np.flatnonzero(new)
        shape = (len(judged), int(max(number, default=0)) + 1)
        grades = np.zeros(shape)
        grades[question[starts], number[starts]] = places[starts, 3]
        holds = np.zeros((len(judged), int(max(place, default=0)) + 1), bool)
        holds[question, place] = right
        return cls({n: np.ascontiguousarray(values[:, i]) for i, n in enumerate(PASSAGE)}, np.cumsum(new) - 1, starts,
                   (question, place), (question[starts], number[starts]), grades,
                   np.array([_ideal(a.relevant) for a in judged]), holds, np.array([bool(a.spans) for a in judged]))

    def weighed(self, weights: Mapping[str, float]) -> Vector:
        """The sum that these weights make of each row."""
        total = np.zeros(len(self.article))
        for name, weight in weights.items():
            total += weight * self.columns[name]
        return total

    def quality(self, sums: Vector, gains: Vector) -> Quality:
        """(nDCG@10, passage_hit@1, passage_hit@5) of these scores; None where no question has spans."""
        best = np.maximum.reduceat(sums, self.starts)
        shift = best - np.maximum.reduceat(sums + gains, self.starts)
        by_article = np.full(self.grades.shape, -np.inf)
        by_article[self.article_cell] = best
        top = np.argsort(-by_article, axis=1, kind="stable")[:, :_DEPTH]
        found = (np.take_along_axis(self.grades, top, axis=1) / np.log2(np.arange(top.shape[1]) + 2)).sum(axis=1)
        ndcg = float((found / self.ideal).mean())
        if not self.has_spans.any():
            return ndcg, None, None
        scores = np.full(self.right.shape, -np.inf)
        scores[self.cell] = sums + gains + shift[self.article]
        first = np.argsort(-scores[self.has_spans], axis=1, kind="stable")[:, :5]
        hits = np.take_along_axis(self.right[self.has_spans], first, axis=1)
        return ndcg, float(hits[:, 0].mean()), float(hits.any(axis=1).mean())


def _ideal(relevant: Mapping[str, float]) -> float:
    return sum(g / np.log2(i + 2) for i, g in enumerate(sorted(relevant.values(), reverse=True)[:_DEPTH])) or 1.0


@dataclass(frozen=True, slots=True)
class _State:
    """Weights under search and the sums that they make of every table."""

    weights: dict[str, float]
    sums: list[Vector]
    gains: list[Vector]


def search(tables: Sequence[Table], subset: Subset, seed: int) -> tuple[dict[str, float], ...]:
    """(base, corrections, gains) that do well on the mean over sets; the seed chooses the orders that are tried."""
    every = (*subset.base, *subset.corrections, *subset.gains)
    begin = {n: v for n, v in {**START.base, **START.corrections, **START.gains}.items() if n in every or n == SCALE}
    ends = [_climbed(tables, subset, begin, np.random.default_rng([seed, order]), _STEPS) for order in range(_ORDERS)]
    average = {name: round(sum(e.get(name, 0.0) for e in ends) / _ORDERS, 2) for name in every}
    end = _climbed(tables, subset, average, np.random.default_rng([seed, _ORDERS]), _LAST_STEPS)
    return tuple({n: end[n] for n in part if end.get(n)} for part in (subset.base, subset.corrections, subset.gains))


def _climbed(tables: Sequence[Table], subset: Subset, begin: Mapping[str, float], random: np.random.Generator,
             steps: Sequence[float]) -> dict[str, float]:
    """Where the search ends that begins at these weights and tries them in a random order."""
    tables = [t for t in tables if len(t.ideal)]
    names = [n for n in (*subset.base, *subset.corrections, *subset.gains) if n != SCALE]
    gains = frozenset(subset.gains)

    def state_of(weights: Mapping[str, float]) -> _State:
        return _State(dict(weights), [t.weighed({n: v for n, v in weights.items() if n not in gains}) for t in tables],
                      [t.weighed({n: v for n, v in weights.items() if n in gains}) for t in tables])

    first = state_of({n: v for n, v in {**START.base, **START.corrections, **START.gains}.items()
                      if n in names or n == SCALE})
    start = [t.quality(s, g) for t, s, g in zip(tables, first.sums, first.gains, strict=True)]
    state = state_of(begin)
    best = _gained(tables, start, state.sums, state.gains) if tables else 0.0
    shuffled = random.permutation(len(names))
    for _ in range(_ROUNDS if tables else 0):
        before = best
        for name in (names[i] for i in shuffled):
            best = _move(tables, start, state, name, best, steps, is_gain=name in gains)
        if best == before:
            break
    return state.weights


def _move(tables: Sequence[Table], start: Sequence[Quality], state: _State, name: str, best: float,
          steps: Sequence[float], *, is_gain: bool) -> float:
    """Take the steps of one weight that bring enough; returns the objective reached."""
    target = state.gains if is_gain else state.sums
    for step in steps:
        moved = [values + step * t.columns[name] for t, values in zip(tables, target, strict=True)]
        reached = _gained(tables, start, *((state.sums, moved) if is_gain else (moved, state.gains)))
        if reached > best + _LEAST_GAIN:
            best, target[:] = reached, moved
            state.weights[name] = round(state.weights.get(name, 0.0) + step, 2)
    return best


def _gained(tables: Sequence[Table], start: Sequence[Quality], sums: Sequence[Vector],
            gains: Sequence[Vector]) -> float:
    """The mean over sets of what nDCG@10 and, half of it where there are spans, passage_hit@1 and @5 gained."""
    total = 0.0
    for t, before, s, g in zip(tables, start, sums, gains, strict=True):
        for share, now, then in zip(_SHARES, t.quality(s, g), before, strict=True):
            if now is not None and then is not None:
                whole = share if t.has_spans.any() else 1.0
                total += whole * (now - then) * (1.0 if now >= then else _LOSS)
    return total / len(tables)
