"""What the embedded engine keeps on disk: words, rows, vectors and a checkpoint, written together, read as one state.

One process writes at a time (a file lock that the kernel drops when its holder dies), all read. Rows are durable before
the words that name them and die after they are unnamed; the checkpoint is written last. While a writer commits, readers
keep the state that they have, so that a search never mixes two. What a killed writer leaves is cleared up by the next
one, and when the index is opened; an article is only taken for known where every index of words holds it alike, for a
writer may have been killed between two commits.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Recipe
from retriever.engines.checkpoint import Checkpoint
from retriever.engines.lexical import document_of, part_of
from retriever.engines.payload import digest_of, passage_of, payload_of
from retriever.engines.scan import AUDIENCES, Rows
from retriever.engines.vectors import VectorTable, article_key
from retriever.engines.words import WordIndices, Words
from retriever.errors import EngineDown
from retriever.language.analysis import Analyser
from retriever.passages.cutting import embedding_text
from retriever.passages.terms import terms_of
from retriever.records import Passage, Span

_CACHED = 8_000  # decoded passages kept in memory, about 5 kB each
_LOOK = 0.05  # seconds between two looks at the files that a search reads: two hundred of them take a millisecond
_CHUNK = 1_000  # rows looked up at once


@dataclass(frozen=True)
class View:
    """One consistent state to read: a search never mixes two."""

    number: int
    public: Words
    everything: Words
    table: Rows
    checkpoint: int
    decoded: dict[int, Passage]

    def words(self, audiences: frozenset[str]) -> Words:
        """What is searched for whoever belongs to these audiences, and nobody else's statistics."""
        return self.public if audiences <= {"public"} else self.everything

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """The passages of these rows; a row that no committed document names is left out."""
        wanted = list(rows)
        found = {row: passage for row in wanted if (passage := self.decoded.get(row)) is not None}
        missing = [row for row in wanted if row not in found]
        words = self.everything.passages
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start:start + _CHUNK]
            addresses = [a for _, a in words.best([words.among("row", chunk)], (), len(chunk), unmatched=True)]
            for row, address in zip(words.rows(addresses), addresses, strict=True):
                found[row] = passage_of(words.payload(address))
        if len(self.decoded) < _CACHED:
            self.decoded.update(found)
        return found


class Store:
    """The files of one index generation. OSError and ValueError tell of damage; the engine says what to do."""

    def __init__(self, folder: Path, analyser: Analyser, recipe: Recipe | None, *, lock_seconds: float) -> None:
        self._folder = folder
        self._analyser = analyser
        self._lock_seconds = lock_seconds
        self._threads = threading.RLock()  # tantivy's writers and the tables' plans are not for two threads
        self._viewing = threading.Lock()
        self._checkpoint = Checkpoint(folder)
        if not self._checkpoint.exists() and not (folder / "passages").exists():
            folder.mkdir(parents=True, exist_ok=True)
            self._checkpoint.write(0)
        self._words = WordIndices(folder)
        self.vectors = VectorTable(folder, recipe)
        self._committing, self._dirty = folder / "committing", folder / "dirty"
        self._looked = 0.0
        self._stamps = self._seen()
        self._view = self._read(0)
        self._clear_up()

    # reading

    def _seen(self) -> tuple[object, ...]:
        return (self._checkpoint.stamp(), *self._words.stamps())

    def _read(self, number: int) -> View:
        return View(number, self._words.public(), self._words.everything(), self.vectors.view(),
                    self._checkpoint.read(), {})

    def view(self) -> View:
        """The newest committed state. Words are looked at before rows, so every named row is mapped."""
        with self._viewing:
            if self._committing.exists():
                return self._view
            stamps = self._seen()
            if stamps == self._stamps and monotonic() - self._looked > _LOOK:
                try:
                    self._words.check_files()
                    self._looked = monotonic()
                except OSError:
                    stamps = self._seen()  # joined by another process in this moment?
                    if stamps == self._stamps:
                        raise
            if stamps != self._stamps:
                self._words.reload()
                self.vectors.refresh()
                self._view, self._stamps = self._read(self._view.number + 1), stamps
            elif self.vectors.has_grown(self._view.table):
                self.vectors.refresh()
                self._view = replace(self._view, table=self.vectors.view())
            return self._view

    def word_files(self) -> list[Path]:
        """The files of words that the last commits name."""
        return self._words.files()

    # writing

    @contextmanager
    def _writing(self, seconds: float) -> Iterator[None]:
        """The right to write, among threads and processes; EngineDown when another writer takes longer than this."""
        patience = monotonic() + seconds
        if not self._threads.acquire(timeout=seconds):
            raise EngineDown("index_busy", "another thread is writing the search index; try again")
        try:
            with (self._folder / "write.lock").open("a") as lock:
                while True:
                    try:
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        if monotonic() > patience:
                            raise EngineDown("index_busy", "another process is writing the search index; "
                                             "try again") from None
                        sleep(0.01)
                self._committing.unlink(missing_ok=True)  # a killed writer's
                try:
                    self.view()
                    yield
                finally:
                    self.vectors.forget()
                    self._words.release()
        finally:
            self._threads.release()

    def put(self, articles: Iterable[tuple[str, Sequence[Passage]]], checkpoint: int) -> None:
        """Replace what these articles show to each audience, where it differs."""
        with self._writing(self._lock_seconds):
            if self._dirty.exists():
                self._repair()
            self._dirty.touch()
            changed: dict[str, dict[str, None]] = {audience: {} for audience in AUDIENCES}
            for article_id, passages in articles:
                for audience, ids in changed.items():
                    part = [p for p in passages if p.audience == audience]
                    digest = digest_of(part)
                    if article_id in ids or self._differs(part_of(article_id, audience), audience,
                                                          digest if part else None):
                        ids[article_id] = None
                        self._replace(part_of(article_id, audience), audience, part, digest.encode())
            old = np.concatenate([self.vectors.rows_of(ids, audience) for audience, ids in changed.items()])
            if self._words.is_changing:
                self.vectors.flush()
                self._committing.touch()
                self._words.commit()
            if self._words.is_changing or checkpoint != self._view.checkpoint:
                self._checkpoint.write(checkpoint)
            self._committing.unlink(missing_ok=True)
            self.view()
            self.vectors.kill(old)
            self._dirty.unlink()

    def _differs(self, name: str, audience: str, wanted: str | None) -> bool:
        """Whether any index of words holds this part with another digest than this; None for nothing of it."""
        searched = (self._view.everything, *((self._view.public,) if audience == "public" else ()))
        return any(reader.digest(name) != wanted for words in searched for reader in (words.passages, words.whole))

    def _replace(self, name: str, audience: str, part: Sequence[Passage], digest: bytes) -> None:
        is_public = audience == "public"
        self._words.delete_part(name, public=is_public)
        revisions: dict[str, list[Passage]] = {}
        for passage in part:
            revisions.setdefault(passage.revision_id, []).append(passage)
        for passages in revisions.values():
            self._add(passages, digest, is_public=is_public)

    def _add(self, passages: Sequence[Passage], digest: bytes, *, is_public: bool) -> None:
        """One revision: its passages, and the whole of it."""
        first, key = passages[0], article_key(passages[0].article_id)
        head = self._analyser.terms(" ".join((first.title, *first.keywords)))
        seen: set[str] = set()
        known = {"": ""}
        whole = list(head)
        rows: dict[Span, int] = {}  # the first passage's, for the whole revision
        for passage in passages:
            payload = payload_of(replace(passage, terms=terms_of(self._analyser, passage, known))).encode()
            above = [h for h in passage.heading_path if h != passage.title]
            body = self._analyser.terms(" ".join((*above, passage.context)))
            text = self._analyser.terms(passage.body)
            new = [h for h in above if h not in seen]
            whole += body if new == above and not passage.context else self._analyser.terms(" ".join(new))
            whole += text
            seen.update(above)
            terms = [*head, *body, *text]
            for span in passage.spans:
                row = self.vectors.add(passage, span, text_of(passage))
                rows.setdefault(span, row)
                document = document_of(terms, passage, span, row, key, digest)
                if is_public:
                    self._words.public_passages.add(document)
                document.add_bytes("payload", payload)
                self._words.passages.add(document)
        for span in first.spans:
            document = document_of(whole, first, span, rows[span], key, digest)
            if is_public:
                self._words.public_whole.add(document)
            self._words.whole.add(document)

    def _clear_up(self) -> None:
        """When a writer was killed and nothing is left to be replayed: what it left, unless another one writes now."""
        if self._dirty.exists():
            with suppress(EngineDown, PermissionError), self._writing(0.0):
                if self._dirty.exists():
                    self._repair()
                    self._dirty.unlink()

    def _repair(self) -> None:
        """After a crash: files that no commit names are removed, rows that no committed document names are dead."""
        self._words.sweep()
        self._words.release()
        living = np.flatnonzero(self.vectors.rows["alive"] == 1)
        view = replace(self._view, decoded={})
        for start in range(0, len(living), _CHUNK):
            chunk = living[start:start + _CHUNK]
            self.vectors.kill(np.setdiff1d(chunk, np.array(list(view.passages(chunk.tolist())), np.int64)))

    def put_vectors(self, slots: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Keep the vectors of these slots. No lock among processes: a slot is never used for another text."""
        with self._threads:
            self.vectors.store(slots, vectors)


def text_of(passage: Passage) -> str:
    """What the model reads of a passage."""
    return embedding_text(passage.title, passage.heading_path, passage.context, passage.body)
