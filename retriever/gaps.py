"""Which missed questions mean the same: each joins the gap that it lies nearest to, or begins one of its own.

A question and a gap are as alike as their vectors and their words are together: the vectors of short questions are all
near to one another, and words alone miss that 补办 and 丢了 go together. One pass in the order of asking, so that the
same log gives the same gaps, whatever runs it was cut into; a gap is where its questions are in the mean. Gaps are read
in blocks and of each question only the nearest few are compared by words: 100,000 questions cost 100,000 vectors and as
many products of matrices, nothing that grows with its square in memory.

Vectors of what callers ask are never kept but as the mean of a gap (see embedding/cache.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from kb.db import Database
from kb.upkeep.gaps import Missed, Placed, Standing, missed_questions, place, standing_gaps
from retriever.embedding import Embedder
from retriever.language.analysis import Analyser

BATCH = 1_000  # questions placed in one transaction
_BLOCK = 5_000  # gaps that are compared at once
_KEPT = 50_000  # questions whose words a run keeps in memory
_NEAREST = 8  # gaps, by vector, whose words a question is compared with
ALIKE = 0.58  # at which a question belongs to a gap: of two that it puts together, 98 of 100 mean the same
ALIKE_IN_WORDS = 0.5  # the same without a model
_UNRELATED = (  # questions of different matters, by which it is seen how near a model puts what has nothing in common
    "身份证丢了怎么补办", "小区停水到几点", "公积金贷款利率多少", "孩子上小学要什么材料", "低保一个月多少钱",
    "How do I renew a parking permit?", "噪音扰民找谁投诉", "When is the library open on Sundays?", "公交车几点收班",
    "护照办理要多久",
)
_BY_VECTOR = 0.7  # what the vectors count for, the words the rest

Vector = NDArray[np.float32]
Show = Callable[[int], None]  # called with how many questions are placed


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A missed question, where it is, and its words."""

    missed: Missed
    vector: Vector | None
    words: dict[str, float]


@dataclass(slots=True)
class _Cluster:
    """A gap under way: where it is, the words that name it, and what comes to it in this batch."""

    id: str | None
    center: Vector | None
    recipe: str
    asked: int
    central: str
    words: dict[str, float]
    near: float = -1.0  # how near to the center its central question is
    come: list[Missed] = field(default_factory=list)


class Likeness:
    """How alike two questions are, 0 to 1: by their vectors, where there is a model, and by their words."""

    def __init__(self, analyser: Analyser, embedder: Embedder | None) -> None:
        self._analyser, self._embedder = analyser, embedder
        self._low = _unrelated(embedder) if embedder else 0.0
        self._words: dict[str, dict[str, float]] = {}  # of one run; the names of gaps come again with every batch

    @property
    def recipe(self) -> str:
        """What its vectors are made with; empty without a model."""
        return self._embedder.recipe.fingerprint if self._embedder else ""

    @property
    def alike(self) -> float:
        """From where on two questions mean the same."""
        return ALIKE if self._embedder else ALIKE_IN_WORDS

    def vector(self, text: str) -> Vector | None:
        """Where the question is; None without a model."""
        return self._embedder.embed_query(text) if self._embedder else None

    def question(self, missed: Missed) -> Question:
        """The question as it is compared."""
        return Question(missed, self.vector(missed.text), self.words(missed.text))

    def words(self, text: str) -> dict[str, float]:
        """The question's words, each with what it weighs: a rare one more."""
        if text not in self._words:
            if len(self._words) >= _KEPT:
                self._words.clear()
            core = self._analyser.question_core(text)
            self._words[text] = {term: 1 / math.log(math.e + self._analyser.frequency(term))
                                 for term in dict.fromkeys(self._analyser.own_terms(core))}
        return self._words[text]

    def of(self, cosine: float | None, words: dict[str, float], others: dict[str, float]) -> float:
        """How alike two are whose vectors have this cosine, and that have these words."""
        shared = _shared(words, others)
        if cosine is None:
            return shared
        near = min(max((cosine - self._low) / (1 - self._low), 0.0), 1.0)
        return _BY_VECTOR * near + (1 - _BY_VECTOR) * shared


def find_gaps(database: Database, analyser: Analyser, embedder: Embedder | None, *, days: int, now: datetime,
              show: Show = lambda _done: None) -> tuple[int, int]:
    """Place every missed question of the last days that is in no gap yet; how many questions, and how many new gaps.
    """
    likeness, since = Likeness(analyser, embedder), now - timedelta(days=days)
    done = new = 0
    while True:
        with database.reading() as session:
            missed = missed_questions(session, since=since, now=now, most=BATCH)
        asked = [likeness.question(one) for one in missed]
        placed = grouped(likeness, asked, _nearest_standing(database, likeness, asked))
        with database.transaction() as session:
            put, begun = place(session, placed, now=now)
        if not put:  # nothing left, or another process was first with all of them
            return done, new
        done, new = done + put, new + begun
        show(done)


def grouped(likeness: Likeness, asked: Sequence[Question], near: Sequence[Sequence[Standing]]) -> list[Placed]:
    """Where these questions belong: to one of the gaps that stand ``near`` each of them, to one begun by another of
    them, or to a new one; in their order. Decides, and touches nothing."""
    clusters: list[_Cluster] = []
    known: dict[str, _Cluster] = {}
    begun = _Begun()
    for question, some in zip(asked, near, strict=True):
        for gap in some:
            if gap.id not in known:
                known[gap.id] = _standing(likeness, gap)
        best, score = None, likeness.alike
        for one in (*(known[gap.id] for gap in some), *begun.nearest(question)):
            found = likeness.of(_cosine(question.vector, one.center), question.words, one.words)
            if found >= score and (best is None or found > score):
                best, score = one, found
        if best is None:
            best = _Cluster(None, None, likeness.recipe, 0, question.missed.answer_id, question.words)
            begun.add(best, question.words)
        if not best.come:
            clusters.append(best)
        _join(best, question)
        begun.moved(best)
    return [Placed(one.id, tuple(one.come), _packed(one.center), one.recipe, one.central) for one in clusters]


class _Begun:
    """The gaps begun in this batch, as the next question is compared with them."""

    def __init__(self) -> None:
        self._all: list[_Cluster] = []
        self._centers = np.zeros((0, 0), np.float32)
        self._by_word: dict[str, list[int]] = {}
        self._at: dict[int, int] = {}

    def nearest(self, question: Question) -> list[_Cluster]:
        """Those nearest by vector, or without one those that share a word."""
        if not self._all:
            return []
        if question.vector is not None:
            cosines = self._centers[:len(self._all)] @ question.vector
            return [self._all[n] for n in np.argsort(-cosines, kind="stable")[:_NEAREST]]
        shared = {n for word in question.words for n in self._by_word.get(word, ())}
        return [self._all[n] for n in sorted(shared)]

    def add(self, cluster: _Cluster, words: dict[str, float]) -> None:
        n = self._at[id(cluster)] = len(self._all)
        self._all.append(cluster)
        for word in words:
            self._by_word.setdefault(word, []).append(n)

    def moved(self, cluster: _Cluster) -> None:
        """Look for it where it is now."""
        n = self._at.get(id(cluster))
        if n is None or cluster.center is None:
            return
        if n >= len(self._centers):
            wider = np.zeros((max(64, 2 * len(self._centers)), len(cluster.center)), np.float32)
            if len(self._centers):
                wider[:len(self._centers)] = self._centers
            self._centers = wider
        self._centers[n] = cluster.center


def _nearest_standing(database: Database, likeness: Likeness, asked: Sequence[Question]) -> list[list[Standing]]:
    """The gaps that stand nearest to each question: by vector, or without a model by words."""
    best: list[list[tuple[float, Standing]]] = [[] for _ in asked]
    after = ""
    while asked:
        with database.reading() as session:
            block = standing_gaps(session, after=after, limit=_BLOCK)
        if not block:
            break
        after = block[-1].id
        for n, some in enumerate(_scores(likeness, block, asked)):
            best[n] = sorted(best[n] + some, key=lambda pair: (-pair[0], pair[1].id))[:_NEAREST]
    return [[gap for _, gap in some] for some in best]


def _scores(likeness: Likeness, block: Sequence[Standing], asked: Sequence[Question]
            ) -> list[list[tuple[float, Standing]]]:
    """Of each question the nearest gaps of a block, with how near they are."""
    vectors = [question.vector for question in asked if question.vector is not None]
    if vectors:
        cosines = np.stack(vectors) @ np.stack([_center(likeness, gap) for gap in block]).T
        top = np.argpartition(-cosines, min(_NEAREST, len(block)) - 1, axis=1)[:, :_NEAREST]
        return [[(float(cosines[n, at]), block[at]) for at in row] for n, row in enumerate(top)]
    by_word: dict[str, list[int]] = {}
    named = [likeness.words(gap.text) for gap in block]
    for n, own in enumerate(named):
        for word in own:
            by_word.setdefault(word, []).append(n)
    return [[(_shared(one.words, named[n]), block[n])
             for n in sorted({n for word in one.words for n in by_word.get(word, ())})] for one in asked]


def _standing(likeness: Likeness, gap: Standing) -> _Cluster:
    center = _center(likeness, gap) if likeness.recipe else None
    named = likeness.vector(gap.text) if gap.text else None
    near = float(center @ named) if center is not None and named is not None else -1.0
    return _Cluster(gap.id, center, likeness.recipe, gap.asked, gap.central, likeness.words(gap.text), near)


def _center(likeness: Likeness, gap: Standing) -> Vector:
    """Where a gap is; of one that was made with another model, or with none, where its name is."""
    if gap.recipe == likeness.recipe and gap.center:
        return np.frombuffer(gap.center, "<f2").astype(np.float32)
    vector = likeness.vector(gap.text or " ")
    assert vector is not None
    return vector


def _join(cluster: _Cluster, question: Question) -> None:
    """Let the question come to the gap, which moves towards it; the question nearest to the middle names it."""
    vector = question.vector
    cluster.come.append(question.missed)
    if vector is not None:
        mean = vector if cluster.center is None else cluster.center * cluster.asked + vector
        cluster.center = _unit(mean)
        near = float(cluster.center @ vector)
        if near > cluster.near:
            cluster.near, cluster.central, cluster.words = near, question.missed.answer_id, question.words
    cluster.asked += 1


def _unrelated(embedder: Embedder) -> float:
    """The mean cosine of questions that have nothing in common, below 1."""
    vectors = np.stack([embedder.embed_query(text) for text in _UNRELATED])
    pairs = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return min(float(pairs.mean()), 0.99)


def _cosine(vector: Vector | None, center: Vector | None) -> float | None:
    return float(vector @ center) if vector is not None and center is not None else None


def _shared(words: dict[str, float], others: dict[str, float]) -> float:
    """The weight of shared words among all, 0 to 1 (Dice)."""
    common = sum(weight for word, weight in words.items() if word in others)
    total = sum(words.values()) + sum(others.values())
    return 2 * common / total if total else 0.0


def _unit(vector: Vector) -> Vector:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def _packed(center: Vector | None) -> bytes:
    return b"" if center is None else center.astype("<f2").tobytes()
