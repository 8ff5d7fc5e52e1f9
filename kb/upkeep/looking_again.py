"""Looking again at once at what an entry is about, for what its topic raises and clears."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from kb.articles.kept_facts import count_unread, keep_facts
from kb.clock import zone
from kb.db import Database, settings_of
from kb.upkeep.signals.scanning import scan
from kb.upkeep.signals.signal import Topic

FEW = 50  # texts that are read while somebody waits


def look_again(database: Database, topic: Topic, articles: Collection[str] | None, *, now: datetime,
               origin: str) -> int:
    """Raise and clear what this topic can of these articles (ids; None: all); how many signals changed.

    Opens transactions of its own: the entry is committed before. Texts published a moment ago are read first.
    """
    _read_few(database)
    with database.reading() as session:
        tz = zone(settings_of(session).hotline.timezone)
    return scan(database, now=now, tz=tz, origin=origin, articles=articles, topics=frozenset({topic})).total


def _read_few(database: Database) -> None:
    """Read what was published a moment ago; where that is many, as after an import, the clock does it, and tells."""
    with database.reading() as session:
        is_few = count_unread(session) <= FEW
    if is_few:
        keep_facts(database)
