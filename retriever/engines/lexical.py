"""Words: one state of a tantivy index, searched inside the filters.

Queries are built as objects, never parsed from text. Every document carries its filters and its interval on both time
axes as indexed fields. BM25's statistics are those of the whole index, so what an asker may not see must not be in the
index that is searched for them (see words.py). Equal scores are put in the order of their rows: the order of tantivy's
segments is drawn by chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import FieldType, Occur, Query

from retriever.engines.payload import micros
from retriever.records import Filters, Passage, Span

_TIMES = ("effective_from", "effective_to", "known_from", "known_to")
_DEEPER = 3  # times as many as wanted are looked at before the filters are searched
_TIED = 8  # more than wanted are looked at, to see whether equal scores reach beyond
Clauses = list[tuple[Occur, Query]]
Scored = list[tuple[float, int]]


def schema() -> Any:
    """The fields of a word index."""
    build = tantivy.SchemaBuilder()
    build.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    for name in ("part", "department", "audience", "lang"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in _TIMES:
        build.add_integer_field(name, indexed=True, fast=True)
    for name in ("row", "key"):
        build.add_unsigned_field(name, indexed=True, fast=True)
    for name in ("payload", "digest"):
        build.add_bytes_field(name, stored=True)
    return build.build()


def part_of(article_id: str, audience: str) -> str:
    """What is replaced whole: all that an article shows to one audience."""
    return f"{audience}/{article_id}"


def document_of(terms: Sequence[str], passage: Passage, span: Span, row: int, key: int, digest: bytes) -> Any:
    """A document for one interval: ``terms`` searched; ``row`` is in the tables, ``key`` its article's, ``digest`` of
    all that its part holds."""
    document = tantivy.Document()
    document.add_text("terms", " ".join(terms))
    for name, value in (("part", part_of(passage.article_id, passage.audience)), ("department", passage.department),
                        ("audience", passage.audience), ("lang", passage.lang)):
        document.add_text(name, value)
    for name, moment in zip(_TIMES, (span.effective_from, span.effective_to, span.known_from, span.known_to),
                            strict=True):
        document.add_integer(name, micros(moment))
    document.add_unsigned("row", row)
    document.add_unsigned("key", key)
    document.add_bytes("digest", digest)
    return document


class WordReader:
    """One committed state of an index; addresses are only good for the reader that gave them."""

    def __init__(self, schema: Any, searcher: Any) -> None:
        self._schema = schema
        self._searcher = searcher

    def count(self) -> int:
        """How many documents there are."""
        return int(self._searcher.num_docs)

    def payload(self, address: Any) -> str:
        """The stored text of a document."""
        return bytes(self._searcher.doc(address)["payload"][0]).decode()

    def digest(self, part: str) -> str | None:
        """The digest that this part was put with; None when the index holds nothing of it."""
        hits = self._searcher.search(Query.term_query(self._schema, "part", part, "basic"), 1, count=False).hits
        return bytes(self._searcher.doc(hits[0][1])["digest"][0]).decode() if hits else None

    def filters(self, filters: Filters) -> Clauses:
        """The asker's filters as clauses that score nothing."""
        as_of, known_at = micros(filters.as_of), micros(filters.known_at)
        clauses = [
            self._range("effective_from", None, as_of), self._range("effective_to", as_of + 1, None),
            self._range("known_from", None, known_at), self._range("known_to", known_at + 1, None),
            Query.term_set_query(self._schema, "audience", sorted(filters.audiences)),
        ]
        if filters.departments is not None:
            clauses.append(Query.term_set_query(self._schema, "department", sorted(filters.departments)))
        if filters.langs is not None:
            clauses.append(Query.term_set_query(self._schema, "lang", sorted(filters.langs)))
        return [(Occur.Must, Query.const_score_query(clause, 0.0)) for clause in clauses]

    def _range(self, name: str, low: int | None, high: int | None) -> Query:
        return Query.range_query(self._schema, name, FieldType.Integer, low, high)

    def among(self, field: str, values: Iterable[str | int]) -> tuple[Occur, Query]:
        """A clause that keeps documents with one of these values, scoring nothing."""
        return (Occur.Must, Query.const_score_query(Query.term_set_query(self._schema, field, list(values)), 0.0))

    def _scoring(self, terms: Iterable[tuple[str, float]]) -> Clauses:
        """The question's weighted terms, any of which may match."""
        return [(Occur.Should, Query.boost_query(Query.term_query(self._schema, "terms", term, "freq"), weight))
                for term, weight in terms]

    def best(self, must: Sequence[tuple[Occur, Query]], terms: Sequence[tuple[str, float]], limit: int,
             *, unmatched: bool = False) -> list[tuple[float, Any]]:
        """(BM25, address) of the best ``limit`` documents; those that match no term only with ``unmatched``."""
        scoring = self._scoring(terms)
        if not unmatched:
            if not scoring:
                return []
            clauses = [*must, (Occur.Must, Query.boolean_query(scoring))]
        else:
            clauses = [*must, *scoring]
        return list(self._searcher.search(Query.boolean_query(clauses), limit, count=False).hits)

    def idf(self, terms: Iterable[str]) -> dict[str, float]:
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
                few: bool, among: Clauses | None = None) -> Scored:
        """(BM25, row) of the best ``limit`` documents whose row may be shown; with ``among`` all of these match.

        Without filters tantivy passes over most postings unread (block-max WAND): a quarter of the time at 100,000
        passages. So the best are looked for among all, and those that may not be shown left out; where too few are
        left, or ``few`` of the index may be shown, ``filters``, which say the same as ``rows``, are searched.
        """
        only, deep = among or [], _DEEPER * limit
        if not few:
            hits = self.best(only, terms, deep, unmatched=bool(only))
            found = sorted((hit for hit in self._with_rows(hits) if rows[hit[1]]), key=_by_score)
            if len(hits) < deep or (len(found) >= limit and found[limit - 1][0] > hits[-1][0]):
                return found[:limit]
        return self._filtered([*filters, *only], terms, limit, unmatched=bool(only))

    def _filtered(self, must: Clauses, terms: Sequence[tuple[str, float]], limit: int, *, unmatched: bool) -> Scored:
        """The best ``limit``; of equal ones those of the first rows, however many there are."""
        deep = limit + _TIED
        hits = self.best(must, terms, deep, unmatched=unmatched)
        while len(hits) == deep and hits[-1][0] == hits[limit - 1][0]:
            deep *= 4
            hits = self.best(must, terms, deep, unmatched=unmatched)
        return sorted(self._with_rows(hits), key=_by_score)[:limit]

    def _with_rows(self, hits: Sequence[tuple[float, Any]]) -> Scored:
        return list(zip((score for score, _ in hits), self.rows([address for _, address in hits]), strict=True))

    def rows(self, addresses: Sequence[Any]) -> list[int]:
        """The row number of each document, in order."""
        return list(self._searcher.fast_field_values("row", list(addresses))) if addresses else []


def _by_score(hit: tuple[float, int]) -> tuple[float, int]:
    return -hit[0], hit[1]
