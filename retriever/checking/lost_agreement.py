"""Where a draft leaves what another text states as the live text did: the surest sign of a contradiction.

What both texts stated alike shows that they are about one matter, however far apart their articles are. Where the
draft states something else in its place, one of the two is wrong now.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kb.markup.conflicts.point import Point
from kb.markup.conflicts.values import agrees
from retriever.checking.compared import Compared, Points, overlap
from retriever.checking.contradicting import Contradiction, side

_ALIKE = 0.92  # cosine of two statements of different texts that are about one matter
_NAMED = 0.84  # the same, where they share a number that is unlike to be another's: of a telephone
_SHARED = 0.25  # of the characters of what both are about
_SAME_PLACE = 0.9  # cosine of a statement and what stands in its place
_SURE = 0.9  # the score of what is found here


def lost_agreements(live: Compared, draft: Compared, other: Compared) -> Iterator[Contradiction]:
    """The figures that a draft states otherwise than its live text did, which another text states as the live text."""
    was, now, beside = live.figures, draft.figures, other.figures
    changed = [n for n, point in enumerate(was.points) if point.clause[2] not in draft.text.source]
    if not changed or not now.points or not beside.points:
        return
    near = np.asarray(was.matters @ beside.matters.T)
    place = np.asarray(was.matters @ now.matters.T)
    for n in changed:
        at = int(place[n].argmax())
        if place[n, at] < _SAME_PLACE:
            continue
        for m in _agreeing(was.points[n], was.marks[n], near[n], beside):
            theirs = beside.points[m]
            # as often as before, it is said in another place, or in other words
            if _count(now, theirs) < _count(was, theirs) and _states_otherwise(now.points[at], theirs):
                yield Contradiction(theirs.kind, side(draft, now.points[at]), side(other, theirs), _SURE, is_told=True)
                break


def _count(points: Points, theirs: Point) -> int:
    return sum(_states_alike(one, theirs) for one in points.points)


def _agreeing(old: Point, marks: set[str], near: NDArray[np.float32], beside: Points) -> Iterator[int]:
    """Which points of another text state the same of the same matter, the nearest first."""
    for m in np.argsort(-near):
        theirs = beside.points[m]
        if near[m] < (_NAMED if old.kind == "phone" else _ALIKE):
            return
        if _states_alike(old, theirs) and (old.kind == "phone" or overlap(marks, beside.marks[m]) >= _SHARED):
            yield int(m)


def _are_measured_alike(one: Point, other: Point) -> bool:
    """Whether both are figures of one kind and unit, whatever bounds they are."""
    if one.fact is None or other.fact is None or one.kind != other.kind:
        return False
    units = (one.fact.unit.partition("/")[0], other.fact.unit.partition("/")[0])
    return one.kind not in ("money", "quantity", "duration") or units[0] == units[1]


def _states_alike(one: Point, other: Point) -> bool:
    """Whether both state one figure; not merely what may be the same in another unit."""
    if one.fact is None or other.fact is None or not _are_measured_alike(one, other):
        return False
    return one.fact.value == other.fact.value or (
        one.kind == "phone" and agrees(one.fact, other.fact, ("", ""), (), ()))


def _states_otherwise(one: Point, other: Point) -> bool:
    return _are_measured_alike(one, other) and not _states_alike(one, other)
