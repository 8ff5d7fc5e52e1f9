"""Running a set: publish its corpus into a throw-away knowledge base, ask every question, measure.

Nothing is shortened for the evaluation: texts go through the publish path, the outbox, the same index, authority check
and verification as in service. Vectors come from the installation's cache, so a second run costs no embedding.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from kb import setup
from kb.actor import CITIZEN, OPERATOR, Actor
from kb.articles.feed import published_sources
from kb.clock import parse_instant, zone
from kb.content.bulk import BulkText, publish_all
from kb.db import Database
from kb.errors import Invalid
from kb.markup.language import language
from kb.migrations import migrate
from kb.settings import Settings, load_settings
from kb.text import clean_label
from retriever.answer import Answer
from retriever.answering.fitted import Fitted
from retriever.ask import Retriever, model_of
from retriever.factory import build_embedder, build_reading, open_parts
from retriever.indexing.rebuild import fill
from retriever.indexing.vectors import embed_pending
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Query
from retriever.lab.evaluation.grounding import check_answer
from retriever.lab.evaluation.outcomes import Outcome
from retriever.lab.evaluation.scores import summarise
from retriever.ranking.model import Model
from retriever.reader.fallback import FallingBack
from retriever.records import AskRequest
from retriever.settings import AskSettings, EmbeddingSettings, SearchSettings

Progress = Callable[[str, int, int], None]
Reading = tuple[FallingBack | None, Fitted | None]  # who reads, and what was fitted to the scores
_QUESTION_CHARS = 20_000  # sets hold longer questions than a hotline takes
RANKED, PASSAGES = 20, 5


@dataclass(frozen=True)
class Corpus:
    """How the throw-away knowledge base names the set's documents and the texts that offsets count in."""

    by_article: dict[str, str]  # article id -> document id
    by_revision: dict[str, str]  # revision id -> the id that places name: the document's, or slug@number
    sources: dict[str, str]  # the same id -> text
    passages: int
    slugs: Mapping[str, str] = field(default_factory=dict)  # document id -> slug


Watch = Callable[[Dataset, Corpus, Outcome, Answer], None]


@contextmanager
def throw_away(settings: Settings, dataset: Dataset, *, now: datetime, progress: Progress,
               model: Model | None = None, reads: bool = True,
               reading: Reading | None = None) -> Iterator[tuple[Retriever, Corpus]]:
    """A knowledge base of the set's corpus in a temporary folder; ``model`` in place of the configured weights, and
    without ``reads`` no reader. ``reading`` is the configured one where it is open already."""
    with opened(settings, dataset, now=now, progress=progress, model=model, reads=reads,
                reading=reading) as (retriever, corpus, _):
        yield retriever, corpus


@contextmanager
def opened(settings: Settings, dataset: Dataset, *, now: datetime, progress: Progress, model: Model | None = None,
           reads: bool = True, reading: Reading | None = None,
           **overrides: Mapping[str, Any]) -> Iterator[tuple[Retriever, Corpus, Database]]:
    """The same with its database, for what writes; ``overrides`` are settings by section."""
    embedder = build_embedder(settings)
    with _published(settings, dataset, now=now, progress=progress, overrides=overrides) as (own, database, names):
        parts, _ = open_parts(own, database, embedder)
        fill(database, parts.engine, progress=lambda n, of: progress("index", n, of))
        total = parts.engine.pending_vectors()
        while embed_pending(parts.engine, embedder, 256):
            progress("embed", total - parts.engine.pending_vectors(), total)
        reader, fitted = (reading or build_reading(settings)) if reads and model is None else (None, None)
        retriever = Retriever(own, database, parts, model=model, reader=reader, fitted=fitted)
        yield retriever, _corpus(database, dataset, names, parts.engine.health().passages), database
        retriever.close()


@contextmanager
def _published(settings: Settings, dataset: Dataset, *, now: datetime, progress: Progress,
               overrides: Mapping[str, Mapping[str, Any]] | None = None,
               ) -> Iterator[tuple[Settings, Database, dict[str, str]]]:
    """Settings and database of a temporary folder in which the corpus is published; document ids by slug."""
    with tempfile.TemporaryDirectory(prefix="kb-eval-") as folder:
        sections = {name: {k: getattr(value, k) for k in value.__dataclass_fields__}
                    for name, value in settings.sections.items()}
        sections["data"]["dir"] = folder
        sections["database"]["url"] = ""
        sections["limits"]["question_chars"] = _QUESTION_CHARS
        for name, values in (overrides or {}).items():
            sections[name] |= values
        own = load_settings(Path(folder), {}, **sections)
        database = Database(own)
        try:
            yield own, database, _publish(database, own, dataset, now=now, progress=progress)
        finally:
            database.close()


def _publish(database: Database, settings: Settings, dataset: Dataset, *, now: datetime,
             progress: Progress) -> dict[str, str]:
    """Publish the corpus through the ordinary path; document ids by slug."""
    if dataset.articles:
        report = setup.init(database, settings, now=now, sample=dataset.articles,
                            progress=lambda n, of: progress("import", n, of))
        if report.failed:
            raise Invalid("eval_set", "{file}: {reason}", file=report.failed[0][0], reason=report.failed[0][1])
        return {}
    migrate(database)
    slugs = {f"d{i:07d}": d for i, d in enumerate(dataset.documents.values())}
    texts = [BulkText(slug, clean_label(d.title)[:200] or d.id, d.text, d.lang, d.department[:40] or "corpus")
             for slug, d in slugs.items()]
    publish_all(database, OPERATOR, texts, now=now, progress=lambda n, of: progress("publish", n, of))
    return {slug: d.id for slug, d in slugs.items()}


def _corpus(database: Database, dataset: Dataset, names: dict[str, str], passages: int) -> Corpus:
    with database.reading() as session:
        published = published_sources(session)
    places = {p.revision_id: names.get(p.slug) or f"{p.slug}@{p.number}" for p in published}
    sources = {places[p.revision_id]: p.source if dataset.articles else dataset.documents[names[p.slug]].text
               for p in published}
    return Corpus({p.article_id: names.get(p.slug) or p.slug for p in published}, places, sources, passages,
                  {names.get(p.slug) or p.slug: p.slug for p in published})


def located(dataset: Dataset, sources: Mapping[str, str]) -> Dataset:
    """The set with its revisions' texts, by ``slug@number``, and the offsets of its spans in them."""
    def found(span: metrics.GoldSpan) -> metrics.GoldSpan:
        start = sources.get(span[0], "").find(span[3])
        if start < 0:
            raise Invalid("eval_set", "{name}: {document} does not hold the span {span!r}", name=dataset.name,
                          document=span[0], span=span[3][:30])
        return (span[0], start, start + len(span[3]), span[3])

    if not dataset.articles:
        return dataset
    return replace(dataset, sources=dict(sources), gold={q: replace(g, spans=tuple(found(s) for s in g.spans))
                                                         for q, g in dataset.gold.items()})


def located_anew(settings: Settings, dataset: Dataset, *, now: datetime) -> Dataset:
    """The set with the offsets of its spans, for outcomes of an earlier run: nothing is indexed or asked."""
    if not dataset.articles:
        return dataset
    with _published(settings, dataset, now=now, progress=lambda *_: None) as (_, database, names):
        return located(dataset, _corpus(database, dataset, names, 0).sources)


def evaluate(settings: Settings, dataset: Dataset, *, now: datetime, limit: int | None = None,
             run_file: TextIO | None = None, progress: Progress = lambda *_: None,
             watch: Watch | None = None) -> dict[str, Any]:
    """Ask every question (at most ``limit``); the measures of DESIGN §9 as one object.

    ``watch`` is shown each outcome with its answer, explained, while the knowledge base stands.
    Raises BadResponse when a quote is not its document's text: that is never a matter of degree.
    """
    reading = build_reading(settings)
    began = perf_counter()
    with throw_away(settings, dataset, now=now, progress=progress, reading=reading) as (retriever, corpus):
        build_seconds = perf_counter() - began
        dataset = located(dataset, corpus.sources)
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
            "build_seconds": round(build_seconds, 1), **_asked_for(settings, reading), **summarise(dataset, outcomes)}


def _asked_for(settings: Settings, reading: Reading) -> dict[str, float]:
    """The precision of given answers that is asked for, and the confidence that stands for it."""
    precision = settings.section(AskSettings).precision
    words_alone = settings.section(EmbeddingSettings).provider == "none"
    reader, fitted = reading
    threshold = fitted.refused_below(precision) if reader and fitted else \
        model_of(settings.section(SearchSettings)).threshold(precision, words_alone=words_alone)
    return {"precision": precision, "threshold": round(threshold, 4)}


def request_of(query: Query, timezone: str) -> tuple[AskRequest, Actor]:
    """A query as it is asked, and who asks it."""
    as_of = parse_instant(query.as_of, zone(timezone), field="as_of") if query.as_of else None
    request = AskRequest(query.text[:_QUESTION_CHARS], history=query.history, as_of=as_of)
    return request, OPERATOR if query.audience == "agent" else CITIZEN


def _ask(retriever: Retriever, corpus: Corpus, query: Query, now: datetime, *,
         explain: bool) -> tuple[Outcome, Answer]:
    """One question's outcome and answer; every quote is compared with the set's own text."""
    request, viewer = request_of(query, retriever.timezone)
    answer = retriever.ask(replace(request, explain=explain), viewer, now=now)
    sentences, citations = answer.withheld or (answer.sentences, answer.citations)
    check_answer(query.id, answer, lambda revision_id: corpus.sources[corpus.by_revision[revision_id]])
    ranking: dict[str, float] = {}
    for hit in answer.hits:
        ranking.setdefault(corpus.by_article[hit.passage.article_id], hit.score)
    outcome = Outcome(
        query=query, ranking=list(ranking.items())[:RANKED],
        passages=[(corpus.by_revision[h.passage.revision_id], h.passage.start, h.passage.end)
                  for h in answer.hits[:PASSAGES]],
        answer=" ".join(s.text for s in sentences), state=answer.state, confidence=answer.confidence,
        citations=[(corpus.by_revision[c.revision_id], c.start, c.end, c.quote) for c in citations],
        took_ms=answer.took_ms, lang=query.lang or language(query.text),
        choices=tuple((corpus.by_revision[c.revision_id], c.start, c.end, c.text) for c in answer.choices))
    return outcome, answer
