"""What went wrong first with a question: what was not found cannot be quoted, what was not quoted cannot be refused
wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from retriever.answer import State
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Gold
from retriever.lab.evaluation.outcomes import Outcome
from retriever.lab.evaluation.whole_answers import is_helped

_DEEP = 10  # places among which the right article counts as found
_LOW_F1, _LITTLE = 0.2, 0.5  # an answer that says less of the gold answer has missed it
_IN_SPANS = 0.8  # of a gold answer's words: then quotes can be judged by them


class Cause(StrEnum):
    """What went wrong first."""

    ANSWERED = "answered"
    MISSED = "missed"
    PASSAGE = "passage"
    SENTENCE = "sentence"
    INCOMPLETE = "incomplete"
    REFUSED = "refused"


CAUSES: Mapping[Cause, tuple[str, str]] = {
    Cause.ANSWERED: ("Answered though unanswerable", "the set says that no document answers this"),
    Cause.MISSED: ("Right article not found", "none of the right articles is among the first ten"),
    Cause.PASSAGE: ("Right article, wrong passage", "the article is there, another passage was put first and quoted"),
    Cause.SENTENCE: ("Right passage, wrong sentence", "the passage is first, what was quoted of it says too little"),
    Cause.INCOMPLETE: ("Core said, not whole", "the core is quoted, something else that must be there is not"),
    Cause.REFUSED: ("Refused though answerable", "what was withheld was right"),
}


def cause_of(dataset: Dataset, outcome: Outcome) -> Cause | None:
    """What went wrong first with a question; None when nothing did, or the set does not say.

    Where the core stands in a choice that is offered, nothing did: the asker has it with one key.
    """
    query, relevant = outcome.query, dataset.relevant.get(outcome.query.id, {})
    gold = dataset.gold.get(query.id)
    if not query.answerable:
        return None if outcome.abstained else Cause.ANSWERED
    if not relevant or (outcome.state is State.CHECK and gold and is_helped(outcome, gold)):
        return None
    if not any(document in relevant for document, _ in outcome.ranking[:_DEEP]):
        return Cause.MISSED
    wrong = _lacking(outcome, gold) if gold and gold.must else _wrongly_quoted(outcome, relevant, gold)
    return Cause.REFUSED if wrong is None and outcome.abstained else wrong


def _lacking(outcome: Outcome, gold: Gold) -> Cause | None:
    """What went wrong with an answer of which the set says what must not lack."""
    if not metrics.says(outcome.quotes, gold.must[:1]):
        return _misplaced(outcome, gold)
    return None if metrics.says(outcome.quotes, gold.must) else Cause.INCOMPLETE


def _misplaced(outcome: Outcome, gold: Gold) -> Cause:
    is_first = outcome.passages and any(metrics.overlaps(outcome.passages[0], span) for span in gold.spans)
    return Cause.SENTENCE if is_first else Cause.PASSAGE


def _wrongly_quoted(outcome: Outcome, relevant: Mapping[str, float], gold: Gold | None) -> Cause | None:
    lang = outcome.lang
    if gold is None or not gold.spans:
        if outcome.ranking[0][0] not in relevant:
            return Cause.PASSAGE
        is_low = gold is not None and gold.answer and metrics.f1(outcome.answer, gold.answer, lang) < _LOW_F1
        return Cause.SENTENCE if is_low else None
    if not metrics.citation_scores(outcome.places, gold)[1]:
        return _misplaced(outcome, gold)
    spans = " ".join(span[3] for span in gold.spans)
    can_be_quoted = gold.answer and metrics.share_said(spans, gold.answer, lang) >= _IN_SPANS
    says_little = (metrics.f1(outcome.answer, gold.answer, lang) < _LOW_F1
                   and metrics.share_said(outcome.answer, gold.answer, lang) < _LITTLE)
    return Cause.SENTENCE if can_be_quoted and says_little else None
