"""What one outcome is worth, measure by measure, and the means over a run: the one place where answers are scored.

A line of ``--run`` holds all that is needed, so that an outcome read from a file scores as the one that was written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.errors import Invalid
from kb.markup.language import language
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Gold, Query


@dataclass(frozen=True)
class Outcome:
    """One query's result as far as the measures need it, in the corpus's own ids and offsets."""

    query: Query
    ranking: list[tuple[str, float]]
    passages: list[metrics.Place]
    answer: str
    abstained: bool
    confidence: float
    citations: list[tuple[str, int, int, str]]
    took_ms: float
    lang: str

    def line(self) -> str:
        """The query's line of ``--run FILE``."""
        return json.dumps({
            "query_id": self.query.id,
            "ranking": [{"corpus_id": d, "score": round(s, 6)} for d, s in self.ranking],
            "passages": [{"corpus_id": d, "start": a, "end": b} for d, a, b in self.passages],
            "answer": self.answer, "abstained": self.abstained, "confidence": round(self.confidence, 6),
            "citations": [{"corpus_id": d, "start": a, "end": b, "quote": q} for d, a, b, q in self.citations],
            "took_ms": round(self.took_ms, 2),
        }, ensure_ascii=False)

    @classmethod
    def read(cls, line: Mapping[str, Any], query: Query) -> Outcome:
        """The outcome of which :meth:`line` wrote this object."""
        return cls(query, [(r["corpus_id"], r["score"]) for r in line["ranking"]],
                   [(p["corpus_id"], p["start"], p["end"]) for p in line["passages"]],
                   line["answer"], line["abstained"], line["confidence"],
                   [(c["corpus_id"], c["start"], c["end"], c["quote"]) for c in line["citations"]],
                   line["took_ms"], query.lang or language(query.text))


def read_run(path: Path, dataset: Dataset) -> list[Outcome]:
    """The outcomes of a ``--run`` file, in its order; Invalid names the line that is none of the set."""
    queries = {query.id: query for query in dataset.queries}
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("run_file", f"{path}: cannot be read: {error}") from error
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
            found.append(Outcome.read(line, queries[line["query_id"]]))
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid("run_file", f"{path}: line {number} is not of a run of {dataset.name} ({error!r}): name a "
                          "file that `kb eval --run` wrote, and the set it was run on") from error
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """A measure of one outcome; its mean over a run weighs each by ``weight``."""

    value: float
    weight: float = 1.0


def scores(dataset: Dataset, outcome: Outcome) -> dict[str, Score]:
    """Every measure that the set allows for this question."""
    query, gold = outcome.query, dataset.gold.get(outcome.query.id) or Gold("", ())
    found: dict[str, float] = {}
    relevant = dataset.relevant.get(query.id)
    places = [(d, a, b) for d, a, b, _ in outcome.citations]
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
            found["citation_precision"], found["citation_recall"] = metrics.citation_scores(places, gold)
    whole = {name: Score(value) for name, value in found.items()}
    if any(g.must for g in dataset.gold.values()):
        whole |= _whole_answer(outcome, gold)
    return whole


def _whole_answer(outcome: Outcome, gold: Gold) -> dict[str, Score]:
    """Whether what is quoted is a right and whole answer, and what was given of that."""
    quotes = [q for _, _, _, q in outcome.citations]
    found = {}
    has_core = outcome.query.answerable and metrics.says(quotes, gold.must[:1])
    if outcome.query.answerable and gold.must:
        found = {"core": Score(has_core), "complete": Score(metrics.says(quotes, gold.must)),
                 "excess": Score(metrics.excess(quotes, [text for _, _, _, text in gold.spans]))}
    given = not outcome.abstained
    touched = metrics.touches([(d, a, b) for d, a, b, _ in outcome.citations], quotes, gold)
    return found | {"given": Score(given), "right_of_given": Score(has_core, weight=given),
                    "beside": Score(given and not touched)}


def means(scored: Iterable[Mapping[str, Score]]) -> dict[str, float | None]:
    """The rounded mean of each measure that some outcome has."""
    totals: dict[str, list[float]] = {}
    for one in scored:
        for name, score in one.items():
            total = totals.setdefault(name, [0.0, 0.0])
            total[0] += score.value * score.weight
            total[1] += score.weight
    return {name: round(value / weight, 4) if weight else None for name, (value, weight) in totals.items()}


ALWAYS = ("ndcg@10", "mrr@10", "recall@1", "recall@5", "recall@20", "passage_hit@1", "passage_hit@5",
          "passage_contains@1", "passage_contains@5", "answer_f1", "citation_precision", "citation_recall")


def summarise(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The measures over all outcomes; a measure that the set does not allow is null."""
    took = [o.took_ms for o in outcomes]
    return {
        "queries": len(outcomes),
        "answerable": sum(o.query.answerable and o.query.id in dataset.relevant for o in outcomes),
        **dict.fromkeys(ALWAYS), **means(scores(dataset, o) for o in outcomes),
        "abstention": _abstention(outcomes),
        "auroc_answerable": rounded(metrics.auroc([o.confidence for o in outcomes if o.query.answerable],
                                                   [o.confidence for o in outcomes if not o.query.answerable])),
        "risk_coverage": metrics.risk_coverage([o.confidence for o in outcomes],
                                               [is_right(dataset, o) for o in outcomes]),
        "latency_ms": {f"p{round(100 * q)}": round(metrics.percentile(took, q), 1) for q in (0.5, 0.95, 0.99)},
        "quotes_checked": sum(len(o.citations) for o in outcomes), "quotes_wrong": 0,
    }


def is_right(dataset: Dataset, outcome: Outcome) -> bool:
    """Whether giving this answer would have been right: it cites a gold span (the right document if none is marked)."""
    if not outcome.query.answerable:
        return False
    gold = dataset.gold.get(outcome.query.id)
    if gold and gold.spans:
        return metrics.citation_scores([(d, a, b) for d, a, b, _ in outcome.citations], gold)[1] > 0
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


def rounded(value: float | None) -> float | None:
    """Four digits; None stays None."""
    return None if value is None else round(value, 4)
