"""The retriever: one question from its bounds to its record, searching, and its upkeep.

question → its time and its notice → answer (answerer.py) → record. An answer that cannot be recorded is given all the
same, and says so in ``degraded``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from kb.actor import SYSTEM, Actor
from kb.db import Database
from kb.errors import Invalid, Unavailable
from kb.markup.language import language
from kb.people.permissions import audiences_of
from kb.settings import RetentionSettings, Settings
from retriever.answer import Answer, State
from retriever.answered_as_of import answered, timed
from retriever.answerer import Answerer, Asked
from retriever.answering.explain import explain
from retriever.answering.explaining.trace import Trace
from retriever.answering.fitted import Fitted
from retriever.answering.refusal import Hotline
from retriever.checking.own_words import OwnWords
from retriever.differing import with_differences
from retriever.drafting import Drafter
from retriever.elsewhere import with_elsewhere
from retriever.embedding import Embedder
from retriever.errors import EngineDown
from retriever.find import Finder, Found, Run
from retriever.finding.stale import with_signals
from retriever.hits import is_spoken_of, search_hit
from retriever.indexing import consumer
from retriever.indexing.current import Current, Parts
from retriever.indexing.lease import Lease
from retriever.indexing.vectors import embed_pending
from retriever.language.analysis import Analyser
from retriever.question.alarm import alarm_for
from retriever.question.emergencies import NO_QUESTION, load_notices, noticed
from retriever.question.place import districts_of
from retriever.question.understanding import check_text
from retriever.ranking import order as ranking
from retriever.ranking.model import Model, load_model, packaged
from retriever.reader.fallback import FallingBack
from retriever.recording import record_answer
from retriever.records import AskRequest, Health, SearchPage, Suggestion, Turn
from retriever.scope import Scope
from retriever.settings import AskSettings, CheckSettings, SearchSettings
from retriever.suggest import Titles

if TYPE_CHECKING:  # loaded by who checks a draft
    from kb.articles.writing.check_report import CheckReport
    from retriever.check import Checker
    from retriever.contradictions import Comparer

log = logging.getLogger(__name__)

DEEPEST = 100  # results a search pages through; further down nothing is worth reading


class Retriever:
    """Finds and answers. Safe for several threads; :meth:`start_background` keeps index and vectors current."""

    def __init__(self, settings: Settings, database: Database, parts: Parts, *,
                 model: Model | None = None, reader: FallingBack | None = None, fitted: Fitted | None = None,
                 reopen: Callable[[], Parts] | None = None, stamp: Callable[[], int] = lambda: 0,
                 lease: Lease | None = None) -> None:
        """``reopen`` opens the index generation in use, which has changed when ``stamp`` gives another value. With a
        ``lease``, one of the processes that serve keeps the index current.

        ``model`` stands in for the fitted weights that the settings name. Without ``reader``, and what was ``fitted``
        to its scores, answers are chosen by features alone.
        """
        self._database = database
        self._limits = settings.limits
        self.timezone = settings.hotline.timezone
        search = settings.section(SearchSettings)
        self._options = settings.section(AskSettings)
        self._model = model or model_of(search)
        self._current = Current(database, parts, search, reopen=reopen, stamp=stamp, lease=lease)
        self._finder = Finder(database, self._current, self._model, search)
        self._titles = Titles()
        self._drafter = Drafter(self._current, self._model, self._options, reader, fitted)
        hotline = Hotline(settings.hotline.name_zh, settings.hotline.name_en, settings.hotline.phone)
        self._settings, self._fitted, self._local = settings, fitted, reader.local if reader else None
        self._notices = load_notices(hotline=settings.hotline.phone,
                                     file=Path(self._options.notices) if self._options.notices else None)
        self._answerer = Answerer(database, self._finder, self._drafter, districts_of(settings.hotline.districts),
                                  hotline, self._options.nearest, self._notices, alarm_for(parts.embedder))

    # asking

    def ask(self, request: AskRequest, viewer: Actor, *, now: datetime) -> Answer:
        """The cited answer to one question, or an honest abstention; recorded with its stages."""
        run = Run(perf_counter())
        text = check_text(request.question, longest=self._limits.question_chars)
        history = self._history(request.history)
        request, read_as_of = timed(request, text, self.timezone, now)
        scope = Scope.of(self._database, request, viewer, now=now)
        asked = Asked(text, history, read_as_of, noticed(text, history, self._notices), request.answer_id)
        if asked.notice and asked.notice.kind in NO_QUESTION:
            answer = self._answerer.no_question(run, asked, scope)
            self._record(run, answer, scope, language(text), request, now)
            return replace(answer, took_ms=run.took_ms, degraded=tuple(run.degraded))
        decided = answered(self._answerer, self._database, run, asked, request, viewer, now=now)
        found, draft = decided.found, decided.draft
        answer = with_differences(run, self._database, with_signals(decided.answer, found.stale, found.question.lang),
                                  decided.scope, draft=draft, words=OwnWords(self.analyser))
        answer = with_elsewhere(run, answer, self._finder, self._database, request, viewer, lang=found.question.lang,
                                history=history, now=now)
        self._record(run, answer, scope, found.question.lang, request, now)
        answer = replace(answer, took_ms=run.took_ms, degraded=tuple(run.degraded))
        if request.explain:
            trace = Trace(found.question, draft.ranked, found.pool, found.idf, draft.chosen, draft.values,
                          draft.confidence, answer.reason, draft.threshold, self._options.precision, run.stages,
                          found.proposed, found.allowed, found.new_topic, draft.read, draft.lacks.thing,
                          draft.lacks.demanded)
            answer = replace(answer, explain=explain(trace, self.analyser, self._model, self._drafter.fitted))
        return answer

    def _record(self, run: Run, answer: Answer, scope: Scope, lang: str, request: AskRequest, now: datetime) -> None:
        record_answer(self._database, run, answer, scope, lang, keep_question=self._options.log_questions, now=now,
                      call_ref=request.call_ref, follows=request.follows)

    def differing(self, answer: Answer, viewer: Actor, *, now: datetime) -> Answer:
        """An answer of the log, or a section that was taken, with what is known to contradict it at its own time."""
        request = AskRequest(answer.question, answer.as_of, answer.known_at)
        scope = Scope.of(self._database, request, viewer, now=now)
        return with_differences(Run(perf_counter()), self._database, answer, scope)

    def would_answer(self, question: str, viewer: Actor, *, now: datetime) -> bool:
        """Whether the question, asked now and alone, would be answered; nothing is recorded."""
        text = check_text(question, longest=self._limits.question_chars)
        scope = Scope.of(self._database, AskRequest(text), viewer, now=now)
        asked = Asked(text, (), None, None, None)
        return self._answerer.answer(Run(perf_counter()), asked, scope).answer.state is State.ANSWERED

    def find(self, request: AskRequest, viewer: Actor, *, now: datetime, words_alone: bool = False) -> Found:
        """What :meth:`ask` would choose its evidence from; nothing is recorded.

        ``words_alone`` finds as if the model were down.
        """
        text = check_text(request.question, longest=self._limits.question_chars)
        scope = Scope.of(self._database, request, viewer, now=now)
        return self._finder.find(Run(perf_counter()), text, self._history(request.history), scope,
                                 words_alone=words_alone)

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

    # searching

    def search(self, words: str, viewer: Actor, *, now: datetime, as_of: datetime | None = None,
               known_at: datetime | None = None, department: str | None = None, audience: str | None = None,
               lang: str | None = None, limit: int = 10, offset: int = 0) -> SearchPage:
        """Passages for some words, at most three an article; ``offset + limit`` may reach DEEPEST.

        Words that no passage of their language holds find nothing, however near some are said to be.
        """
        if limit < 1 or offset < 0 or offset + limit > DEEPEST:
            raise Invalid("page", "results end at {deepest}: narrow the search by department or words instead",
                          deepest=DEEPEST)
        run = Run(perf_counter())
        text = check_text(words, longest=self._limits.question_chars, name="search words")
        request = AskRequest(text, as_of, known_at, department, audience, lang)
        scope = Scope.of(self._database, request, viewer, now=now)
        result = self._finder.find(run, text, (), scope)
        found = ranking.capped(result.ranked) if is_spoken_of(result) else []
        return SearchPage(tuple(search_hit(r) for r in found[offset:offset + limit]), len(found) > offset + limit,
                          run.took_ms, tuple(run.degraded), tuple(term for term, _ in result.question.terms))

    def suggest(self, prefix: str, viewer: Actor, *, now: datetime, limit: int = 8) -> list[Suggestion]:
        """Titles that go with what has been typed: by characters, by pinyin, by its initials."""
        text = check_text(prefix, longest=100, name="text")
        return self._titles.suggest(self._database, text, viewer, now, limit=limit)

    @property
    def analyser(self) -> Analyser:
        """What cuts questions and texts into words, for training and measuring."""
        return self._current.parts.analyser

    @property
    def embedder(self) -> Embedder | None:
        """What makes vectors of questions; None where words alone are wanted."""
        return self._current.parts.embedder

    # writing

    def check(self, draft_id: str, actor: Actor, *, now: datetime) -> CheckReport:
        """What a draft does to the answers given so far, and other advice on it; nothing is stored."""
        return self._checker.check(draft_id, actor, now=now)

    @cached_property
    def _checker(self) -> Checker:  # with its words and rules it is a twelfth of what a cold start loads
        from retriever.check import Checker

        return Checker(self._database, self._current, self._local, self._settings.section(CheckSettings),
                       answers=self._fitted.threshold if self._fitted else 0.0,
                       kept_days=self._settings.section(RetentionSettings).question_days)

    @cached_property
    def _comparer(self) -> Comparer:
        from retriever.contradictions import Comparer

        return Comparer(self._database, self._current)

    # upkeep

    def embed_all(self) -> bool:
        """Index what was published and compute all missing vectors; False where there is no model."""
        self.catch_up()
        parts = self._current.parts
        embed_pending(parts.engine, parts.embedder)
        return parts.embedder is not None

    def compare_pending(self, *, now: datetime, seconds: float) -> int:
        """Look for contradictions in the texts that were published since, as long as there is time; how many texts."""
        return self._comparer.compare_pending(now=now, seconds=seconds)

    def health(self, viewer: Actor = SYSTEM) -> Health:
        """The engine's own word, its figures of what this viewer may see."""
        return self._current.parts.engine.health(_audiences(viewer))

    def lag(self, viewer: Actor = SYSTEM) -> int:
        """Outbox events not yet in the index, of articles that this viewer may ever have seen."""
        return consumer.lag(self._database, self._current.parts.engine, _audiences(viewer))

    def pending_vectors(self) -> int:
        """Texts in the index whose vector is still to be computed."""
        return self._current.parts.engine.pending_vectors()

    def embed_known(self) -> int:
        """Compute all missing vectors of known questions; how many could not be."""
        return self._current.embed_known()

    def catch_up(self) -> None:
        """Index all that was published, however long it takes; where that cannot be now, answers will say so."""
        try:
            self._current.catch_up()
        except (EngineDown, Unavailable) as error:
            log.warning("index behind: %s", error.code)

    def start_background(self, *, pause_s: float = 0.2) -> None:
        """Follow the outbox and compute missing vectors until :meth:`close`."""
        self._current.start(pause_s=pause_s, besides=partial(self._titles.follow, self._database))

    def close(self) -> None:
        """Stop the background work and release files."""
        self._current.close()


def model_of(options: SearchSettings) -> Model:
    """The fitted weights in use."""
    return load_model(Path(options.model)) if options.model else packaged()


def _audiences(viewer: Actor) -> frozenset[str]:
    return frozenset(audience.value for audience in audiences_of(viewer))
