"""Whether two live texts state the same thing differently: figures by what they are of, and what is asked for in one
and waived in the other by what it is about.

The pure part (kb/markup/conflicts) reads what is stated and says which can be compared and which may be the same. Here
a model of meaning pairs what is about one matter: both ways the nearest. What another case, place or year explains is
left out, and so is whatever a heading says that the other text nowhere does. What remains is weighed by a small fitted
function, whose weights lie beside this module: few are told, and those surely.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from kb.markup.conflicts.point import HOLE, Point
from retriever.checking.apart import are_about_one, differs_for_a_reason, own_words, says
from retriever.checking.compared import (
    Compared,
    Flags,
    Points,
    comparable_figures,
    comparable_stances,
    overlap,
    shared,
)
from retriever.checking.own_words import OwnWords
from retriever.embedding import Embedder
from retriever.errors import ReaderDown
from retriever.ranking.model import Logistic
from retriever.reader import ReadableText, Reader

FEATURES = ("matter", "context", "overlap", "margin", "read", "least_read", "same_unit", "headings", "elsewhere",
            "both_own", "duration", "free", "stance")
_FLOOR = 0.83  # cosine below which two statements are about other matters
_MATTER = 0.7  # of how near two statements are, against what stands around them
_ALIKE = 0.06  # what common characters add
_AGREES = 0.01  # how much nearer is what says the same
_MARGIN = 0.06  # how much nearer than the next counts at most
_UNREAD = -4.0  # what counts for a reader's logit where nobody reads, or which is lower


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a contradiction: a stretch of a text's source, and what it says."""

    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two statements about one matter that may contradict each other, with what speaks for and against it.

    ``kind`` is that of the figure (kb/markup/facts), or stance.
    """

    kind: str
    one: Side
    other: Side
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements that contradict each other; ``score`` is the chance of it, ``is_told`` whether it is enough."""

    kind: str
    one: Side
    other: Side
    score: float
    is_told: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """What was fitted: the chance of a contradiction, and from which chance it is told."""

    chance: Logistic
    told: float
    training: Mapping[str, Any]

    def text(self) -> str:
        """The file."""
        return json.dumps({"intercept": self.chance.intercept, "weights": dict(self.chance.weights),
                           "told": self.told, "training": dict(self.training)}, ensure_ascii=False, indent=2) + "\n"


@cache
def packaged_weights() -> Weights:
    """The weights of this release."""
    content = json.loads(files("retriever.checking").joinpath("contradictions.json").read_text(encoding="utf-8"))
    return Weights(Logistic(content["intercept"], content["weights"]), content["told"], content["training"])


class Contradicting:
    """Compares two texts. Safe for several threads."""

    def __init__(self, embedder: Embedder, reader: Reader | None, words: OwnWords,
                 weights: Weights | None = None) -> None:
        """Without a ``reader`` hardly anything is sure enough to be told."""
        self._embedder = embedder
        self._reader = reader
        self._words = words
        self._weights = weights or packaged_weights()

    def read(self, source: str, *, title: str, lang: str) -> Compared:
        """A text as it is compared, with its vectors."""
        return Compared.of(source, title=title, lang=lang, embedder=self._embedder)

    def between(self, one: Compared, other: Compared) -> list[Contradiction]:
        """What may contradict each other in two texts, the surest first."""
        found = [(self._weights.chance(candidate.features), candidate) for candidate in self.candidates(one, other)]
        return [Contradiction(candidate.kind, candidate.one, candidate.other, round(chance, 4),
                              chance >= self._weights.told)
                for chance, candidate in sorted(found, key=lambda pair: -pair[0])]

    def candidates(self, one: Compared, other: Compared) -> Iterator[Candidate]:
        """Pairs of statements about one matter that may contradict each other."""
        yield from self._of(one, other, one.figures, other.figures, comparable_figures)
        yield from self._of(one, other, one.stances, other.stances, comparable_stances)

    def _of(self, one: Compared, other: Compared, mine: Points, theirs: Points,
            compare: Callable[[Points, Points, Flags], tuple[Flags, Flags]]) -> Iterator[Candidate]:
        """The nearest both ways that can be compared and do not say the same."""
        if not mine.points or not theirs.points:
            return
        matter, context = (np.asarray(a @ b.T, np.float64) for a, b in (
            (mine.matters, theirs.matters), (mine.contexts, theirs.contexts)))
        can, same = compare(mine, theirs, (matter >= _FLOOR) & (context >= _FLOOR))
        if not (can & ~same).any():
            return
        alike = np.zeros_like(matter)
        for n, m in np.argwhere(can):
            alike[n, m] = overlap(mine.marks[n], theirs.marks[m])
        total = np.where(can, _MATTER * matter + (1 - _MATTER) * context + _ALIKE * alike + _AGREES * same, -9.0)
        for n, m in enumerate(total.argmax(axis=1)):
            a, b = mine.points[n], theirs.points[m]
            if not can[n, m] or same[n, m] or total[:, m].argmax() != n or differs_for_a_reason(a, b) or (
                    other.states(a, b) or one.states(b, a) or not are_about_one(a, b)):
                continue
            own, others = own_words(self._words, one, other, a, b)
            if says(own, a) or says(others, b):
                continue
            rivals = np.append(np.delete(total[n], m), np.delete(total[:, m], n))
            yield Candidate(a.kind, side(one, a), side(other, b), {
                "matter": float(matter[n, m]), "context": float(context[n, m]), "overlap": float(alike[n, m]),
                "margin": float(min(_MARGIN, total[n, m] - max(rivals.max(initial=-9.0), 0.0))),
                "elsewhere": float(same[n].any()) + float(same[:, m].any()),
                "both_own": float(bool(own) and bool(others)), **self._features(one, other, a, b)})

    def _features(self, one: Compared, other: Compared, a: Point, b: Point) -> dict[str, float]:
        read = [self._reads(a, other, b), self._reads(b, one, a)]
        headings = shared(a.above, other.section(b)) + shared(b.above, one.section(a))
        return {
            "read": sum(read) / 2, "least_read": min(read), "headings": headings / 2,
            "same_unit": float(a.fact is None or b.fact is None or a.fact.unit == b.fact.unit),
            "duration": float(a.kind == "duration"), "free": float("free" in (a.kind, b.kind)),
            "stance": float(a.kind == "stance"),
        }

    def _reads(self, asked: Point, text: Compared, answer: Point) -> float:
        """What the reader says of one statement when the other is made a question: the logit of its unit."""
        if self._reader is None:
            return _UNREAD
        question = f"{asked.above} {asked.matter}".replace(HOLE, "多少" if text.lang == "zh" else "what")
        best = _UNREAD
        try:
            for passage in text.passages:
                if not passage.start <= answer.start < passage.end:
                    continue
                result = self._reader.read(question, (), [ReadableText(passage, text.text.source)], seconds=1.0)[0]
                best = max(best, *(float(logit) for unit, logit in zip(passage.units, result.units, strict=True)
                                   if unit.start <= answer.start < unit.end), best)
        except ReaderDown:
            return _UNREAD
        return best


def side(compared: Compared, point: Point) -> Side:
    """A point with its clause."""
    low, high, _ = point.clause
    start, end = min(low, point.start), max(high, point.end)
    return Side(start, end, compared.text.source[start:end].strip())
