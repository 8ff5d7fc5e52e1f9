"""Finding: question → catch up → understand → propose → authority check → rank, by known questions too, and the
units of the first article. Stages beside the ranking stand in finding/.

A question in a dialogue that may open another topic is understood, and candidates are proposed for it, with the
dialogue and without. A part that is down lowers the service and says so in ``degraded``: no model, words alone; no
engine, a plain search of the database.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from kb.db import Database
from kb.errors import Unavailable
from retriever.answering import evidence
from retriever.errors import EmbeddingDown, EngineDown
from retriever.finding.another_topic import is_another
from retriever.finding.documents import Named, named_documents
from retriever.finding.known import brought, chances
from retriever.finding.plain import plain_search
from retriever.finding.proofreading import proofreader_for
from retriever.finding.reading import Reading, unit_vector
from retriever.finding.stale import Stale, fresh_first, signals_among
from retriever.finding.telling import telling
from retriever.indexing.current import Current, Parts
from retriever.question import topic
from retriever.question.numbers import Conditions
from retriever.question.proofreading import Proofreader
from retriever.question.understanding import Question, understand
from retriever.ranking import order as ranking
from retriever.ranking.exact import exact
from retriever.ranking.fusion import candidates
from retriever.ranking.known import raised
from retriever.ranking.model import Model
from retriever.records import Allowed, Candidate, EngineQuery, Turn
from retriever.scope import Scope
from retriever.settings import SearchSettings

log = logging.getLogger(__name__)

_DOWN = frozenset(("words_only", "plain_search"))
_LOOKED_AT = 3  # best passages; where none of them has a vector, meaning was not searched


@dataclass(slots=True)
class Run:
    """One question under way: its stages' times and what is degraded."""

    started: float
    stages: dict[str, float] = field(default_factory=dict)
    degraded: list[str] = field(default_factory=list)

    def degrade(self, part: str) -> None:
        """Say that this part of the service is not what it should be."""
        if part not in self.degraded:
            self.degraded.append(part)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what is done inside; a stage that comes twice adds up."""
        began = perf_counter()
        try:
            yield
        finally:
            self.stages[name] = round(self.stages.get(name, 0.0) + (perf_counter() - began) * 1000, 2)

    @property
    def took_ms(self) -> float:
        """Milliseconds since it began."""
        return (perf_counter() - self.started) * 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What a question led to, and the units of its first article, before any is chosen; best first."""

    question: Question
    ranked: list[ranking.Ranked]
    pool: evidence.Pool | None  # the units that may answer; None when nothing is found
    idf: Mapping[str, float]
    proposed: int  # candidates before the authority check
    allowed: int  # and after it
    new_topic: bool  # the dialogue is left out
    stale: Stale = field(default_factory=Stale)  # what may be told of its articles' signals
    vector: NDArray[np.float32] | None = None  # of the question's own words, where it was read without its dialogue
    named: Named = field(default_factory=Named)  # what the documents that it names by number lead to
    empty_first: str | None = None  # the article of which a section that says nothing was the best
    other: Found | None = None  # the other way to read a question that may open another topic


class Finder:
    """Finds what may answer a question, for whoever asks it."""

    def __init__(self, database: Database, current: Current, model: Model, options: SearchSettings) -> None:
        self._database = database
        self._current = current
        self._model = model
        self._options = options

    def find(self, run: Run, text: str, history: Sequence[Turn], scope: Scope, *, words_alone: bool = False) -> Found:
        """Understand, propose, check, rank; with the dialogue, and without it where another topic may begin."""
        with run.stage("catch_up"):
            self._catch_up(run, scope)
        parts = self._current.parts
        proofreader = proofreader_for(self._database, parts, self._current.speller(scope.audiences), scope)

        def read(turns: Sequence[Turn]) -> Reading:
            return self._read(run, text, turns, parts, scope, words_alone, proofreader)

        reading, alone = read(history), None
        may_be_another = is_another_topic = False
        if reading.nearest and reading.question.is_follow_up:
            degraded = list(run.degraded)
            alone = read(())
            may_be_another = topic.may_be_another(reading.question)
            if may_be_another:
                with run.stage("topic"):
                    is_another_topic = is_another(self._database, reading, alone, parts, scope)
            if not is_another_topic:
                run.degraded[:] = degraded  # of the reading that is used
        for name in (alone if alone and is_another_topic else reading).question.cut:
            run.degrade(name)
        found = self._ranked(run, reading, alone, parts, scope)
        if alone and may_be_another:
            other = replace(self._ranked(run, alone, None, parts, scope), new_topic=True)
            return replace(other, other=found) if is_another_topic else replace(found, other=other)
        return found

    def proposed(self, text: str, history: Sequence[Turn], scope: Scope) -> list[Allowed]:
        """What is proposed for a question and may be shown, the strongest first, before any of it is ranked: a fraction
        of what finding costs. For what is told beside an answer: nothing is corrected, and no trouble is said."""
        return self._read(Run(perf_counter()), text, history, self._current.parts, scope, False, None).allowed

    def _ranked(self, run: Run, reading: Reading, alone: Reading | None, parts: Parts, scope: Scope) -> Found:
        """What a reading led to, in order: ``alone`` is the same question read without the dialogue of this reading."""
        with run.stage("rank"):
            known = chances(reading, self._current.known(), scope)
            named = named_documents(self._database, reading.question.text, reading, parts, scope)
            allowed = named.alone([*reading.allowed, *brought(self._database, reading, known, parts, scope)])
            ranked = ranking.rank(reading.question, allowed, reading.idf, parts.analyser, self._model)
            if alone:
                ranked = ranking.by_turn(ranked, ranking.rank(alone.question, alone.allowed, alone.idf, parts.analyser,
                                                              self._model))
            ranked = raised(ranked, known)
            ranked = exact(ranked, Conditions.of(reading.question.full))
            ranked, empty_first = telling(ranked)
            stale = signals_among(self._database, ranked, scope)
            ranked = fresh_first(ranked, stale.twins)
        if ranked and reading.vector is not None and not _DOWN.intersection(run.degraded) and all(
                item.hit.candidate.vector_score <= 0 for item in ranked[:_LOOKED_AT]):
            run.degrade("vectors_pending")  # in the first minutes after an import
        pool = None
        if ranked:
            with run.stage("read"):
                pool = evidence.Pool.of(reading.question, ranked, parts.analyser, reading.idf)
                ranked = evidence.leading(ranked, pool, self._model)
        return Found(reading.question, ranked, pool, reading.idf, reading.proposed, len(allowed), False, stale,
                     None if reading.question.before else reading.vector, named, empty_first)

    def _read(self, run: Run, text: str, history: Sequence[Turn], parts: Parts, scope: Scope,
              words_alone: bool, proofreader: Proofreader | None) -> Reading:
        """The question in this dialogue, and what may be shown of what is proposed for it."""
        with run.stage("understand"):
            question = _understood(text, history, parts, proofreader)
            vector = None if words_alone else self._vector(run, parts, question.vector_text)
        with run.stage("propose"):
            proposed, idf = self._propose(run, parts, question, vector, scope)
        with run.stage("authority"), self._database.reading() as session:
            allowed = scope.authority_check(session, proposed)
        return Reading(question, vector, len(proposed), allowed, idf)

    def _catch_up(self, run: Run, scope: Scope) -> None:
        """Use the newest generation, and let it see every publication; without that, answer all the same."""
        try:
            if not self._current.catch_up_briefly(scope.audiences):
                run.degrade("index_behind")
        except (EngineDown, Unavailable) as error:  # Unavailable: what was cut cannot be recorded now
            log.warning("index behind: %s", error.code)
            run.degrade("index_behind")

    def _vector(self, run: Run, parts: Parts, text: str) -> NDArray[np.float32] | None:
        embedder = parts.embedder
        if embedder is None:
            return None
        try:
            return unit_vector(embedder.embed_query(text))
        except EmbeddingDown as error:
            log.warning("embedding down: %s", error.code)
            run.degrade("words_only")
            return None

    def _propose(self, run: Run, parts: Parts, question: Question, vector: NDArray[np.float32] | None,
                 scope: Scope) -> tuple[list[Candidate], Mapping[str, float]]:
        """Candidates, strongest proposals first, and the idf of the question's terms among what may be seen."""
        query = EngineQuery(question.terms, vector, scope.filters, self._options.candidates, question.lang)
        try:
            try:
                found = candidates(parts.engine, query, self._model.base, ranking.DESCRIBED)
            except EmbeddingDown as error:
                log.warning("vectors damaged: %s", error.code)
                run.degrade("words_only")
                found = candidates(parts.engine, replace(query, vector=None), self._model.base, ranking.DESCRIBED)
            idf = parts.engine.idf(list({t for t, _ in (*question.terms, *question.said)}), scope.audiences)
        except EngineDown as error:
            log.warning("engine down: %s", error.code)
            run.degrade("plain_search")
            return plain_search(self._database, question, scope), {}
        return found, idf


def _understood(text: str, history: Sequence[Turn], parts: Parts, proofreader: Proofreader | None) -> Question:
    """The question, its typing errors corrected unless the engine is down."""
    try:
        return understand(text, history, parts.analyser, proofreader)
    except EngineDown:  # found again, and said, when it is searched
        return understand(text, history, parts.analyser)
