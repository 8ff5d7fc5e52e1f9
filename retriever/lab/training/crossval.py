"""Judging weights on questions that they were not fitted on: by folds that share no document, and set by set left out.

Confidence is judged, and the refusal table made, from answers to unseen questions only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retriever.lab.evaluation import metrics
from retriever.lab.training.collect import Asked, Collected, folds_of
from retriever.lab.training.fit import Judged, Part, fit, judge
from retriever.lab.training.fitted import Subset
from retriever.ranking.model import Model

Tick = Callable[[str], None]  # told what has been done


@dataclass(frozen=True, slots=True)
class Answers:
    """A set's questions answered, in the set's order."""

    seen: list[Judged]
    by_words: list[Judged]


def whole(collected: Collected) -> Part:
    """All questions of a set."""
    return _part(collected, range(len(collected.asked)))


def _part(collected: Collected, chosen: Sequence[int]) -> Part:
    return Part([collected.asked[i] for i in chosen], [collected.by_words[i] for i in chosen], collected.analyser,
                collected.refuses, collected.times)


def answers(collected: Collected, model: Model) -> Answers:
    """Every question of the set answered under one model."""
    def all_of(asked: Sequence[Asked]) -> list[Judged]:
        return [judge(a, model, collected.analyser) for a in asked]
    return Answers(all_of(collected.asked), all_of(collected.by_words))


def cross_validated(sets: Sequence[Collected], subset: Subset, seed: int, folds: int, tick: Tick) -> list[Answers]:
    """Each set's answers, every question's under weights fitted without its fold."""
    dealt = [folds_of(c.asked, folds, seed) for c in sets]
    seen: list[dict[int, Judged]] = [{} for _ in sets]
    by_words: list[dict[int, Judged]] = [{} for _ in sets]
    for fold in range(folds):
        learned = [_part(c, [i for i, f in enumerate(deal) if f != fold]) for c, deal in zip(sets, dealt, strict=True)]
        model = fit(learned, subset)
        for at, (c, deal) in enumerate(zip(sets, dealt, strict=True)):
            for i in (i for i, f in enumerate(deal) if f == fold):
                seen[at][i] = judge(c.asked[i], model, c.analyser)
                by_words[at][i] = judge(c.by_words[i], model, c.analyser)
        tick("cross-validation")
    return [Answers([s[i] for i in sorted(s)], [w[i] for i in sorted(w)]) for s, w in zip(seen, by_words, strict=True)]


def left_out(sets: Sequence[Collected], subset: Subset, tick: Tick) -> list[Answers | None]:
    """Each set's answers under weights fitted on the other sets; None where there is no other."""
    found: list[Answers | None] = []
    for c in sets:
        others = [whole(other) for other in sets if other is not c]
        found.append(answers(c, fit(others, subset)) if others else None)
        tick("sets left out")
    return found


def figures(judged: Sequence[Judged]) -> dict[str, float | None]:
    """The measures of ``kb eval`` over these answers; one that they do not allow is None."""
    ranked = [j for j in judged if j.asked.ranks]
    spans = [j for j in ranked if j.asked.spans]
    worded = [j for j in ranked if j.asked.gold and j.asked.gold.answer]

    def hit(j: Judged, k: int) -> float:
        return float(any(metrics.overlaps(p, s) for p in j.passages[:k] for s in j.asked.spans))

    auroc = metrics.auroc([j.confidence for j in judged if j.asked.query.answerable],
                          [j.confidence for j in judged if not j.asked.query.answerable])
    return {
        "ndcg@10": metrics.mean([metrics.ndcg(j.documents, j.asked.relevant) for j in ranked]),
        "passage_hit@1": metrics.mean([hit(j, 1) for j in spans]),
        "passage_hit@5": metrics.mean([hit(j, 5) for j in spans]),
        "answer_f1": metrics.mean([metrics.f1(j.text, j.asked.gold.answer, j.asked.lang) for j in worded
                                   if j.asked.gold]),
        "auroc_answerable": None if auroc is None else round(auroc, 4),
    }
