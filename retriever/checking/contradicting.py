"""Whether two live texts state the same thing differently: figures by what they are of, who deals with something, and
what is asked for or allowed in one and waived or forbidden in the other by what it is about.

The pure part (kb/markup/conflicts) reads what is stated and says which can be compared and which may be the same. A
model of meaning says what is about one matter (matching.py), the words around what speaks for and against it
(evidence.py). All is weighed by a small fitted function, whose weights lie beside this module: what is told is told
surely.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from kb.markup.conflicts.point import Point
from retriever.checking import evidence, matching
from retriever.checking.compared import Compared, comparable_agents, comparable_figures, comparable_stances
from retriever.checking.evidence import Evidence
from retriever.checking.matching import Field
from retriever.checking.own_words import OwnWords
from retriever.embedding import Embedder
from retriever.ranking.model import Logistic

FEATURES = (*matching.FEATURES, "agree", "differ", "none_agrees", "agreeing", *evidence.FEATURES)
_ENOUGH = 3  # other figures of two sections that agree, or differ, from which more say nothing more


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a contradiction: a stretch of a text's source, and what it says."""

    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two statements about one matter that may contradict each other, with what speaks for and against it.

    ``kind`` is that of the figure (kb/markup/facts), agent or stance.
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

    def __init__(self, embedder: Embedder, words: OwnWords, weights: Weights | None = None) -> None:
        self._embedder = embedder
        self._evidence = Evidence(words)
        self._weights = weights or packaged_weights()

    def read(self, source: str, *, title: str, lang: str) -> Compared:
        """A text as it is compared, with its vectors."""
        return Compared.of(source, title=title, lang=lang, embedder=self._embedder)

    def between(self, one: Compared, other: Compared) -> list[Contradiction]:
        """What may contradict each other in two texts, the surest first; of what is said once only the surest."""
        found = sorted(((self._weights.chance(candidate.features), candidate)
                        for candidate in self.candidates(one, other)), key=lambda pair: -pair[0])
        taken: set[tuple[str, int]] = set()
        kept = []
        for chance, candidate in found:
            places = {("one", candidate.one.start), ("other", candidate.other.start)}
            if taken.isdisjoint(places):
                taken |= places
                kept.append(Contradiction(candidate.kind, candidate.one, candidate.other, round(chance, 4),
                                          chance >= self._weights.told))
        return kept

    def candidates(self, one: Compared, other: Compared, *, agreeing: bool = False,
                   by_words: bool = True) -> Iterator[Candidate]:
        """Pairs of statements about one matter that may contradict each other.

        With ``agreeing`` those that say the same, as they would look if they did not; without ``by_words`` those too
        that the groups of words tell apart: what is learned from, as the groups hold more of what is learned from than
        of anything else.
        """
        figures = Field.of(one.figures, other.figures, comparable_figures)
        for field in (figures, Field.of(one.agents, other.agents, comparable_agents),
                      None if agreeing else Field.of(one.stances, other.stances, comparable_stances)):
            if field is not None:
                yield from self._of(one, other, field, figures, agreeing=agreeing, by_words=by_words)

    def _of(self, one: Compared, other: Compared, field: Field, figures: Field | None, *,
            agreeing: bool, by_words: bool) -> Iterator[Candidate]:
        for n, m in field.pairs(agreeing=agreeing):
            a, b = field.mine.points[n], field.theirs.points[m]
            if self._evidence.rules_out(one, other, a, b, by_words=by_words):
                continue
            agree, differ = figures.agreement(a, b) if figures else (0, 0)
            if differ > agree or (not agreeing and (other.states(a, b) or one.states(b, a))):
                continue
            yield Candidate(a.kind, side(one, a), side(other, b), {
                **field.standing(n, m, as_if=agreeing),
                "agree": float(min(agree, _ENOUGH)), "differ": float(min(differ, _ENOUGH)),
                "none_agrees": float(not agree),
                "agreeing": (agree + 1) / (agree + differ + 2),
                **self._evidence.features(one, other, a, b)})


def side(compared: Compared, point: Point) -> Side:
    """A point with its clause."""
    low, high, _ = point.clause
    start, end = min(low, point.start), max(high, point.end)
    return Side(start, end, compared.text.source[start:end].strip())
