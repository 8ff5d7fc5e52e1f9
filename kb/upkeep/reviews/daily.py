"""The work on review tasks, in order: whose they are, which there are, what the day asks of them, who hears of it.

In batches, each in a transaction: whoever dies in the middle leaves finished batches, and the next run does the rest.
Doing it twice is doing it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from kb.actor import SYSTEM
from kb.db import Database
from kb.messages.message import Message
from kb.people.duty.assigning import reassign_all
from kb.upkeep.reviews.chasing import Chased, chase
from kb.upkeep.reviews.opening import BATCH, Opened, open_tasks, signalled, wanting
from kb.upkeep.reviews.telling import tell_steps

_ORIGIN = "scheduler"
_LOOKS_BACK = timedelta(hours=2)  # several times the time between two looks; what was missed, the day's work finds


def tend_tasks(database: Database, *, now: datetime) -> Message:
    """The day's work; in a few words what was done."""
    with database.reading() as session:
        ids = wanting(session, now=now)
    moved = _assign(database, now)
    opened = _open(database, ids, now)
    chased = _chase(database, now)
    _tell(database, now)
    return Message("{opened} opened, {cleared} cleared, {moved} reassigned, {woken} woken, {reminded} reminded, "
                   "{escalated} escalated", opened=opened.opened, cleared=opened.cleared, moved=moved,
                   woken=chased.woken, reminded=chased.reminded, escalated=chased.escalated)


def follow_signals(database: Database, *, now: datetime) -> Message:
    """Between two days: tasks for what was raised or cleared since a while ago, and word to whom tasks concern."""
    with database.reading() as session:
        ids = signalled(session, since=now - _LOOKS_BACK)
    opened = _open(database, ids, now)
    return Message("{opened} opened, {cleared} cleared, {told} told", opened=opened.opened, cleared=opened.cleared,
                   told=_tell(database, now))


def _assign(database: Database, now: datetime) -> int:
    moved, after = 0, ""
    while True:
        with database.transaction() as session:
            count, after = reassign_all(session, SYSTEM, after=after, limit=BATCH, now=now, origin=_ORIGIN)
        moved += count
        if not after:
            return moved


def _open(database: Database, ids: Sequence[str], now: datetime) -> Opened:
    total = Opened()
    for start in range(0, len(ids), BATCH):
        with database.transaction() as session:
            done = open_tasks(session, SYSTEM, ids[start:start + BATCH], now=now, origin=_ORIGIN)
        total = Opened(total.opened + done.opened, total.renewed + done.renewed, total.cleared + done.cleared)
    return total


def _chase(database: Database, now: datetime) -> Chased:
    total, after = Chased(), ""
    while True:
        with database.transaction() as session:
            done, after = chase(session, SYSTEM, after=after, limit=BATCH, now=now, origin=_ORIGIN)
        total += done
        if not after:
            return total


def _tell(database: Database, now: datetime) -> int:
    total = 0
    while True:
        with database.transaction() as session:
            count = tell_steps(session, limit=BATCH, now=now)
        total += count
        if count < BATCH:
            return total
