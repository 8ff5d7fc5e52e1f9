"""Running a set: publish its corpus into a throw-away knowledge base, ask every question, measure.

Nothing is shortened for the evaluation: texts go through the publish path, the outbox, the same index, authority check
and verification as in service. Vectors come from the installation's cache, so a second run costs no embedding.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from kb import setup
from kb.bulk import BulkText, publish_all
from kb.clock import parse_instant, zone
from kb.db import Database
from kb.errors import Invalid
from kb.feed import published_sources
from kb.markup.language import language
from kb.markup.parse import parse
from kb.migrations import migrate
from kb.permissions import CITIZEN, SYSTEM, Actor
from kb.settings import Settings, load_settings
from kb.text import clean_label
from retriever.ask import Retriever, model_of
from retriever.errors import BadResponse
from retriever.factory import build_embedder, open_parts
from retriever.indexing.rebuild import fill
from retriever.indexing.vectors import embed_pending
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Gold, Query
from retriever.language.analysis import normalise
from retriever.language.numerals import numbers
from retriever.ranking.model import Model
from retriever.records import Answer, AskRequest, Citation, Sentence
from retriever.settings import AskSettings, EmbeddingSettings, SearchSettings

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
    """How the throw-away knowledge base names the set's documents and the texts that offsets count in."""

    by_article: dict[str, str]  # article id -> document id
    by_revision: dict[str, str]  # revision id -> the id that places name: the document's, or slug@number
    sources: dict[str, str]  # the same id -> text
    passages: int


Watch = Callable[[Dataset, Corpus, Outcome, Answer], None]


@contextmanager
def throw_away(settings: Settings, dataset: Dataset, *, now: datetime, progress: Progress,
               model: Model | None = None) -> Iterator[tuple[Retriever, Corpus]]:
    """A knowledge base of the set's corpus in a temporary folder; ``model`` in place of the configured weights."""
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
            names = _publish(database, own, dataset, now=now, progress=progress)
            parts, _ = open_parts(own, database, embedder)
            fill(database, parts.engine, progress=lambda n, of: progress("index", n, of))
            total = parts.engine.pending_vectors()
            while embed_pending(parts.engine, embedder, 256):
                progress("embed", total - parts.engine.pending_vectors(), total)
            retriever = Retriever(own, database, parts, model=model)
            yield retriever, _corpus(database, dataset, names, parts.engine.health().passages)
            retriever.close()
        finally:
            database.close()


def _publish(database: Database, settings: Settings, dataset: Dataset, *, now: datetime,
             progress: Progress) -> dict[str, str]:
    """Publish the corpus through the ordinary path; document ids by slug."""
    if dataset.articles:
        report = setup.init(database, settings, now=now, sample=dataset.articles,
                            progress=lambda n, of: progress("import", n, of))
        if report.failed:
            raise Invalid("eval_set", f"{report.failed[0][0]}: {report.failed[0][1]}")
        return {}
    migrate(database)
    slugs = {f"d{i:07d}": d for i, d in enumerate(dataset.documents.values())}
    texts = [BulkText(slug, clean_label(d.title)[:200] or d.id, d.text, d.lang, d.department[:40] or "corpus")
             for slug, d in slugs.items()]
    publish_all(database, SYSTEM, texts, now=now, progress=lambda n, of: progress("publish", n, of))
    return {slug: d.id for slug, d in slugs.items()}


def _corpus(database: Database, dataset: Dataset, names: dict[str, str], passages: int) -> Corpus:
    with database.reading() as session:
        published = published_sources(session)
    places = {p.revision_id: names.get(p.slug) or f"{p.slug}@{p.number}" for p in published}
    sources = {places[p.revision_id]: p.source if dataset.articles else dataset.documents[names[p.slug]].text
               for p in published}
    return Corpus({p.article_id: names.get(p.slug) or p.slug for p in published}, places, sources, passages)


def located(dataset: Dataset, corpus: Corpus) -> Dataset:
    """The set with the offsets of its spans in revisions."""
    def found(span: metrics.GoldSpan) -> metrics.GoldSpan:
        start = corpus.sources.get(span[0], "").find(span[3])
        if start < 0:
            raise Invalid("eval_set", f"{dataset.name}: {span[0]} does not hold the span {span[3][:30]!r}")
        return (span[0], start, start + len(span[3]), span[3])

    if not dataset.articles:
        return dataset
    return replace(dataset, gold={q: Gold(g.answer, tuple(found(s) for s in g.spans))
                                  for q, g in dataset.gold.items()})


def evaluate(settings: Settings, dataset: Dataset, *, now: datetime, limit: int | None = None,
             run_file: TextIO | None = None, progress: Progress = lambda *_: None,
             watch: Watch | None = None) -> dict[str, Any]:
    """Ask every question (at most ``limit``); the measures of DESIGN §9 as one object.

    ``watch`` is shown each outcome with its answer, explained, while the knowledge base stands.
    Raises BadResponse when a quote is not its document's text: that is never a matter of degree.
    """
    began = perf_counter()
    with throw_away(settings, dataset, now=now, progress=progress) as (retriever, corpus):
        build_seconds = perf_counter() - began
        dataset = located(dataset, corpus)
        outcomes = []
        queries = dataset.queries[:limit] if limit else dataset.queries
        for i, query in enumerate(queries, 1):
            outcome, answer = _ask(retriever, corpus, query, now, explain=watch is not None)
            outcomes.append(outcome)
            if watch:
                watch(dataset, corpus, outcome, answer)
            if run_file:
                run_file.write(outcome.line() + "\n")
            progress("ask", i, len(queries))
    return {"set": dataset.name, "documents": len(corpus.by_article), "passages": corpus.passages,
            "build_seconds": round(build_seconds, 1), **_asked_for(settings), **summarise(dataset, outcomes)}


def _asked_for(settings: Settings) -> dict[str, float]:
    """The precision of given answers that is asked for, and the confidence that stands for it."""
    precision = settings.section(AskSettings).precision
    words_alone = settings.section(EmbeddingSettings).provider == "none"
    threshold = model_of(settings.section(SearchSettings)).threshold(precision, words_alone=words_alone)
    return {"precision": precision, "threshold": round(threshold, 4)}


def request_of(query: Query, timezone: str) -> tuple[AskRequest, Actor]:
    """A query as it is asked, and who asks it."""
    as_of = parse_instant(query.as_of, zone(timezone), field="as_of") if query.as_of else None
    request = AskRequest(query.text[:_QUESTION_CHARS], history=query.history, as_of=as_of)
    return request, SYSTEM if query.audience == "agent" else CITIZEN


def _ask(retriever: Retriever, corpus: Corpus, query: Query, now: datetime, *,
         explain: bool) -> tuple[Outcome, Answer]:
    """One question's outcome and answer; every quote is compared with the set's own text."""
    request, viewer = request_of(query, retriever.timezone)
    answer = retriever.ask(replace(request, explain=explain), viewer, now=now)
    sentences, citations = answer.withheld or (answer.sentences, answer.citations)
    _check_quotes(query, sentences, citations, corpus)
    ranking: dict[str, float] = {}
    for hit in answer.hits:
        ranking.setdefault(corpus.by_article[hit.passage.article_id], hit.score)
    outcome = Outcome(
        query=query, ranking=list(ranking.items())[:RANKED],
        passages=[(corpus.by_revision[h.passage.revision_id], h.passage.start, h.passage.end)
                  for h in answer.hits[:PASSAGES]],
        answer=" ".join(s.text for s in sentences), abstained=answer.abstained, confidence=answer.confidence,
        citations=[(corpus.by_revision[c.revision_id], c.start, c.end, c.quote) for c in citations],
        took_ms=answer.took_ms, lang=query.lang or language(query.text))
    return outcome, answer


def _check_quotes(query: Query, sentences: Sequence[Sentence], citations: Sequence[Citation], corpus: Corpus) -> None:
    """Grounded, without exception: each sentence cites, each quote is the document's text, figures stand in quotes."""
    numbers_of = {c.n: c for c in citations}
    for citation in citations:
        text = corpus.sources[corpus.by_revision[citation.revision_id]]
        if text[citation.start:citation.end] != citation.quote or not citation.quote:
            raise BadResponse("quote", f"query {query.id}: citation {citation.n} is not the text of its document")
    for sentence in sentences:
        if not sentence.citations or any(n not in numbers_of for n in sentence.citations):
            raise BadResponse("uncited", f"query {query.id}: a sentence cites nothing")
        quotes = [numbers_of[n] for n in sentence.citations]
        quoted = normalise(" ".join(parse(corpus.sources[corpus.by_revision[q.revision_id]]).said(q.start, q.end)
                                    for q in quotes))
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
        "precision": _rounded(right / len(refused)) if refused else None,
        "recall": _rounded(right / len(unanswerable)) if unanswerable else None,
        "given_precision": _rounded((answerable - len(refused) + right) / given) if given else None,
        "answered": _rounded(1 - len(refused) / len(outcomes)) if outcomes else None,
        "wrongly_refused": _rounded((len(refused) - right) / answerable) if answerable else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
