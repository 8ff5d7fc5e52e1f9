"""The other systems' best passages read by this system's reader, as a re-ranker over what they find.

As many passages are read as this system reads, within the same time, and the order follows the same sum. What the
others bring into it is the logarithm of a passage's rank, since an ensemble tells no scores; how much that weighs is
tried on the questions that are then measured, which favours them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from retriever.embedding.pieces import pieces_of
from retriever.embedding.weights import word_table
from retriever.passages.cutting import split
from retriever.reader import Read, ReadableText
from retriever.reader.local import LocalReader
from retriever.records import Passage

WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # of the logarithm of the rank; 0: the reader alone decides


def write_documents(path: Path, documents: Sequence[tuple[str, str, str]]) -> None:
    """Write (title, language, text) of the documents whose passages, in this order, the others know by position."""
    path.write_text("\n".join(
        json.dumps({"title": title, "lang": lang, "text": text, "passages": len(split(text))}, ensure_ascii=False)
        for title, lang, text in documents), encoding="utf-8")


class Rereader:
    """Reads passages that a system knows by their positions."""

    def __init__(self, reader: LocalReader, documents: Path, *, most: int, seconds: float) -> None:
        """``most`` passages are read for a question, for no longer than ``seconds``."""
        self._reader, self._most, self._seconds = reader, most, seconds
        self._documents = [json.loads(line) for line in documents.read_text(encoding="utf-8").split("\n")]
        self._first = np.array([0, *accumulate(document["passages"] for document in self._documents)])
        self._cut: dict[int, list[ReadableText]] = {}

    def texts(self, positions: Sequence[int]) -> list[ReadableText]:
        """What is read of a result: its first passages, cut as this system keeps them cut."""
        found = []
        for position in positions[:self._most]:
            at = int(np.searchsorted(self._first, position, side="right")) - 1
            if at not in self._cut:
                self._cut[at] = self._passages(at)
            found.append(self._cut[at][position - int(self._first[at])])
        return found

    def _passages(self, at: int) -> list[ReadableText]:
        document = self._documents[at]
        source = document["text"]
        return [ReadableText(Passage(
            f"{at}:{n}", str(at), str(at), n, document["title"], cut.heading_path, cut.start, cut.end,
            source[cut.start:cut.end], cut.context, lang=document["lang"], units=cut.units, body=cut.body), source)
            for n, cut in enumerate(split(source))]

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText]) -> list[tuple[float, float]]:
        """For each passage that was read, its logit and that of its best unit."""
        return [(read.passage, _best(read)) for read in
                self._reader.read(question, earlier, texts, seconds=self._seconds)]


def open_rereader(spec: Mapping[str, Any], documents: Path) -> Rereader:
    """The reader that ``spec`` describes: its file, the model's folder, the words, threads and limits."""
    reader = LocalReader(Path(spec["file"]), pieces_of(Path(spec["model"])), word_table(Path(spec["words"])),
                         threads=spec["threads"], sure=spec["sure"])
    return Rereader(reader, documents, most=spec["most"], seconds=spec["seconds"])


def _best(read: Read) -> float:
    """The best unit's logit; one that is far below all where none was read."""
    return max((unit for unit in read.units.tolist() if unit > -math.inf), default=-12.0)


def reordered(positions: Sequence[int], reads: Sequence[tuple[float, float]], order: Mapping[str, float],
              weight: float) -> list[int]:
    """The result with the passages that were read first, by the sum; ties keep the system's order."""
    sums = [order["passage"] * passage + order["unit"] * unit - weight * math.log(rank)
            for rank, (passage, unit) in enumerate(reads, 1)]
    first = sorted(range(len(sums)), key=lambda n: -sums[n])
    return [*(positions[n] for n in first), *positions[len(sums):]]
