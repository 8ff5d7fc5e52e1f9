"""What ranking and evidence judge by: one row of numbers for each passage, one for each unit of the best passages.

Everything is computed from the question's weighted terms, the kept words of the passages and the engines' scores; no
text is analysed here. Shares are of the question's weight: its terms, the rarer the heavier.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from retriever.language.analysis import Analyser
from retriever.passages.terms import term_sets
from retriever.question.focus import Focus
from retriever.question.kinds import FACTS, wanted
from retriever.question.understanding import Question
from retriever.ranking.fusion import BASE, weighted
from retriever.records import Allowed, Passage, Unit

Matrix = NDArray[np.float32]
_REFERENCE = "](article:"  # as kb/markup/render.py resolves it
_ENDS = frozenset("。！？；.!?;:：”’」』）)")
_MARKS = "*_` "
_ANSWERS = 0.6  # share of a sentence that the question may name before the sentence only repeats it
_LITTLE = 3  # words that the question does not name, of a sentence that says next to nothing


PASSAGE = (*BASE, "sum", "in_title", "in_nearest", "in_dialogue", "run_unit", "rest_unit", "depth", "asked_heading")


@lru_cache(maxsize=20_000)
def _asked(heading: str) -> frozenset[str]:
    """What a heading worded as a question asks."""
    return wanted(heading)


def refers(passage: Passage, unit: Unit) -> bool:
    """Whether a unit sends the reader to another article: it names what is asked, and the other one answers."""
    return _REFERENCE in passage.text[unit.start - passage.start:unit.end - passage.start]


def _has_end_mark(sentence: str) -> bool:
    """Whether it ends as a sentence does; a label does not."""
    return sentence.rstrip(_MARKS)[-1:] in _ENDS


Columns = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates in the order of the weighted sum, with their features; ``rows[i]`` describes ``allowed[i]``."""

    allowed: list[Allowed]
    sums: NDArray[np.float64]
    rows: Matrix


def base_order(allowed: Sequence[Allowed], weights: Mapping[str, float]) -> tuple[Columns, NDArray[np.int64]]:
    """The candidates' normalised scores, one row of BASE and their sum each, and their order by it, best first.

    Ties keep reading order, so that equal runs give equal lists.
    """
    rows = np.array([a.candidate.normalised for a in allowed], np.float64).reshape(len(allowed), len(BASE))
    sums = weighted(rows, weights)
    order = sorted(range(len(allowed)),
                   key=lambda i: (-sums[i], allowed[i].live.slug, allowed[i].candidate.passage.start))
    return np.column_stack((rows, sums)), np.array(order, np.int64)


def passage_features(question: Question, allowed: Sequence[Allowed], idf: Mapping[str, float],
                     analyser: Analyser, *, weights: Mapping[str, float], most: int) -> Scored:
    """The best ``most`` candidates by the sum that ``weights`` (of BASE) make, with one row of :data:`PASSAGE` each."""
    base, order = base_order(allowed, weights)
    focus, dialogue = Focus.of(question, idf), Focus.of(question, idf, dialogue=True)
    wants = wanted(question.full)
    rows = []
    for i in order[:most]:
        p = allowed[i].candidate.passage
        sets = term_sets(p, analyser)
        run, rest = focus.best_of([terms for terms, unit in zip(sets.units, p.units, strict=True)
                                   if not refers(p, unit)], sets.title | sets.headings)
        asked = bool(wants and p.heading_path and p.heading_path[-1] != p.title and wants & _asked(p.heading_path[-1]))
        rows.append((
            *base[i], focus.coverage(sets.title), focus.coverage(sets.nearest),
            dialogue.coverage(sets.title | sets.headings | sets.body), run, 1.0 if asked else rest, len(p.heading_path),
            asked,  # such a heading leaves nothing unsaid, in whatever words it asks
        ))
    matrix = np.array(rows, np.float32).reshape(len(rows), len(PASSAGE))
    return Scored([allowed[i] for i in order[:most]], base[order[:most], -1], matrix)


UNIT = ("passage_rank", "passage_behind", "with_lead", "with_all", "of_best", "own_named", "wanted", "length",
        "new_words", "is_row", "asked_lead", "opens", "asks", "is_first", "before", "after", "nearest_named",
        "in_nearest", "has_figure", "fact_wanted", "refers", "list_wanted", "other_wanted",
        "repeats", "says_little", "no_end", "before_named", "rest_of_best")


def unit_features(question: Question, ranked: Sequence[tuple[Allowed, float]], idf: Mapping[str, float],
                  analyser: Analyser) -> tuple[list[tuple[int, int]], Matrix]:
    """((passage's place in ``ranked``, unit's index) …, one row of :data:`UNIT` each), for passages best first."""
    focus, wants = Focus.of(question, idf), wanted(question.full)
    facts_wanted = wants & FACTS
    places: list[tuple[int, int]] = []
    rows, rests = [], []
    for rank, (allowed, score) in enumerate(ranked):
        p = allowed.candidate.passage
        sets = term_sets(p, analyser)
        above = sets.title | sets.headings
        own = [focus.coverage(u) for u in sets.units]
        left = focus.beyond(above)
        with_lead = [focus.coverage(u | lead) for u, lead in zip(sets.units, sets.leads, strict=True)]
        best = max(with_lead, default=0.0) or 1.0
        nearest_named, in_nearest = focus.part_of(sets.nearest), focus.coverage(sets.nearest)
        for i, (unit, facts) in enumerate(zip(p.units, sets.facts, strict=True)):
            mine, lead = sets.units[i], sets.leads[i]
            named, new = focus.part_of(mine), len((mine | lead) - focus.weights.keys())
            places.append((rank, i))
            rests.append(left.coverage(mine | lead))
            rows.append((
                rank, ranked[0][1] - score, with_lead[i], focus.coverage(mine | lead | above), with_lead[i] / best,
                named, float(bool(wants & facts)) if wants else 0.5,
                math.log1p(sum([b - a for a, b in unit.leads], unit.end - unit.start)),
                math.log1p(new), unit.kind == "row",
                bool(unit.leads) and unit.kind == "sentence", "opens" in facts, "asks" in facts, i == 0,
                own[i - 1] if i else 0.0, own[i + 1] if i + 1 < len(own) else 0.0, nearest_named, in_nearest,
                "figure" in facts, bool(facts_wanted & facts), refers(p, unit),
                "list" in wants & facts, bool((wants & facts) - FACTS - {"list"}),
                0.0 if facts_wanted & facts else max(0.0, named - _ANSWERS), new <= _LITTLE and wants.isdisjoint(facts),
                unit.kind == "sentence" and not _has_end_mark(p.text[unit.start - p.start:unit.end - p.start]),
                focus.part_of(sets.units[i - 1]) if i else 0.0, 0.0,
            ))
    found = np.array(rows, np.float32).reshape(len(rows), len(UNIT))
    if rests:
        found[:, -1] = np.array(rests) / (max(rests) or 1.0)
    return places, found


# Whether to take one more unit beside those that were taken (evidence.py computes it): how far its score lies behind
# the first's, the share of all that is taken, log of its length against theirs, how many they are, where it stands, log
# of how many there are to choose from.
MORE = ("behind", "share_taken", "relative_length", "taken", "one_fact", "english", "same_line", "english_line",
        "choices")


# What confidence rests on (answering/confidence.py computes it); every value is 0 to about 1.
CONFIDENCE = ("cosine", "gap", "margin", "said", "in_dialogue")
