"""Finding: question → catch up → understand → propose → authority check → rank, by known questions too, and the
units of the first article.

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
from retriever.engines.scan import OFF
from retriever.engines.store import text_of
from retriever.errors import EmbeddingDown, EngineDown
from retriever.indexing.current import Current, Parts
from retriever.language.spelling import as_written
from retriever.passages.cutting import split
from retriever.passages.terms import term_sets
from retriever.question import topic
from retriever.question.followup import is_remark
from retriever.question.known import Section
from retriever.question.numbers import Conditions
from retriever.question.proofreading import Proofreader
from retriever.question.understanding import Question, understand
from retriever.ranking import order as ranking
from retriever.ranking.exact import exact
from retriever.ranking.fusion import candidates, normalised
from retriever.ranking.known import raised, section_of
from retriever.ranking.model import Model
from retriever.records import Allowed, Candidate, EngineQuery, LiveText, Passage, Proposals, Turn
from retriever.scope import Scope
from retriever.settings import SearchSettings

log = logging.getLogger(__name__)

_HOLDERS = 20  # a correction counts only where one of so many best passages holds the word
_BROUGHT = 0.3  # from this chance on a known section is read though nothing else proposed it
_MOST_BROUGHT = 6  # passages of such sections
_TITLES = 3  # best passages whose titles may name what a short question asks


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


@dataclass(frozen=True, slots=True)
class _Reading:
    """A question as it was read, and the candidates that it led to, before they are ranked."""

    question: Question
    vector: NDArray[np.float32] | None
    proposed: int
    allowed: list[Allowed]
    idf: Mapping[str, float]

    @property
    def nearest(self) -> float:
        """The best cosine of a candidate; 0 without vectors."""
        return _nearest(self.allowed)


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
        proofreader = self._proofreader(parts, scope)

        def read(turns: Sequence[Turn]) -> _Reading:
            return self._read(run, text, turns, parts, scope, words_alone, proofreader)

        reading, new_topic = read(history), False
        if reading.nearest and topic.may_be_another(reading.question):
            degraded = list(run.degraded)
            alone = read(())
            with run.stage("topic"):
                new_topic = self._is_another(reading, alone, parts, scope)
            if new_topic:
                reading = alone
            else:
                run.degraded[:] = degraded  # of the reading that is used
        for name in reading.question.cut:
            run.degrade(name)
        with run.stage("rank"):
            known = self._known(reading, scope)
            allowed = [*reading.allowed, *self._brought(reading, known, parts, scope)]
            ranked = raised(ranking.rank(reading.question, allowed, reading.idf, parts.analyser, self._model), known)
            ranked = exact(ranked, Conditions.of(reading.question.full))
        pool = None
        if ranked:
            with run.stage("read"):
                pool = evidence.Pool.of(reading.question, ranked, parts.analyser, reading.idf)
                ranked = evidence.leading(ranked, pool, self._model)
        return Found(reading.question, ranked, pool, reading.idf, reading.proposed, len(allowed), new_topic)

    def _read(self, run: Run, text: str, history: Sequence[Turn], parts: Parts, scope: Scope,
              words_alone: bool, proofreader: Proofreader | None) -> _Reading:
        """The question in this dialogue, and what may be shown of what is proposed for it."""
        with run.stage("understand"):
            question = _understood(text, history, parts, proofreader)
            vector = None if words_alone else self._vector(run, parts, question.vector_text)
        with run.stage("propose"):
            proposed, idf = self._propose(run, parts, question, vector, scope)
        with run.stage("authority"), self._database.reading() as session:
            allowed = scope.authority_check(session, proposed)
        return _Reading(question, vector, len(proposed), allowed, idf)

    def _known(self, reading: _Reading, scope: Scope) -> dict[Section, float]:
        """The sections known to answer the question, each with its chance; for passages that may be shown alone."""
        known = self._current.known()
        if not known:
            return {}
        words = {term: weight * reading.idf.get(term, 1.0) for term, weight in reading.question.said}
        return known.scores(reading.vector, words, known_at=scope.moment.known_at)

    def _brought(self, reading: _Reading, known: Mapping[Section, float], parts: Parts, scope: Scope) -> list[Allowed]:
        """Passages of sections known to answer the question that nothing else proposed, the likeliest first: a caller
        may use no word of theirs. The database says what may be seen, before any is left out."""
        there = {section_of(a.candidate.passage) for a in reading.allowed}
        missing = {s: chance for s, chance in known.items() if chance >= _BROUGHT and s not in there}
        if not missing:
            return []
        likeliest = sorted(missing, key=lambda section: -missing[section])
        with self._database.reading() as session:
            live = {text.article_id: text for text in scope.live_of(session, (article for article, _ in likeliest))}
        found = [(passage, live[article]) for article, path in likeliest if article in live
                 for passage in passages_of(live[article]) if section_of(passage) == (article, path)][:_MOST_BROUGHT]
        cosines = self._cosines(reading, [passage for passage, _ in found], parts)
        return [Allowed(Candidate(passage, 0.0, cosine, 0.0, cosine,
                                  (0.0, share, 0.0, share, float(text.lang == reading.question.lang))), text)
                for (passage, text), (cosine, share) in zip(found, cosines, strict=True)]

    def _cosines(self, reading: _Reading, passages: Sequence[Passage], parts: Parts) -> list[tuple[float, float]]:
        """The passages' cosines, and their shares as those of the other candidates are reckoned; 0 without vectors."""
        if reading.vector is None or parts.embedder is None or not passages:
            return [(0.0, 0.0)] * len(passages)
        try:
            cosines = parts.embedder.embed_passages([text_of(p) for p in passages]) @ reading.vector
        except EmbeddingDown as error:
            log.warning("embedding down: %s", error.code)
            return [(0.0, 0.0)] * len(passages)
        known = sorted((a.candidate.vector_score, a.candidate.normalised[1]) for a in reading.allowed
                       if a.candidate.normalised[1] > 0)
        at, shares = zip(*known, strict=True) if known else ((0.0, 1.0), (0.0, 1.0))
        return [(float(c), float(np.interp(c, at, shares, left=0.0))) for c in cosines]

    def _is_another(self, reading: _Reading, alone: _Reading, parts: Parts, scope: Scope) -> bool:
        """Whether a question, read with its dialogue and alone, opens another topic."""
        question = reading.question
        if not alone.nearest or topic.repeats(alone.question, question, reading.idf):
            return False
        titles = [term_sets(a.candidate.passage, parts.analyser).title for a in alone.allowed[:_TITLES]]
        led = [term_sets(a.candidate.passage, parts.analyser) for a in reading.allowed
               if a.live.article_id == reading.allowed[0].live.article_id]
        if topic.is_named(alone.question, alone.idf, titles=titles,
                          led=frozenset().union(*(sets.title | sets.headings | sets.body for sets in led))):
            return True
        if question.leans or is_remark(question.text):
            return False
        if not topic.is_explained(nearest=reading.nearest, alone=alone.nearest):
            return True
        if not question.before or parts.embedder is None:
            return False
        try:
            query = EngineQuery((), _unit(parts.embedder.embed_query(question.before)), scope.filters, _HOLDERS,
                                question.lang)
            nearest = candidates(parts.engine, query, {"vectors": 1.0}, _HOLDERS)
        except (EmbeddingDown, EngineDown):  # the question is answered with what was found before
            return False
        with self._database.reading() as session:
            allowed = scope.authority_check(session, nearest)
        return topic.leads_away(nearest=reading.nearest, before=_nearest(allowed))

    def _catch_up(self, run: Run, scope: Scope) -> None:
        """Use the newest generation, and let it see every publication; without that, answer all the same."""
        try:
            if not self._current.catch_up_briefly(scope.audiences):
                run.degrade("index_behind")
        except (EngineDown, Unavailable) as error:  # Unavailable: what was cut cannot be recorded now
            log.warning("index behind: %s", error.code)
            run.degrade("index_behind")

    def _proofreader(self, parts: Parts, scope: Scope) -> Proofreader | None:
        """What reads this asker's question for typing errors; None without a speller.

        The speller knows the words of all times and departments. One counts only where a text that this asker may see
        now holds it: what may not be seen must not change what is found, or how sure an answer is.
        """
        speller = self._current.speller(scope.audiences)
        if speller is None:
            return None

        def written(word: str) -> str | None:
            terms = tuple((term, 1.0) for term in parts.analyser.own_terms(word))
            holders = candidates(parts.engine, EngineQuery(terms, None, scope.filters, _HOLDERS), {"words": 1.0},
                                 _HOLDERS)
            with self._database.reading() as session:
                allowed = scope.authority_check(session, holders)
            return as_written(word, (a.candidate.passage for a in allowed))

        return Proofreader(speller.corrections, written)

    def _vector(self, run: Run, parts: Parts, text: str) -> NDArray[np.float32] | None:
        embedder = parts.embedder
        if embedder is None:
            return None
        try:
            return _unit(embedder.embed_query(text))
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
            return self._plain(question, scope), {}
        return found, idf

    def _plain(self, question: Question, scope: Scope) -> list[Candidate]:
        """Without an engine: the database's own search for the question's longest words."""
        words = sorted({t for t, _ in question.terms if len(t) > 1}, key=len, reverse=True)[:12]
        with self._database.reading() as session:
            rows = scope.containing(session, words, limit=ranking.DESCRIBED)
        passages, scores = [], []
        for r, span in rows:
            cut = next((c for c in split(r.source) if (c.start, c.end) == (span.start, span.end)), None)
            if cut is None:  # recorded by a release that cut it otherwise
                continue
            passages.append(Passage(
                f"{r.revision_id}:{span.ordinal}", r.article_id, r.revision_id, span.ordinal, r.title,
                cut.heading_path, cut.start, cut.end, r.source[cut.start:cut.end], cut.context, r.department,
                r.audience, r.lang, units=cut.units, body=cut.body))
            scores.append(float(sum(w in span.text.lower() for w in words)))
        found, none = np.array(scores, np.float64), np.zeros(len(scores))
        same_language = np.array([p.lang == question.lang for p in passages], np.float64)
        shares = normalised(Proposals(tuple(p.passage_id for p in passages), found, none, found, none, same_language))
        return [Candidate(passage, score, 0.0, score, 0.0, tuple(row))
                for passage, score, row in zip(passages, scores, shares.tolist(), strict=True)]


def passages_of(live: LiveText) -> list[Passage]:
    """The passages of a revision as the database holds it."""
    return [Passage(f"{live.revision_id}:{ordinal}", live.article_id, live.revision_id, ordinal, live.title,
                    cut.heading_path, cut.start, cut.end, live.source[cut.start:cut.end], cut.context, live.department,
                    live.audience, live.lang, units=cut.units, body=cut.body)
            for ordinal, cut in enumerate(split(live.source))]


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """A question's vector; EmbeddingDown when it is none, for no score may come of it."""
    if not abs(float(np.linalg.norm(vector)) - 1) < OFF:  # also when it is not a number
        raise EmbeddingDown("not_unit", "the embedding model gave a vector that is not of length 1: another export "
                            "of the model is needed, or another model")
    return vector


def _understood(text: str, history: Sequence[Turn], parts: Parts, proofreader: Proofreader | None) -> Question:
    """The question, its typing errors corrected unless the engine is down."""
    try:
        return understand(text, history, parts.analyser, proofreader)
    except EngineDown:  # found again, and said, when it is searched
        return understand(text, history, parts.analyser)


def _nearest(allowed: Sequence[Allowed]) -> float:
    """The best cosine of these candidates; 0 without any."""
    return max((a.candidate.vector_score for a in allowed), default=0.0)
