"""The outbox: which articles changed, in order, written in the transaction that changed them.

Consumers keep their own checkpoint and re-read the present state of the article, so order and repetition do not
matter. On a database with concurrent writers, ids must become visible in order: append serialises writers there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.db import serialise_writers
from kb.models import OutboxEvent

_LOCK = 0x6B62_6F62  # any constant; guards the order of outbox ids


@dataclass(frozen=True, slots=True)
class Event:
    """One change: the outbox id and the article to read again."""

    id: int
    article_id: str


def append(session: Session, article_id: str, kind: str, *, now: datetime) -> int:
    """Note that the article changed; visible when the surrounding transaction commits. The event's id."""
    serialise_writers(session, _LOCK)
    event = OutboxEvent(article_id=article_id, kind=kind, at=now)
    session.add(event)
    session.flush()
    return event.id


def head(session: Session) -> int:
    """The newest event's id, 0 when there is none."""
    return session.scalar(select(func.max(OutboxEvent.id))) or 0


def read_after(session: Session, checkpoint: int, *, limit: int = 500) -> list[Event]:
    """Events after the checkpoint, oldest first."""
    rows = session.execute(
        select(OutboxEvent.id, OutboxEvent.article_id).where(OutboxEvent.id > checkpoint)
        .order_by(OutboxEvent.id).limit(limit)
    )
    return [Event(event_id, article_id) for event_id, article_id in rows]
