"""Where a draft leaves what another text states as the live text did: the surest sign of a contradiction.

What both texts stated alike shows that they are about one matter, however far apart their articles are. Where the
draft states something else in its place, one of the two is wrong now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kb.markup.conflicts.point import Point
from kb.markup.conflicts.values import agrees
from retriever.checking.compared import Compared, Points, overlap
from retriever.checking.contradicting import Contradiction, side
from retriever.checking.light_words import LIGHT_EN
from retriever.language.analysis import stem

_ALIKE = 0.92  # cosine of two statements of different texts that are about one matter
_ALIKE_EN = 0.88  # the same of English ones, which lie farther apart
_NAMED = 0.84  # the same, where they share a number that is unlike to be another's: of a telephone
_SHARED = 0.25  # of the characters of what both are about
_SHARED_EN = 0.5  # of the words, in whatever form, that carry something
_SAME_PLACE = 0.9  # cosine of a statement and what stands in its place
_SURE = 0.9  # the score of what is found here
_WORD = re.compile("[a-z]{3,}")


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
        for m in _agreeing(was, n, near[n], beside, is_english=live.lang == "en"):
            theirs = beside.points[m]
            # as often as before, it is said in another place, or in other words
            if _count(now, theirs) < _count(was, theirs) and _states_otherwise(now.points[at], theirs):
                yield Contradiction(theirs.kind, side(draft, now.points[at]), side(other, theirs), _SURE, is_told=True)
                break


def _count(points: Points, theirs: Point) -> int:
    return sum(_states_alike(one, theirs) for one in points.points)


def _agreeing(was: Points, n: int, near: NDArray[np.float32], beside: Points, *, is_english: bool) -> Iterator[int]:
    """Which points of another text state the same as the point ``n`` of the same matter, the nearest first."""
    old = was.points[n]
    alike = _NAMED if old.kind == "phone" else _ALIKE_EN if is_english else _ALIKE
    for m in np.argsort(-near):
        theirs = beside.points[m]
        if near[m] < alike:
            return
        if _states_alike(old, theirs) and (old.kind == "phone" or (
                overlap(_words(old.matter), _words(theirs.matter)) >= _SHARED_EN if is_english
                else overlap(was.marks[n], beside.marks[m]) >= _SHARED)):
            yield int(m)


@lru_cache(4096)
def _words(matter: str) -> set[str]:
    """The English words of a matter that carry something, without their endings."""
    return {stem(word) for word in _WORD.findall(matter.lower())} - LIGHT_EN


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
