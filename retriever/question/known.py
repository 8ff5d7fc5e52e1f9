"""Known questions, compared with the question that is asked: how likely each one's section answers it too.

Question is compared with question, by the cosine of their vectors and by the words that they share. What comes out is
a number for each section by itself: no other known question moves it, so none of a hidden text can. The numbers count
for passages alone that the asker may see (find.py); the questions themselves are never shown or quoted.

The store only grows, in place: rows keep their places, a question that is dropped is closed in system time. One thread
writes while others read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from retriever.language.analysis import Analyser

Section = tuple[str, tuple[str, ...]]  # an article's id, and the headings of a section without the article's title
Column = NDArray[np.float64]

# Questions on matters unlike each other. How near a question lies to them is how near it lies to any: models differ in
# that, languages too, and a stored question must not be what others are measured by.
REFERENCES = (
    ("护照丢了怎么补办", "楼上半夜装修太吵找谁管", "退休金什么时候发", "门口的路灯坏了", "小孩上小学要什么材料",
     "公交车司机态度不好怎么投诉", "开饭店要办哪些证", "自来水发黄能喝吗", "老板拖欠工资怎么办",
     "结婚登记要带什么", "违章停车罚多少钱",
     "公租房怎么申请"),
    ("How do I renew my passport", "Who do I call about noisy neighbours at night", "When is my pension paid",
     "The street light outside is broken", "What papers does my child need to start school",
     "How do I complain about a bus driver", "What licences does a new restaurant need", "Is brown tap water safe",
     "My boss has not paid my wages", "What do we bring to register a marriage", "How much is a parking fine",
     "How can I apply for council housing"))
# The chance that two questions are of one section, fitted to callers' questions of two cities, one Chinese and one
# English, 1,126 in all, of which one pair in 150 is; without vectors by the words alone.
_WITH_VECTORS = (-7.1, 1.1, 5.6, 1.1)  # intercept; nearness in deviations; share of the asked, of the known words
_WORDS_ALONE = (-5.9, 0.0, 7.6, 4.1)
_LEAST = 0.02  # a chance that changes nothing
_ROOM = 256  # rows that a new store has room for; it doubles when it is full


@dataclass(frozen=True, slots=True)
class KnownText:
    """A known question as it is compared: its section, and when in system time it counts."""

    id: str
    section: Section
    text: str
    released_at: datetime
    dropped_at: datetime | None


class KnownQuestions:
    """The known questions of one index generation: words by one analyser, vectors of one model."""

    def __init__(self, analyser: Analyser, dimension: int = 0) -> None:
        self._analyser = analyser
        self._count = 0
        self._rows: dict[str, int] = {}
        self._holders: dict[str, list[int]] = {}  # term -> the rows that have it
        self._vectors = np.zeros((_ROOM, dimension), np.float32)
        self._references: tuple[NDArray[np.float32], ...] = ()  # one of each language
        self._deviation = 1.0
        self._missing: set[int] = set()  # rows whose vector is still to be computed
        self._items: list[KnownText] = []
        self._sizes = np.ones(_ROOM, np.float64)  # different words of each

    def __len__(self) -> int:
        return self._count

    def put(self, items: Sequence[KnownText]) -> None:
        """Take up new questions, and the times of those that were released again or dropped."""
        for item in items:
            row = self._rows.get(item.id)
            if row is None:
                self._add(item)
            else:
                self._items[row] = item
            self._count = len(self._items)  # last of all: only now is a new row read

    def _add(self, item: KnownText) -> None:
        row = self._rows[item.id] = len(self._items)
        self._items.append(item)
        if row == len(self._sizes):
            self._vectors = np.vstack((self._vectors, np.zeros_like(self._vectors)))
            self._sizes = np.concatenate((self._sizes, np.ones_like(self._sizes)))
        words = set(self._analyser.own_terms(item.text))
        self._sizes[row] = max(len(words), 1)
        for word in words:
            self._holders.setdefault(word, []).append(row)
        if self._vectors.shape[1]:
            self._missing.add(row)

    def pending(self) -> int:
        """How many questions have no vector yet."""
        return len(self._missing)

    def without_vector(self, most: int | None) -> list[tuple[int, str]]:
        """Up to so many (all without) questions that have no vector yet, the newest first, with their places."""
        return [(row, self._items[row].text) for row in sorted(self._missing, reverse=True)[:most]]

    @property
    def is_gauged(self) -> bool:
        """Whether it is known how near any two questions lie; until then vectors count nothing."""
        return bool(self._references)

    def gauge(self, vectors: Sequence[NDArray[np.float32]]) -> None:
        """Take the vectors of REFERENCES, (n, d) float32 of length 1 for each language, for how near any two lie."""
        apart = [(found @ found.T)[~np.eye(len(found), dtype=bool)] for found in vectors]
        self._deviation = max(float(np.mean([pairs.std() for pairs in apart])), 1e-3)
        self._references = tuple(vectors)

    def _nearness(self, vector: NDArray[np.float32], cosines: Column) -> Column:
        """How many deviations the cosines lie above those of this question with any other."""
        usual = max(float((found @ vector).mean()) for found in self._references)
        return (cosines - usual) / self._deviation

    def put_vectors(self, rows: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Keep the vectors, (n, d) float32 of length 1, of the questions at these places."""
        self._vectors[list(rows)] = vectors
        self._missing.difference_update(rows)

    def scores(self, vector: NDArray[np.float32] | None, words: Mapping[str, float], *,
               known_at: datetime) -> dict[Section, float]:
        """For each section the chance, 0 to 1, that it answers what is asked, by its likest question; without those
        that no question comes near to.

        ``vector`` is the question's, ``words`` its terms with their weights, the rarer the heavier.
        """
        count = self._count
        if not count:
            return {}
        asked, said = self._shared(words, count)
        values = _chance(_WORDS_ALONE, asked, asked, said)
        if vector is not None and self.is_gauged:
            cosines = (self._vectors[:count] @ vector).astype(np.float64)
            near = _chance(_WITH_VECTORS, self._nearness(vector, cosines), asked, said)
            values = np.where(cosines != 0, near, values)
        found: dict[Section, float] = {}
        for row in np.flatnonzero(values > _LEAST).tolist():
            item = self._items[row]
            if item.released_at <= known_at and (item.dropped_at is None or known_at < item.dropped_at):
                found[item.section] = max(found.get(item.section, 0.0), float(values[row]))
        return found

    def _shared(self, words: Mapping[str, float], count: int) -> tuple[Column, Column]:
        """For each question the share of the asked weight that it has, and the share of its words that are asked."""
        weight, shared = np.zeros(count), np.zeros(count)
        for word, value in words.items():
            rows = np.array(self._holders.get(word, ()), np.int64)
            rows = rows[rows < count]
            weight[rows] += value
            shared[rows] += 1
        return weight / (math.fsum(words.values()) or 1.0), shared / self._sizes[:count]


def _chance(weights: tuple[float, float, float, float], nearness: Column, asked: Column, said: Column) -> Column:
    intercept, by_nearness, by_asked, by_said = weights
    total = intercept + by_nearness * nearness + by_asked * asked + by_said * said
    return np.asarray(1 / (1 + np.exp(-np.clip(total, -50.0, 50.0))))
