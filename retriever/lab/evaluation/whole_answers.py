"""Whole answers: what was given against the ideal, on sets whose answers name what must not lack in them.

The measures of DESIGN §9 for such sets, over their answerable questions unless a name says otherwise. ``must[0]`` is an
answer's core; the gold spans are the ideal. Core, completeness and excess are of the best answer, withheld or not, so
that reading and refusing are judged apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import median
from typing import Any

from retriever.answer import State
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Gold
from retriever.lab.evaluation.metrics import Score
from retriever.lab.evaluation.outcomes import Outcome

_NO_GOLD = Gold("", ())
_FIRST_PASSAGES = 3  # as many as an asker may be offered to check
_TABLE = ("helped", "core", "complete", "excess", "given", "right_of_given", "beside", "check")


class Verdict(StrEnum):
    """What an asker got: of each question one."""

    RIGHT = "right"
    INCOMPLETE = "incomplete"
    NEAR = "near"
    BESIDE = "beside"
    OFFERED = "offered"
    OFFERED_OTHERS = "offered_others"
    REFUSED = "refused"
    ANSWERED_UNANSWERABLE = "answered_unanswerable"
    OFFERED_UNANSWERABLE = "offered_unanswerable"
    REFUSED_UNANSWERABLE = "refused_unanswerable"


VERDICTS: Mapping[Verdict, str] = {
    Verdict.RIGHT: "given, and nothing is lacking",
    Verdict.INCOMPLETE: "given with the core, but not whole",
    Verdict.NEAR: "given without the core, though from the right place",
    Verdict.BESIDE: "given beside the matter",
    Verdict.OFFERED: "to be checked, and a choice holds the core",
    Verdict.OFFERED_OTHERS: "to be checked, and no choice holds the core",
    Verdict.REFUSED: "refused though answerable",
    Verdict.ANSWERED_UNANSWERABLE: "given though unanswerable",
    Verdict.OFFERED_UNANSWERABLE: "to be checked though unanswerable",
    Verdict.REFUSED_UNANSWERABLE: "rightly refused",
}


def is_marked(dataset: Dataset) -> bool:
    """Whether the set says what must not lack in its answers."""
    return any(gold.must for gold in dataset.gold.values())


def holds_core(gold: Gold, text: str) -> bool:
    """Whether a text, as of a choice, holds the core of the right answer."""
    return metrics.says((text,), gold.must[:1])


def is_helped(outcome: Outcome, gold: Gold) -> bool:
    """Whether the asker has the core: it was given, or stands in one of the choices to check."""
    if outcome.state is State.CHECK:
        return any(holds_core(gold, text) for _, _, _, text in outcome.choices)
    return outcome.state is State.ANSWERED and metrics.says(outcome.quotes, gold.must[:1])


def verdict(dataset: Dataset, outcome: Outcome) -> Verdict | None:
    """What the asker got; None where the set does not say what must not lack in the answer."""
    gold = dataset.gold.get(outcome.query.id, _NO_GOLD)
    if not outcome.query.answerable:
        return {State.ANSWERED: Verdict.ANSWERED_UNANSWERABLE, State.CHECK: Verdict.OFFERED_UNANSWERABLE,
                State.UNKNOWN: Verdict.REFUSED_UNANSWERABLE}[outcome.state]
    if not gold.must:
        return None
    if outcome.state is State.UNKNOWN:
        return Verdict.REFUSED
    if outcome.state is State.CHECK:
        return Verdict.OFFERED if is_helped(outcome, gold) else Verdict.OFFERED_OTHERS
    if metrics.says(outcome.quotes, gold.must):
        return Verdict.RIGHT
    if metrics.says(outcome.quotes, gold.must[:1]):
        return Verdict.INCOMPLETE
    return Verdict.NEAR if metrics.touches(outcome.places, outcome.quotes, gold) else Verdict.BESIDE


def measures(dataset: Dataset, outcome: Outcome) -> dict[str, Score]:
    """One question's measures; an unanswerable one counts only for what was given."""
    gold, given = dataset.gold.get(outcome.query.id, _NO_GOLD), not outcome.abstained
    if not outcome.query.answerable:
        return {"right_of_given": Score(0.0, weight=given), "given_unanswerable": Score(given),
                "check_unanswerable": Score(outcome.state is State.CHECK)}
    if not gold.must:
        return {}
    core = metrics.says(outcome.quotes, gold.must[:1])
    first = [dataset.source(document)[start:end] for document, start, end in outcome.passages[:_FIRST_PASSAGES]]
    return {
        "helped": Score(is_helped(outcome, gold)), "core": Score(core),
        "complete": Score(metrics.says(outcome.quotes, gold.must)),
        "excess": Score(metrics.excess(outcome.quotes, [text for _, _, _, text in gold.spans])),
        "given": Score(given), "right_of_given": Score(core, weight=given),
        "beside": Score(given and not metrics.touches(outcome.places, outcome.quotes, gold)),
        "check": Score(outcome.state is State.CHECK),
        f"passage_core@{_FIRST_PASSAGES}": Score(any(holds_core(gold, text) for text in first)),
    }


def is_core_right(dataset: Dataset, outcome: Outcome) -> bool:
    """Whether the best answer, given or withheld, holds the core."""
    gold = dataset.gold.get(outcome.query.id, _NO_GOLD)
    return outcome.query.answerable and metrics.says(outcome.quotes, gold.must[:1])


def summary(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What is no mean over the questions, how many got what, and the means by kind of question and by turn."""
    judged = [o for o in outcomes if not o.query.answerable or dataset.gold.get(o.query.id, _NO_GOLD).must]
    answerable = [o for o in judged if o.query.answerable]
    excesses = [measures(dataset, o)["excess"].value for o in answerable]
    area = metrics.auroc([o.confidence for o in judged if is_core_right(dataset, o)],
                         [o.confidence for o in judged if not is_core_right(dataset, o)])
    got = Counter(verdict(dataset, o) for o in judged)
    kinds = sorted({kind for o in answerable for kind in o.query.kinds})
    found: dict[str, Any] = {
        "excess_median": round(median(excesses), 4) if excesses else None,
        "auroc_right": metrics.rounded(area),
        "verdicts": {str(v): got[v] for v in Verdict},
        "by_kind": {kind: _row(dataset, [o for o in answerable if kind in o.query.kinds]) for kind in kinds},
    }
    later = [o for o in answerable if o.query.history]
    return found | ({"by_turn": _turns(dataset, answerable, later)} if later else {})


def _row(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The measures of some answerable questions."""
    found = metrics.means(measures(dataset, outcome) for outcome in outcomes)
    return {"questions": len(outcomes), **{name: found.get(name) for name in _TABLE}}


def _turns(dataset: Dataset, answerable: Sequence[Outcome], later: Sequence[Outcome]) -> dict[str, Any]:
    """First and later turns of calls, and what of the first turns' core the later ones keep."""
    rows = {"first": _row(dataset, [o for o in answerable if not o.query.history]), "later": _row(dataset, later)}
    first = rows["first"]["core"]
    return {**rows, "core_later_of_first": metrics.rounded(rows["later"]["core"] / first) if first else None}
