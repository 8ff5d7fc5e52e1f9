"""The receivers: added, listed, paused, given a new secret, taken away.

A secret is shown when it is made, that once. Addresses may hold words that open something at the receiver, so the log
is told of their host alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import settings_of
from kb.errors import Conflict, Invalid, NotFound
from kb.messages.message import Message
from kb.models import NoticeDelivery, Webhook
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.text import clean_label
from kb.upkeep.failures import said_of
from kb.upkeep.fetching.addresses import Policy, plain, target_of
from kb.upkeep.fetching.settings import FetchSettings
from kb.upkeep.notice_choices import Kind
from kb.upkeep.webhooks.settings import WebhookSettings
from kb.upkeep.webhooks.signing import new_secret, seal

LONGEST_NAME, LONGEST_URL = 60, 500
MOST = 20  # each notice is sent to all of them


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver as those who keep it see it: never its secret. ``kinds``: none means all."""

    id: str
    name: str
    url: str
    kinds: tuple[str, ...]
    made_by: str
    made_at: datetime
    paused_at: datetime | None
    waiting: int
    dead: int
    sent_at: datetime | None  # the last time that it took something
    failing: Message | None  # what is wrong with it, where its last attempt failed


def add(session: Session, actor: Actor, *, name: str, url: str, kinds: Collection[str] = (), now: datetime,
        origin: str, policy: Policy | None = None) -> tuple[Receiver, str]:
    """A receiver, and its secret, in clear this once; raises Invalid by field, also for a host that is not listed."""
    require(actor, Action.EDIT_WEBHOOKS)
    label = clean_label(name)
    if not 1 <= len(label) <= LONGEST_NAME:
        raise Invalid("name", "name it, in at most {longest} characters", longest=LONGEST_NAME,
                      fields={"name": "required"})
    known = {kind.value for kind in Kind}
    if not known.issuperset(kinds):
        raise Invalid("kinds", "kinds are some of {known}", known=sorted(known), fields={"kinds": "unknown"})
    address = target_of(url.strip(), policy or policy_of(session)).address
    if len(address) > LONGEST_URL:
        raise Invalid("url", "an address has at most {longest} characters", longest=LONGEST_URL,
                      fields={"url": "too long"})
    _check_room(session, label)
    secret = new_secret()
    row = Webhook(id=str(uuid.uuid4()), name=label, url=address, secret=seal(settings_of(session), secret),
                  kinds=sorted(set(kinds)), made_by=actor.name, made_at=now)
    session.add(row)
    session.flush()
    record(session, actor, "add_webhook", f"webhook:{row.id}", now=now, origin=origin,
           after={"name": label, "host": plain(address).authority, "kinds": row.kinds})
    return _view(session, row), secret


def list_receivers(session: Session, actor: Actor) -> list[Receiver]:
    """All of them, by name."""
    require(actor, Action.EDIT_WEBHOOKS)
    return [_view(session, row) for row in session.scalars(select(Webhook).order_by(Webhook.name))]


def receiver(session: Session, actor: Actor, which: str) -> Receiver:
    """One of them, by its id or name."""
    return _view(session, find(session, actor, which))


def pause(session: Session, actor: Actor, which: str, *, now: datetime, origin: str) -> None:
    """Tell it nothing until it goes on: what waits for it waits, what comes is not kept for it."""
    row = find(session, actor, which)
    if row.stopped_at is not None:
        raise Conflict("paused", "{name} is paused already", name=row.name)
    row.stopped_at = now
    session.flush()
    record(session, actor, "pause_webhook", f"webhook:{row.id}", now=now, origin=origin)


def go_on(session: Session, actor: Actor, which: str, *, now: datetime, origin: str) -> None:
    """Tell it again."""
    row = find(session, actor, which)
    if row.stopped_at is None:
        raise Conflict("not_paused", "{name} is not paused", name=row.name)
    row.stopped_at = None
    session.flush()
    record(session, actor, "resume_webhook", f"webhook:{row.id}", now=now, origin=origin)


def renew_secret(session: Session, actor: Actor, which: str, *, now: datetime, origin: str) -> str:
    """A new secret, in clear this once; calls are signed with it from now on."""
    row = find(session, actor, which)
    secret = new_secret()
    row.secret = seal(settings_of(session), secret)
    session.flush()
    record(session, actor, "renew_webhook_secret", f"webhook:{row.id}", now=now, origin=origin)
    return secret


def drop(session: Session, actor: Actor, which: str, *, now: datetime, origin: str) -> None:
    """Take it away, with what waits for it and what was sent to it."""
    row = find(session, actor, which)
    before = {"name": row.name, "host": plain(row.url).authority, "kinds": list(row.kinds)}
    session.delete(row)
    session.flush()
    record(session, actor, "drop_webhook", f"webhook:{row.id}", now=now, origin=origin, before=before)


def find(session: Session, actor: Actor, which: str) -> Webhook:
    """The row of a receiver, by its id or name; raises NotFound."""
    require(actor, Action.EDIT_WEBHOOKS)
    row = session.scalar(select(Webhook).where((Webhook.id == which) | (Webhook.name == which)))
    if row is None:
        raise NotFound("no_webhook", "there is no receiver {name!r}; see `kb webhooks list`", name=which[:60])
    return row


def policy_of(session: Session) -> Policy:
    """What may be called in this installation."""
    settings = settings_of(session)
    return settings.section(WebhookSettings).policy(settings.section(FetchSettings))


def _check_room(session: Session, name: str) -> None:
    """Raise Conflict where the name is taken, or there are as many as may be."""
    names = set(session.scalars(select(Webhook.name)))
    if name in names:
        raise Conflict("webhook_name", "there is a receiver {name!r} already", name=name, fields={"name": "taken"})
    if len(names) >= MOST:
        raise Conflict("webhooks", "there are {count} receivers already; drop one first", count=len(names))


def _view(session: Session, row: Webhook) -> Receiver:
    own = NoticeDelivery.webhook_id == row.id
    counts: dict[str, int] = {state: count for state, count in session.execute(  # noqa: C416  a result is no mapping
        select(NoticeDelivery.state, func.count()).where(own).group_by(NoticeDelivery.state))}
    sent_at = session.scalar(select(func.max(NoticeDelivery.ended_at)).where(own, NoticeDelivery.state == "sent"))
    last = session.execute(select(NoticeDelivery.error, NoticeDelivery.status).where(
        own, NoticeDelivery.tried_at.is_not(None)).order_by(NoticeDelivery.tried_at.desc(), NoticeDelivery.id.desc())
        .limit(1)).first()
    return Receiver(row.id, row.name, row.url, tuple(row.kinds), row.made_by, row.made_at, row.stopped_at,
                    counts.get("waiting", 0), counts.get("dead", 0), sent_at,
                    said_of(last.error, last.status) if last and last.error else None)
