"""A text as it is compared with others: what it states, its sections, and what of two texts can be compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kb.markup.conflicts.agents import agents_of, same_agent
from kb.markup.conflicts.figures import figures_of
from kb.markup.conflicts.point import Point
from kb.markup.conflicts.stances import opposed, stances_of
from kb.markup.conflicts.statement import Text, read
from kb.markup.conflicts.values import agrees, comparable
from kb.markup.facts.fact import MEASURES
from retriever.embedding import Embedder
from retriever.passages.fresh import passages_of
from retriever.records import Passage

_SHARED = 0.15  # of the pairs of characters, for two stances to be about one matter
_HAN = re.compile("[\u4e00-\u9fff]")
_ENGLISH = re.compile("[a-z]{3,}")
Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Points:
    """Points of a text with the vectors of what each is about and of what stands around it, (n, d) each."""

    points: tuple[Point, ...]
    matters: NDArray[np.float32]
    contexts: NDArray[np.float32]

    @cached_property
    def marks(self) -> list[set[str]]:
        """What the matters are compared by, character by character."""
        return [_marks(point.matter) for point in self.points]

    @classmethod
    def of(cls, points: Iterable[Point], embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> Points:
        """The points with their vectors."""
        kept = tuple(points)
        return cls(kept, embed([point.matter for point in kept]), embed([point.context for point in kept]))


@dataclass(frozen=True, eq=False)
class Compared:
    """A text with its figures, who deals with what and the stances that it takes, read once for all comparisons."""

    text: Text
    lang: str
    figures: Points
    agents: Points
    stances: Points

    @classmethod
    def of(cls, source: str, *, title: str, lang: str, embedder: Embedder) -> Compared:
        """The text as it is compared."""
        text = read(source, title=title)
        embed = embedder.embed_passages
        return cls(text, lang, *(Points.of(points, embed)
                                 for points in (figures_of(text), agents_of(text), stances_of(text))))

    @cached_property
    def passages(self) -> list[Passage]:
        """The passages that an index holds of it."""
        return passages_of(self.text.source, self.text.title, self.lang)

    def section(self, point: Point) -> str:
        """All that is said below a point's headings, with title and headings."""
        return self._sections[point.statement.path]

    def marks(self, point: Point) -> set[str]:
        """What a point's section is compared by, character by character."""
        return self._marks[point.statement.path]

    @cached_property
    def _marks(self) -> dict[tuple[str, ...], set[str]]:
        return {path: _marks(text) for path, text in self._sections.items()}

    @cached_property
    def _sections(self) -> dict[tuple[str, ...], str]:
        found: dict[tuple[str, ...], list[str]] = {}
        for one in self.text.statements:
            found.setdefault(one.path, [self.text.title, *one.path]).append(one.whole)
        return {path: "\n".join(lines) for path, lines in found.items()}

    def states(self, point: Point, beside: Point) -> bool:
        """Whether a number of another text stands in the section of ``beside`` too, in whatever unit, of whatever."""
        if point.fact is None or point.kind not in MEASURES:
            return False
        return any(own.fact is not None and own.kind in MEASURES and own.fact.number == point.fact.number
                   for own in self.figures.points if own.statement.path == beside.statement.path)


def comparable_figures(mine: Points, theirs: Points, near: Flags) -> tuple[Flags, Flags]:
    """Which figures can be compared, and which of these may say the same; only those that are ``near``."""
    can = np.zeros_like(near)
    same = can.copy()
    for n, m in np.argwhere(near):
        a, b = mine.points[n], theirs.points[m]
        if a.fact and b.fact and comparable(a.fact, b.fact):
            can[n, m] = True
            same[n, m] = agrees(a.fact, b.fact, (a.said, b.said), a.statement.facts, b.statement.facts)
    return can, same


def comparable_agents(mine: Points, theirs: Points, near: Flags) -> tuple[Flags, Flags]:
    """All that say who deals with something can be compared; which name the same."""
    same = np.zeros_like(near)
    for n, m in np.argwhere(near):
        a, b = mine.points[n].fact, theirs.points[m].fact
        same[n, m] = a is None or b is None or same_agent(a.value, b.value)
    return near.copy(), same


def comparable_stances(mine: Points, theirs: Points, near: Flags) -> tuple[Flags, Flags]:
    """Which stances are about something in common, and which of these do not oppose each other."""
    can = np.zeros_like(near)
    same = can.copy()
    for n, m in np.argwhere(near):
        can[n, m] = overlap(mine.marks[n], theirs.marks[m]) >= _SHARED
        same[n, m] = not opposed(mine.points[n], theirs.points[m])
    return can, same


def overlap(one: set[str], other: set[str]) -> float:
    """The share of the shorter one's marks that both have."""
    return len(one & other) / max(1, min(len(one), len(other)))


def shared(text: str, other: str) -> float:
    """The share of the shorter text's pairs of characters, or beginnings of English words, that stand in both."""
    return overlap(_marks(text), _marks(other))


def _marks(text: str) -> set[str]:
    if not _HAN.search(text):
        return {word[:5] for word in _ENGLISH.findall(text.lower())}
    plain = re.sub(r"\W", "", text.lower())
    return {plain[at:at + 2] for at in range(len(plain) - 1)}
