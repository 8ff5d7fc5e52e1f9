"""Two runs of one set, question by question: `python -m retriever.lab.evaluation.compare BEFORE AFTER DIR`.

BEFORE and AFTER are files that ``kb eval DIR --run`` wrote. Each measure is given before and after with the difference
and its 95 % interval by paired bootstrap (Efron and Tibshirani 1993, chapter 13: questions are drawn with both their
outcomes, so that what makes a question hard falls out of the difference). A measure falls beyond chance when the whole
interval lies on the worse side of zero. Below stand the questions that moved, worst first.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.errors import Invalid, KbError
from kb.settings import load_settings
from retriever.lab.evaluation.dataset import Dataset, read_dataset
from retriever.lab.evaluation.metrics import Score
from retriever.lab.evaluation.outcomes import Outcome, read_run
from retriever.lab.evaluation.run import located_anew
from retriever.lab.evaluation.scores import scores
from retriever.lab.evaluation.whole_answers import is_core_right, is_marked

DRAWS, SEED = 10_000, 20_261_128
COMPARED = ("ndcg@10", "passage_hit@1", "passage_hit@5", "passage_core@3", "answer_f1", "helped", "core", "complete",
            "excess", "given", "right_of_given", "beside", "check", "given_unanswerable")
LESS_IS_BETTER = frozenset({"excess", "beside", "given_unanswerable"})
# More or fewer answers or choices are no merit of their own: helped, right_of_given and beside say which.
_NEITHER = frozenset({"given", "check"})
_AT_A_TIME = 500  # draws, so that a thousand questions take a few megabytes
_MOVED = 1e-6

Arrays = tuple[NDArray[np.float64], NDArray[np.float64]]  # values and weights by question


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure before and after; ``low`` and ``high`` are the ends of the difference's 95 % interval."""

    measure: str
    questions: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    falls: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A question one of whose measures changed; ``gain`` adds up the changes, each within ±1, worse ones below zero."""

    query_id: str
    text: str
    gain: float
    measures: dict[str, tuple[float, float]]
    answer_before: str
    answer_after: str


def differences(before: Sequence[dict[str, Score]], after: Sequence[dict[str, Score]], *, draws: int = DRAWS,
                seed: int = SEED) -> list[Difference]:
    """Each measure that both runs have, in the order of COMPARED; the runs' questions are the same, in one order."""
    found = []
    for measure in COMPARED:
        old, new = _arrays(before, measure), _arrays(after, measure)
        if old[1].any() and new[1].any():
            change = _drawn(old, new, draws, seed)
            low, high = np.nanpercentile(change, (2.5, 97.5)).tolist()
            was, now = (float(values @ weights / weights.sum()) for values, weights in (old, new))
            worse = low > 0 if measure in LESS_IS_BETTER else high < 0
            found.append(Difference(measure, int(np.maximum(old[1], new[1]).sum()), was, now, now - was, low, high,
                                    bool(worse) and measure not in _NEITHER))
    return found


def _arrays(scored: Sequence[dict[str, Score]], measure: str) -> Arrays:
    held = [one.get(measure, Score(0.0, 0.0)) for one in scored]
    return np.array([s.value for s in held], np.float64), np.array([s.weight for s in held], np.float64)


def _drawn(old: Arrays, new: Arrays, draws: int, seed: int) -> NDArray[np.float64]:
    """(draws,) differences of the means over questions drawn with replacement; NaN where nothing weighs in a draw."""
    chance, total = np.random.default_rng(seed), len(old[0])
    found = []
    for start in range(0, draws, _AT_A_TIME):
        chosen = chance.integers(total, size=(min(_AT_A_TIME, draws - start), total))
        means = []
        for values, weights in (old, new):
            weight = weights[chosen].sum(axis=1)
            means.append((values * weights)[chosen].sum(axis=1) / np.where(weight > 0, weight, np.nan))
        found.append(means[1] - means[0])
    return np.concatenate(found)


def area_of_right(dataset: Dataset, before: Sequence[Outcome], after: Sequence[Outcome], *, draws: int = DRAWS,
                  seed: int = SEED) -> list[Difference]:
    """The AUROC of right, of which no question has a part of its own; nothing where one run has only right or wrong."""
    runs = [_Ranked.of(dataset, run) for run in (before, after)]
    if not all(run.right.any() and not run.right.all() for run in runs):
        return []
    chance, total = np.random.default_rng(seed), len(before)
    change = []
    for start in range(0, draws, _AT_A_TIME):
        times = _times_drawn(chance.integers(total, size=(min(_AT_A_TIME, draws - start), total)))
        change.append(runs[1].areas(times) - runs[0].areas(times))
    low, high = np.nanpercentile(np.concatenate(change), (2.5, 97.5)).tolist()
    was, now = (float(run.areas(np.ones((1, total)))[0]) for run in runs)
    return [Difference("auroc_right", total, was, now, now - was, low, high, bool(high < 0))]


def _times_drawn(chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """(draws, questions): how often each question was drawn."""
    times = np.zeros(chosen.shape, np.float64)
    np.add.at(times, (np.arange(len(chosen))[:, None], chosen), 1.0)
    return times


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """Which questions a run has right, and ``above``: (right, others) 1 where the right one is surer, ½ for a tie."""

    right: NDArray[np.bool_]
    above: NDArray[np.float64]

    @classmethod
    def of(cls, dataset: Dataset, run: Sequence[Outcome]) -> _Ranked:
        judged = is_marked(dataset)
        right = np.array([judged and is_core_right(dataset, outcome) for outcome in run])
        sure = np.array([outcome.confidence for outcome in run])
        gap = sure[right][:, None] - sure[~right][None, :]
        return cls(right, (gap > 0) + 0.5 * (gap == 0))

    def areas(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """The area for each row of how often the questions count; NaN without both."""
        right, others = times[:, self.right], times[:, ~self.right]
        pairs = right.sum(axis=1) * others.sum(axis=1)
        won: NDArray[np.float64] = ((right @ self.above) * others).sum(axis=1)
        return won / np.where(pairs > 0, pairs, np.nan)


def moved(before: Sequence[Outcome], after: Sequence[Outcome], old: Sequence[dict[str, Score]],
          new: Sequence[dict[str, Score]]) -> list[Moved]:
    """The questions one of whose measures changed, worst first."""
    found = []
    for a, b, was, now in zip(before, after, old, new, strict=True):
        changes = {m: (float(was[m].value), float(now[m].value)) for m in COMPARED
                   if m in was and m in now and abs(float(now[m].value) - float(was[m].value)) > _MOVED}
        gain = sum((-1 if m in LESS_IS_BETTER else 1) * max(-1.0, min(y - x, 1.0))
                   for m, (x, y) in changes.items() if m not in _NEITHER)
        if changes:
            found.append(Moved(a.query.id, a.query.text, round(gain, 4), changes, a.answer, b.answer))
    return sorted(found, key=lambda m: (m.gain, m.query_id))


def compare(dataset: Dataset, before: Sequence[Outcome],
            after: Sequence[Outcome]) -> tuple[list[Difference], list[Moved]]:
    """Differences and moved questions of two runs; Invalid where they did not ask the same questions."""
    place = {outcome.query.id: outcome for outcome in after}
    alone = {outcome.query.id for outcome in before} ^ place.keys()
    if alone or len(place) != len(after) or len(place) != len(before):
        raise Invalid("runs", "the runs did not ask the same questions ({alone} …): run both anew on one set, with the "
                      "same --limit", alone=sorted(alone)[:3])
    if not before:
        raise Invalid("runs", "the runs asked no question")
    later = [place[outcome.query.id] for outcome in before]
    old, new = ([scores(dataset, outcome) for outcome in run] for run in (before, later))
    changes = differences(old, new) + area_of_right(dataset, before, later)
    return changes, moved(before, later, old, new)


def as_text(changes: Sequence[Difference], questions: Sequence[Moved], most: int) -> str:
    """Both as plain text; at most ``most`` questions."""
    lines = [f"{'measure':19}{'n':>6}{'before':>9}{'after':>9}{'change':>9}   95 % interval"]
    lines += [f"{d.measure:19}{d.questions:6}{d.before:9.4f}{d.after:9.4f}{d.difference:+9.4f}   {d.low:+.4f} … "
              f"{d.high:+.4f}{'   falls beyond chance' if d.falls else ''}" for d in changes]
    lines += ["", f"{len(questions)} questions moved, worst first"]
    for one in questions[:most]:
        lines += ["", f"{one.gain:+.2f}  {one.query_id}  {one.text}",
                  "       " + ", ".join(f"{m} {x:.2f} → {y:.2f}" for m, (x, y) in one.measures.items())]
        if one.answer_before != one.answer_after:
            lines += [f"       before: {one.answer_before}", f"       after:  {one.answer_after}"]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Compare two runs; 1 when a measure falls beyond chance."""
    parser = argparse.ArgumentParser(prog="python -m retriever.lab.evaluation.compare",
                                     description="Compare two runs of one set, question by question.")
    parser.add_argument("before", type=Path, metavar="BEFORE", help="file that `kb eval --run` wrote")
    parser.add_argument("after", type=Path, metavar="AFTER", help="the same, later")
    parser.add_argument("dir", type=Path, metavar="DIR", help="folder in the format of kb eval")
    parser.add_argument("--most", type=int, default=30, metavar="N", help="questions shown as text (30)")
    parser.add_argument("--json", action="store_true", help="everything, as one JSON object")
    args = parser.parse_args(argv)
    try:
        dataset = located_anew(load_settings(None), read_dataset(args.dir), now=datetime.now(UTC))
        changes, questions = compare(dataset, read_run(args.before, dataset), read_run(args.after, dataset))
    except KbError as error:
        parser.error(error.message)
    whole: dict[str, Any] = {"set": dataset.name, "draws": DRAWS, "seed": SEED,
                             "measures": [asdict(d) for d in changes], "moved": [asdict(m) for m in questions]}
    sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=1) + "\n" if args.json
                     else as_text(changes, questions, args.most))
    return int(any(d.falls for d in changes))


if __name__ == "__main__":
    sys.exit(main())
