"""Where a draft leaves what another text states as the live text did: the surest sign of a contradiction.

What both texts stated alike shows that they are about one matter, however far apart their articles are. Where the
draft states something else in its place, one of the two is wrong now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from kb.markup.conflicts.point import Point
from kb.markup.conflicts.stances import turned
from kb.markup.conflicts.values import agrees
from retriever.checking.compared import Compared, Points, overlap
from retriever.checking.contradicting import Contradiction, side

_ALIKE = 0.92  # cosine of two statements of different texts that are about one matter
_TURNED = 0.94  # the same of two stances, of which there are but four
_NAMED = 0.84  # the same, where they share a number that is unlike to be another's: of a telephone
_SHARED = 0.25  # of the characters of what both are about
_SAME_PLACE = 0.88  # cosine of a statement and what stands in its place
_SURE = 0.9  # the score of what is found here


def lost_agreements(live: Compared, draft: Compared, other: Compared) -> Iterator[Contradiction]:
    """What a draft states otherwise than its live text did, which another text states as the live text."""
    for was, now, beside, is_same, is_other in (
            (live.figures, draft.figures, other.figures, _states_alike, _states_otherwise),
            (live.stances, draft.stances, other.stances, _stands_alike, turned)):
        yield from _lost(draft, other, was, now, beside, is_same, is_other)


def _lost(draft: Compared, other: Compared, was: Points, now: Points, beside: Points,
          is_same: Callable[[Point, Point], bool], is_other: Callable[[Point, Point], bool]) -> Iterator[Contradiction]:
    changed = [n for n, point in enumerate(was.points) if point.clause[2] not in draft.text.source]
    if not changed or not now.points or not beside.points:
        return
    near = np.asarray(was.matters @ beside.matters.T)
    place = np.asarray(was.matters @ now.matters.T)
    for n in changed:
        old = was.points[n]
        for m in _agreeing(old, was.marks[n], near[n], beside, is_same):
            theirs = beside.points[m]
            at = int(place[n].argmax())
            if _count(now, theirs, is_same) >= _count(was, theirs, is_same):
                continue  # it is said in another place, or in other words
            if place[n, at] >= _SAME_PLACE and is_other(now.points[at], theirs):
                yield Contradiction(old.kind, side(draft, now.points[at]), side(other, theirs), _SURE, is_told=True)
                break


def _count(points: Points, theirs: Point, is_same: Callable[[Point, Point], bool]) -> int:
    return sum(is_same(one, theirs) for one in points.points)


def _agreeing(old: Point, marks: set[str], near: NDArray[np.float32], beside: Points,
              is_same: Callable[[Point, Point], bool]) -> Iterator[int]:
    """Which points of another text state the same of the same matter, the nearest first."""
    for m in np.argsort(-near):
        theirs = beside.points[m]
        least = _NAMED if old.kind == "phone" else _TURNED if old.kind == "stance" else _ALIKE
        if near[m] < least:
            return
        if is_same(old, theirs) and (old.kind == "phone" or overlap(marks, beside.marks[m]) >= _SHARED):
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


def _stands_alike(one: Point, other: Point) -> bool:
    return not turned(one, other)
