"""Requests under an Idempotency-Key: carried out once, however often they are sent, to whichever process.

A request is noted before it is carried out, in a transaction of its own, and its reply in the transaction that does
what it asks: both are there or neither. What breaks off leaves a note without a reply; once that is stale the next one
takes it over, and should the first come back after all, its transaction fails (:func:`finish`). A failed request is
forgotten and may be sent again. Who sends and the key are kept as hashes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.errors import Conflict
from kb.models import IdempotencyKey

KEPT = timedelta(days=1)
STALE = timedelta(minutes=2)  # longer than any request takes: whoever carried it out has ended
_CLEARED = 100  # rows


@dataclass(frozen=True, slots=True)
class Sent:
    """A request: whose, under which key, which one; ``stamp`` names what its reply will rest on. All but ``route`` and
    ``stamp`` are SHA-256."""

    sender: str
    key_sha256: str
    route: str
    request_sha256: str
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The reply that was given, in whatever form its edge keeps it."""

    status: int
    reply: str
    tag: str | None


@dataclass(frozen=True, slots=True)
class Begun:
    """The request is to be carried out now, then :func:`finish` or :func:`forget` is called."""

    sent: Sent
    attempt: str


def begin(session: Session, sent: Sent, *, now: datetime, takes_over: bool = False) -> Kept | Begun:
    """The reply given before, or leave to carry it out, to be committed before that.

    Conflict when the key came with another request, or when its first one is still under way; ``takes_over`` where the
    sender knows that it broke off. (Should it go on all the same, its transaction fails.)
    """
    _clear(session, now)
    begun = Begun(sent, str(uuid.uuid4()))
    row = _row(session, sent)
    if row is None:
        if _add(session, begun, now):
            return begun
        row = _row(session, sent)
    if row is None:  # it was there a moment ago, failed, and was forgotten
        raise _under_way()
    if row.ends_at > now:
        if row.request_sha256 != sent.request_sha256:
            raise Conflict("key_reused", "this Idempotency-Key came with another request; use a new key")
        if row.status is None and not takes_over and now - row.begun_at < STALE:
            raise _under_way()
        if row.status is not None and row.reply is not None and row.stamp == sent.stamp:
            return Kept(row.status, row.reply, row.tag)
    row.attempt, row.route, row.request_sha256 = begun.attempt, sent.route, sent.request_sha256
    row.stamp, row.begun_at, row.ends_at = sent.stamp, now, now + KEPT
    row.status = row.reply = row.tag = None
    session.flush()
    return begun


def finish(session: Session, begun: Begun, kept: Kept, *, ends_at: datetime) -> None:
    """Keep the reply until then, in the transaction of what it tells; Conflict when another took the request over."""
    done = session.execute(update(IdempotencyKey).where(*_is(begun)).values(
        status=kept.status, reply=kept.reply, tag=kept.tag, ends_at=ends_at))
    if isinstance(done, CursorResult) and done.rowcount != 1:
        raise _under_way()


def forget(session: Session, begun: Begun) -> None:
    """The request failed: it may be sent again."""
    session.execute(delete(IdempotencyKey).where(*_is(begun)))


def forget_replies(session: Session) -> None:
    """Keep no reply that was given: any may repeat words that are erased; what is under way is kept."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.status.is_not(None))
                    .execution_options(synchronize_session=False))


def _clear(session: Session, now: datetime) -> None:
    """Remove some of what has ended, and stand in nobody's way: callers' questions are not kept for the next prune."""
    ended = select(IdempotencyKey.key_sha256).where(IdempotencyKey.ends_at <= now).limit(_CLEARED)
    session.execute(delete(IdempotencyKey).where(
        IdempotencyKey.key_sha256.in_(ended.with_for_update(skip_locked=True)), IdempotencyKey.ends_at <= now)
        .execution_options(synchronize_session=False))


def _row(session: Session, sent: Sent) -> IdempotencyKey | None:
    return session.scalar(select(IdempotencyKey).where(
        IdempotencyKey.sender == sent.sender, IdempotencyKey.key_sha256 == sent.key_sha256).with_for_update())


def _add(session: Session, begun: Begun, now: datetime) -> bool:
    """Note the request; False when somebody else did at the same time."""
    sent = begun.sent
    try:
        with session.begin_nested():
            session.add(IdempotencyKey(
                sender=sent.sender, key_sha256=sent.key_sha256, route=sent.route, stamp=sent.stamp,
                request_sha256=sent.request_sha256, attempt=begun.attempt, begun_at=now, ends_at=now + KEPT))
    except IntegrityError:
        return False
    return True


def _is(begun: Begun) -> tuple[ColumnElement[bool], ...]:
    return (IdempotencyKey.sender == begun.sent.sender, IdempotencyKey.key_sha256 == begun.sent.key_sha256,
            IdempotencyKey.attempt == begun.attempt, IdempotencyKey.status.is_(None))


def _under_way() -> Conflict:
    return Conflict("in_progress", "the first request with this Idempotency-Key is still under way; send it again in a "
                    "moment", retry_after_s=2)
