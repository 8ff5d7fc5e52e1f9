"""Whether two passages that were found for one question state a figure differently, by their words alone.

No model is asked, so that it can be done while somebody waits: on passages, not on texts, and only what their words
leave no doubt of. The full comparison (contradicting.py) finds several times as much, and has the last word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kb.markup.conflicts.contrast import differs_by_place, places_in
from kb.markup.conflicts.figures import figures_of
from kb.markup.conflicts.point import Point
from kb.markup.conflicts.statement import read
from retriever.checking.compared import Compared, Points, comparable_figures, overlap
from retriever.checking.contradicting import side
from retriever.checking.evidence import Evidence
from retriever.checking.own_words import OwnWords

_SURE = 0.5  # of what two figures are of, in common: of 320 labelled pairs of texts 6 are told, all of them rightly
_KEPT = 300  # passages that are kept as they were read: what is published is asked about at once, and often
_NO_VECTORS = np.empty((0, 0), np.float32)
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """A passage as it is compared. ``start`` is its place in its text; of its figures those within ``spans`` count."""

    compared: Compared
    start: int
    spans: tuple[Span, ...]
    department: str

    @classmethod
    def of(cls, text: str, *, above: str, lang: str, start: int, spans: Collection[Span], department: str) -> Glimpse:
        """``above`` are title and headings, ``spans`` places in the whole text, ``department`` who says it."""
        return cls(_read(text, above, lang), start, tuple(spans), department)

    def holds(self, point: Point) -> bool:
        """Whether a figure counts."""
        low, high = point.start + self.start, point.end + self.start
        return any(start < high and low < end for start, end in self.spans)

    def place(self, point: Point) -> Span:
        """Where a figure's clause stands in the whole text."""
        found = side(self.compared, point)
        return found.start + self.start, found.end + self.start


@lru_cache(maxsize=_KEPT)
def _read(text: str, above: str, lang: str) -> Compared:
    stated = read(text, title=above)
    figures = Points(tuple(figures_of(stated)), _NO_VECTORS, _NO_VECTORS)
    nothing = Points((), _NO_VECTORS, _NO_VECTORS)
    return Compared(stated, lang, figures, nothing, nothing)


@dataclass(frozen=True, slots=True)
class AtSight:
    """Two places, one of each text, that contradict each other."""

    kind: str
    one: Span
    other: Span


def at_sight(one: Glimpse, other: Glimpse, words: OwnWords) -> Iterator[AtSight]:
    """The figures of two passages that contradict each other beyond doubt: about the same by most of their words, the
    nearest both ways, told apart by nothing around them, and agreed upon nowhere else in either."""
    mine, theirs = one.compared.figures, other.compared.figures
    if not mine.points or not theirs.points:
        return
    can, same = comparable_figures(mine, theirs, np.ones((len(mine.points), len(theirs.points)), np.bool_))
    alike = np.full(can.shape, -1.0)
    for n, m in np.argwhere(can):
        alike[n, m] = overlap(mine.marks[n], theirs.marks[m])
    for n, m in np.argwhere(can & ~same & (alike >= _SURE)):
        a, b = mine.points[n], theirs.points[m]
        is_nearest = alike[n].argmax() == m and alike[:, m].argmax() == n
        if is_nearest and not same[n].any() and not same[:, m].any() and one.holds(a) and other.holds(b) \
                and _is_sure(one, other, a, b, words):
            yield AtSight(a.kind, one.place(a), other.place(b))


def _is_sure(one: Glimpse, other: Glimpse, a: Point, b: Point, words: OwnWords) -> bool:
    where = [f"{seen.department} {point.above} {point.statement.text}" for seen, point in ((one, a), (other, b))]
    if differs_by_place(where[0], where[1]) or bool(places_in(where[0])) != bool(places_in(where[1])):
        return False  # a district's rule beside the city's may well be another
    evidence = Evidence(words)
    if evidence.rules_out(one.compared, other.compared, a, b, by_words=True) or (
            other.compared.states(a, b) or one.compared.states(b, a)):
        return False
    own, others = evidence.own(one.compared, other.compared, a, b)
    return not (own and others)
