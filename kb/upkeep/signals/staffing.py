"""Departments that people came to or left: whether they can keep their articles is looked at when that is committed.

The acts write an event of the topic staff; whoever runs the clock is woken by it, and another process's are heard of
at the next look. The work that it opens or clears follows from the signals, as of any other.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from kb.db import Database
from kb.record import outbox
from kb.upkeep.signals.scanning import CONSUMER, Scanned, scan
from kb.upkeep.signals.signal import Topic


def scan_staff(database: Database, now: datetime, tz: ZoneInfo) -> Scanned:
    """Raise and clear what people and departments raise, if any of these changed since the last look."""
    with database.reading() as session:
        heard = outbox.heard(session, CONSUMER, topic=outbox.Topic.STAFF)
        head = outbox.head(session, outbox.Topic.STAFF)
    if head <= (heard or 0):
        return Scanned()
    done = scan(database, now=now, tz=tz, origin="event", topics=frozenset({Topic.DEPARTMENT}))
    with database.transaction() as session:
        if head > (outbox.heard(session, CONSUMER, topic=outbox.Topic.STAFF) or 0):
            outbox.note_heard(session, CONSUMER, head, now=now, topic=outbox.Topic.STAFF)
    return done
