"""What could not be sent and was given up: how much that is, whom it was for, and trying it once more.

Whom mail was for, of what kind it was and why it failed is shown to administrators; what it said is its reader's alone.
What other systems did not take stands with each of them (:mod:`kb.upkeep.webhooks.log`) and is counted here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import NotFound
from kb.messages.message import Message
from kb.models import Notice, NoticeDelivery, User
from kb.people.permissions import Action, can, require
from kb.record.journal import record
from kb.upkeep.failures import said_of

PAGE = 50
_DEAD = NoticeDelivery.state == "dead"
_MAIL = NoticeDelivery.notice_id.is_not(None)


@dataclass(frozen=True, slots=True)
class DeadMail:
    """A notice that could not be mailed."""

    id: int
    login: str
    name: str
    kind: str
    told_at: datetime
    given_up_at: datetime | None
    attempts: int
    failure: Message


def count_dead(session: Session, viewer: Actor, now: datetime) -> int:
    """How much was given up that the viewer may send anew: mail, and calls of other systems; one statement."""
    _ = now
    may_mail, may_call = can(viewer, Action.OPERATE), can(viewer, Action.EDIT_WEBHOOKS)
    if not (may_mail or may_call):
        return 0
    query = select(func.count()).select_from(NoticeDelivery).where(_DEAD)
    if not may_mail:
        query = query.where(~_MAIL)
    elif not may_call:
        query = query.where(_MAIL)
    return session.scalar(query) or 0


def dead_mail(session: Session, actor: Actor, *, before: int | None = None, limit: int = PAGE) -> list[DeadMail]:
    """Mail that was given up, the newest first; of a page of ``limit`` one more, where there is one."""
    require(actor, Action.OPERATE)
    query = (select(NoticeDelivery, Notice, User).join(Notice, Notice.id == NoticeDelivery.notice_id)
             .join(User, User.id == Notice.user_id).where(_DEAD).order_by(NoticeDelivery.id.desc()))
    if before is not None:
        query = query.where(NoticeDelivery.id < before)
    return [DeadMail(row.id, user.login, user.name, told.kind, told.told_at, row.ended_at, row.attempts,
                     said_of(row.error)) for row, told, user in session.execute(query.limit(limit + 1))]


def send_anew(session: Session, actor: Actor, *, delivery_id: int | None = None, now: datetime, origin: str) -> int:
    """Let mail that was given up be tried again, all of it or one; how much that is."""
    require(actor, Action.OPERATE)
    chosen = [_DEAD, _MAIL] if delivery_id is None else [_DEAD, _MAIL, NoticeDelivery.id == delivery_id]
    rows = session.execute(update(NoticeDelivery).where(*chosen).values(
        state="waiting", attempts=0, next_at=now, ended_at=None, error="").returning(NoticeDelivery.id)
        .execution_options(synchronize_session=False)).all()
    if delivery_id is not None and not rows:
        raise NotFound("no_delivery", "no mail of number {number} was given up", number=delivery_id)
    if rows:
        record(session, actor, "send_anew", "delivery:dead", now=now, origin=origin, after={"count": len(rows)})
    return len(rows)
