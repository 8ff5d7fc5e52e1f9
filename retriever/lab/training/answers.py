"""What makes an answer better: the F1 of units, alone and beside others, against the right answer.

The measure is that of ``kb eval`` (metrics.f1), kept as counts of the right answer's words in each unit, so that every
unit of a question is tried beside what was taken at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb.markup.parse import parse
from retriever.answering import evidence
from retriever.lab.evaluation import metrics
from retriever.lab.training.choice import Choices, fit_choice
from retriever.lab.training.collect import Asked
from retriever.lab.training.logistic import Examples, fit_logistic
from retriever.language.analysis import Analyser
from retriever.passages.saying import leads_said
from retriever.passages.saying import said as said_of
from retriever.ranking.features import MORE
from retriever.ranking.model import Logistic, Model

Vector = NDArray[np.float64]
_SHARP = 4  # power of the F1: what is nearly as good as the best counts, what is half as good hardly
_LEAST = 0.2  # F1 of the best unit below which a question teaches nothing
_ROUNDS = 3  # times that units are taken by what was learned before, and learned from again
_STATES = 3  # units taken in each of these, however little they bring
_MOST_READING = 1.0  # a set whose scores tell nothing shall not switch them off
_ALL = Logistic(50.0, {"behind": 1.0})  # takes one unit after another in their order


@dataclass(frozen=True, slots=True)
class Known:
    """A question whose right answer is known: its units, and what each says of that answer."""

    pool: evidence.Pool
    counts: NDArray[np.float64]  # (units, the answer's different words), without what units depend on
    lengths: Vector  # words of each unit
    leads: tuple[tuple[int, ...], ...]  # of each unit, as rows of the next two
    lead_counts: NDArray[np.float64]
    lead_lengths: Vector
    right: Vector  # times that the answer says each word
    holds: NDArray[np.bool_]  # the pool's passages that hold a gold span

    @classmethod
    def of(cls, asked: Asked, model: Model, analyser: Analyser) -> Known | None:
        """None when nothing is found or no right answer is known."""
        gold = asked.gold
        answer = gold.answer or " ".join(text for _, _, _, text in gold.spans) if gold else ""
        words = Counter(metrics.tokens(answer, asked.lang))
        ranked = asked.ranked(model) if asked.ranks and words else []
        if not ranked:
            return None
        pool = evidence.Pool.of(asked.question, ranked, analyser, asked.idf)
        live = ranked[0].allowed.live
        document = parse(live.source)
        number = {word: at for at, word in enumerate(words)}

        def counted(text: str) -> tuple[Vector, int]:
            said = metrics.tokens(text, asked.lang)
            found = np.zeros(len(number))
            for word in said:
                if word in number:
                    found[number[word]] += 1
            return found, len(said)

        leads: dict[tuple[int, int], int] = {}
        own: list[tuple[Vector, int]] = []
        depends: list[tuple[int, ...]] = []
        for at in range(len(pool.places)):
            unit = pool.unit(at)
            own.append(counted(said_of(live.source, live.lang, unit)))
            above = leads_said(live.source, unit)
            depends.append(tuple(leads.setdefault(lead, len(leads)) for lead in above))
        said_above = [counted(document.said(a, b)) for a, b in leads]
        shape = (-1, len(number))
        return cls(pool, np.array([c for c, _ in own]).reshape(shape), np.array([n for _, n in own], np.float64),
                   tuple(depends), np.array([c for c, _ in said_above]).reshape(shape),
                   np.array([n for _, n in said_above], np.float64), np.array(list(words.values()), np.float64),
                   np.array([any(metrics.overlaps(asked.place_of(r.allowed), span) for span in asked.spans)
                             for r in pool.sources], np.bool_))

    def f1_with(self, taken: Sequence[int] = ()) -> Vector:
        """The F1 of these units and each other one together."""
        counts, lengths = self.counts.copy(), self.lengths.copy()
        said = {lead for at in taken for lead in self.leads[at]}
        for at, leads in enumerate(self.leads):
            for lead in leads:
                if lead not in said:
                    counts[at] += self.lead_counts[lead]
                    lengths[at] += self.lead_lengths[lead]
        all_taken, all_said = list(taken), sorted(said)
        counts += self.counts[all_taken].sum(axis=0) + self.lead_counts[all_said].sum(axis=0)
        lengths += self.lengths[all_taken].sum() + self.lead_lengths[all_said].sum()
        return np.asarray(2 * np.minimum(counts, self.right).sum(axis=1) / (lengths + self.right.sum()), np.float64)


def choices(known: Sequence[Known], columns: Sequence[int], times: float) -> Choices:
    """Which unit is the best answer by itself: the sharper the better its F1 stands out."""
    rows, targets = [], []
    for one in known:
        alone = one.f1_with() ** _SHARP
        if alone.max(initial=0.0) > _LEAST ** _SHARP:
            rows.append(one.pool.rows[:, list(columns)].astype(np.float64))
            targets.append(alone / alone.sum())
    return Choices(rows, targets, times)


def fit_reading(sets: Sequence[tuple[Sequence[Known], float]], model: Model, *, penalty: float) -> float:
    """How much what a passage's units say counts beside its score, in finding the passage that holds the answer."""
    names = ("score", "said")
    learned = []
    for known, times in sets:
        useful = [one for one in known if one.holds.any() and not one.holds.all()]
        rows = [np.column_stack(([r.hit.score for r in one.pool.sources], one.pool.said(one.pool.scores(model))))
                for one in useful]
        learned.append(Choices(rows, [one.holds / one.holds.sum() for one in useful], times))
    found = fit_choice(learned, names, penalty=penalty, never_against=frozenset(names)) or {}
    said, score = found.get("said", 0.0), found.get("score", 0.0)
    return round(said / max(score, said / _MOST_READING), 4) if said else 0.0


def fit_more(sets: Sequence[tuple[Sequence[Known], float]], model: Model, names: Sequence[str], *,
             penalty: float, most: int, most_chars: int) -> Logistic | None:
    """When another unit makes an answer better, learned from answers as they grow under what was learned before."""
    found = _ALL
    for _ in range(_ROUNDS):
        grown = replace(model, more=found)
        fitted = fit_logistic([_examples(known, times, grown, names, most, most_chars) for known, times in sets],
                              names, penalty=penalty)
        if fitted is None:
            return None
        found = fitted
    return found


def _examples(known: Sequence[Known], times: float, model: Model, names: Sequence[str], most: int,
              most_chars: int) -> Examples:
    """Whether each unit that might follow makes the answer better; it counts by how much it changes it."""
    columns = [MORE.index(name) for name in names]
    rows, gains, weights = [np.zeros((0, len(columns)))], [np.zeros(0)], [np.zeros(0)]
    for one in known:
        for more, gained in _states(one, model, most, most_chars):
            rows.append(more[:, columns])
            gains.append((gained > 0).astype(np.float64))
            weights.append(np.abs(gained) / len(gained) / len(known))
    return Examples(np.concatenate(rows), np.concatenate(gains), len(known), times, np.concatenate(weights))


def _states(known: Known, model: Model, most: int,
            most_chars: int) -> Iterator[tuple[NDArray[np.float64], Vector]]:
    """For the answer after each unit taken: the features of those that might follow, and what each would bring."""
    if not len(known.lengths):
        return
    scores = known.pool.scores(model)
    taken = [int(np.argmax(scores))]
    now = known.f1_with()[taken[0]]
    while len(taken) < most:
        fits = evidence.may_follow(known.pool, scores, taken, most_chars)
        if not fits.any():
            return
        more, reached = known.pool.more(scores, taken), known.f1_with(taken)
        yield more[fits], reached[fits] - now
        gains = np.where(fits, model.more.intercept + more @ model.more_vector, -np.inf)
        best = int(np.argmax(gains))
        if len(taken) >= _STATES and gains[best] <= 0:
            return
        taken.append(best)
        now = reached[best]
