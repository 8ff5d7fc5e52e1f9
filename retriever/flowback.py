"""What the clock does that needs what finds and answers: calls to be made again, gaps, questions of gaps asked once
more, contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from kb.actor import SYSTEM
from kb.clock import zone
from kb.db import Database
from kb.errors import Unavailable
from kb.messages.message import Message
from kb.settings import RetentionSettings, Settings, UpkeepSettings
from kb.upkeep.gap_list import note_answered, to_be_asked
from kb.upkeep.jobs.runs import Work
from kb.upkeep.signals.kinds.contradiction import Contradicted
from kb.upkeep.signals.scanning import scan
from retriever import factory
from retriever.ask import Retriever
from retriever.callbacks import find_callbacks
from retriever.errors import BadQuestion, EmbeddingDown, EngineDown
from retriever.gaps import find_gaps

_ASKED = 200  # gaps that are asked again, those that weigh most: some 20 seconds
_ORIGIN = "scheduler"


def work_of(settings: Settings, database: Database, retriever: Retriever) -> dict[str, Work]:
    """The work of the jobs that need what finds and answers; they run beside those of the domain."""
    upkeep = settings.section(UpkeepSettings)
    question_days = settings.section(RetentionSettings).question_days

    def callbacks(now: datetime) -> Message:
        return Message("{count} calls to be made again", count=find_callbacks(
            database, retriever.analyser, days=upkeep.callback_days, now=now, origin=_ORIGIN))

    def gaps(now: datetime) -> Message:
        done, new = find_gaps(database, retriever.analyser, retriever.embedder, days=question_days, now=now)
        return Message("{questions} questions, {gaps} new gaps", questions=done, gaps=new)

    def again(now: datetime) -> Message:
        return Message("{count} gaps closed", count=ask_again(database, retriever, now=now, origin=_ORIGIN))

    def contradictions(now: datetime) -> Message:
        count = retriever.compare_pending(now=now, seconds=upkeep.compare_seconds)
        # also where none was compared: answers keep what they meet
        scan(database, now=now, tz=zone(settings.hotline.timezone), origin=_ORIGIN, detectors=(Contradicted(),))
        return Message("{count} texts compared", count=count)

    works: dict[str, Work] = {"callbacks": callbacks, "contradictions": contradictions, "gaps": gaps,
                              "gaps_asked_again": again}
    return {name: _waiting(work) for name, work in works.items()}


def _waiting(work: Work) -> Work:
    """The same, tried again later where the index is written, or the model is away, just now: that is no failure of
    which anybody need hear."""
    def done(now: datetime) -> Message | str:
        try:
            return work(now)
        except (EngineDown, EmbeddingDown) as error:
            raise Unavailable(error.code, error.template, **error.facts) from error

    return done


@contextmanager
def opened_work(settings: Settings, database: Database) -> Iterator[dict[str, Work]]:
    """The same in a process that serves nothing, and opens what finds and answers for it."""
    retriever = factory.build(settings, database)
    try:
        yield work_of(settings, database, retriever)
    finally:
        retriever.close()


def ask_again(database: Database, retriever: Retriever, *, now: datetime, origin: str) -> int:
    """Ask the questions that name the weightiest gaps once more, and close those that are answered; how many."""
    with database.reading() as session:
        waiting = to_be_asked(session, limit=_ASKED)
    solved = 0
    for gap_id, question in waiting:
        try:
            is_answered = retriever.would_answer(question, SYSTEM, now=now)
        except BadQuestion:  # taken by another release, longer than this one takes
            continue
        if is_answered:
            with database.transaction() as session:
                solved += note_answered(session, gap_id, now=now, origin=origin)
    return solved
