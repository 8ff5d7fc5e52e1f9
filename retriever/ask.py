"""Answering: the pipeline, top to bottom, and nothing else.

question → catch up → understand → propose → authority check → rank → choose evidence → compose → verify → record. A
question in a dialogue that may open another topic is understood, and candidates are proposed for it, with the dialogue
and without.
A part that is down lowers the service and says so in ``degraded``: no model, words alone; no engine, a plain search of
the database; no log, the answer all the same.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from kb import answers
from kb.db import Database
from kb.errors import Invalid, KbError, Unavailable
from kb.live import Moment, is_department, live_revisions, passages_containing
from kb.permissions import Actor, audiences_of
from kb.settings import Settings
from retriever import authority, evidence, quote, ranking, topic, verify
from retriever.analysis import Analyser
from retriever.comparable import comparable
from retriever.embedding import Embedder
from retriever.engines import Engine
from retriever.errors import EmbeddingDown, EngineDown
from retriever.explain import Trace, explain
from retriever.indexing import consumer
from retriever.model import Model, load_model, packaged
from retriever.query import Question, check_text, understand
from retriever.records import (
    Allowed,
    Answer,
    AskRequest,
    Candidate,
    EngineQuery,
    Filters,
    Health,
    LiveText,
    Nearest,
    Passage,
    SearchHit,
    SearchPage,
    Suggestion,
    Turn,
)
from retriever.settings import AskSettings, SearchSettings
from retriever.spelling import as_written
from retriever.suggest import Titles
from retriever.units import units
from retriever.vocabulary import Vocabulary

log = logging.getLogger(__name__)

_HOLDERS = 20  # passages among which a word must stand that a typing error is read as
DEEPEST = 100  # results a search pages through; further down nothing is worth reading


@dataclass(frozen=True, slots=True)
class Parts:
    """What a retriever works with; replaced whole when another index generation is put into use."""

    engine: Engine
    analyser: Analyser
    embedder: Embedder | None


@dataclass(slots=True)
class _Run:
    """One question under way: its stages' times and what is degraded."""

    started: float
    stages: dict[str, float] = field(default_factory=dict)
    degraded: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = perf_counter()
        try:
            yield
        finally:
            self.stages[name] = round(self.stages.get(name, 0.0) + (perf_counter() - began) * 1000, 2)

    @property
    def took_ms(self) -> float:
        return (perf_counter() - self.started) * 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What a question led to, and the units of its first article, before any is chosen; best first."""

    question: Question
    moment: Moment
    ranked: list[ranking.Ranked]
    pool: evidence.Pool | None  # the units that may answer; None when nothing is found
    rarity: Mapping[str, float]
    proposed: int  # candidates before the authority check
    allowed: int  # and after it
    new_topic: bool  # the dialogue is left out


@dataclass(frozen=True, slots=True)
class _Reading:
    """A question as it was read, and the candidates that it led to, before they are ranked."""

    question: Question
    proposed: int
    allowed: list[Allowed]
    rarity: Mapping[str, float]

    @property
    def nearest(self) -> float:
        """The best cosine of a candidate; 0 without vectors."""
        return max((a.candidate.vector_score for a in self.allowed), default=0.0)


class Retriever:
    """Finds and answers. Safe for several threads; :meth:`start_background` keeps index and vectors current."""

    def __init__(self, settings: Settings, database: Database, parts: Parts, *,
                 model: Model | None = None, reopen: Callable[[], Parts] | None = None,
                 stamp: Callable[[], int] = lambda: 0) -> None:
        """``reopen`` opens the index generation in use, which has changed when ``stamp`` gives another value.

        ``model`` stands in for the fitted weights that the settings name.
        """
        self._database = database
        self._limits = settings.limits
        self.timezone = settings.hotline.timezone
        self._options = settings.section(AskSettings)
        self._search = settings.section(SearchSettings)
        self._model = model or model_of(self._search)
        self._parts = parts
        self._reopen, self._stamp, self._stamped = reopen, stamp, stamp()
        self._titles = Titles()
        self._vocabulary = Vocabulary()
        self._catching_up = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    # asking

    def ask(self, request: AskRequest, viewer: Actor, *, now: datetime) -> Answer:
        """The cited answer to one question, or an honest abstention; recorded with its stages."""
        run = _Run(perf_counter())
        text = check_text(request.question, longest=self._limits.question_chars)
        history = self._history(request.history)
        found = self._find(run, text, history, request, viewer, now)
        with run.stage("evidence"):
            chosen = evidence.choose(found.pool, self._model, most_chars=self._options.answer_chars, most=min(
                self._options.max_sentences, evidence.MOST_UNITS)) if found.pool else []
            composed = quote.compose(chosen)
        with run.stage("verify"):
            sources = {r.allowed.live.revision_id: r.allowed.live.source for r in found.ranked}
            composed = verify.verified(composed, sources)
            values = verify.features(found.question, found.ranked, chosen, self._parts.analyser, found.rarity)
            confidence = verify.confidence(values, self._model) if composed.sentences else 0.0
        threshold = verify.threshold(values, self._model, self._options.precision)
        answer = self._answer(run, text, found, composed, confidence, threshold)
        self._record(run, answer, request, viewer, found.question.lang, now)
        answer = replace(answer, took_ms=run.took_ms, degraded=tuple(run.degraded))
        if request.explain:
            trace = Trace(found.question, found.ranked, found.pool, found.rarity, chosen, values, confidence,
                          answer.reason, threshold, self._options.precision, run.stages, found.proposed, found.allowed,
                          found.new_topic)
            answer = replace(answer, explain=explain(trace, self._parts.analyser, self._model))
        return answer

    def find(self, request: AskRequest, viewer: Actor, *, now: datetime, words_alone: bool = False) -> Found:
        """What :meth:`ask` would choose its evidence from; nothing is recorded.

        ``words_alone`` finds as if the model were down.
        """
        text = check_text(request.question, longest=self._limits.question_chars)
        return self._find(_Run(perf_counter()), text, self._history(request.history), request, viewer, now,
                          words_alone=words_alone)

    def _find(self, run: _Run, text: str, history: Sequence[Turn], request: AskRequest, viewer: Actor,
              now: datetime, *, words_alone: bool = False) -> Found:
        """Understand, propose, check, rank; with the dialogue, and without it where another topic may begin."""
        moment = Moment(request.as_of or now, request.known_at or now)
        filters = self._filters(request, viewer, moment)
        with run.stage("catch_up"):
            self._catch_up(run)
        parts = self._parts

        def read(turns: Sequence[Turn]) -> _Reading:
            return self._read(run, text, turns, parts, filters, viewer, moment, request.audience, words_alone)

        reading, new_topic = read(history), False
        if reading.nearest and topic.may_be_another(reading.question):
            alone = read(())
            new_topic = topic.is_another(reading.question, reading.rarity, nearest=reading.nearest, alone=alone.nearest)
            reading = alone if new_topic else reading
        with run.stage("rank"):
            ranked = ranking.rank(reading.question, reading.allowed, reading.rarity, parts.analyser, self._model)
        pool = None
        if ranked:
            with run.stage("read"):
                pool = evidence.Pool.of(reading.question, ranked, parts.analyser, reading.rarity)
                ranked = evidence.leading(ranked, pool, self._model)
        return Found(reading.question, moment, ranked, pool, reading.rarity, reading.proposed, len(reading.allowed),
                     new_topic)

    def _read(self, run: _Run, text: str, history: Sequence[Turn], parts: Parts, filters: Filters, viewer: Actor,
              moment: Moment, audience: str | None, words_alone: bool) -> _Reading:
        """The question in this dialogue, and what may be shown of what is proposed for it."""
        with run.stage("understand"):
            question = self._understand(text, history, parts, filters, viewer, moment, audience)
            vector = None if words_alone else self._vector(run, question.vector_text)
        with run.stage("propose"):
            candidates, rarity = self._propose(run, question, vector, filters, viewer, moment, audience)
        with run.stage("authority"), self._database.reading() as session:
            allowed = authority.check(session, viewer, moment, candidates, filters, narrowed_to=audience)
        return _Reading(question, len(candidates), allowed, rarity)

    def _filters(self, request: AskRequest, viewer: Actor, moment: Moment) -> Filters:
        if request.audience not in (None, "public", "agent"):
            raise Invalid("audience", f"audience {str(request.audience)[:20]!r} is neither public nor agent")
        if request.lang not in (None, "zh", "en"):
            raise Invalid("lang", f"lang {str(request.lang)[:20]!r} is neither zh nor en")
        if request.department:
            with self._database.reading() as session:
                if not is_department(session, request.department):
                    raise Invalid("department", f"there is no department {request.department[:40]!r}")
        return Filters(
            as_of=moment.as_of, known_at=moment.known_at,
            audiences=frozenset(a.value for a in audiences_of(viewer, narrowed_to=request.audience)),
            departments=frozenset({request.department}) if request.department else None,
            langs=frozenset({request.lang}) if request.lang else None,
        )

    def _history(self, history: Sequence[Turn]) -> tuple[Turn, ...]:
        """The newest turns within the limits."""
        kept: list[Turn] = []
        room = self._limits.history_chars
        for turn in reversed(history[-self._limits.history_turns:] if self._limits.history_turns else ()):
            room -= len(turn.text)
            if room < 0:
                break
            kept.append(turn)
        return tuple(reversed(kept))

    def _catch_up(self, run: _Run) -> None:
        """Use the newest generation, and let it see every publication; without that, answer all the same."""
        try:
            self._index_new(self._search.wait_seconds)
        except (EngineDown, Unavailable) as error:  # Unavailable: what was cut cannot be recorded now
            log.warning("index behind: %s", error.code)
            run.degraded.append("index_behind")

    def _index_new(self, wait_seconds: float) -> int:
        """Replay the outbox, one thread at a time, so that many asks do not index the same change many times."""
        if not self._catching_up.acquire(timeout=wait_seconds):
            raise EngineDown("index_busy", "another question is indexing what was published")
        try:
            stamp = self._stamp()
            if self._reopen is not None and stamp != self._stamped:
                self._parts, self._stamped = self._reopen(), stamp
            return consumer.catch_up(self._database, self._parts.engine)
        finally:
            self._catching_up.release()

    def _understand(self, text: str, history: Sequence[Turn], parts: Parts, filters: Filters, viewer: Actor,
                    moment: Moment, audience: str | None) -> Question:
        """The question, its typing errors read unless the engine is down.

        The speller knows the words of all texts. One counts only where a text that this asker may see now holds it:
        what may not be seen must not change what is found, or how sure an answer is.
        """
        if self._thread is None:  # nobody follows what is published
            self._learn_words()
        speller = self._vocabulary.speller
        if speller is None:
            return understand(text, history, parts.analyser)

        @cache
        def written(word: str) -> str | None:
            terms = tuple((term, 1.0) for term in parts.analyser.own_terms(word))
            query = EngineQuery(terms, None, filters, _HOLDERS, weights={"words": 1.0}, most=_HOLDERS)
            candidates = parts.engine.search(query)
            with self._database.reading() as session:
                allowed = authority.check(session, viewer, moment, candidates, filters, narrowed_to=audience)
            return as_written(word, (a.candidate.passage for a in allowed))

        try:
            return understand(text, history, parts.analyser, lambda said: speller.readings(said, written))
        except EngineDown:  # found again, and said, when it is searched
            return understand(text, history, parts.analyser)

    def _learn_words(self, *, rests: bool = False) -> None:
        """Let the speller know the words of the present index."""
        if not self._search.spelling:
            return
        parts = self._parts
        self._vocabulary.refresh(self._database, parts.engine, parts.analyser, parts.embedder, rests=rests)

    def _vector(self, run: _Run, text: str) -> NDArray[np.float32] | None:
        embedder = self._parts.embedder
        if embedder is None:
            return None
        try:
            return embedder.embed_query(text)
        except EmbeddingDown as error:
            log.warning("embedding down: %s", error.code)
            run.degraded.append("words_only")
            return None

    def _propose(self, run: _Run, question: Question, vector: NDArray[np.float32] | None, filters: Filters,
                 viewer: Actor, moment: Moment, audience: str | None) -> tuple[list[Candidate], Mapping[str, float]]:
        """Candidates, strongest proposals first, and the rarity of the question's terms."""
        query = EngineQuery(question.terms, vector, filters, self._search.candidates, question.lang,
                            self._model.base, ranking.DESCRIBED)
        try:
            candidates = self._parts.engine.search(query)
            rarity = self._parts.engine.rarity(list({t for t, _ in (*question.terms, *question.said)}))
        except EngineDown as error:
            log.warning("engine down: %s", error.code)
            run.degraded.append("plain_search")
            return self._plain(question, viewer, moment, audience), {}
        return candidates, rarity

    def _plain(self, question: Question, viewer: Actor, moment: Moment, audience: str | None) -> list[Candidate]:
        """Without an engine: the database's own search for the question's longest words."""
        words = sorted({t for t, _ in question.terms if len(t) > 1}, key=len, reverse=True)[:12]
        with self._database.reading() as session:
            rows = passages_containing(session, viewer, moment, words, narrowed_to=audience, limit=ranking.DESCRIBED)
            live = live_revisions(session, viewer, moment, (r for r, _ in rows), narrowed_to=audience)
        passages, scores = [], []
        for revision_id, span in rows:
            if revision_id in live:
                r = live[revision_id]
                passages.append(Passage(
                    f"{revision_id}:{span.ordinal}", r.article_id, revision_id, span.ordinal, r.title,
                    span.heading_path, span.start, span.end, span.text, "", r.department, r.audience, r.lang,
                    units=tuple(u for u in units(r.source) if span.start <= u.start and u.end <= span.end)))
                scores.append(float(sum(w in span.text.lower() for w in words)))
        found, none = np.array(scores, np.float64), np.zeros(len(scores))
        same_language = np.array([p.lang == question.lang for p in passages], np.float64)
        shares = comparable(found, none, found, none, same_language)
        return [Candidate(passage, score, 0.0, score, 0.0, tuple(row))
                for passage, score, row in zip(passages, scores, shares.tolist(), strict=True)]

    def _answer(self, run: _Run, text: str, found: Found, composed: quote.Composed,
                confidence: float, threshold: float) -> Answer:
        """The answer object; what is withheld stays inside it for evaluation."""
        reason = None
        if not found.ranked:
            reason = "nothing_found"
        elif not composed.sentences:
            reason = "no_evidence"
        elif confidence < threshold:
            reason = "not_sure"
        top = found.ranked[0].allowed.live if found.ranked else None
        return Answer(
            answer_id=str(uuid.uuid4()), question=text, as_of=found.moment.as_of, known_at=found.moment.known_at,
            abstained=reason is not None, reason=reason, confidence=confidence,
            sentences=() if reason else composed.sentences, citations=() if reason else composed.citations,
            nearest=_nearest(found.ranked, self._options.nearest) if reason else (),
            engine=self._parts.engine.name, composer="quote", took_ms=run.took_ms,
            ask_department=_department(top) if reason and top else None,
            withheld=(composed.sentences, composed.citations) if reason else None,
            hits=tuple(r.hit for r in found.ranked), read_as=found.question.read_as, new_topic=found.new_topic,
        )

    def _record(self, run: _Run, answer: Answer, request: AskRequest, viewer: Actor, lang: str, now: datetime) -> None:
        """Keep the answer; a log that cannot be written does not keep the caller waiting."""
        sentences, citations = answer.sentences, answer.citations
        record = answers.AnswerRecord(
            id=answer.answer_id, asked_at=now, user_id=viewer.user_id,
            audience="agent" if len(audiences_of(viewer, narrowed_to=request.audience)) > 1 else "public", lang=lang,
            question=answer.question, as_of=answer.as_of, known_at=answer.known_at, abstained=answer.abstained,
            reason=answer.reason, confidence=answer.confidence,
            sentences=tuple({"text": s.text, "citations": list(s.citations)} for s in sentences),
            citations=tuple(answers.CitedSpan(c.n, c.revision_id, c.start, c.end, c.quote) for c in citations),
            nearest=tuple(asdict(n) for n in answer.nearest), engine=answer.engine, composer=answer.composer,
            took_ms=run.took_ms, degraded=tuple(run.degraded), stages=dict(run.stages),
        )
        try:
            with run.stage("record"), self._database.logging() as session:
                answers.record(session, record, keep_question=self._options.log_questions)
        except KbError as error:
            log.warning("answer not recorded: %s", error.code)
            run.degraded.append("not_recorded")

    # searching

    def search(self, words: str, viewer: Actor, *, now: datetime, as_of: datetime | None = None,
               known_at: datetime | None = None, department: str | None = None, audience: str | None = None,
               lang: str | None = None, limit: int = 10, offset: int = 0) -> SearchPage:
        """Passages for some words, at most three an article; ``offset + limit`` may reach DEEPEST."""
        if limit < 1 or offset < 0 or offset + limit > DEEPEST:
            raise Invalid("page", f"results end at {DEEPEST}: narrow the search by department or words instead")
        run = _Run(perf_counter())
        text = check_text(words, longest=self._limits.question_chars, name="search words")
        request = AskRequest(text, as_of, known_at, department, audience, lang)
        found = ranking.capped(self._find(run, text, (), request, viewer, now).ranked)
        return SearchPage(tuple(_search_hit(r) for r in found[offset:offset + limit]), len(found) > offset + limit,
                          run.took_ms, tuple(run.degraded))

    def suggest(self, prefix: str, viewer: Actor, *, now: datetime, limit: int = 8) -> list[Suggestion]:
        """Titles that go with what has been typed: by characters, by pinyin, by its initials."""
        text = check_text(prefix, longest=100, name="text")
        return self._titles.suggest(self._database, text, viewer, now, limit=limit)

    @property
    def analyser(self) -> Analyser:
        """What cuts questions and texts into words, for training and measuring."""
        return self._parts.analyser

    # upkeep

    def health(self) -> Health:
        """The engine's own word."""
        return self._parts.engine.health()

    def lag(self) -> int:
        """Outbox events not yet in the index."""
        return consumer.lag(self._database, self._parts.engine)

    def pending_vectors(self) -> int:
        """Texts in the index whose vector is still to be computed."""
        return self._parts.engine.pending_vectors()

    def wake(self) -> None:
        """Something was published: index it now rather than at the next look."""
        self._wake.set()

    def start_background(self, *, pause_s: float = 0.2) -> None:
        """Follow the outbox and compute missing vectors until :meth:`close`."""
        self._thread = threading.Thread(target=self._follow, args=(pause_s,), name="indexer", daemon=True)
        self._thread.start()

    def _follow(self, pause_s: float) -> None:
        while not self._stop.is_set():
            busy = False
            try:
                busy = self._index_new(self._search.wait_seconds) > 0
                self._learn_words(rests=True)
                busy |= self._parts.engine.embed_pending(64) > 0
            except (EngineDown, EmbeddingDown, Unavailable) as error:
                log.warning("indexing waits: %s", error.code)
            except Exception:  # one round; the next one tries again, asks are served meanwhile
                log.exception("indexing round failed")
            if not busy:
                self._wake.wait(pause_s)
                self._wake.clear()

    def close(self) -> None:
        """Stop the background work and release files."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self._parts.engine.close()


def model_of(options: SearchSettings) -> Model:
    """The fitted weights in use."""
    return load_model(Path(options.model)) if options.model else packaged()


def _department(live: LiveText) -> dict[str, str]:
    """Whom to ask: the department that keeps the article."""
    return {"code": live.department, "name_zh": live.department_name_zh, "name_en": live.department_name_en,
            "phone": live.department_phone}


def _nearest(ranked: Sequence[ranking.Ranked], most: int) -> tuple[Nearest, ...]:
    found: dict[str, Nearest] = {}
    for r in ranked:
        live = r.allowed.live
        if len(found) < most and live.article_id not in found:
            found[live.article_id] = Nearest(live.article_id, live.slug, live.title, live.department, r.hit.score)
    return tuple(found.values())


def _search_hit(item: ranking.Ranked) -> SearchHit:
    live, p = item.allowed.live, item.hit.passage
    return SearchHit(
        article_id=live.article_id, slug=live.slug, revision=live.number, title=live.title, department=live.department,
        department_name_zh=live.department_name_zh, department_name_en=live.department_name_en, lang=live.lang,
        audience=live.audience, heading_path=p.heading_path, text=p.text, start=p.start, end=p.end,
        score=item.hit.score, effective_from=live.effective_from, effective_to=live.effective_to,
        url=quote.citation_url(live.slug, live.number, p.start, p.end),
    )
