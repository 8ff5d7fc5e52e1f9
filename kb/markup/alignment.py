"""Which lines of two texts are the same ones, in work that stays bounded whatever the texts are.

Lines are paired in at most ``_ROUNDS`` rounds over what is not yet paired; each counts, sorts and bisects, and compares
no line with every other, so ten thousand equal lines cost what ten thousand different ones do. What is unpaired after
the last round counts as changed: a coarser result, never a wrong one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Sequence

_ROUNDS = 20  # ordinary texts need three

_Gap = tuple[int, int, int, int]  # half-open: lines of one text, lines of the other


def same_lines(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of equal lines, rising in both.

    First around lines that occur once in both, which are the surest (patience diff, Bram Cohen), and where there are
    none, around those that are the n-th of their kind in both.
    """
    found: list[tuple[int, int]] = []
    gaps: list[_Gap] = [(0, len(a), 0, len(b))]
    for _ in range(_ROUNDS):
        gaps = [narrow for gap in gaps for narrow in _narrowed(a, b, gap, found)]
    return sorted(found)


def _narrowed(a: Sequence[Hashable], b: Sequence[Hashable], gap: _Gap, found: list[tuple[int, int]]) -> list[_Gap]:
    """What is left of a gap when its head, its tail and its anchors are paired, which join ``found``."""
    i, i_end, j, j_end = gap
    while i < i_end and j < j_end and a[i] == b[j]:
        found.append((i, j))
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and a[i_end - 1] == b[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
        found.append((i_end, j_end))
    anchors = _rising(_candidates(a, b, (i, i_end, j, j_end)))
    if not anchors:
        return []
    found += anchors
    gaps: list[_Gap] = []
    for next_i, next_j in [*anchors, (i_end, j_end)]:
        if i < next_i and j < next_j:
            gaps.append((i, next_i, j, next_j))
        i, j = next_i + 1, next_j + 1
    return gaps


def _candidates(a: Sequence[Hashable], b: Sequence[Hashable], gap: _Gap) -> list[tuple[int, int]]:
    """Equal lines of a gap that may be the same one, in the order of the first text; no line is in two pairs."""
    in_a: defaultdict[Hashable, list[int]] = defaultdict(list)
    in_b: defaultdict[Hashable, list[int]] = defaultdict(list)
    for places, lines, first, last in ((in_a, a, gap[0], gap[1]), (in_b, b, gap[2], gap[3])):
        for n in range(first, last):
            places[lines[n]].append(n)
    both = [(own, in_b[line]) for line, own in in_a.items() if line in in_b]
    once = [(own[0], others[0]) for own, others in both if len(own) == len(others) == 1]
    return once or sorted(pair for own, others in both for pair in zip(own, others, strict=False))


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs, given by their first places, whose second places rise as well."""
    ends: list[int] = []  # by length: the least second place that a run of it can end at, and the pair that is there
    last: list[int] = []
    before: list[int] = []  # by pair: the one before it in its run
    for n, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length:length + 1], last[length:length + 1] = [place], [n]
    run = []
    n = last[-1] if last else -1
    while n >= 0:
        run.append(pairs[n])
        n = before[n]
    return run[::-1]
