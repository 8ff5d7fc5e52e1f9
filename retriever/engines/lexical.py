"""Words: two tantivy indices, of passages and of whole revisions, searched inside the filters.

Queries are built as objects, never parsed from text. Every document carries its filters and its interval on both time
axes as indexed fields. The whole-revision index exists because a passage seldom repeats what its article is about.
Tantivy's commit is the unit of truth: the checkpoint is a document of the same commit, and the indices are committed
in the order revisions, passages, so the smaller of both checkpoints has durably happened in both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import FieldType, Occur, Query

from retriever.records import Filters, Passage, Span, Unit

FOREVER = 2**62  # an open end, in microseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = ("effective_from", "effective_to", "known_from", "known_to")
_DEEPER = 3  # times as many as wanted are looked at before the filters are searched
_RELOADS, _PAUSE = 5, 0.01  # tries, and seconds between them
_HEAP_BYTES = 64_000_000  # the writer's buffer
Clauses = list[tuple[Occur, Query]]


def micros(moment: datetime | None) -> int:
    """Microseconds since 1970; None is FOREVER. Exact, unlike a float timestamp."""
    if moment is None:
        return FOREVER
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _moment(value: int) -> datetime | None:
    if value >= FOREVER:
        return None
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


def _schema() -> Any:
    build = tantivy.SchemaBuilder()
    build.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    for name in ("article", "department", "audience", "lang", "kind"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in _TIMES:
        build.add_integer_field(name, indexed=True, fast=True)
    for name in ("row", "key"):
        build.add_unsigned_field(name, indexed=True, fast=True)
    build.add_bytes_field("payload", stored=True)
    return build.build()


def payload_of(passage: Passage) -> str:
    """A passage as stored text; :func:`passage_of` reads it back."""
    spans = [[micros(s.effective_from), micros(s.effective_to), micros(s.known_from), micros(s.known_to)]
             for s in passage.spans]
    return json.dumps([passage.passage_id, passage.article_id, passage.revision_id, passage.ordinal, passage.title,
                       passage.heading_path, passage.start, passage.end, passage.text, passage.context,
                       passage.department, passage.audience, passage.lang, passage.keywords, spans,
                       [[u.start, u.end, u.kind, u.leads] for u in passage.units], passage.terms], ensure_ascii=False)


def passage_of(payload: str) -> Passage:
    """The passage that :func:`payload_of` wrote."""
    (passage_id, article_id, revision_id, ordinal, title, path, start, end, text, context, department, audience, lang,
     keywords, spans, units, terms) = json.loads(payload)
    intervals = tuple(Span(_moment(a) or _EPOCH, _moment(b), _moment(c) or _EPOCH, _moment(d)) for a, b, c, d in spans)
    return Passage(passage_id, article_id, revision_id, ordinal, title, tuple(path), start, end, text, context,
                   department, audience, lang, tuple(keywords), intervals,
                   tuple(Unit(a, b, kind, tuple((x, y) for x, y in leads)) for a, b, kind, leads in units),
                   tuple(terms))


class WordReader:
    """One committed state of an index; addresses are only good for the reader that gave them."""

    def __init__(self, schema: Any, searcher: Any) -> None:
        self.schema = schema
        self._searcher = searcher
        self._checkpoint: int | None = None

    def checkpoint(self) -> int:
        """The committed checkpoint; 0 for an empty index. Looked up once: a reader sees one committed state."""
        if self._checkpoint is None:
            self._checkpoint = self._find_checkpoint()
        return self._checkpoint

    def _find_checkpoint(self) -> int:
        found = self._searcher.search(Query.term_query(self.schema, "kind", "checkpoint", "basic"), 2, count=False).hits
        return max((int(self.payload(address)) for _, address in found), default=0)

    def payload(self, address: Any) -> str:
        """The stored text of a document."""
        return bytes(self._searcher.doc(address)["payload"][0]).decode()

    def filters(self, filters: Filters) -> Clauses:
        """The asker's filters as clauses that score nothing."""
        as_of, known_at = micros(filters.as_of), micros(filters.known_at)
        clauses = [
            self._range("effective_from", None, as_of), self._range("effective_to", as_of + 1, None),
            self._range("known_from", None, known_at), self._range("known_to", known_at + 1, None),
            Query.term_set_query(self.schema, "audience", sorted(filters.audiences)),
        ]
        if filters.departments is not None:
            clauses.append(Query.term_set_query(self.schema, "department", sorted(filters.departments)))
        if filters.langs is not None:
            clauses.append(Query.term_set_query(self.schema, "lang", sorted(filters.langs)))
        return [(Occur.Must, Query.const_score_query(clause, 0.0)) for clause in clauses]

    def _range(self, name: str, low: int | None, high: int | None) -> Query:
        return Query.range_query(self.schema, name, FieldType.Integer, low, high)

    def among(self, field: str, values: Iterable[str | int]) -> tuple[Occur, Query]:
        """A clause that keeps documents with one of these values, scoring nothing."""
        return (Occur.Must, Query.const_score_query(Query.term_set_query(self.schema, field, list(values)), 0.0))

    def scoring(self, terms: Iterable[tuple[str, float]]) -> Clauses:
        """The question's weighted terms, any of which may match."""
        return [(Occur.Should, Query.boost_query(Query.term_query(self.schema, "terms", term, "freq"), weight))
                for term, weight in terms]

    def best(self, must: Sequence[tuple[Occur, Query]], terms: Sequence[tuple[str, float]], limit: int,
             *, unmatched: bool = False) -> list[tuple[float, Any]]:
        """(BM25, address) of the best ``limit`` documents; those that match no term only with ``unmatched``."""
        scoring = self.scoring(terms)
        if not unmatched:
            if not scoring:
                return []
            clauses = [*must, (Occur.Must, Query.boolean_query(scoring))]
        else:
            clauses = [*must, *scoring]
        return list(self._searcher.search(Query.boolean_query(clauses), limit, count=False).hits)

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """BM25's inverse document frequency of each term."""
        total = self._searcher.num_docs
        found = {}
        for term in terms:
            count = self._searcher.doc_freq("terms", term)
            found[term] = math.log(1 + (max(total - count, 0) + 0.5) / (count + 0.5))
        return found

    def terms(self, limit: int) -> list[tuple[str, int]]:
        """At most ``limit`` terms with how many documents hold each, the most frequent first."""
        return list(self._searcher.terms_with_prefix("terms", "", limit=limit))

    def allowed(self, terms: Sequence[tuple[str, float]], limit: int, rows: NDArray[np.bool_], filters: Clauses, *,
                among: Clauses | None = None) -> list[tuple[float, int]]:
        """(BM25, row) of the best ``limit`` documents whose row may be shown; with ``among`` all of these match.

        Without filters tantivy passes over most postings unread (block-max WAND): a quarter of the time at 100,000
        passages. So the best are looked for among all, and those that may not be shown left out; where too few are
        left, or few may be shown, ``filters``, which say the same as ``rows``, are searched.
        """
        only, deep = among or [], _DEEPER * limit
        if np.count_nonzero(rows) * _DEEPER > len(rows):
            hits = self.best(only, terms, deep, unmatched=bool(only))
            found = [hit for hit in self._with_rows(hits) if rows[hit[1]]]
            if len(found) >= limit or len(hits) < deep:
                return found[:limit]
        return self._with_rows(self.best([*filters, *only], terms, limit, unmatched=bool(only)))

    def _with_rows(self, hits: Sequence[tuple[float, Any]]) -> list[tuple[float, int]]:
        return list(zip((score for score, _ in hits), self.rows([address for _, address in hits]), strict=True))

    def rows(self, addresses: Sequence[Any]) -> list[int]:
        """The row number of each document, in order."""
        return list(self._searcher.fast_field_values("row", list(addresses))) if addresses else []


class WordIndex:
    """One tantivy index on disk and its writer; documents are (terms, filters, one interval, a payload)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.schema = _schema()
        self.index = tantivy.Index(self.schema, path=str(folder))
        self._writer: Any = None
        self._stamp = self._seen()
        self.reader = WordReader(self.schema, self.index.searcher())

    def _seen(self) -> tuple[int, int]:
        try:
            status = (self._folder / "meta.json").stat()
        except FileNotFoundError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size)

    def refresh(self) -> bool:
        """See what another process has committed; whether anything changed. One stat when nothing has."""
        stamp = self._seen()
        if stamp == self._stamp:
            return False
        self._reload()
        self.reader, self._stamp = WordReader(self.schema, self.index.searcher()), stamp
        return True

    def _reload(self) -> None:
        """Open what is committed. Merging may remove files between the reading of their list and their opening."""
        for _ in range(_RELOADS - 1):
            try:
                self.index.reload()
                return
            except ValueError:
                sleep(_PAUSE)
        self.index.reload()

    @property
    def writer(self) -> Any:
        """The writer; the caller holds the engine's lock."""
        if self._writer is None:
            self._writer = self.index.writer(_HEAP_BYTES, 1)
        return self._writer

    def sweep(self) -> None:
        """Remove files that no commit names: a killed writer's next one numbers its operations alike, and would find
        its own file of deletions there already."""
        self.writer.garbage_collect_files()

    def delete_articles(self, article_ids: Sequence[str]) -> None:
        """Delete by query: delete_documents_by_term silently deletes nothing on some field types."""
        if article_ids:
            self.writer.delete_documents_by_query(Query.term_set_query(self.schema, "article", list(article_ids)))

    def add(self, terms: Sequence[str], passage: Passage, span: Span, row: int, key: int, payload: str) -> None:
        """One document: ``terms`` searched, ``payload`` given back; ``row`` is in the tables, ``key`` its article's."""
        document = tantivy.Document()
        document.add_text("terms", " ".join(terms))
        for name, value in (("article", passage.article_id), ("department", passage.department),
                            ("audience", passage.audience), ("lang", passage.lang), ("kind", "text")):
            document.add_text(name, value)
        document.add_bytes("payload", payload.encode())
        for name, moment in zip(_TIMES, (span.effective_from, span.effective_to, span.known_from, span.known_to),
                                strict=True):
            document.add_integer(name, micros(moment))
        document.add_unsigned("row", row)
        document.add_unsigned("key", key)
        self.writer.add_document(document)

    def commit(self, checkpoint: int) -> None:
        """Commit everything added and deleted since, with the checkpoint, as one step."""
        self.writer.delete_documents_by_query(Query.term_query(self.schema, "kind", "checkpoint", "basic"))
        document = tantivy.Document()
        document.add_text("kind", "checkpoint")
        document.add_bytes("payload", str(checkpoint).encode())
        self.writer.add_document(document)
        self.writer.commit()
        self._reload()
        self.reader, self._stamp = WordReader(self.schema, self.index.searcher()), self._seen()

    def release(self) -> None:
        """Finish merges and give up the writer, so that another process may write."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.wait_merging_threads()
