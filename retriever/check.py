"""The check before submitting: which questions of the log a draft no longer answers, answers otherwise, or at last.

Here the log's questions are asked; what needs texts alone is in checking/. What changed in substance is found without a
model (checking/pairing.py). Then the questions that lie nearest to what changed are read against it, alone: the
article's other texts and all other articles stay as they are, so that a question is told of where its answer rests on
the words that changed. Work is bounded: so many questions a check, so many of them read, and a time after which the
report says that it is not complete.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.actor import Actor
from kb.articles.writing.check_report import CheckReport, Finding, Kind
from kb.articles.writing.checks import CheckTask, begin_check
from kb.db import Database
from kb.record.questions import AskedBefore, asked_before
from retriever.check_contradictions import contradictions_of
from retriever.check_findings import gained, no_longer_public, of_change, once
from retriever.checking.allowance import Allowance
from retriever.checking.pairing import Change, Compared, compare
from retriever.checking.pieces import Piece, pieces
from retriever.checking.resting import MOST, NEAREST, Rests, resting
from retriever.contradictions import Comparer
from retriever.embedding import Embedder
from retriever.errors import EmbeddingDown, EngineDown, ReaderDown
from retriever.indexing.current import Current
from retriever.passages.cutting import embedding_text
from retriever.passages.fresh import passages_of
from retriever.reader import Read, ReadableText, Reader
from retriever.records import Passage
from retriever.settings import CheckSettings

log = logging.getLogger(__name__)

_KEPT = 5_000  # vectors of questions that are kept in memory; of a text nobody keeps more than its hash


@dataclass(slots=True)
class _Work:
    """One check under way: what it found, and what it could not do."""

    allowance: Allowance
    findings: list[Finding] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)
    is_complete: bool = True

    def degrade(self, part: str) -> None:
        if part not in self.degraded:
            self.degraded.append(part)

    def has_time(self, *, share: float = 1.0) -> bool:
        if self.allowance.is_left(share=share):
            return True
        self.is_complete = False
        return False


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """A question, and what a reader says of each passage for it; nothing where nobody could read."""

    question: AskedBefore
    reads: tuple[Read, ...]


class Checker:
    """Checks drafts. Safe for several threads."""

    def __init__(self, database: Database, current: Current, reader: Reader | None, options: CheckSettings, *,
                 answers: float, kept_days: int) -> None:
        """``reader`` is this machine's: without one, a question counts where its answer quoted what changed.

        ``answers`` is its logit from which a unit belongs to an answer; ``kept_days`` keeps the log a question.
        """
        self._answers = answers
        self._database = database
        self._current = current
        self._reader = reader
        self._comparer = Comparer(database, current)
        self._options = options
        self._kept_days = kept_days
        self._vectors: dict[int, NDArray[np.float32]] = {}

    def check(self, draft_id: str, actor: Actor, *, now: datetime) -> CheckReport:
        """The report on a draft as it is saved now, for who may write it; nothing is stored."""
        began = perf_counter()
        with self._database.reading() as session:
            task = begin_check(session, actor, draft_id, now=now)
            asked = asked_before(session, since=now - timedelta(days=self._kept_days), most=self._options.questions,
                                 revision_id=task.live_id)
        work = _Work(self._allowance())
        self._questions(work, task, asked)
        contradictions = self._contradictions(work, task, actor, now)
        kinds = list(Kind)
        findings = sorted((*work.findings, *task.advice), key=lambda one: (kinds.index(one.kind), -one.score))
        return CheckReport(task.draft.id, task.draft.version, task.number, now,
                           round((perf_counter() - began) * 1000, 1), tuple(findings), len(asked), work.is_complete,
                           tuple(work.degraded), tuple(contradictions))

    def _allowance(self) -> Allowance:
        return Allowance(self._options.seconds, max(self._options.seconds, self._options.patience_seconds))

    def _contradictions(self, work: _Work, task: CheckTask, actor: Actor, now: datetime) -> list[Mapping[str, Any]]:
        """What of the draft other articles in force state differently; it has as much time as the questions had."""
        try:
            return contradictions_of(self._database, self._comparer, actor, task, now=now,
                                     allowance=self._allowance())
        except (EmbeddingDown, EngineDown) as error:
            log.warning("contradictions not looked for: %s", error.code)
            work.degrade("no_contradictions")
            return []

    def _questions(self, work: _Work, task: CheckTask, asked: Sequence[AskedBefore]) -> None:
        analyser = self._current.parts.analyser
        text, live = task.draft.text, task.live
        old = pieces(live.source, analyser) if live else []
        new = pieces(text.source, analyser)
        compared = compare(old, new)
        if text.audience != "public":  # citizens' questions are answered by nothing of it
            if live and live.audience == "public":
                work.findings += [no_longer_public(one, live.source, old) for one in asked
                                  if one.quoted and one.audience == "public"]
            asked = [one for one in asked if one.audience != "public"]
        if live and compared.changes:
            self._changed(work, task, asked, compared)
        if compared.come:
            told = {one.question.answer_id for one in work.findings if one.question}
            unanswered = [one for one in asked if not one.is_answered and one.answer_id not in told]
            self._gained(work, task, unanswered, compared)

    def _changed(self, work: _Work, task: CheckTask, asked: Sequence[AskedBefore], compared: Compared) -> None:
        """What becomes of the answers that rest on what changed."""
        assert task.live
        source, title = task.live.source, task.live.title
        passages = [one for one in passages_of(source, title, task.live.lang)
                    if any(_touch(one, change.old) for change in compared.changes)]
        reads = self._read(work, self._nearest(work, asked, passages), passages, source)
        questions = {one.question.answer_id: one.question for one in reads}
        texts = [_of_piece(title, change.old) for change in compared.changes]
        near = self._near([one.question for one in reads], texts)
        found = resting([[_rests(one, change, passages, float(near[row, column])) for column, one in enumerate(reads)]
                         for row, change in enumerate(compared.changes)],
                        [change.old.section for change in compared.changes], task.live.lang)
        for change, some in zip(compared.changes, found, strict=True):
            work.findings += [of_change(questions[one.key], change, source, task.draft.text.source, one.chance)
                              for one in some]
        work.findings[:] = once(work.findings)

    def _gained(self, work: _Work, task: CheckTask, asked: Sequence[AskedBefore], compared: Compared) -> None:
        """Questions without an answer that what is new in the draft answers."""
        source, title = task.draft.text.source, task.draft.text.title
        passages = [one for one in passages_of(source, title, task.draft.text.lang)
                    if any(_touch(one, piece) for piece in compared.come)]
        for one in self._read(work, self._nearest(work, asked, passages), passages, source):
            answering = [piece for piece in compared.come if _logit(one, piece, passages) >= self._answers]
            sure = max((read.passage for read in one.reads), default=-np.inf)
            if answering and sure >= self._answers:
                work.findings.append(gained(one.question, source, answering, 1 / (1 + math.exp(-sure))))

    def _nearest(self, work: _Work, asked: Sequence[AskedBefore], passages: Sequence[Passage]) -> list[AskedBefore]:
        """The questions that lie nearest to these passages, and of those whose answers quoted the article the nearest;
        without a model these alone."""
        if not asked or not passages:
            return []
        embedder = self._current.parts.embedder
        if embedder is not None:
            try:
                texts = embedder.embed_passages([_embedded(one) for one in passages])
                near: list[tuple[float, AskedBefore]] = []
                for one in sorted(asked, key=lambda one: not one.is_of_article):
                    if not work.has_time(share=0.5):  # the other half is for reading
                        break
                    near.append((float((texts @ self._vector(embedder, one.text)).max()), one))
                order = [one for _, one in sorted(near, key=lambda pair: -pair[0])]
                return list(dict.fromkeys((*order[:NEAREST], *[one for one in order if one.is_of_article][:MOST])))
            except EmbeddingDown as error:
                log.warning("embedding down: %s", error.code)
        work.degrade("words_only")
        return [one for one in asked if one.is_of_article][:MOST]

    def _near(self, asked: Sequence[AskedBefore], texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, questions) cosines; zeros where there is no model."""
        embedder = self._current.parts.embedder
        if embedder is None or not asked:
            return np.zeros((len(texts), len(asked)), np.float32)
        try:
            return np.asarray(embedder.embed_passages(list(texts))
                              @ np.stack([self._vector(embedder, one.text) for one in asked]).T, np.float32)
        except EmbeddingDown:  # logged where the questions were chosen
            return np.zeros((len(texts), len(asked)), np.float32)

    def _vector(self, embedder: Embedder, text: str) -> NDArray[np.float32]:
        key = hash((embedder.recipe.fingerprint, text))
        if key not in self._vectors:
            if len(self._vectors) >= _KEPT:
                self._vectors.clear()
            self._vectors[key] = embedder.embed_query(text)
        return self._vectors[key]

    def _read(self, work: _Work, near: Sequence[AskedBefore], passages: Sequence[Passage],
              source: str) -> list[_Question]:
        """What the reader says of these passages for each question, the nearest first, as long as there is time."""
        if not near:
            return []
        found: list[_Question] = []
        if self._reader is not None:
            try:
                for one in near:
                    if not work.has_time():
                        return found
                    # one passage a call: the reader stops when the first one is sure, and here all count
                    found.append(_Question(one, tuple(
                        self._reader.read(one.text, (), [ReadableText(passage, source)], seconds=1.0)[0]
                        for passage in passages)))
                return found
            except ReaderDown as error:
                log.warning("reader down: %s", error.code)
        work.degrade("no_reader")
        return [_Question(one, ()) for one in near]


def _embedded(passage: Passage) -> str:
    return embedding_text(passage.title, passage.heading_path, passage.context, passage.body)


def _touch(passage: Passage, piece: Piece) -> bool:
    return piece.unit.start < passage.end and passage.start < piece.unit.end


def _logit(one: _Question, piece: Piece, passages: Sequence[Passage]) -> float:
    """What the reader says of a piece's own words for a question; minus infinity where it did not read them."""
    start, end = piece.unit.start, piece.unit.end
    return max((float(logit) for passage, read in zip(passages, one.reads, strict=False)
                for unit, logit in zip(passage.units, read.units, strict=True)
                if unit.start < end and start < unit.end), default=-math.inf)


def _of_piece(title: str, piece: Piece) -> str:
    """What the model reads of a piece: where it stands, what it hangs on, what it says."""
    return "\n".join(part for part in (" › ".join((title, *piece.path)), piece.unit.lead_text, piece.unit.text) if part)


def _rests(one: _Question, change: Change, passages: Sequence[Passage], near: float) -> Rests:
    """What tells whether a question's answer rests on what changed."""
    question, piece = one.question, change.old
    logit = _logit(one, piece, passages)

    def holds(stretches: Sequence[tuple[int, int]]) -> bool:
        return _meet(stretches, (piece.unit.start, piece.unit.end))

    return Rests(
        question.answer_id, logit if logit > -math.inf else None,
        quoted=holds(question.quoted), quotes_section=_meet(question.quoted, piece.section),
        offered=holds(question.offered), offers_section=_meet(question.offered, piece.section),
        offered_next=holds(question.offered_next), elsewhere=question.is_elsewhere, near=near)


def _meet(stretches: Sequence[tuple[int, int]], place: tuple[int, int]) -> bool:
    """Whether one of these stretches reaches into a place."""
    return any(start < place[1] and place[0] < end for start, end in stretches)
