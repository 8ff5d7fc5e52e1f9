"""The embedded engine: words in tantivy, vectors in a memory-mapped matrix, one folder, no service.

One process writes at a time (a file lock that the kernel drops when its holder dies), all read. Searching proposes the
best by words, the best by vectors and the best passages of the articles that match best as a whole, and gives each of
them all its scores, so that ranking can weigh them whatever proposed it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Embedder
from retriever.engines.lexical import Clauses, WordIndex, WordReader, passage_of, payload_of
from retriever.engines.vectors import Rows, VectorTable, article_key, code
from retriever.errors import EngineDown
from retriever.language.analysis import Analyser
from retriever.passages.sections import body_of, embedding_text
from retriever.passages.terms import terms_of
from retriever.ranking.fusion import Column, comparable, weighted
from retriever.records import Candidate, EngineQuery, Health, Passage, Span

log = logging.getLogger(__name__)

_WHOLE = 12  # articles whose passages are proposed because the article matches as a whole
_PER_WHOLE = 4  # passages proposed for each of them
_CACHED = 8_000  # decoded passages kept in memory, about 5 kB each
_EMBED_BATCH = 64  # passages embedded between two looks at what is newest
_SCANS = 4  # scans of the vectors at a time; each takes milliseconds


@dataclass(frozen=True)
class _View:
    """One consistent state to read: a search never mixes two."""

    words: WordReader
    whole: WordReader
    table: Rows
    decoded: dict[int, Passage]

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """The passages of these rows; a row that no committed document names is left out."""
        wanted = list(rows)
        found = {row: self.decoded[row] for row in wanted if row in self.decoded}
        missing = [row for row in wanted if row not in found]
        for start in range(0, len(missing), 1_000):
            chunk = missing[start:start + 1_000]
            hits = self.words.best([self.words.among("row", chunk)], (), len(chunk), unmatched=True)
            addresses = [address for _, address in hits]
            for row, address in zip(self.words.rows(addresses), addresses, strict=True):
                found[row] = passage_of(self.words.payload(address))
        if len(self.decoded) < _CACHED:
            self.decoded.update(found)
        return found


class EmbeddedEngine:
    """See :class:`retriever.engines.Engine`. ``folder`` is one index generation."""

    name = "embedded"

    def __init__(self, folder: Path, analyser: Analyser, embedder: Embedder | None, *,
                 lock_seconds: float = 30.0) -> None:
        self._folder = folder
        self._analyser = analyser
        self._embedder = embedder
        self._lock_seconds = lock_seconds
        self._threads = threading.RLock()  # tantivy's writer and the tables' plans are not for two threads
        self._viewing = threading.Lock()
        self._scans = ThreadPoolExecutor(_SCANS, "scan")  # kept: a thread's start waits for its first turn, 1 ms
        try:
            self._words = WordIndex(folder / "passages")
            self._whole = WordIndex(folder / "revisions")
            self._vectors = VectorTable(folder, embedder.recipe if embedder else None)
        except (OSError, ValueError) as error:
            advice = "run `kb index rebuild`" if os.access(folder, os.W_OK) else "it cannot be written: check " \
                "the folder's permissions and its file system"
            raise EngineDown("engine_open", f"the search index in {folder} cannot be opened; {advice}") from error
        self._view = _View(self._words.reader, self._whole.reader, self._vectors.view(), {})

    # writing

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The right to write, among threads and processes; EngineDown when another writer does not finish."""
        with self._threads, (self._folder / "write.lock").open("a") as lock:
            patience = monotonic() + self._lock_seconds
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if monotonic() > patience:
                        raise EngineDown("index_busy", "another process is writing the search index; "
                                         "try again") from None
                    sleep(0.01)
            try:
                self._refresh()
                yield
            finally:
                self._vectors.forget()
                for index in (self._whole, self._words):
                    index.release()

    def index(self, articles: Iterable[tuple[str, Sequence[Passage]]], *, checkpoint: int) -> None:
        """See the protocol. Rows are durable before the words that name them, and die after they are unnamed."""
        with self._writing():
            dirty = self._folder / "dirty"
            if dirty.exists():
                self._repair()
            dirty.touch()
            ids: list[str] = []
            for article_id, passages in articles:
                ids.append(article_id)
                self._add(article_id, passages)
            old = self._vectors.rows_of(ids)
            self._vectors.flush()
            self._whole.commit(checkpoint)
            self._words.commit(checkpoint)
            self._vectors.kill(old)
            dirty.unlink()

    def remove(self, article_ids: Iterable[str], *, checkpoint: int) -> None:
        """See the protocol."""
        self.index([(article_id, ()) for article_id in article_ids], checkpoint=checkpoint)

    def _add(self, article_id: str, passages: Sequence[Passage]) -> None:
        self._words.delete_articles([article_id])
        self._whole.delete_articles([article_id])
        revisions: dict[str, list[Passage]] = {}
        for passage in passages:
            revisions.setdefault(passage.revision_id, []).append(passage)
        for parts in revisions.values():
            first = parts[0]
            head = self._analyser.terms(" ".join((first.title, *first.keywords)))
            seen: set[str] = set()
            whole = list(head)
            rows: dict[Span, int] = {}  # the first passage's, for the whole revision
            for passage in parts:
                payload = payload_of(replace(passage, terms=terms_of(self._analyser, passage)))
                above = [h for h in passage.heading_path if h != passage.title]
                body = self._analyser.terms(" ".join((*above, passage.context)))
                text = self._analyser.terms(body_of(passage.text))
                whole += self._analyser.terms(" ".join(h for h in above if h not in seen)) + text
                seen.update(above)
                embedded = embedding_text(passage.title, passage.heading_path, passage.context, passage.text)
                for span in passage.spans:
                    row = self._vectors.add(passage, span, embedded)
                    rows.setdefault(span, row)
                    self._words.add([*head, *body, *text], passage, span, row, article_key(article_id), payload)
            for span in first.spans:
                self._whole.add(whole, first, span, rows[span], article_key(article_id), "")

    def _repair(self) -> None:
        """After a crash: files that no commit names are removed, rows that no committed document names are dead."""
        self._whole.sweep()
        self._words.sweep()
        living = np.flatnonzero(self._vectors.rows["alive"] == 1)
        for start in range(0, len(living), 1_000):
            chunk = living[start:start + 1_000]
            view = _View(self._words.reader, self._whole.reader, self._vectors.view(), {})
            named = list(view.passages(chunk.tolist()))
            self._vectors.kill(np.setdiff1d(chunk, np.array(named, np.int64)))

    # vectors in the background

    def pending_vectors(self) -> int:
        """See the protocol."""
        self._refresh()
        return len(self._vectors.pending())

    def embed_pending(self, limit: int | None = None) -> int:
        """See the protocol. The lock is not held while the model works: slots are never used for another text."""
        if self._embedder is None:
            return 0
        done = 0
        while limit is None or done < limit:
            view = self._refresh()
            room = _EMBED_BATCH if limit is None else min(_EMBED_BATCH, limit - done)
            slots = self._vectors.pending()[:room]
            texts = self._texts_of(view, slots)
            if not texts:
                break
            vectors = self._embedder.embed_passages(list(texts.values()))
            with self._threads:
                self._vectors.store(list(texts), vectors)
            done += len(texts)
        return done

    def _texts_of(self, view: _View, slots: NDArray[np.int64]) -> dict[int, str]:
        """What the model is to read for each slot that a committed passage uses."""
        rows = view.table.rows
        wanted = np.flatnonzero((rows["alive"] == 1) & np.isin(rows["slot"], slots))
        found = {}
        for row, passage in view.passages(wanted.tolist()).items():
            found[int(rows["slot"][row])] = embedding_text(passage.title, passage.heading_path, passage.context,
                                                           passage.text)
        return found

    # searching

    def search(self, query: EngineQuery) -> list[Candidate]:
        """See the protocol."""
        try:
            return self._search(self._refresh(), query)
        except (OSError, ValueError) as error:
            raise EngineDown("engine_search", f"the search index cannot answer ({error}); "
                             "run `kb index rebuild`") from error

    def _search(self, view: _View, query: EngineQuery) -> list[Candidate]:
        allowed = view.table.allowed(query.filters)
        near = self._scans.submit(_most_similar, view.table, allowed, query)  # both work outside Python's lock
        must = view.words.filters(query.filters)
        rows = {row for _, row in view.words.allowed(query.terms, query.limit, allowed, must)}
        rows.update(_of_best_articles(view, allowed, must, query))
        rows.update(near.result())
        pool = np.array(sorted(rows), np.int64)
        if not len(pool):
            return []
        scores = _scores(view, pool, allowed, must, query)
        shares = comparable(*scores, view.table.column("lang")[pool] == code(query.lang))
        best = np.argsort(-weighted(shares, query.weights), kind="stable")[:query.most]
        passages = view.passages(pool[best].tolist())
        rows_of_best = zip(pool[best].tolist(), *(column[best].tolist() for column in scores), shares[best].tolist(),
                           strict=True)
        return [Candidate(passages[row], words, cosine, article_words, article_cosine, tuple(shares_of_it))
                for row, words, cosine, article_words, article_cosine, shares_of_it in rows_of_best if row in passages]

    def _refresh(self) -> _View:
        """The newest committed state. Words are looked at before rows, so every named row is mapped."""
        with self._viewing:
            changed = self._words.refresh() | self._whole.refresh()
            view = self._view
            if changed or view.words is not self._words.reader or view.whole is not self._whole.reader:
                self._vectors.refresh()
                view = self._view = _View(self._words.reader, self._whole.reader, self._vectors.view(), {})
            elif len(view.table.coarse) < self._vectors.slots_on_disk():
                self._vectors.refresh()
                view = self._view = replace(view, table=self._vectors.view())
            return view

    # state

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """See the protocol."""
        return self._refresh().words.rarity(terms)

    def words(self, limit: int) -> list[tuple[str, int]]:
        """See the protocol. Walking the dictionary takes a second at 100,000 passages, so its result is kept in a
        file for whoever starts next."""
        view = self._refresh()
        state, path = [view.words.checkpoint(), limit], self._folder / "words.json"
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["state"] == state:
                return [(str(term), int(count)) for term, count in kept["terms"]]
        except (OSError, ValueError, KeyError, TypeError):
            pass  # none yet, or damaged: it is made anew
        terms = view.words.terms(limit)
        try:
            _put(path, json.dumps({"state": state, "terms": terms}, ensure_ascii=False))
        except OSError as error:
            log.warning("words not kept: %s", error.strerror)
        return terms

    def checkpoint(self) -> int:
        """See the protocol."""
        view = self._refresh()
        return min(view.whole.checkpoint(), view.words.checkpoint())

    def articles(self) -> dict[str, tuple[str, ...]]:
        """See the protocol."""
        view = self._refresh()
        found: dict[str, set[str]] = {}
        living = np.flatnonzero(view.table.rows["alive"] == 1).tolist()
        for passage in view.passages(living).values():
            found.setdefault(passage.article_id, set()).add(passage.passage_id)
        return {article_id: tuple(sorted(ids)) for article_id, ids in found.items()}

    def health(self) -> Health:
        """See the protocol."""
        rows = self._refresh().table.rows
        pending = len(self._vectors.pending())
        slots = len(np.unique(rows["slot"][rows["alive"] == 1]))
        recipe = self._embedder.recipe.fingerprint if self._embedder else ""
        return Health(True, "ready" if not pending else "vectors pending", int((rows["alive"] == 1).sum()),
                      slots - pending if recipe else 0, self.checkpoint(), recipe)

    def close(self) -> None:
        """See the protocol."""
        self._view.decoded.clear()


def _scores(view: _View, pool: NDArray[np.int64], allowed: NDArray[np.bool_], must: Clauses,
            query: EngineQuery) -> tuple[Column, Column, Column, Column]:
    """Words and cosine of each of these rows, words and best cosine of its article; 0 where there is none."""
    scored = view.words.best([view.words.among("row", pool.tolist())], query.terms, len(pool), unmatched=True)
    words = np.zeros(len(pool))
    words[np.searchsorted(pool, view.words.rows([a for _, a in scored]))] = [s for s, _ in scored]
    cosine = np.zeros(len(pool))
    if query.vector is not None:
        cosine = view.table.similarities(query.vector, pool).astype(np.float64)
    articles, place = np.unique(view.table.column("article")[pool], return_inverse=True)
    of_article = _article_scores(view, articles.tolist(), allowed, must, query)
    article_words = np.array([of_article.get(key, 0.0) for key in articles.tolist()])[place]
    article_cosine = np.zeros(len(articles))
    np.maximum.at(article_cosine, place, cosine)
    return words, cosine, article_words, article_cosine[place]


def _put(path: Path, text: str) -> None:
    """Write a file whole or not at all; several processes may write it at once."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(text)
    try:
        Path(file.name).replace(path)
    except OSError:
        Path(file.name).unlink()
        raise


def _most_similar(table: Rows, allowed: NDArray[np.bool_], query: EngineQuery) -> list[int]:
    """The rows nearest to the question among those allowed."""
    if query.vector is None or not len(table.rows):
        return []
    found: list[int] = table.nearest(query.vector, np.flatnonzero(allowed), query.limit).tolist()
    return found


def _of_best_articles(view: _View, allowed: NDArray[np.bool_], must: Clauses, query: EngineQuery) -> list[int]:
    """The best passages by words of the articles that match best as a whole."""
    best = [row for _, row in view.whole.allowed(query.terms, _WHOLE, allowed, must)]
    if not best:
        return []
    keys = np.unique(view.table.column("article")[best]).tolist()
    hits = view.words.allowed(query.terms, _WHOLE * _PER_WHOLE, allowed, must, among=[view.words.among("key", keys)])
    return [row for _, row in hits]


def _article_scores(view: _View, keys: list[int], allowed: NDArray[np.bool_], must: Clauses,
                    query: EngineQuery) -> dict[int, float]:
    """BM25 of the whole revisions in force of these articles, by article key."""
    hits = view.whole.allowed(query.terms, 2 * len(keys), allowed, must, among=[view.whole.among("key", keys)])
    found: dict[int, float] = {}
    for key, (score, _) in zip(view.table.column("article")[[row for _, row in hits]].tolist(), hits, strict=True):
        found[key] = max(found.get(key, 0.0), score)
    return found
