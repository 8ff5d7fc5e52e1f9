"""What was sent to a receiver, what waits for it and what was given up; sending anew what it did not take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import NotFound
from kb.messages.message import Message
from kb.models import NoticeDelivery
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.upkeep.failures import said_of
from kb.upkeep.webhooks.keeping import find

PAGE = 50
STATES = ("waiting", "sent", "dead")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one receiver: how it stands, and what became of the last attempt."""

    id: int
    kind: str
    key: str
    state: str
    attempts: int
    status: int | None
    failure: Message | None
    tried_at: datetime | None
    next_at: datetime | None  # None: it is not tried again


def deliveries(session: Session, actor: Actor, which: str, *, state: str = "", before: int | None = None,
               limit: int = PAGE) -> list[Delivery]:
    """A receiver's, the newest first; of a page of ``limit`` one more, where there is one."""
    row = find(session, actor, which)
    query = select(NoticeDelivery).where(NoticeDelivery.webhook_id == row.id).order_by(NoticeDelivery.id.desc())
    if state:
        query = query.where(NoticeDelivery.state == state)
    if before is not None:
        query = query.where(NoticeDelivery.id < before)
    return [_view(each) for each in session.scalars(query.limit(limit + 1))]


def resend(session: Session, actor: Actor, which: str, *, delivery_id: int | None = None, now: datetime,
           origin: str) -> int:
    """Let one event be sent again, whatever became of it, or all that were given up; how many these are."""
    require(actor, Action.EDIT_WEBHOOKS)
    row = find(session, actor, which)
    chosen = NoticeDelivery.state == "dead" if delivery_id is None else NoticeDelivery.id == delivery_id
    rows = session.execute(update(NoticeDelivery).where(NoticeDelivery.webhook_id == row.id, chosen).values(
        state="waiting", attempts=0, next_at=now, ended_at=None, error="", status=None).returning(NoticeDelivery.id)
        .execution_options(synchronize_session=False)).all()
    if delivery_id is not None and not rows:
        raise NotFound("no_delivery", "nothing of number {number} was sent to {name}", number=delivery_id,
                       name=row.name)
    if rows:
        record(session, actor, "resend_webhook", f"webhook:{row.id}", now=now, origin=origin,
               after={"count": len(rows)})
    return len(rows)


def _view(row: NoticeDelivery) -> Delivery:
    return Delivery(row.id, str((row.body or {}).get("kind", "")), row.key, row.state, row.attempts, row.status,
                    said_of(row.error, row.status) if row.error else None, row.tried_at,
                    row.next_at if row.state == "waiting" else None)
