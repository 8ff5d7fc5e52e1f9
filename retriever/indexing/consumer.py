"""Replaying the outbox into an engine, a small batch at a time.

Events name articles only; the present state is read again, so order and repetition do not matter. The engine writes its
checkpoint last: whatever dies in between is replayed. Between two batches nothing is locked, so that questions and
other processes get their turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from platform import node

from kb.articles.feed import count_changes, record_passages
from kb.clock import utc_now
from kb.db import Database, Session, settings_of
from kb.record import outbox
from retriever.engines import ALL, Engine
from retriever.errors import EngineDown
from retriever.indexing.source import read_articles, recorded
from retriever.records import Passage

BATCH = 16  # articles in one batch that citizens may read something of
_MOST = 20 * BATCH  # articles in one batch in all
_EVENTS = 2_000  # looked at for one batch


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch did: how many articles were indexed again, and whether anything is left."""

    articles: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class _Batch:
    articles: list[tuple[str, list[Passage]]]
    checkpoint: int
    is_last: bool


def lag(database: Database, engine: Engine, audiences: frozenset[str] = ALL) -> int:
    """How many outbox events the engine has not seen, of articles that these audiences could ever read.

    Raises EngineDown ``index_outrun`` where they are no longer kept.
    """
    with database.reading() as session:
        checkpoint = engine.checkpoint()
        behind = max(outbox.head(session) - checkpoint, 0)
        if behind:
            _check_reachable(session, checkpoint)
        return count_changes(session, checkpoint, audiences) if behind and audiences != ALL else behind


def catch_up(database: Database, engine: Engine) -> int:
    """Replay everything after the engine's checkpoint; how many articles were indexed again."""
    done = 0
    while True:
        step = catch_up_once(database, engine)
        done += step.articles
        if step.is_last:
            return done


def catch_up_once(database: Database, engine: Engine) -> Step:
    """Replay one batch of what comes after the engine's checkpoint."""
    batch = _next(database, engine.checkpoint())
    if not batch.articles:
        return Step(0, True)
    with database.transaction() as session:
        for article_id, passages in batch.articles:
            record_passages(session, article_id, recorded(passages))
        _note_heard(session, batch.checkpoint)
    engine.put(batch.articles, checkpoint=batch.checkpoint)
    return Step(len(batch.articles), batch.is_last)


def announce(database: Database, engine: Engine) -> None:
    """Say that this index is there, and how far it is: what it has not heard is kept for it from now on."""
    checkpoint = engine.checkpoint()
    with database.transaction() as session:
        if outbox.pruned_up_to(session) <= checkpoint:
            _note_heard(session, checkpoint)


def _note_heard(session: Session, checkpoint: int) -> None:
    name = f"index@{node()}:{settings_of(session).data_dir}"[-100:]
    outbox.note_heard(session, name, checkpoint, now=utc_now())


def _check_reachable(session: Session, checkpoint: int) -> None:
    """Raise EngineDown where what the engine has not heard is no longer kept: no replay brings it up to date."""
    if checkpoint < outbox.pruned_up_to(session):
        raise EngineDown("index_outrun", "the search index has not heard what is no longer kept: run `kb index "
                         "rebuild`")


def _next(database: Database, checkpoint: int) -> _Batch:
    """The next articles with their present state, each once however often it changed.

    What is public decides where a batch ends, so that what citizens search is committed in the same steps whatever
    internal texts are published in between.
    """
    with database.reading() as session:
        _check_reachable(session, checkpoint)
        events = outbox.read_after(session, checkpoint, limit=_EVENTS)
        ids = list(dict.fromkeys(event.article_id for event in events))
        taken: dict[str, list[Passage]] = {}
        public = 0
        for start in range(0, len(ids), BATCH):
            for article_id, passages in read_articles(session, ids[start:start + BATCH]):
                is_public = any(p.audience == "public" for p in passages)
                if public + is_public > BATCH or len(taken) == _MOST:
                    end = next(e.id for e in events if e.article_id == article_id) - 1
                    return _Batch(list(taken.items()), end, False)
                taken[article_id] = passages
                public += is_public
    return _Batch(list(taken.items()), events[-1].id if events else checkpoint, len(events) < _EVENTS)
