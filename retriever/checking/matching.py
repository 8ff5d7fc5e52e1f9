"""Which statements of two texts are about one matter: how near each two are, beside all that they could stand for.

What is the nearest both ways is likely to be about the same; what has a nearer rival, or says what the other text says
elsewhere, is not. How near is near differs from section to section: cosines of two sections all lie close together, so
that each counts beside the middle one of its own two sections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kb.markup.conflicts.point import Point
from retriever.checking.compared import Flags, Matrix, Points, overlap

_MATTER, _ALIKE = 0.6, 0.08  # of how near two statements are; what common characters add
_FLOOR = 0.84  # below which two statements are about other matters
_MARGIN = 0.1  # how much nearer than the next counts at most
_SETTLED = 0.05  # how much farther off what says the same may be, and still stand for it
_NONE = -9.0
FEATURES = ("matter", "context", "overlap", "matter_above", "context_above", "least_margin", "most_margin", "alone",
            "elsewhere", "settled")

Compare = Callable[[Points, Points, Flags], tuple[Flags, Flags]]


@dataclass(frozen=True, eq=False)
class Field:
    """All pairs of points of one kind of two texts: what can be compared, what says the same, how near it is."""

    mine: Points
    theirs: Points
    matter: Matrix
    context: Matrix
    alike: Matrix
    total: Matrix
    can: Flags
    same: Flags

    @classmethod
    def of(cls, mine: Points, theirs: Points, compare: Compare) -> Field | None:
        """None where one of the texts has no such point, or no two are near."""
        if not mine.points or not theirs.points:
            return None
        matter, context = (np.asarray(a @ b.T, np.float64) for a, b in (
            (mine.matters, theirs.matters), (mine.contexts, theirs.contexts)))
        alike = np.array([[overlap(one, other) for other in theirs.marks] for one in mine.marks], np.float64)
        total = _MATTER * matter + (1 - _MATTER) * context + _ALIKE * alike
        near = total >= _FLOOR
        if not near.any():
            return None
        can, same = compare(mine, theirs, near)
        return cls(mine, theirs, matter, context, alike, total, can, same)

    def pairs(self, *, agreeing: bool = False) -> Iterator[tuple[int, int]]:
        """The pairs that can be compared, are the nearest both ways, and differ; with ``agreeing`` those that agree."""
        total = np.where(self.can, self.total, _NONE)
        for n, m in np.argwhere(self.can & (self.same if agreeing else ~self.same)):
            if (total[n] > total[n, m]).any() or (total[:, m] > total[n, m]).any():
                continue
            if not agreeing or self.total[n, m] >= np.median(self.total[self._block(n, m)]):
                yield int(n), int(m)

    def standing(self, n: int, m: int, *, as_if: bool) -> dict[str, float]:
        """How a pair stands beside the others; ``as_if`` neither said the same as anything."""
        total = np.where(self.can, self.total, _NONE)
        own = self.total[n, m]
        nexts = [float(np.delete(total[n], m).max(initial=_NONE)), float(np.delete(total[:, m], n).max(initial=_NONE))]
        margins = [_MARGIN if rival <= 0 else min(_MARGIN, own - rival) for rival in nexts]
        sames = [] if as_if else [float(np.where(flags, values, _NONE).max()) for flags, values in (
            (self.same[n], self.total[n]), (self.same[:, m], self.total[:, m]))]
        settled = [max(0.0, min(_MARGIN, same - own + _SETTLED)) for same in sames if same > 0]
        block = self._block(n, m)
        return {
            "matter": float(self.matter[n, m]), "context": float(self.context[n, m]),
            "overlap": float(self.alike[n, m]),
            "matter_above": float(self.matter[n, m] - np.median(self.matter[block])),
            "context_above": float(self.context[n, m] - np.median(self.context[block])),
            "least_margin": min(margins), "most_margin": max(margins),
            "alone": float(sum(rival <= 0 for rival in nexts)),
            "elsewhere": float(sum(same > 0 for same in sames)),
            "settled": sum(settled),
        }

    def agreement(self, a: Point, b: Point) -> tuple[int, int]:
        """Of what the sections of two points state of one matter, the nearest both ways: how much agrees and how much
        differs, the two themselves not counted."""
        rows = [n for n, point in enumerate(self.mine.points) if point.statement.path == a.statement.path]
        columns = [m for m, point in enumerate(self.theirs.points) if point.statement.path == b.statement.path]
        if not rows or not columns:
            return 0, 0
        block = np.ix_(rows, columns)
        values = np.where(self.can[block], self.total[block], _NONE)
        agrees = differs = 0
        for n, m in enumerate(values.argmax(axis=1)):
            if values[n, m] < _FLOOR or values[:, m].argmax() != n:
                continue
            if self.mine.points[rows[n]] is a or self.theirs.points[columns[m]] is b:
                continue
            is_same = bool(self.same[rows[n], columns[m]])
            agrees, differs = agrees + is_same, differs + (not is_same)
        return agrees, differs

    def _block(self, n: int, m: int) -> tuple[np.ndarray, ...]:
        """The pairs of the two sections that a pair stands in."""
        paths = self.mine.points[n].statement.path, self.theirs.points[m].statement.path
        return np.ix_([point.statement.path == paths[0] for point in self.mine.points],
                      [point.statement.path == paths[1] for point in self.theirs.points])
