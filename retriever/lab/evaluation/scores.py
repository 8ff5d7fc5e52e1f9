"""What one outcome is worth, measure by measure, and the means over a run: the one place where answers are scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from retriever.lab.evaluation import metrics, whole_answers
from retriever.lab.evaluation.dataset import Dataset, Gold
from retriever.lab.evaluation.metrics import Score, means, rounded
from retriever.lab.evaluation.outcomes import Outcome


def scores(dataset: Dataset, outcome: Outcome) -> dict[str, Score]:
    """Every measure that the set allows for this question."""
    query, gold = outcome.query, dataset.gold.get(outcome.query.id) or Gold("", ())
    found: dict[str, float] = {}
    relevant = dataset.relevant.get(query.id)
    if query.answerable and relevant is not None:
        documents = [d for d, _ in outcome.ranking]
        found["ndcg@10"] = metrics.ndcg(documents, relevant)
        found["mrr@10"] = metrics.reciprocal_rank(documents, relevant)
        found |= {f"recall@{k}": metrics.recall(documents, relevant, k) for k in (1, 5, 20)}
        if gold.spans:
            for k in (1, 5):
                pairs = [(place, span) for place in outcome.passages[:k] for span in gold.spans]
                found[f"passage_hit@{k}"] = float(any(metrics.overlaps(*pair) for pair in pairs))
                found[f"passage_contains@{k}"] = float(any(metrics.contains(*pair) for pair in pairs))
        if gold.answer:
            found["answer_f1"] = metrics.f1(outcome.answer, gold.answer, outcome.lang)
        if gold.spans:
            found["citation_precision"], found["citation_recall"] = metrics.citation_scores(outcome.places, gold)
    whole = {name: Score(value) for name, value in found.items()}
    return whole | whole_answers.measures(dataset, outcome) if whole_answers.is_marked(dataset) else whole


ALWAYS = ("ndcg@10", "mrr@10", "recall@1", "recall@5", "recall@20", "passage_hit@1", "passage_hit@5",
          "passage_contains@1", "passage_contains@5", "answer_f1", "citation_precision", "citation_recall")


def summarise(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The measures over all outcomes; a measure that the set does not allow is null."""
    took = [o.took_ms for o in outcomes]
    return {
        "queries": len(outcomes),
        "answerable": sum(o.query.answerable and o.query.id in dataset.relevant for o in outcomes),
        **dict.fromkeys(ALWAYS), **means(scores(dataset, o) for o in outcomes),
        **(whole_answers.summary(dataset, outcomes) if whole_answers.is_marked(dataset) else {}),
        "abstention": _abstention(outcomes),
        "auroc_answerable": rounded(metrics.auroc([o.confidence for o in outcomes if o.query.answerable],
                                                   [o.confidence for o in outcomes if not o.query.answerable])),
        "risk_coverage": metrics.risk_coverage([o.confidence for o in outcomes],
                                               [is_right(dataset, o) for o in outcomes]),
        "latency_ms": {f"p{round(100 * q)}": round(metrics.percentile(took, q), 1) for q in (0.5, 0.95, 0.99)},
        "quotes_checked": sum(len(o.citations) for o in outcomes), "quotes_wrong": 0,
    }


def is_right(dataset: Dataset, outcome: Outcome) -> bool:
    """Whether giving this answer would have been right: it holds the core of what must not lack, or, where the set does
    not name it, cites a gold span (the right document if none is marked)."""
    if not outcome.query.answerable:
        return False
    gold = dataset.gold.get(outcome.query.id)
    if gold and gold.must:
        return whole_answers.is_core_right(dataset, outcome)
    if gold and gold.spans:
        return metrics.citation_scores(outcome.places, gold)[1] > 0
    return bool(outcome.ranking) and outcome.ranking[0][0] in dataset.relevant.get(outcome.query.id, {})


def _abstention(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Precision and recall of refusals on the unanswerable; the shares answered, wrongly refused, and of the answers
    given those whose question can be answered."""
    refused = [o for o in outcomes if o.abstained]
    unanswerable = [o for o in outcomes if not o.query.answerable]
    right = sum(not o.query.answerable for o in refused)
    answerable = len(outcomes) - len(unanswerable)
    given = len(outcomes) - len(refused)
    return {
        "precision": rounded(right / len(refused)) if refused else None,
        "recall": rounded(right / len(unanswerable)) if unanswerable else None,
        "given_precision": rounded((answerable - len(refused) + right) / given) if given else None,
        "answered": rounded(1 - len(refused) / len(outcomes)) if outcomes else None,
        "wrongly_refused": rounded((len(refused) - right) / answerable) if answerable else None,
    }
