"""Vectors: append-only, memory-mapped tables shared by processes, scanned exactly, filter first.

``rows.bin`` has one record for each (passage, interval) with the asker's filters as columns; ``keys.bin`` one SHA-256
of the embedded text for each slot; ``vectors-<fingerprint>.f16`` one vector for each slot, zeros until it is computed,
and ``vectors-<fingerprint>.i8`` the same in bytes.
Rows of equal text share a slot. The tables only propose: a row is real when a committed word document names it, so a
crash between append and commit leaves rows that nothing finds and that the next writer marks dead. Vectors of another
model live in another file and are never mixed.

A scan reads the bytes only and looks at the halves of the few that may be among the nearest: simsimd multiplies 100,000
vectors of 384 in 1.4 ms as bytes and in 5 as halves, where NumPy takes 24 for single precision, and most of the halves
are never touched. Cosines of halves differ in the fourth digit.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import weakref
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import simsimd
from numpy.typing import NDArray

from retriever.embedding import Recipe
from retriever.engines.lexical import micros
from retriever.errors import EmbeddingDown, IndexMismatch
from retriever.records import Filters, Passage, Span

ROW = np.dtype([
    ("effective_from", "<i8"), ("effective_to", "<i8"), ("known_from", "<i8"), ("known_to", "<i8"), ("article", "<i8"),
    ("department", "<u4"), ("slot", "<u4"), ("lang", "<u4"), ("audience", "u1"), ("alive", "u1"), ("spare", "<u2"),
])
VECTOR = np.dtype("<f2")
BYTE = np.dtype("i1")
_WIDEST = 5.0  # standard deviations of a unit vector's numbers that a byte tells apart; beyond they are cut
_OFF = 1e-2  # how far a unit vector's length may be from 1
_OVERSHOOT = 3  # times as many as wanted are looked at again; twice as many already lost none of 15,000
_FIRST = 16  # numbers of a vector that tell whether it was computed, but for one in a great many
_CHANGING = frozenset({"alive", "spare"})  # columns that are written after their row was appended, and the unused one
_SELECTIVE = 8  # gather the rows' vectors when fewer than one slot in this many is allowed, else multiply all


def code(word: str) -> int:
    """A department or language as a number; equal words give equal numbers on every machine."""
    return zlib.crc32(word.encode())


def article_key(article_id: str) -> int:
    """63 bits of the article id's hash, for numeric columns."""
    return int.from_bytes(hashlib.blake2b(article_id.encode(), digest_size=8).digest(), "big") >> 1


def text_key(text: str) -> bytes:
    """What identifies an embedded text."""
    return hashlib.sha256(text.encode()).digest()


def _map(path: Path, dtype: np.dtype, width: int = 1, *, write: bool = False) -> NDArray:  # type: ignore[type-arg]
    """The file's whole records as a memory map; a torn last record of a killed writer is left out."""
    size = path.stat().st_size // (dtype.itemsize * width) if path.exists() else 0
    if size == 0:
        return np.zeros((0, width) if width > 1 else (0,), dtype)
    return np.memmap(path, dtype, "r+" if write else "r", shape=(size, width) if width > 1 else (size,))


def _append(path: Path, data: bytes, record: int) -> None:
    """Append whole records durably, over a torn last record if there is one."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(0, os.SEEK_END)
        file.seek(file.tell() // record * record)
        file.truncate()
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


class _Reader:
    """A file open for reading, closed with the last view that reads from it."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self.file)


@dataclass(frozen=True)
class Rows:
    """The tables as mapped at one moment, for reading."""

    rows: NDArray[np.void]
    vectors: NDArray[np.float16]
    coarse: NDArray[np.int8]
    halves: _Reader | None = None  # of the file of ``vectors``

    @cached_property
    def _columns(self) -> dict[str, NDArray[Any]]:
        return {name: np.ascontiguousarray(self.rows[name]) for name in ROW.names or () if name not in _CHANGING}

    def column(self, name: str) -> NDArray[Any]:
        """One column of the rows. What never changes is copied once into one piece: a third of a scan's time."""
        return self.rows[name] if name in _CHANGING else self._columns[name]

    def allowed(self, filters: Filters) -> NDArray[np.bool_]:
        """Which rows this asker may be shown at these times."""
        as_of, known_at = micros(filters.as_of), micros(filters.known_at)
        mask: NDArray[np.bool_] = self.column("alive") == 1
        mask &= (self.column("effective_from") <= as_of) & (self.column("effective_to") > as_of)
        mask &= (self.column("known_from") <= known_at) & (self.column("known_to") > known_at)
        if "agent" not in filters.audiences:
            mask &= self.column("audience") == 1
        elif "public" not in filters.audiences:
            mask &= self.column("audience") == 2
        if filters.departments is not None:
            mask &= np.isin(self.column("department"), [code(d) for d in filters.departments])
        if filters.langs is not None:
            mask &= np.isin(self.column("lang"), [code(lang) for lang in filters.langs])
        return mask

    def similarities(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine of the question with each of these rows; 0.0 where there is no vector yet."""
        slots = self.column("slot")[rows].astype(np.int64)
        found = np.zeros(len(rows), np.float32)
        there = slots < len(self.vectors)
        if len(rows) * _SELECTIVE < len(self.vectors):
            found[there] = _products(vector, self._read(slots[there]))
        else:
            found[there] = _products(vector, self.vectors)[slots[there]]
        return found

    def _read(self, slots: NDArray[np.int64]) -> NDArray[np.float16]:
        """The vectors of these slots. From a map every page that was ever looked at, and its neighbours, would count
        as this process's memory; reading takes a thousandth of a millisecond more for each."""
        if self.halves is None:
            return np.asarray(self.vectors[slots])
        width = self.vectors.shape[1] * VECTOR.itemsize
        data = b"".join([os.pread(self.halves.file, width, slot * width) for slot in slots.tolist()])
        return np.frombuffer(data, VECTOR).reshape(len(slots), self.vectors.shape[1])

    def nearest(self, vector: NDArray[np.float32], rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
        """Of these rows, up to so many that are nearest to the question, in no order; none without a vector."""
        slots = self.column("slot")[rows].astype(np.int64)
        there = slots < len(self.coarse)
        rows, slots = rows[there], slots[there]
        if len(rows) * _SELECTIVE >= len(self.coarse) and len(rows) > _OVERSHOOT * most:
            about = _products(coarse_of(vector), self.coarse)[slots]
            about[about == 0] = -np.inf
            rows = rows[_top(about, _OVERSHOOT * most)]
        found = self.similarities(vector, rows)
        rows, found = rows[found != 0], found[found != 0]
        return np.asarray(rows[_top(found, most)], np.int64)


def _top(values: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Where the largest values are, in no order."""
    if most >= len(values):
        return np.arange(len(values))
    return np.asarray(np.argpartition(values, len(values) - most)[len(values) - most:], np.int64)


def coarse_of(vectors: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
    """Unit vectors as bytes: enough to tell which may be near."""
    widest = _WIDEST / max(vectors.shape[-1], 1) ** 0.5
    return np.asarray(np.rint(np.clip(vectors * (127 / widest), -127, 127)), BYTE)


def _products(vector: NDArray[Any], vectors: NDArray[Any]) -> NDArray[np.float32]:
    """The inner product of one vector with each of the others, which are of one type."""
    if not len(vectors):
        return np.zeros(0, np.float32)
    distances = simsimd.cdist(vector.astype(vectors.dtype)[None], np.asarray(vectors), "dot")
    return np.asarray(distances, np.float32).reshape(-1)


class VectorTable:
    """The rows and vectors of one index generation, for one embedding recipe."""

    def __init__(self, folder: Path, recipe: Recipe | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._rows_path, self._keys_path = folder / "rows.bin", folder / "keys.bin"
        self.dimension = recipe.dimension if recipe else 0
        self._vectors_path = folder / f"vectors-{recipe.fingerprint[:16]}.f16" if recipe else None
        self._coarse_path = self._vectors_path.with_suffix(".i8") if self._vectors_path else None
        self._slots: dict[bytes, int] | None = None
        self._new_rows: list[tuple[int, ...]] = []
        self._new_keys: list[bytes] = []
        self.refresh()

    def refresh(self) -> None:
        """Map what is on disk now."""
        self.rows = _map(self._rows_path, ROW)
        self.keys = _map(self._keys_path, np.dtype("V32"))
        self.vectors: NDArray[np.float16] = np.zeros((0, self.dimension), VECTOR)
        self.coarse: NDArray[np.int8] = np.zeros((0, self.dimension), BYTE)
        self._halves: _Reader | None = None
        if self._vectors_path is not None and self._coarse_path is not None:
            self.vectors = _map(self._vectors_path, VECTOR, self.dimension)
            self.coarse = _map(self._coarse_path, BYTE, self.dimension)[:len(self.vectors)]
            if len(self.vectors):
                self._halves = _Reader(self._vectors_path)

    def slots_on_disk(self) -> int:
        """How many vectors the file has room for now, computed or not."""
        if self._coarse_path is None or not self._coarse_path.exists():
            return 0
        return self._coarse_path.stat().st_size // self.dimension

    def view(self) -> Rows:
        """What is mapped now; appended rows and new vectors files need a :meth:`refresh` first."""
        return Rows(self.rows, self.vectors, self.coarse, self._halves)

    # writing: the caller holds the engine's lock

    def _slot(self, key: bytes) -> int:
        if self._slots is None:
            self._slots = {k.tobytes(): i for i, k in enumerate(self.keys)}
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = len(self._slots)
            self._new_keys.append(key)
        return slot

    def add(self, passage: Passage, span: Span, text: str) -> int:
        """Plan a row for a passage's interval; its number. Nothing is on disk before :meth:`flush`."""
        self._new_rows.append((
            micros(span.effective_from), micros(span.effective_to), micros(span.known_from), micros(span.known_to),
            article_key(passage.article_id), code(passage.department), self._slot(text_key(text)), code(passage.lang),
            1 if passage.audience == "public" else 2, 1, 0,
        ))
        return len(self.rows) + len(self._new_rows) - 1

    def flush(self) -> None:
        """Append the planned rows and their keys, with empty vectors."""
        if self._new_keys:
            _append(self._keys_path, b"".join(self._new_keys), 32)
        if self._new_rows:
            _append(self._rows_path, np.array(self._new_rows, ROW).tobytes(), ROW.itemsize)
        self._new_keys, self._new_rows = [], []
        self.refresh()
        self._pad()

    def _pad(self) -> None:
        """As many vectors as slots: the files grow sparsely with zeros and never shrink under those who map them.

        Bytes beyond the halves, of a copy that was cut off, would tell of vectors that are not there: they become zero.
        """
        if self._vectors_path is None or self._coarse_path is None or \
                min(len(self.vectors), len(self.coarse)) >= len(self.keys):
            return
        with self._vectors_path.open("ab") as halves, self._coarse_path.open("ab") as coarse:
            fcntl.flock(coarse, fcntl.LOCK_EX)  # several processes may embed at once
            whole = halves.tell() // (self.dimension * VECTOR.itemsize)
            if coarse.tell() > whole * self.dimension:
                told = _map(self._coarse_path, BYTE, self.dimension, write=True)
                told[whole:] = 0
            for file, width in ((halves, VECTOR.itemsize), (coarse, BYTE.itemsize)):
                size = len(self.keys) * self.dimension * width
                if file.seek(0, os.SEEK_END) < size:
                    file.truncate(size)
        self.refresh()

    def forget(self) -> None:
        """Drop what was planned and not flushed."""
        self._new_keys, self._new_rows, self._slots = [], [], None

    def kill(self, rows: NDArray[np.int64]) -> None:
        """Mark rows dead; readers see it through the shared map."""
        if len(rows):
            writable = _map(self._rows_path, ROW, write=True)
            writable["alive"][rows] = 0
            writable.flush()  # type: ignore[attr-defined]

    def rows_of(self, article_ids: Iterable[str]) -> NDArray[np.int64]:
        """The living rows of these articles."""
        keys = np.array([article_key(a) for a in article_ids], np.int64)
        return np.flatnonzero((self.rows["alive"] == 1) & np.isin(self.rows["article"], keys))

    def pending(self) -> NDArray[np.int64]:
        """Slots of living rows that have no vector, newest first."""
        if self._vectors_path is None or not len(self.rows):
            return np.zeros(0, np.int64)
        used = np.unique(self.rows["slot"][self.rows["alive"] == 1]).astype(np.int64)
        room = min(len(self.vectors), len(self.coarse))
        there, beyond = used[used < room], used[used >= room]
        # a computed vector has something in its first few bytes; the whole of it is read only where it has not
        empty = there[~self.coarse[there, :_FIRST].any(axis=1)]
        return np.concatenate((empty[~self.coarse[empty].any(axis=1)], beyond))[::-1]

    def store(self, slots: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Write the vectors of these slots, the bytes last: they tell that a vector was computed."""
        if self._vectors_path is None or self._coarse_path is None or vectors.shape[1:] != (self.dimension,):
            raise IndexMismatch("dimension", f"vectors have {vectors.shape[-1]} dimensions, the index "
                                f"{self.dimension}: run `kb index rebuild`")
        lengths = np.linalg.norm(vectors, axis=1)
        if not (np.abs(lengths - 1) < _OFF).all():  # also when one is not a number
            raise EmbeddingDown("not_unit", "the embedding model gave a vector that is not of length 1: another "
                                "export of the model is needed, or another model")
        self._pad()
        coarse = coarse_of(vectors)
        for path, dtype, values in ((self._vectors_path, VECTOR, vectors), (self._coarse_path, BYTE, coarse)):
            writable = _map(path, dtype, self.dimension, write=True)
            writable[np.asarray(slots)] = values
            writable.flush()  # type: ignore[attr-defined]
