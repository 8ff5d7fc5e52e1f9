"""Running a set: publish its corpus into a throw-away knowledge base, ask every question, measure.

Nothing is shortened for the evaluation: texts go through the publish path, the outbox, the same index, authority check
and verification as in service. Vectors come from the installation's cache, so a second run costs no embedding.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from kb.bulk import BulkText, article_id, publish_all
from kb.db import Database
from kb.migrations import migrate
from kb.permissions import CITIZEN, SYSTEM
from kb.settings import Settings, load_settings
from retriever.analysis import language, normalise, numbers
from retriever.ask import Retriever
from retriever.errors import BadResponse
from retriever.evaluation import metrics
from retriever.evaluation.dataset import Dataset, Query
from retriever.factory import build_embedder, open_parts
from retriever.indexing.rebuild import fill
from retriever.records import AskRequest, Citation, Sentence

Progress = Callable[[str, int, int], None]
_QUESTION_CHARS = 20_000  # sets hold longer questions than a hotline takes
RANKED, PASSAGES = 20, 5


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


@dataclass(frozen=True)
class Corpus:
    """How the throw-away knowledge base names the set's documents."""

    by_article: dict[str, str]  # article id -> document id
    passages: int


@contextmanager
def throw_away(settings: Settings, dataset: Dataset, *, now: datetime,
               progress: Progress) -> Iterator[tuple[Retriever, Corpus]]:
    """A knowledge base of the set's corpus in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="kb-eval-") as folder:
        sections = {name: {k: getattr(value, k) for k in value.__dataclass_fields__}
                    for name, value in settings.sections.items()}
        sections["data"]["dir"] = folder
        sections["database"]["url"] = ""
        sections["limits"]["question_chars"] = _QUESTION_CHARS
        embedder = build_embedder(settings)
        own = load_settings(Path(folder), {}, **sections)
        database = Database(own)
        try:
            migrate(database)
            documents = list(dataset.documents.values())
            slugs = [f"d{i:07d}" for i in range(len(documents))]
            texts = [BulkText(slug, d.title[:200], d.text, d.lang, d.department[:40] or "corpus")
                     for slug, d in zip(slugs, documents, strict=True)]
            publish_all(database, SYSTEM, texts, now=now, progress=lambda n, of: progress("publish", n, of))
            parts, _ = open_parts(own, database, embedder)
            fill(database, parts.engine, progress=lambda n, of: progress("index", n, of))
            total = parts.engine.pending_vectors()
            while parts.engine.embed_pending(256):
                progress("embed", total - parts.engine.pending_vectors(), total)
            retriever = Retriever(own, database, parts)
            by_article = {article_id(slug): d.id for slug, d in zip(slugs, documents, strict=True)}
            yield retriever, Corpus(by_article, parts.engine.health().passages)
            retriever.close()
        finally:
            database.close()


def evaluate(settings: Settings, dataset: Dataset, *, now: datetime, limit: int | None = None,
             run_file: TextIO | None = None, progress: Progress = lambda *_: None) -> dict[str, Any]:
    """Ask every question (at most ``limit``); the measures of DESIGN §9 as one object.

    Raises BadResponse when a quote is not its document's text: that is never a matter of degree.
    """
    began = perf_counter()
    with throw_away(settings, dataset, now=now, progress=progress) as (retriever, corpus):
        build_seconds = perf_counter() - began
        outcomes = []
        queries = dataset.queries[:limit] if limit else dataset.queries
        for i, query in enumerate(queries, 1):
            outcome = _ask(retriever, dataset, corpus, query, now)
            outcomes.append(outcome)
            if run_file:
                run_file.write(outcome.line() + "\n")
            progress("ask", i, len(queries))
    return {"set": dataset.name, "documents": len(dataset.documents), "passages": corpus.passages,
            "build_seconds": round(build_seconds, 1), **summarise(dataset, outcomes)}


def _ask(retriever: Retriever, dataset: Dataset, corpus: Corpus, query: Query, now: datetime) -> Outcome:
    """One question's outcome; every quote is compared with the set's own text."""
    answer = retriever.ask(AskRequest(query.text[:_QUESTION_CHARS], history=query.history), CITIZEN, now=now)
    sentences, citations = answer.withheld or (answer.sentences, answer.citations)
    _check_quotes(query, sentences, citations, dataset, corpus)
    ranking: dict[str, float] = {}
    for hit in answer.hits:
        ranking.setdefault(corpus.by_article[hit.passage.article_id], hit.score)
    return Outcome(
        query=query, ranking=list(ranking.items())[:RANKED],
        passages=[(corpus.by_article[h.passage.article_id], h.passage.start, h.passage.end)
                  for h in answer.hits[:PASSAGES]],
        answer=" ".join(s.text for s in sentences), abstained=answer.abstained, confidence=answer.confidence,
        citations=[(corpus.by_article[c.article_id], c.start, c.end, c.quote) for c in citations],
        took_ms=answer.took_ms, lang=query.lang or language(query.text))


def _check_quotes(query: Query, sentences: Sequence[Sentence], citations: Sequence[Citation], dataset: Dataset,
                  corpus: Corpus) -> None:
    """Grounded, without exception: each sentence cites, each quote is the document's text, figures stand in quotes."""
    numbers_of = {c.n: c for c in citations}
    for citation in citations:
        text = dataset.documents[corpus.by_article[citation.article_id]].text
        if text[citation.start:citation.end] != citation.quote or not citation.quote:
            raise BadResponse("quote", f"query {query.id}: citation {citation.n} is not the text of its document")
    for sentence in sentences:
        if not sentence.citations or any(n not in numbers_of for n in sentence.citations):
            raise BadResponse("uncited", f"query {query.id}: a sentence cites nothing")
        quoted = normalise(" ".join(numbers_of[n].quote for n in sentence.citations))
        if not numbers(normalise(sentence.text)) <= numbers(quoted):
            raise BadResponse("figure", f"query {query.id}: a figure does not stand in its quotes")


def summarise(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The measures over all outcomes; a measure that the set does not allow is null."""
    ranked = [o for o in outcomes if o.query.answerable and o.query.id in dataset.relevant]
    spans = [o for o in ranked if dataset.gold.get(o.query.id) and dataset.gold[o.query.id].spans]
    worded = [o for o in ranked if dataset.gold.get(o.query.id) and dataset.gold[o.query.id].answer]

    def over(chosen: Sequence[Outcome], measure: Callable[[Outcome], float]) -> float | None:
        return metrics.mean([measure(o) for o in chosen])

    def documents(o: Outcome) -> list[str]:
        return [d for d, _ in o.ranking]

    def hit(o: Outcome, k: int, test: Callable[[metrics.Place, metrics.GoldSpan], bool]) -> float:
        return float(any(test(p, s) for p in o.passages[:k] for s in dataset.gold[o.query.id].spans))

    cited = [metrics.citation_scores([(d, a, b) for d, a, b, _ in o.citations], dataset.gold[o.query.id])
             for o in spans]
    took = [o.took_ms for o in outcomes]
    relevant = dataset.relevant
    return {
        "queries": len(outcomes), "answerable": len(ranked),
        "ndcg@10": over(ranked, lambda o: metrics.ndcg(documents(o), relevant[o.query.id])),
        "mrr@10": over(ranked, lambda o: metrics.reciprocal_rank(documents(o), relevant[o.query.id])),
        **{f"recall@{k}": over(ranked, lambda o, k=k: metrics.recall(documents(o), relevant[o.query.id], k))  # type: ignore[misc]
           for k in (1, 5, 20)},
        **{f"passage_hit@{k}": over(spans, lambda o, k=k: hit(o, k, metrics.overlaps)) for k in (1, 5)},  # type: ignore[misc]
        **{f"passage_contains@{k}": over(spans, lambda o, k=k: hit(o, k, metrics.contains)) for k in (1, 5)},  # type: ignore[misc]
        "answer_f1": over(worded, lambda o: metrics.f1(o.answer, dataset.gold[o.query.id].answer, o.lang)),
        "citation_precision": metrics.mean([p for p, _ in cited]),
        "citation_recall": metrics.mean([r for _, r in cited]),
        "abstention": _abstention(outcomes),
        "auroc_answerable": _rounded(metrics.auroc([o.confidence for o in outcomes if o.query.answerable],
                                                   [o.confidence for o in outcomes if not o.query.answerable])),
        "risk_coverage": metrics.risk_coverage([o.confidence for o in outcomes],
                                               [_is_right(dataset, o) for o in outcomes]),
        "latency_ms": {f"p{round(100 * q)}": round(metrics.percentile(took, q), 1) for q in (0.5, 0.95, 0.99)},
        "quotes_checked": sum(len(o.citations) for o in outcomes), "quotes_wrong": 0,
    }


def _is_right(dataset: Dataset, outcome: Outcome) -> bool:
    """Whether giving this answer would have been right: it cites a gold span (the right document if none is marked)."""
    if not outcome.query.answerable:
        return False
    gold = dataset.gold.get(outcome.query.id)
    if gold and gold.spans:
        return metrics.citation_scores([(d, a, b) for d, a, b, _ in outcome.citations], gold)[1] > 0
    return bool(outcome.ranking) and outcome.ranking[0][0] in dataset.relevant.get(outcome.query.id, {})


def _abstention(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Precision and recall of refusals on the unanswerable, and the shares answered and wrongly refused."""
    refused = [o for o in outcomes if o.abstained]
    unanswerable = [o for o in outcomes if not o.query.answerable]
    right = sum(not o.query.answerable for o in refused)
    answerable = len(outcomes) - len(unanswerable)
    return {
        "precision": _rounded(right / len(refused)) if refused else None,
        "recall": _rounded(right / len(unanswerable)) if unanswerable else None,
        "answered": _rounded(1 - len(refused) / len(outcomes)) if outcomes else None,
        "wrongly_refused": _rounded((len(refused) - right) / answerable) if answerable else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
