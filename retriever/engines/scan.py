"""Scanning vectors: which rows an asker may be shown, and which of them are nearest to the question, exactly.

A scan reads the bytes only and looks at the halves of the few that may be among the nearest: simsimd multiplies 100,000
vectors of 384 in 1.4 ms as bytes and in 5 as halves, where NumPy takes 24 for single precision, and most of the halves
are never touched. Cosines of halves differ in the fourth digit. What is found depends on the rows that are allowed
alone: how many others there are decides only how they are read.
"""

from __future__ import annotations

import os
import weakref
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import simsimd
from numpy.typing import NDArray

from retriever.engines.payload import micros
from retriever.errors import EmbeddingDown
from retriever.records import Filters

ROW = np.dtype([
    ("effective_from", "<i8"), ("effective_to", "<i8"), ("known_from", "<i8"), ("known_to", "<i8"), ("article", "<i8"),
    ("department", "<u4"), ("slot", "<u4"), ("lang", "<u4"), ("audience", "u1"), ("alive", "u1"), ("spare", "<u2"),
])
VECTOR = np.dtype("<f2")
BYTE = np.dtype("i1")
AUDIENCES = {"public": 1, "agent": 2}
OFF = 1e-2  # how far a unit vector's length may be from 1
_WIDEST = 5.0  # standard deviations of a unit vector's numbers that a byte tells apart; beyond they are cut
_OVERSHOOT = 3  # times as many as wanted are looked at again; twice as many already lost none of 15,000
_CHANGING = frozenset({"alive", "spare"})  # columns that are written after their row was appended, and the unused one
_SELECTIVE = 8  # gather the rows' vectors when fewer than one slot in this many is allowed, else multiply all


def code(word: str) -> int:
    """A department or language as a number; equal words give equal numbers on every machine."""
    return zlib.crc32(word.encode())


class Reader:
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
    halves: Reader | None = None  # of the file of ``vectors``
    sums: NDArray[np.uint32] | None = None  # 0 where no vector was computed

    @cached_property
    def _columns(self) -> dict[str, NDArray[Any]]:
        return {name: np.ascontiguousarray(self.rows[name]) for name in ROW.names or () if name not in _CHANGING}

    def column(self, name: str) -> NDArray[Any]:
        """One column of the rows. What never changes is copied once into one piece: a third of a scan's time."""
        return self.rows[name] if name in _CHANGING else self._columns[name]

    def held(self, audiences: frozenset[str]) -> NDArray[np.bool_]:
        """The living rows of these audiences, whatever else may narrow them."""
        mask: NDArray[np.bool_] = self.column("alive") == 1
        wanted = [number for name, number in AUDIENCES.items() if name in audiences]
        if len(wanted) < len(AUDIENCES):
            mask &= np.isin(self.column("audience"), wanted)
        return mask

    def allowed(self, filters: Filters) -> NDArray[np.bool_]:
        """Which rows this asker may be shown at these times."""
        as_of, known_at = micros(filters.as_of), micros(filters.known_at)
        mask = self.held(filters.audiences)
        mask &= (self.column("effective_from") <= as_of) & (self.column("effective_to") > as_of)
        mask &= (self.column("known_from") <= known_at) & (self.column("known_to") > known_at)
        if filters.departments is not None:
            mask &= np.isin(self.column("department"), [code(d) for d in filters.departments])
        if filters.langs is not None:
            mask &= np.isin(self.column("lang"), [code(lang) for lang in filters.langs])
        return mask

    def similarities(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine of the question with each of these rows; 0.0 where there is no vector yet.

        EmbeddingDown when one is no cosine: a stored vector is damaged.
        """
        slots = self.column("slot")[rows].astype(np.int64)
        found = np.zeros(len(rows), np.float32)
        there = slots < len(self.vectors)
        if len(rows) * _SELECTIVE < len(self.vectors):
            found[there] = _products(vector, self._read(slots[there]))
        else:
            found[there] = _products(vector, self.vectors)[slots[there]]
        if len(found) and not np.abs(found).max() <= 1 + OFF:  # also when one is not a number
            raise _damaged()
        return found

    def _check_lost(self, slots: NDArray[np.int64]) -> None:
        """EmbeddingDown where one of these slots, which seem to have no vector, had one."""
        if self.sums is None or not len(slots):
            return
        lost = slots[slots < len(self.sums)]
        lost = lost[self.sums[lost] != 0]
        if len(lost) and not self.coarse[lost].any(axis=1).all():
            raise _damaged()

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
        if len(rows) > _OVERSHOOT * most:
            if len(rows) * _SELECTIVE < len(self.coarse):
                about = _products(coarse_of(vector), self.coarse[slots])
            else:
                about = _products(coarse_of(vector), self.coarse)[slots]
            nothing = about == 0
            self._check_lost(slots[nothing])
            about[nothing] = -np.inf
            best = _top(about, _OVERSHOOT * most)
            rows, slots = rows[best], slots[best]
        is_there = self.coarse[slots].any(axis=1)
        self._check_lost(slots[~is_there])
        rows = rows[is_there]
        found = self.similarities(vector, rows)
        return np.asarray(rows[_top(found, most)], np.int64)


def _damaged() -> EmbeddingDown:
    return EmbeddingDown("vectors_damaged", "vectors of the search index are damaged: run `kb index verify`, then `kb "
                         "index rebuild`")


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
