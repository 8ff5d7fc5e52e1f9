"""The files of rows and vectors: append-only, memory-mapped tables shared by processes (scan.py reads them).

``rows.bin`` has one record for each (passage, interval) with the asker's filters as columns; ``keys.bin`` one SHA-256
of the embedded text for each slot; ``vectors-<fingerprint>.f16`` one vector for each slot, zeros until it is computed,
``vectors-<fingerprint>.i8`` the same in bytes, and ``vectors-<fingerprint>.crc`` a checksum of both, written last: it
tells that a vector was computed, and damage that still looks like a vector or like none.
Rows of equal text share a slot. The tables only propose: a row is real when a committed word document names it, so a
crash between append and commit leaves rows that nothing finds and that the next writer marks dead. Vectors of another
model live in another file and are never mixed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Recipe
from retriever.engines.payload import micros
from retriever.engines.scan import AUDIENCES, BYTE, OFF, ROW, VECTOR, Reader, Rows, coarse_of, code
from retriever.errors import EmbeddingDown, IndexMismatch
from retriever.records import Passage, Span

_KEY = np.dtype("V32")
_SUM = np.dtype("<u4")
_FIRST = 16  # numbers of a vector that tell whether it was computed, but for one in a great many


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


class VectorTable:
    """The rows and vectors of one index generation, for one embedding recipe."""

    def __init__(self, folder: Path, recipe: Recipe | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._rows_path, self._keys_path = folder / "rows.bin", folder / "keys.bin"
        self.dimension = recipe.dimension if recipe else 0
        halves = folder / f"vectors-{recipe.fingerprint[:16]}.f16" if recipe else None
        self._vector_paths = (halves, halves.with_suffix(".i8"), halves.with_suffix(".crc")) if halves else None
        self._slots: dict[bytes, int] | None = None
        self._new_rows: list[tuple[int, ...]] = []
        self._new_keys: list[bytes] = []
        self.refresh()

    def refresh(self) -> None:
        """Map what is on disk now."""
        self.rows = _map(self._rows_path, ROW)
        self.keys = _map(self._keys_path, _KEY)
        self.vectors: NDArray[np.float16] = np.zeros((0, self.dimension), VECTOR)
        self.coarse: NDArray[np.int8] = np.zeros((0, self.dimension), BYTE)
        self.sums: NDArray[np.uint32] = np.zeros(0, _SUM)
        self._halves: Reader | None = None
        if self._vector_paths is not None:
            halves, coarse, sums = self._vector_paths
            self.vectors = _map(halves, VECTOR, self.dimension)
            self.coarse = _map(coarse, BYTE, self.dimension)[:len(self.vectors)]
            self.sums = _map(sums, _SUM)
            if len(self.vectors):
                self._halves = Reader(halves)

    def has_grown(self, view: Rows) -> bool:
        """Whether there are vectors, computed or not, beyond those that a view maps; OSError when a mapped file was
        cut off, because a read beyond its end would end the process."""
        if len(view.rows):
            _reaches(self._rows_path, len(view.rows) * ROW.itemsize)
        if self._vector_paths is None or not self._vector_paths[1].exists():
            if len(view.coarse):
                raise OSError("the vectors are gone")
            return False
        halves, coarse, _ = self._vector_paths
        _reaches(halves, len(view.vectors) * self.dimension * VECTOR.itemsize)
        return _reaches(coarse, len(view.coarse) * self.dimension) // self.dimension > len(view.coarse)

    def view(self) -> Rows:
        """What is mapped now; appended rows and new vectors need a :meth:`refresh` first."""
        return Rows(self.rows, self.vectors, self.coarse, self._halves, self.sums)

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
            AUDIENCES[passage.audience], 1, 0,
        ))
        return len(self.rows) + len(self._new_rows) - 1

    def flush(self) -> None:
        """Append the planned rows and their keys, with empty vectors. The rows come last: each has room for its vector,
        also when the writer is killed, so that a file without that room was cut off."""
        if self._new_keys:
            _append(self._keys_path, b"".join(self._new_keys), _KEY.itemsize)
            self.refresh()
        self._pad()
        if self._new_rows:
            _append(self._rows_path, np.array(self._new_rows, ROW).tobytes(), ROW.itemsize)
        self._new_keys, self._new_rows = [], []
        self.refresh()

    def _pad(self) -> None:
        """As many vectors as slots: the files grow sparsely with zeros and never shrink under those who map them.

        Bytes beyond the halves, of a copy that was cut off, would tell of vectors that are not there: they become zero.
        """
        if self._vector_paths is None or min(len(self.vectors), len(self.coarse)) >= len(self.keys):
            return
        halves_path, coarse_path, sums_path = self._vector_paths
        with halves_path.open("ab") as halves, coarse_path.open("ab") as coarse, sums_path.open("ab") as sums:
            fcntl.flock(coarse, fcntl.LOCK_EX)  # several processes may embed at once
            whole = halves.tell() // (self.dimension * VECTOR.itemsize)
            if coarse.tell() > whole * self.dimension:
                told = _map(coarse_path, BYTE, self.dimension, write=True)
                told[whole:] = 0
                _map(sums_path, _SUM, write=True)[whole:] = 0
            for file, width in ((halves, self.dimension * VECTOR.itemsize), (coarse, self.dimension),
                                (sums, _SUM.itemsize)):
                size = len(self.keys) * width
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

    def rows_of(self, article_ids: Iterable[str], audience: str) -> NDArray[np.int64]:
        """The living rows of what these articles show to one audience."""
        keys = np.array([article_key(a) for a in article_ids], np.int64)
        return np.flatnonzero((self.rows["alive"] == 1) & (self.rows["audience"] == AUDIENCES[audience])
                              & np.isin(self.rows["article"], keys))

    def pending(self) -> NDArray[np.int64]:
        """Slots of living rows that have no vector, newest first; those of lost bytes are among them, to be healed."""
        if self._vector_paths is None or not len(self.rows):
            return np.zeros(0, np.int64)
        used = np.unique(self.rows["slot"][self.rows["alive"] == 1]).astype(np.int64)
        room = min(len(self.vectors), len(self.coarse))
        there, beyond = used[used < room], used[used >= room]
        # a computed vector has something in its first few bytes; the whole of it is read only where it has not
        empty = there[~self.coarse[there, :_FIRST].any(axis=1)]
        return np.concatenate((empty[~self.coarse[empty].any(axis=1)], beyond))[::-1]

    def store(self, slots: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Write the vectors of these slots, the checksums last: they tell that a vector was computed."""
        if self._vector_paths is None or vectors.shape[1:] != (self.dimension,):
            raise IndexMismatch("dimension", "vectors have {dimensions} dimensions, the index {dimension}: run `kb "
                                "index rebuild`", dimensions=vectors.shape[-1], dimension=self.dimension)
        if not (np.abs(np.linalg.norm(vectors, axis=1) - 1) < OFF).all():  # also when one is not a number
            raise EmbeddingDown("not_unit", "the embedding model gave a vector that is not of length 1: another "
                                "export of the model is needed, or another model")
        self._pad()
        places, halves, coarse = np.asarray(slots), vectors.astype(VECTOR), coarse_of(vectors)
        sums = np.array([_sum(h, c) for h, c in zip(halves, coarse, strict=True)], _SUM)
        halves_path, coarse_path, sums_path = self._vector_paths
        for path, dtype, width, values in ((halves_path, VECTOR, self.dimension, halves),
                                           (coarse_path, BYTE, self.dimension, coarse), (sums_path, _SUM, 1, sums)):
            writable = _map(path, dtype, width, write=True)
            writable[places] = values
            writable.flush()  # type: ignore[attr-defined]

    # checking

    def damaged(self, slots: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Those of these slots (all that are in use) whose vector is not what was stored, or was cut off."""
        if self._vector_paths is None or not len(self.rows) or not any(p.exists() for p in self._vector_paths):
            return np.zeros(0, np.int64)  # nothing was ever computed by this model
        if slots is None:
            slots = np.unique(self.rows["slot"][self.rows["alive"] == 1]).astype(np.int64)
        sums = _map(self._vector_paths[2], _SUM)
        there = slots < min(len(self.vectors), len(self.coarse), len(sums))
        kept = slots[there]
        computed = kept[(sums[kept] != 0) | self.coarse[kept].any(axis=1)]
        wrong = [slot for slot in computed.tolist()
                 if int(sums[slot]) != _sum(self.vectors[slot], self.coarse[slot])]
        return np.concatenate((slots[~there], np.array(wrong, np.int64)))

    def differs(self, row: int, passage: Passage, span: Span) -> bool:
        """Whether a row is not the record of this passage's interval."""
        if not 0 <= row < len(self.rows):
            return True
        record = self.rows[row]
        wanted = (micros(span.effective_from), micros(span.effective_to), micros(span.known_from),
                  micros(span.known_to), article_key(passage.article_id), code(passage.department),
                  code(passage.lang), AUDIENCES[passage.audience])
        return wanted != tuple(int(record[name]) for name in (
            "effective_from", "effective_to", "known_from", "known_to", "article", "department", "lang", "audience"))

    def holds(self, row: int, text: str) -> bool:
        """Whether a row's slot is that of this text."""
        slot = int(self.rows["slot"][row])
        return slot < len(self.keys) and self.keys[slot].tobytes() == text_key(text)


def _sum(halves: NDArray[np.float16], coarse: NDArray[np.int8]) -> int:
    return zlib.crc32(coarse.tobytes(), zlib.crc32(halves.tobytes())) or 1  # 0 stands for none


def _reaches(path: Path, size: int) -> int:
    """The file's size; OSError when it is smaller than ``size``."""
    found = path.stat().st_size
    if found < size:
        raise OSError(f"{path.name} was cut off")
    return found
