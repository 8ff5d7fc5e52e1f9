"""What a question weighs: its own terms, the rarer the heavier, and what share of them a text holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from retriever.language.analysis import Alternative
from retriever.question.understanding import Question


@dataclass(frozen=True, slots=True)
class Focus:
    """The question's own weighted terms, ready for shares. A term counts as found under another name of its thing."""

    weights: dict[str, float]
    whole: float
    places: dict[str, int]  # of the terms, in the question's order
    terms: frozenset[str]
    alternatives: tuple[Alternative, ...]
    names: frozenset[str]  # the terms, and those of the other names of what they name
    other_names: frozenset[str]  # the terms of the other names alone

    @classmethod
    def of(cls, question: Question, idf: Mapping[str, float], *, dialogue: bool = False) -> Focus:
        """Terms with their weight times their idf, in the question's order; with ``dialogue`` all that was said."""
        weights = {t: w * idf.get(t, 1.0) for t, w in (question.said if dialogue else question.focus)}
        others = frozenset[str]().union(*(other for a in question.alternatives for other in a.others))
        return cls(weights, sum(weights.values()) or 1.0, {t: i for i, t in enumerate(weights)}, frozenset(weights),
                   question.alternatives, others.union(weights), others)

    def seen(self, terms: frozenset[str]) -> frozenset[str]:
        """The terms, and those of the question's names of which another one stands there."""
        if terms.isdisjoint(self.other_names):
            return terms
        found = [a.named for a in self.alternatives if any(terms.issuperset(other) for other in a.others)]
        return terms.union(*found) if found else terms

    def coverage(self, terms: frozenset[str]) -> float:
        """Share of the question's weight that these terms hold."""
        return sum([self.weights[t] for t in self._held(self.seen(terms))]) / self.whole

    def _held(self, terms: frozenset[str]) -> list[str]:
        """The question's terms among these, in its order. Only what both hold is walked through, not all of a long
        question: this runs for every unit of sixty passages."""
        return sorted(self.terms & terms, key=self.places.__getitem__)

    def best_of(self, units: Sequence[frozenset[str]], above: frozenset[str]) -> tuple[float, float]:
        """(Share held by the longest run of the question's terms, in their order, that one of the units has; share of
        what these terms ``above`` do not say that one of them holds)."""
        beyond = self.beyond(above)
        longest = fullest = 0.0
        for unit in units:
            now = held = 0.0
            expected = -1
            for term in self._held(self.seen(unit)):
                place, weight = self.places[term], self.weights[term]
                now = now + weight if place == expected else weight
                held += beyond.weights.get(term, 0.0)
                expected = place + 1
                if now > longest:
                    longest = now
            if held > fullest:
                fullest = held
        return longest / self.whole, fullest / beyond.whole

    def beyond(self, above: frozenset[str]) -> Focus:
        """The question without what these terms say: what is left to be answered below them."""
        above = self.seen(above)
        weights = {t: w for t, w in self.weights.items() if t not in above}
        return replace(self, weights=weights, whole=sum(weights.values()) or 1.0,
                       places={t: i for i, t in enumerate(weights)}, terms=self.terms - above)

    def part_of(self, terms: frozenset[str]) -> float:
        """Share of these terms that the question names, under whichever name."""
        return len(terms & self.names) / len(terms) if terms else 0.0
