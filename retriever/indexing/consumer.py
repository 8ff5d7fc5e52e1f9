"""Replaying the outbox into an engine.

Events name articles only; the present state is read again, so order and repetition do not matter. The checkpoint moves
in the engine's own commit: whatever dies in between is replayed.
"""

from __future__ import annotations

from kb import outbox
from kb.db import Database
from kb.feed import record_passages
from retriever.engines import Engine
from retriever.indexing.source import read_articles, recorded

BATCH = 500  # events replayed in one engine commit


def lag(database: Database, engine: Engine) -> int:
    """How many outbox events the engine has not seen."""
    with database.reading() as session:
        return max(outbox.head(session) - engine.checkpoint(), 0)


def catch_up(database: Database, engine: Engine) -> int:
    """Replay everything after the engine's checkpoint; how many articles were indexed again."""
    done = 0
    while True:
        with database.reading() as session:
            events = outbox.read_after(session, engine.checkpoint(), limit=BATCH)
            if not events:
                return done
            articles = read_articles(session, list(dict.fromkeys(e.article_id for e in events)))
        with database.transaction() as session:
            for article_id, passages in articles:
                record_passages(session, article_id, recorded(passages))
        engine.index(articles, checkpoint=events[-1].id)
        done += len(articles)
