"""What ranking and evidence judge by: one row of numbers for each passage, one for each unit of the best passages.

Everything is computed from the question's weighted terms, the kept words of the passages and the engines' scores; no
text is analysed here. Shares are of the question's weight: its terms, the rarer the heavier.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retriever.analysis import Alternative, Analyser
from retriever.answer_types import WANTS, wanted
from retriever.query import Question
from retriever.records import Allowed
from retriever.terms import term_sets

Matrix = NDArray[np.float32]

@dataclass(frozen=True, slots=True)
class Focus:
    """The question's own weighted terms, ready for shares. A term counts as found under another name of its thing."""

    weights: dict[str, float]
    whole: float
    heaviest: float
    alternatives: tuple[Alternative, ...]

    @classmethod
    def of(cls, question: Question, rarity: Mapping[str, float], *, dialogue: bool = False) -> Focus:
        """Terms with their weight times their rarity, in the question's order; with ``dialogue`` all that was said."""
        weights = {t: w * rarity.get(t, 1.0) for t, w in (question.said if dialogue else question.focus)}
        return cls(weights, sum(weights.values()) or 1.0, max(weights.values(), default=1.0) or 1.0,
                   question.alternatives)

    def seen(self, terms: frozenset[str]) -> frozenset[str]:
        """The terms, and those of the question's names of which another one stands there."""
        found = [a.named for a in self.alternatives if any(terms.issuperset(other) for other in a.others)]
        return terms.union(*found) if found else terms

    def share(self, terms: frozenset[str]) -> float:
        """Share of the question's weight that these terms hold."""
        terms = self.seen(terms)
        return sum(w for t, w in self.weights.items() if t in terms) / self.whole

    def run(self, terms: frozenset[str]) -> float:
        """Share held by the longest run of the question's terms in their order."""
        terms = self.seen(terms)
        best = now = 0.0
        for term, weight in self.weights.items():
            now = now + weight if term in terms else 0.0
            best = max(best, now)
        return best / self.whole

    def part_of(self, terms: frozenset[str]) -> float:
        """Share of these terms that the question names."""
        return len(terms & self.weights.keys()) / len(terms) if terms else 0.0


def _scaled(values: NDArray[np.float64], *, from_zero: bool) -> NDArray[np.float64]:
    """Values as shares of the best; cosines are placed between the pool's lowest tenth and its best."""
    if not len(values):
        return values
    low = 0.0 if from_zero else float(np.sort(values)[len(values) // 10])
    best = float(values.max())
    return np.maximum(values - low, 0.0) / (best - low) if best > low else np.zeros(len(values))


# The weighted sum that puts candidates in a first order; chosen once for all development sets (docs/quality.md).
WEIGHTS = {"words": 0.30, "vectors": 0.45, "article_words": 0.30, "article_vectors": 0.15}
SAME_LANGUAGE = 0.05  # a caller who asks in English is better served in English when both say it

PASSAGE = (
    "words", "words_share", "vectors", "cosine", "article_words", "article_words_share", "article_vectors",
    "article_cosine", "sum", "sum_rank", "in_title", "in_headings", "in_nearest", "in_body", "in_all", "best_unit",
    "run_body", "run_headings", "run_unit", "title_named", "nearest_named", "rarest_there", "rarest_missing",
    "in_all_dialogue", "beside_words", "beside_vectors", "article_best", "behind_best", "of_article", "wanted",
    "numbers", "length", "ordinal", "depth", "same_language", "follow_up", "question_terms",
)


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates in the order of the weighted sum, with their features; ``rows[i]`` describes ``allowed[i]``."""

    allowed: list[Allowed]
    sums: NDArray[np.float64]
    rows: Matrix


Columns = dict[str, NDArray[np.float64]]


def base_order(question: Question, allowed: Sequence[Allowed]) -> tuple[Columns, NDArray[np.int64]]:
    """The comparable scores of all candidates, their weighted sum among them, and their order by it, best first.

    Ties keep reading order, so that equal runs give equal lists.
    """
    found = [a.candidate for a in allowed]
    columns = {
        "words": _scaled(np.array([c.word_score for c in found], float), from_zero=True),
        "vectors": _scaled(np.array([c.vector_score for c in found], float), from_zero=False),
        "article_words": _scaled(np.array([c.article_word_score for c in found], float), from_zero=True),
        "article_vectors": _scaled(np.array([c.article_vector_score for c in found], float), from_zero=False),
    }
    total = sum((WEIGHTS[name] * column for name, column in columns.items()), np.zeros(len(found)))
    total += SAME_LANGUAGE * np.array([a.live.lang == question.lang for a in allowed], float)
    columns["sum"] = total
    order = sorted(range(len(found)), key=lambda i: (-total[i], allowed[i].live.slug, found[i].passage.start))
    return columns, np.array(order, np.int64)


def passage_features(question: Question, allowed: Sequence[Allowed], rarity: Mapping[str, float],
                     analyser: Analyser, *, most: int) -> Scored:
    """The best ``most`` candidates by the weighted sum, with one row of :data:`PASSAGE` each."""
    columns, order = base_order(question, allowed)
    focus, dialogue = Focus.of(question, rarity), Focus.of(question, rarity, dialogue=True)
    wants, figures = wanted(question.text), {f"#{n}" for n in question.numbers}
    at = {(a.candidate.passage.revision_id, a.candidate.passage.ordinal): i for i, a in enumerate(allowed)}
    sums = columns["sum"]
    best_of: dict[str, float] = {}
    count_of: dict[str, int] = {}
    for i in order:
        key = allowed[i].candidate.passage.article_id
        best_of.setdefault(key, float(sums[i]))
        count_of[key] = count_of.get(key, 0) + 1
    rows = []
    for rank, i in enumerate(order[:most]):
        candidate = allowed[i].candidate
        p = candidate.passage
        sets = term_sets(p, analyser)
        everything = focus.seen(sets.title | sets.headings | sets.body)
        beside = [at[key] for key in ((p.revision_id, p.ordinal - 1), (p.revision_id, p.ordinal + 1)) if key in at]
        rows.append((
            columns["words"][i], candidate.word_score / dialogue.whole, columns["vectors"][i], candidate.vector_score,
            columns["article_words"][i], candidate.article_word_score / dialogue.whole, columns["article_vectors"][i],
            candidate.article_vector_score, sums[i], math.log1p(rank),
            focus.share(sets.title), focus.share(sets.headings), focus.share(sets.nearest), focus.share(sets.body),
            focus.share(everything), max((focus.share(u) for u in sets.units), default=0.0),
            focus.run(sets.body), focus.run(sets.title | sets.headings),
            max((focus.run(u) for u in sets.units), default=0.0),
            focus.part_of(sets.title), focus.part_of(sets.nearest),
            max((w for t, w in focus.weights.items() if t in everything), default=0.0) / focus.heaviest,
            max((w for t, w in focus.weights.items() if t not in everything), default=0.0) / focus.heaviest,
            dialogue.share(everything),
            max((columns["words"][j] for j in beside), default=0.0),
            max((columns["vectors"][j] for j in beside), default=0.0),
            best_of[p.article_id], best_of[p.article_id] - sums[i], count_of[p.article_id] / 10,
            float(bool(wants & sets.facts_of_all)) if wants else 0.5,
            len(figures & sets.facts_of_all) / len(figures) if figures else 0.5,
            math.log1p(len(p.text)), math.log1p(p.ordinal), len(p.heading_path),
            p.lang == question.lang, question.is_follow_up, math.log1p(len(focus.weights)),
        ))
    matrix = np.array(rows, np.float32).reshape(len(rows), len(PASSAGE))
    return Scored([allowed[i] for i in order[:most]], sums[order[:most]], matrix)


UNIT = (
    "passage_rank", "passage_behind", "same_article", "own", "with_lead", "in_nearest", "in_headings", "with_all",
    "of_best", "own_named", "run_own", "run_lead", "run_headings", "nearest_named", "is_item", "is_row", "has_lead",
    "asked_lead", "length", "new_words", "index", "is_first", "is_last", "units", "before", "after", "wanted",
    "numbers", "has_figure", "opens", "asks", "wants", *(f"wants_{name}" for name, _, _ in WANTS),
    "question_terms", "follow_up", "chinese",
)


def unit_features(question: Question, ranked: Sequence[tuple[Allowed, float]], rarity: Mapping[str, float],
                  analyser: Analyser) -> tuple[list[tuple[int, int]], Matrix]:
    """((passage's place in ``ranked``, unit's index) …, one row of :data:`UNIT` each), for passages best first."""
    focus = Focus.of(question, rarity)
    wants, figures = wanted(question.text), {f"#{n}" for n in question.numbers}
    asked_for = [float(name in wants) for name, _, _ in WANTS]
    places: list[tuple[int, int]] = []
    rows = []
    for rank, (allowed, score) in enumerate(ranked):
        p = allowed.candidate.passage
        sets = term_sets(p, analyser)
        above = sets.title | sets.headings
        own = [focus.share(u) for u in sets.units]
        with_lead = [focus.share(u | lead) for u, lead in zip(sets.units, sets.leads, strict=True)]
        best = max(with_lead, default=0.0) or 1.0
        shared = (focus.share(sets.nearest), focus.share(above))
        run_above, named_above = focus.run(above), focus.part_of(sets.nearest)
        for i, unit in enumerate(p.units):
            mine, lead, facts = sets.units[i], sets.leads[i], sets.facts[i]
            places.append((rank, i))
            rows.append((
                rank, ranked[0][1] - score, p.article_id == ranked[0][0].candidate.passage.article_id,
                own[i], with_lead[i], *shared, focus.share(mine | lead | above), with_lead[i] / best,
                focus.part_of(mine), focus.run(mine), focus.run(mine | lead), run_above, named_above,
                unit.kind == "item", unit.kind == "row", bool(unit.leads),
                bool(unit.leads) and unit.kind == "sentence",
                math.log1p(unit.end - unit.start), math.log1p(len(mine - focus.weights.keys())),
                i, i == 0, i == len(p.units) - 1, len(p.units),
                own[i - 1] if i else 0.0, own[i + 1] if i + 1 < len(own) else 0.0,
                float(bool(wants & facts)) if wants else 0.5,
                len(figures & facts) / len(figures) if figures else 0.5,
                "figure" in facts, "opens" in facts, "asks" in facts, len(wants), *asked_for,
                math.log1p(len(focus.weights)), question.is_follow_up, question.lang == "zh",
            ))
    return places, np.array(rows, np.float32).reshape(len(rows), len(UNIT))
