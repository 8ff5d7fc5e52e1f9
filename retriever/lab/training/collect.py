"""Collecting: each set is published into a throw-away knowledge base, as ``kb eval`` does, and every question asked.

What is kept of a question is enough to rank, to choose evidence and to judge the answer again under any weights,
without the index: the candidates' features, the passages with their words, and what is right. The candidates are those
that the starting weights describe, so that the same command finds the same whatever model is in use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kb.errors import Invalid
from kb.markup.language import language
from kb.settings import Settings
from retriever.find import Found
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Gold, Query, read_dataset
from retriever.lab.evaluation.run import Corpus, Progress, located, request_of, throw_away
from retriever.lab.training.fitted import START
from retriever.language.analysis import Analyser
from retriever.question.understanding import Question
from retriever.ranking.features import PASSAGE, Matrix, Scored
from retriever.ranking.fusion import BASE
from retriever.ranking.model import Model, dense
from retriever.ranking.order import Ranked, ordered
from retriever.records import Allowed

_FILES = ("corpus.jsonl", "corpus.yaml", "queries.jsonl", "qrels.tsv", "answers.jsonl")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, what was found for it (in the first order), and what is right."""

    query: Query
    question: Question
    idf: Mapping[str, float]
    allowed: list[Allowed]
    rows: Matrix  # one row of PASSAGE for each of ``allowed``
    corpus: Corpus
    relevant: Mapping[str, float]
    gold: Gold | None
    lang: str

    def ranked(self, model: Model) -> list[Ranked]:
        """The candidates as this model ranks them."""
        sums = self.rows[:, :len(BASE)].astype(np.float64) @ dense(model.base, BASE)
        return ordered(Scored(self.allowed, sums, self.rows), model)

    def document_of(self, allowed: Allowed) -> str:
        """The set's name of a candidate's document."""
        return self.corpus.by_article[allowed.candidate.passage.article_id]

    def place_of(self, allowed: Allowed) -> metrics.Place:
        """Where a candidate stands in the set's texts."""
        passage = allowed.candidate.passage
        return (self.corpus.by_revision[passage.revision_id], passage.start, passage.end)

    @property
    def spans(self) -> tuple[metrics.GoldSpan, ...]:
        """The gold spans that were found in the corpus."""
        return tuple(s for s in self.gold.spans if s[1] >= 0) if self.gold else ()

    @property
    def ranks(self) -> bool:
        """Whether ranking can be judged by it."""
        return self.query.answerable and bool(self.relevant)


@dataclass(frozen=True, slots=True)
class Collected:
    """A whole set: its questions as found with vectors (where there is a model), and by words alone."""

    name: str
    record: Mapping[str, object]  # what the trained file says of the set
    analyser: Analyser
    asked: list[Asked]
    by_words: list[Asked]
    times: float = 1.0  # how much more its evidence counts than another set's

    @property
    def refuses(self) -> bool:
        """Whether refusal can be learned from it: it has questions of both kinds."""
        return len({a.query.answerable for a in self.asked}) == 2

    def missing(self) -> str:
        """What cannot be learned from the set; empty when nothing lacks."""
        lacks = []
        if not any(a.ranks for a in self.asked):
            lacks.append("no question has a relevant document: nothing for ranking")
        if not any(a.spans or (a.gold and a.gold.answer) for a in self.asked):
            lacks.append("no answers: nothing for evidence")
        if not self.refuses:
            lacks.append("no unanswerable questions: nothing for refusal" if all(a.query.answerable for a in self.asked)
                         else "no answerable questions")
        return "; ".join(lacks)


def collect(settings: Settings, folder: Path, *, now: datetime, progress: Progress, times: float = 1.0) -> Collected:
    """Everything that training needs of the set in a folder, whose evidence counts ``times`` as much as another's."""
    dataset = read_dataset(folder)
    if not dataset.queries:
        raise Invalid("eval_set", "{folder}: queries.jsonl holds no questions", folder=folder)
    with throw_away(settings, dataset, now=now, progress=progress, model=START) as (retriever, corpus):
        dataset = located(dataset, corpus.sources)
        keeper = _Keeper(dataset, corpus)
        asked, by_words = [], []
        for i, query in enumerate(dataset.queries, 1):
            request, viewer = request_of(query, retriever.timezone)
            found = retriever.find(request, viewer, now=now)
            blind = retriever.find(request, viewer, now=now, words_alone=True)
            asked.append(keeper.keep(query, found))
            by_words.append(keeper.keep(query, blind))
            progress("ask", i, len(dataset.queries))
        record = {**record_of(folder, dataset), **({"weighed": times} if times != 1 else {})}
        return Collected(dataset.name, record, retriever.analyser, asked, by_words, times)


def record_of(folder: Path, dataset: Dataset) -> dict[str, object]:
    """The set as the trained file names it; the licence is the first line of a file LICENCE or LICENSE beside it."""
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
             for name in _FILES if (folder / name).is_file()}
    if dataset.articles:
        files["articles"] = _folder_hash(dataset.articles)
    licence = next((line.strip() for name in ("LICENCE", "LICENSE") if (folder / name).is_file()
                    for line in (folder / name).read_text(encoding="utf-8").splitlines() if line.strip()), None)
    return {"name": dataset.name, **({"licence": licence} if licence else {}), "questions": len(dataset.queries),
            "sha256": files}


def _folder_hash(folder: Path) -> str:
    """One hash of all Markdown files below a folder, names included."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*.md")):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return whole.hexdigest()


T = TypeVar("T")


class _Keeper:
    """Keeps what was found, each passage and revision once however many questions found it."""

    def __init__(self, dataset: Dataset, corpus: Corpus) -> None:
        self._dataset, self._corpus = dataset, corpus
        self._known: dict[tuple[str, str], object] = {}

    def _once(self, kind: str, key: str, value: T) -> T:
        return self._known.setdefault((kind, key), value)  # type: ignore[return-value]

    def keep(self, query: Query, found: Found) -> Asked:
        first = _first_order(found.ranked)
        allowed = [self._shared(r.allowed) for r in first]
        rows = np.array([[r.hit.features[name] for name in PASSAGE] for r in first], np.float32)
        return Asked(query, found.question, dict(found.idf), allowed, rows.reshape(len(first), len(PASSAGE)),
                     self._corpus, self._dataset.relevant.get(query.id, {}), self._dataset.gold.get(query.id),
                     query.lang or language(query.text))

    def _shared(self, allowed: Allowed) -> Allowed:
        passage = allowed.candidate.passage
        return Allowed(replace(allowed.candidate, passage=self._once("passage", passage.passage_id, passage)),
                       self._once("revision", allowed.live.revision_id, allowed.live))


def _first_order(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Candidates by the starting sum alone; ties keep reading order."""
    return sorted(ranked, key=lambda r: (-r.hit.features["sum"], r.allowed.live.slug, r.hit.passage.start))


def groups(asked: Iterable[Asked], *, largest: float = 1 / 3) -> list[int]:
    """Which questions must not be parted when a set is divided: a group number for each.

    They share a relevant document or a dialogue. Where documents tie a larger share of the questions together than
    ``largest``, as a code of law does, sharing a gold span counts instead.
    """
    asked = list(asked)
    by_document = _joined([[f"d {d}" for d in sorted(a.relevant)] + [_dialogue(a)] for a in asked])
    if max(np.bincount(by_document), default=0) <= largest * len(asked):
        return by_document
    return _joined([[f"s {d} {s}" for d, s, _, _ in a.spans] + [_dialogue(a)] for a in asked])


def _dialogue(asked: Asked) -> str:
    turns = asked.query.history
    return f"t {turns[0].text if turns else asked.query.text}"


def _joined(keys: Sequence[Sequence[str]]) -> list[int]:
    """Numbers of the connected components of items that share a key, in order of their first item."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    for own in keys:
        for key in own[1:]:
            parent[root(key)] = root(own[0])
    numbers: dict[str, int] = {}
    return [numbers.setdefault(root(own[0]), len(numbers)) for own in keys]


def folds_of(asked: Sequence[Asked], count: int, seed: int) -> NDArray[np.int64]:
    """A fold for each question: groups in a random order, each into the fold that holds the fewest questions."""
    numbers = np.array(groups(asked), np.int64)
    sizes = np.bincount(numbers)
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    load = np.zeros(count, np.int64)
    fold = np.zeros(len(sizes), np.int64)
    for group in sorted(shuffled.tolist(), key=lambda g: -sizes[g]):
        fold[group] = int(load.argmin())
        load[fold[group]] += sizes[group]
    return np.asarray(fold[numbers])
