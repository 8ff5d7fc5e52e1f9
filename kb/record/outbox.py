"""The outbox: what changed, in order, by topic, written in the transaction that changed it.

Consumers keep their own checkpoint and re-read the present state of what changed, so order and repetition do not
matter. They say how far they are, so that what nobody needs any more can be pruned. On a database with concurrent
writers, ids must become visible in order: append serialises writers there, under the one lock of the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CursorResult, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from kb.db import note_change
from kb.dialects import serialise_writers
from kb.models import OutboxConsumer, OutboxEvent

JOURNAL = 0x6B62_6A6C  # any constant: the one lock of outbox and audit log, so that no two writers take two crosswise
_PRUNED = "pruned"
# Made once: every question asks both before it is answered.
_AFTER = (select(OutboxEvent.id, OutboxEvent.article_id)
          .where(OutboxEvent.topic == bindparam("topic"), OutboxEvent.id > bindparam("checkpoint"))
          .order_by(OutboxEvent.id).limit(bindparam("limit")))
_PRUNED_UP_TO = select(OutboxConsumer.checkpoint).where(
    OutboxConsumer.topic == bindparam("topic"), OutboxConsumer.name == _PRUNED)


class Topic(StrEnum):
    """Who listens."""

    ARTICLE = "article"  # engines that answer from an article
    STAFF = "staff"  # who sees to it that departments can keep their articles; of no article of its own


@dataclass(frozen=True, slots=True)
class Event:
    """One change: the outbox id and the article to read again."""

    id: int
    article_id: str


def append(session: Session, article_id: str, kind: str, *, now: datetime, topic: Topic = Topic.ARTICLE) -> int:
    """Note that the article changed; visible when the surrounding transaction commits. The event's id."""
    serialise_writers(session, JOURNAL)
    event = OutboxEvent(article_id=article_id, kind=kind, topic=topic.value, at=now)
    session.add(event)
    session.flush()
    note_change(session)
    return event.id


def head(session: Session, topic: Topic = Topic.ARTICLE) -> int:
    """The newest event's id, 0 when there is none."""
    return session.scalar(select(func.max(OutboxEvent.id)).where(OutboxEvent.topic == topic.value)) or 0


def read_after(session: Session, checkpoint: int, *, topic: Topic = Topic.ARTICLE, limit: int = 500) -> list[Event]:
    """Events after the checkpoint, oldest first."""
    rows = session.execute(_AFTER, {"topic": topic.value, "checkpoint": checkpoint, "limit": limit})
    return [Event(event_id, article_id) for event_id, article_id in rows]


def pruned_up_to(session: Session, topic: Topic = Topic.ARTICLE) -> int:
    """Events up to this id are gone: whoever has heard less than that must read everything anew."""
    return session.scalar(_PRUNED_UP_TO, {"topic": topic.value}) or 0


def note_heard(session: Session, consumer: str, checkpoint: int, *, now: datetime, topic: Topic = Topic.ARTICLE,
               ) -> None:
    """Note how far a consumer has heard, for :func:`prune`; what it answers from is its own checkpoint."""
    _put(session, topic, consumer, checkpoint, now)


def heard(session: Session, consumer: str, *, topic: Topic = Topic.ARTICLE) -> int | None:
    """How far a consumer noted to have heard; None for one that never did."""
    return session.scalar(select(OutboxConsumer.checkpoint).where(
        OutboxConsumer.topic == topic.value, OutboxConsumer.name == consumer))


def prune(session: Session, *, before: datetime, now: datetime) -> int:
    """Remove events from before then that every consumer heard which was there since; how many.

    The newest event of a topic stays. A consumer that has not been there since holds nothing up.
    """
    removed = 0
    for topic in Topic:
        upto = _needless(session, topic, before)
        if upto > pruned_up_to(session, topic):
            done = session.execute(delete(OutboxEvent).where(OutboxEvent.topic == topic.value, OutboxEvent.id <= upto))
            assert isinstance(done, CursorResult)
            removed += done.rowcount
            _put(session, topic, _PRUNED, upto, now)
    return removed


def prunable(session: Session, *, before: datetime) -> int:
    """How many events :func:`prune` would remove."""
    return sum(session.scalar(select(func.count()).select_from(OutboxEvent).where(
        OutboxEvent.topic == topic.value, OutboxEvent.id <= _needless(session, topic, before))) or 0 for topic in Topic)


def _needless(session: Session, topic: Topic, before: datetime) -> int:
    """Up to which id nobody needs the events of a topic any more."""
    heard = session.scalar(select(func.min(OutboxConsumer.checkpoint)).where(
        OutboxConsumer.topic == topic.value, OutboxConsumer.name != _PRUNED, OutboxConsumer.seen_at >= before))
    upto = session.scalar(select(func.max(OutboxEvent.id)).where(
        OutboxEvent.topic == topic.value, OutboxEvent.at < before)) or 0
    return min(upto, head(session, topic) - 1, heard if heard is not None else upto)


def _put(session: Session, topic: Topic, name: str, checkpoint: int, now: datetime) -> None:
    done = session.execute(
        update(OutboxConsumer).where(OutboxConsumer.topic == topic.value, OutboxConsumer.name == name)
        .values(checkpoint=checkpoint, seen_at=now).execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)
    if not done.rowcount:
        session.add(OutboxConsumer(topic=topic.value, name=name, checkpoint=checkpoint, seen_at=now))
        session.flush()
