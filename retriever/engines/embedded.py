"""The embedded engine: words in tantivy, vectors in a memory-mapped matrix, one folder, no service.

Searching proposes the best by words, the best by vectors and the best passages of the articles that match best as a
whole, and gives each of them all its scores, so that ranking can weigh them whatever proposed it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from kb.messages.message import Message
from retriever.embedding import Recipe
from retriever.engines import ALL, PUBLIC
from retriever.engines.checkpoint import put
from retriever.engines.damage import sound
from retriever.engines.scan import code
from retriever.engines.search import Search, most_similar
from retriever.engines.store import Store, View, text_of
from retriever.engines.word_index import is_whole
from retriever.errors import EngineDown
from retriever.language.analysis import Analyser
from retriever.records import EngineQuery, Health, Passage, PendingText, Proposals

log = logging.getLogger(__name__)

CLAIM = "claimed"  # a lock file; whoever holds it still needs the folder
_SCANS = 4  # scans of the vectors at a time; each takes milliseconds
_VIEWS = 3  # last states that passages can still be fetched from
_SAMPLED, _SAMPLED_ROWS = 1_000, 50  # vectors, and rows, looked at by each :meth:`EmbeddedEngine.health`, 5 ms each


class EmbeddedEngine:
    """See :class:`retriever.engines.Engine`. ``folder`` is one index generation."""

    name = "embedded"

    def __init__(self, folder: Path, analyser: Analyser, recipe: Recipe | None, *, lock_seconds: float = 30.0,
                 claims: bool = False) -> None:
        """``claims``: the folder is not removed while this engine is open, even when another is put into use."""
        self._folder = folder
        self._recipe = recipe
        self._scans = ThreadPoolExecutor(_SCANS, "scan")  # kept: a thread's start waits for its first turn, 1 ms
        self._views: OrderedDict[int, View] = OrderedDict()
        self._sampled = self._sampled_rows = self._sampled_file = 0
        self._claim: IO[str] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if claims:
                self._claim = (folder / CLAIM).open("a")
                fcntl.flock(self._claim, fcntl.LOCK_SH)
            self._store = Store(folder, analyser, recipe, lock_seconds=lock_seconds)
        except (OSError, ValueError) as error:
            advice = (Message("run `kb index rebuild`") if os.access(folder, os.W_OK) else
                      Message("it cannot be written: check the folder's permissions and its file system"))
            raise EngineDown("engine_open", "the search index in {folder} cannot be opened; {advice}", folder=folder,
                             advice=advice) from error

    # writing

    def put(self, articles: Iterable[tuple[str, Sequence[Passage]]], *, checkpoint: int) -> None:
        """See the protocol."""
        with sound():
            self._store.put(articles, checkpoint)

    def remove(self, article_ids: Iterable[str], *, checkpoint: int) -> None:
        """See the protocol."""
        self.put([(article_id, ()) for article_id in article_ids], checkpoint=checkpoint)

    # vectors in the background

    def pending_vectors(self) -> int:
        """See the protocol."""
        with sound():
            self._store.view()
            return len(self._store.vectors.pending())

    def pending_texts(self, limit: int) -> list[PendingText]:
        """See the protocol."""
        with sound():
            view = self._store.view()
            slots = self._store.vectors.pending()[:limit]
            rows = view.table.rows
            wanted = np.flatnonzero((rows["alive"] == 1) & np.isin(rows["slot"], slots))
            passages = view.passages(wanted.tolist())
            texts = {int(rows["slot"][row]): text_of(passage) for row, passage in passages.items()}
            return [PendingText(str(slot), texts[slot]) for slot in slots.tolist() if slot in texts]

    def put_vectors(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """See the protocol. The lock is not held while the model works: slots are never used for another text."""
        with sound():
            self._store.put_vectors([int(key) for key in keys], vectors)

    # searching

    def propose(self, query: EngineQuery) -> Proposals:
        """See the protocol."""
        with sound():
            view = self._store.view()
            self._keep(view)
            words = view.words(query.filters.audiences)
            allowed = view.table.allowed(query.filters)
            near = self._scans.submit(most_similar, view.table, allowed, query)  # both work outside Python's lock
            search = Search(view, words, allowed, query)
            rows = {*search.passages(), *search.of_best_articles(), *near.result()}
            pool = np.array(sorted(rows), np.int64)
            scores = search.scores(pool)
            same = (view.table.column("lang")[pool] == code(query.lang)).astype(np.float64)
            if not all(np.isfinite(column).all() for column in scores):
                raise ValueError("a score is not a number")
            return Proposals(tuple(f"{view.number}:{row}" for row in pool.tolist()), *scores, same)

    def _keep(self, view: View) -> None:
        """Remember the state, so that what is proposed from it can be fetched when it has been replaced."""
        if view.number not in self._views:
            for old in self._views.values():
                old.decoded.clear()
        self._views[view.number] = view
        while len(self._views) > _VIEWS:
            self._views.popitem(last=False)

    def fetch(self, ids: Sequence[str]) -> dict[str, Passage]:
        """See the protocol."""
        with sound():
            rows: dict[int, list[int]] = {}
            for name in ids:
                state, row = name.split(":")
                rows.setdefault(int(state), []).append(int(row))
            found = {}
            for number, wanted in rows.items():
                view = self._views.get(number) or self._store.view()
                found.update({f"{number}:{row}": passage for row, passage in view.passages(wanted).items()})
            return found

    # statistics

    def idf(self, terms: Sequence[str], audiences: frozenset[str]) -> dict[str, float]:
        """See the protocol."""
        with sound():
            return self._store.view().words(audiences).passages.idf(terms)

    def words(self, limit: int, audiences: frozenset[str]) -> list[tuple[str, int]]:
        """See the protocol. Walking the dictionary takes a second at 100,000 passages, so its result is kept in a
        file for whoever starts next."""
        with sound():
            words = self._store.view().words(audiences)
            kind = "public" if audiences <= {"public"} else "all"
            state, path = [*words.stamp, limit], self._folder / f"words-{kind}.json"
            try:
                head, _, kept = path.read_text(encoding="utf-8").partition("\n")
                if json.loads(head) == [*state, zlib.crc32(kept.encode())]:
                    return [(str(term), int(count)) for term, count in json.loads(kept)]
            except (OSError, ValueError, TypeError):
                pass  # none yet, or damaged: it is made anew
            terms = words.passages.terms(limit)
        try:
            kept = json.dumps(terms, ensure_ascii=False)
            put(path, f"{json.dumps([*state, zlib.crc32(kept.encode())])}\n{kept}")
        except OSError as error:
            log.warning("words not kept: %s", error.strerror)
        return terms

    # state

    def checkpoint(self) -> int:
        """See the protocol."""
        with sound():
            return self._store.view().checkpoint

    def articles(self) -> dict[str, tuple[str, ...]]:
        """See the protocol."""
        with sound():
            view = self._store.view()
            found: dict[str, set[str]] = {}
            living = np.flatnonzero(view.table.rows["alive"] == 1).tolist()
            for passage in view.passages(living).values():
                found.setdefault(passage.article_id, set()).add(passage.passage_id)
            return {article_id: tuple(sorted(ids)) for article_id, ids in found.items()}

    def damage(self) -> list[Message]:
        """See the protocol."""
        with sound():
            view, table = self._store.view(), self._store.vectors
            wrong, mixed = self._mistaken(view, np.flatnonzero(view.table.rows["alive"] == 1))
            public = int(view.table.held(PUBLIC).sum())
            files = sum(not is_whole(path) for path in self._store.word_files())
            damaged, unseen = len(table.damaged()), abs(view.public.passages.count() - public)
        told = (Message("{count} files of words are damaged: run `kb index rebuild`", count=files),
                Message("{count} rows are not those of their passages: run `kb index rebuild`", count=wrong),
                Message("{count} vectors belong to another text: run `kb index rebuild`", count=mixed),
                Message("{count} vectors are damaged: run `kb index rebuild`", count=damaged),
                Message("{count} public passages are not those that citizens search: run `kb index rebuild`",
                        count=unseen))
        return [message for message in told if message.facts["count"]]

    def _mistaken(self, view: View, rows: NDArray[np.int64]) -> tuple[int, int]:
        """How many of these rows are not those of their passages, and how many have another text's vector."""
        table, wrong, mixed = self._store.vectors, 0, 0
        for row, passage in view.passages(rows.tolist()).items():
            wrong += all(table.differs(row, passage, span) for span in passage.spans)
            mixed += not table.holds(row, text_of(passage))
        return wrong, mixed

    def health(self, audiences: frozenset[str] = ALL) -> Health:
        """See the protocol. A part of the rows and vectors is looked at each time, in turn."""
        with sound():
            view, table = self._store.view(), self._store.vectors
            rows = view.table.rows
            held = rows[view.table.held(audiences)]["slot"]
            waiting = np.intersect1d(held, table.pending())
            living = np.flatnonzero(rows["alive"] == 1)
            slots = np.unique(rows["slot"][living]).astype(np.int64)
            damaged = len(table.damaged(_in_turn(slots, self._sampled, _SAMPLED)))
            spoilt = sum(self._mistaken(view, _in_turn(living, self._sampled_rows, _SAMPLED_ROWS)))
            files = self._store.word_files()
            self._sampled_file = (self._sampled_file + 1) % max(len(files), 1)
            spoilt += not is_whole(files[self._sampled_file]) if files else 0
            if self._store.view() is view:  # else a writer may have marked rows dead that this state still names
                spoilt += max(view.everything.passages.count() - len(living), 0)
            self._sampled = (self._sampled + _SAMPLED) % max(len(slots), 1)
            self._sampled_rows = (self._sampled_rows + _SAMPLED_ROWS) % max(len(living), 1)
            detail = f"{damaged} vectors are damaged: run `kb index rebuild`" if damaged else \
                f"{spoilt} rows or files are damaged: run `kb index rebuild`" if spoilt else \
                "vectors pending" if len(waiting) else "ready"
            code = "vectors_damaged" if damaged else "index_damaged" if spoilt else ""
            recipe = self._recipe.fingerprint if self._recipe else ""
            vectors = len(np.unique(held)) - len(waiting) if recipe else 0
            return Health(not code, detail, len(held), vectors, view.checkpoint, recipe, code)

    def close(self) -> None:
        """See the protocol."""
        self._views.clear()
        self._scans.shutdown(wait=False)
        if self._claim is not None:
            self._claim.close()


def _in_turn(values: NDArray[np.int64], start: int, most: int) -> NDArray[np.int64]:
    """So many of the values from this place on, and on from the first again."""
    return np.take(values, range(start, start + min(most, len(values))), mode="wrap") if len(values) else values
