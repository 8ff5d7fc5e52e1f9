"""Fitting a reader's scores: how they order passages, from which logit a unit is marked, and how sure that makes it.

On sets that taught the reader nothing: what it says of texts that it learned by heart is surer than what it will say of
a city's. Order is a conditional logit as the ranking's (choice.py), confidence a logistic regression on the margins
with "the core of the right answer is quoted" as what it foretells, each set counting the same; the refusal table as in
refusal.py, over all sets together, of answers that are right in place of questions that can be answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.settings import Settings
from retriever.answering import reading
from retriever.answering.draft import by_reader
from retriever.answering.fitted import MARGINS, ORDER, Fitted
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Gold, Query, read_dataset
from retriever.lab.evaluation.run import Progress, located, request_of, throw_away
from retriever.lab.training.choice import Choices, fit_choice
from retriever.lab.training.logistic import Examples, fit_logistic
from retriever.lab.training.refusal import thresholds
from retriever.question.case import Case
from retriever.question.understanding import Question
from retriever.ranking.model import Logistic
from retriever.ranking.order import Ranked
from retriever.reader import Read, Reader
from retriever.settings import AskSettings

_PENALTY = {"order": 1e-3, "confidence": 3e-3}
_RANKED = 30  # candidates that are kept: margins need the best of other articles
_SURE = 0.999  # share of questions whose first passage stays the best, from the logit on at which no other is read
_NEVER = 99.0
_LONGEST = 1.0  # mean excess on any set: an answer is at most twice as long as the ideal one, on the mean
_NEAR = 1.0  # with -1.5 as threshold the most right and whole answers for their length on seven sets
# Chance from which sections are offered. From 0.3 on, where one more of a hundred questions finds its section among
# them, one (sample) to five (statutes, pages) more are offered sections of something else, while a caller waits.
_OFFERED = 0.4
_THRESHOLDS = tuple(round(-3.0 + 0.25 * n, 2) for n in range(15))
_NEVER_AGAINST = frozenset({"passage", "unit", "said", "gap", "score", "lead", "above", "sum"})
_MOST_CHARS = AskSettings().answer_chars


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A question with what was found and read for it; ``places`` are those of ``ranked`` in the set's texts."""

    query: Query
    gold: Gold | None
    question: Question
    ranked: Sequence[Ranked]
    places: Sequence[metrics.Place]
    reads: Sequence[Read]

    @property
    def spans(self) -> tuple[metrics.GoldSpan, ...]:
        """The gold spans that were found; none where the question cannot be answered."""
        known = self.gold.spans if self.gold and self.query.answerable else ()
        return tuple(span for span in known if span[1] >= 0)

    @property
    def core(self) -> str:
        """The words without which no answer is right; empty where it cannot be answered."""
        return self.gold.must[0] if self.gold and self.gold.must and self.query.answerable else ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What would be said, and what it is worth."""

    margins: Mapping[str, float]
    core: bool
    complete: bool
    excess: float | None
    offered: bool  # the core stands in one of the sections that would be offered


def keep(settings: Settings, folder: Path, reader: Reader, *, now: datetime, progress: Progress) -> list[Kept]:
    """A folder's questions, found as in service and read without a limit of time."""
    dataset = read_dataset(folder)
    found = []
    with throw_away(settings, dataset, now=now, progress=progress, reads=False) as (retriever, corpus):
        dataset = located(dataset, corpus.sources)
        for n, query in enumerate(dataset.queries, 1):
            progress("read", n, len(dataset.queries))
            request, viewer = request_of(query, retriever.timezone)
            led = retriever.find(request, viewer, now=now)
            earlier = [] if led.new_topic else [turn.text for turn in query.history if turn.role == "user"]
            ranked = led.ranked[:_RANKED]
            items = reading.to_read(ranked)  # of what is kept: reads are told by their places among these
            reads = reader.read(query.text, earlier, reading.texts_of(items), seconds=np.inf) if items else []
            places = [(corpus.by_revision[r.hit.passage.revision_id], r.hit.passage.start, r.hit.passage.end)
                      for r in ranked]
            found.append(Kept(query, dataset.gold.get(query.id), led.question, ranked, places, reads))
    return found


def fit_reader(sets: Mapping[str, Sequence[Kept]]) -> Fitted:
    """All that is fitted, from sets that taught the reader nothing; each counts the same."""
    start = Fitted({"score": 2.0, "passage": 0.5}, 0.0, _NEAR, _NEVER, Logistic(0.0, {}), Logistic(0.0, {}),
                   _OFFERED, {})
    fitted = replace(start, order=fit_order(list(sets.values())))
    fitted = replace(fitted, threshold=fit_threshold(list(sets.values()), fitted),
                     sure=fit_sure(list(sets.values()), fitted))
    judged = {name: [judge(one, fitted) for one in kept] for name, kept in sets.items()}
    confidence, choice = (_chance(list(judged.values()), what) for what in ("core", "offered"))
    # together, not each by itself: of long pages no confidence reaches what is asked, and nothing would be said at all
    unseen = [(c, one.core) for found, chances in zip(judged.values(), _left_out(list(judged.values())), strict=True)
              for one, c in zip(found, chances, strict=True)]
    return replace(fitted, confidence=confidence, choice=choice, refusal=thresholds([unseen]))


def fit_order(sets: Sequence[Sequence[Kept]]) -> dict[str, float]:
    """How ranking and reader together tell the passages that hold a right answer, the ranking's score weighing 2."""
    learned = []
    for kept in sets:
        rows, targets = [], []
        for one in kept:
            right = np.array([any(metrics.overlaps(place, span) for span in one.spans)
                              for place in _places_read(one)], np.float64)
            if 0 < right.sum() < len(right):
                rows.append(_rows(one))
                targets.append(right / right.sum())
        learned.append(Choices(rows, targets))
    found = fit_choice(learned, ORDER, penalty=_PENALTY["order"], never_against=frozenset(ORDER))
    if not found or not found.get("score"):
        return {"score": 2.0, "passage": 0.5}
    return {name: round(2.0 * weight / found["score"], 4) for name, weight in found.items() if weight}


def fit_threshold(sets: Sequence[Sequence[Kept]], fitted: Fitted) -> float:
    """The logit from which marked units make the most right and whole answers that are not too long."""
    found: dict[float, tuple[bool, float]] = {}
    for threshold in _THRESHOLDS:
        tried = replace(fitted, threshold=threshold)
        judged = [[judge(one, tried) for one in kept if one.core] for kept in sets]
        judged = [some for some in judged if some]
        worth = _mean([_mean([(one.core + one.complete) / 2 for one in some]) for some in judged])
        excess = max((_mean([one.excess or 0.0 for one in some]) for some in judged), default=0.0)
        found[threshold] = (excess <= _LONGEST, worth)
    return max(found, key=lambda threshold: (*found[threshold], threshold))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def fit_sure(sets: Sequence[Sequence[Kept]], fitted: Fitted) -> float:
    """The first passage's logit from which it hardly ever gives way to another that is read."""
    firsts = sorted(((one.reads[0].passage, _stays_first(one, fitted)) for kept in sets for one in kept if one.reads),
                    key=lambda pair: -pair[0])
    stays = np.cumsum([stay for _, stay in firsts]) / np.arange(1, len(firsts) + 1)
    enough = np.flatnonzero(stays >= _SURE)
    return round(float(firsts[enough[-1]][0]), 2) if len(enough) and enough[-1] > 0 else _NEVER


def judge(one: Kept, fitted: Fitted) -> Judged:
    """What would be said of what was kept."""
    if not one.reads:
        return Judged(dict.fromkeys(MARGINS, 0.0), core=False, complete=False, excess=None, offered=False)
    case = Case.of(" ".join((*(turn.text for turn in one.query.history if turn.role == "user"), one.query.text)))
    draft = by_reader(one.question, one.ranked, one.reads, replace(fitted, offered=0.0), precision=1.0,
                      most_chars=_MOST_CHARS, case=case)
    if not one.core or one.gold is None:
        return Judged(draft.values, core=False, complete=False, excess=None, offered=False)
    quotes = [citation.quote for citation in draft.composed.citations]
    return Judged(draft.values, metrics.says(quotes, (one.core,)), metrics.says(quotes, one.gold.must),
                  metrics.excess(quotes, [span[3] for span in one.gold.spans]),
                  any(metrics.says([choice.text], (one.core,)) for choice in draft.choices))


def _places_read(one: Kept) -> list[metrics.Place]:
    at = {r.hit.passage.passage_id: place for r, place in zip(one.ranked, one.places, strict=True)}
    items = reading.to_read(one.ranked)
    return [at[item.hit.passage.passage_id] for item, _ in zip(items, one.reads, strict=False)]


def _rows(one: Kept) -> NDArray[np.float64]:
    """(passages read, ORDER)."""
    found = [reading.PassageRead(item, read, 0.0)
             for item, read in zip(reading.to_read(one.ranked), one.reads, strict=False)]
    return np.array([[values[name] for name in ORDER] for values in reading.order_values(found)], np.float64)


def _stays_first(one: Kept, fitted: Fitted) -> bool:
    items = reading.to_read(one.ranked)
    return reading.together(items, one.reads, fitted)[0].ranked is items[0]


def _examples(judged: Sequence[Judged], what: str) -> Examples:
    rows = np.array([[one.margins[name] for name in MARGINS] for one in judged], np.float64)
    return Examples(rows, np.array([float(getattr(one, what)) for one in judged]), len(judged))


def _chance(sets: Sequence[Sequence[Judged]], what: str) -> Logistic:
    found = fit_logistic([_examples(judged, what) for judged in sets], MARGINS, penalty=_PENALTY["confidence"],
                         never_against=_NEVER_AGAINST)
    return found or Logistic(0.0, {})


def _left_out(sets: Sequence[Sequence[Judged]]) -> list[list[float]]:
    """Each set's confidences under what the other sets teach; under all where there is no other."""
    found = []
    for at, judged in enumerate(sets):
        others = [other for n, other in enumerate(sets) if n != at] or list(sets)
        function = _chance(others, "core")
        found.append([function(one.margins) for one in judged])
    return found
