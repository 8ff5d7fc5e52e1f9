"""Calling the receivers: what is due, a bounded round at a time, tried again with growing pauses, given up at last.

A row says that an attempt begins before it does: of two processes one makes it, and whose process dies in the middle
makes it again after a while, under the same id, by which a receiver tells that it had it. A receiver that cannot be
reached is left alone for the rest of a round; one that refuses an event keeps the others from nothing.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import CursorResult, select, update

from kb.actor import Actor
from kb.db import Database
from kb.errors import AddressRefused, FetchFailed, Unavailable
from kb.messages.message import Message
from kb.models import NoticeDelivery, Webhook
from kb.record.journal import record
from kb.settings import Settings
from kb.upkeep.failures import said_of
from kb.upkeep.fetching.addresses import Policy
from kb.upkeep.fetching.fetch import fetch
from kb.upkeep.fetching.settings import FetchSettings
from kb.upkeep.webhooks.keeping import find
from kb.upkeep.webhooks.settings import WebhookSettings
from kb.upkeep.webhooks.signing import signed, unseal

MOST = 500  # events of one round
_FIRST, _LONGEST, _BY = timedelta(minutes=1), timedelta(days=1), 4  # pause after the first attempt, at most, growth
_BUSY = (429, 503)  # it takes nothing now


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: no ``code`` where the receiver took it; ``is_away`` where it takes nothing else now."""

    code: str = ""
    status: int | None = None
    is_away: bool = False

    @property
    def told(self) -> Message:
        """In words."""
        return said_of(self.code, self.status) if self.code else Message("it was taken: {status}", status=self.status)


@dataclass(frozen=True, slots=True)
class _Call:
    delivery_id: int
    attempts: int
    webhook_id: str
    url: str
    sealed: str
    key: str
    body: dict[str, Any]


def pause_after(attempts: int) -> timedelta:
    """How long after so many attempts the next one is made."""
    return min(_FIRST * int(_BY ** min(attempts - 1, 10)), _LONGEST)


def deliver(database: Database, settings: Settings, *, now: datetime, policy: Policy | None = None) -> Message:
    """A round of calls; how many were taken."""
    given = settings.section(WebhookSettings)
    allowed = policy or given.policy(settings.section(FetchSettings))
    until = monotonic() + given.round_seconds
    sent = failed = 0
    away: dict[str, Outcome] = {}
    for call in _due(database, now):
        if monotonic() >= until:  # the next round goes on
            break
        if not _begin(database, call, now):
            continue
        outcome = away.get(call.webhook_id) or _made(settings, call, allowed, now)
        _end(database, call, outcome, given.tries, now)
        if outcome.is_away:
            away[call.webhook_id] = outcome
        sent, failed = sent + (not outcome.code), failed + bool(outcome.code)
    return Message("{sent} calls taken, {failed} not", sent=sent, failed=failed)


def ping(database: Database, settings: Settings, actor: Actor, which: str, *, now: datetime, origin: str,
         policy: Policy | None = None) -> Outcome:
    """Call a receiver at once, paused or not, with an event that says that it is a test; what became of it.

    Opens transactions of its own: none is held while the receiver thinks.
    """
    with database.reading() as session:
        row = find(session, actor, which)
        key = f"ping:{uuid.uuid4()}"
        call = _Call(0, 0, row.id, row.url, row.secret, key, {"kind": "ping", "key": key, "link": "/",
                                                              "told_at": now.isoformat()})
    allowed = policy or settings.section(WebhookSettings).policy(settings.section(FetchSettings))
    outcome = _made(settings, call, allowed, now)
    with database.transaction() as session:
        record(session, actor, "test_webhook", f"webhook:{call.webhook_id}", now=now, origin=origin,
               after={"outcome": outcome.code or "taken", "status": outcome.status})
    return outcome


def event_id(webhook_id: str, key: str) -> str:
    """What a receiver knows an event by, however often it is sent."""
    return f"msg_{hashlib.sha256(f'{webhook_id}:{key}'.encode()).hexdigest()[:32]}"


def written(settings: Settings, body: dict[str, Any]) -> bytes:
    """An event as it is sent: kind, key and addresses, never words of a text, a question or a person."""
    base_url = str(settings.sections["web"].base_url).rstrip("/")
    return json.dumps({**body, **({"url": base_url + str(body["link"])} if base_url else {})}).encode()


def _made(settings: Settings, call: _Call, policy: Policy, now: datetime) -> Outcome:
    try:
        body = written(settings, call.body)
        proof = signed(unseal(settings, call.sealed), event_id(call.webhook_id, call.key), body, now)
        reply = fetch(call.url, policy, settings.section(WebhookSettings).bounds, method="POST", body=body,
                      headers={"Content-Type": "application/json", **proof})
    except Unavailable as error:
        return Outcome(error.code, is_away=True)
    except AddressRefused as error:
        return Outcome(error.code, is_away=True)
    except FetchFailed as error:  # who breaks off in the middle may choke on this event alone
        return Outcome(error.code, is_away=error.code != "fetch_reply")
    if 200 <= reply.status < 300:
        return Outcome(status=reply.status)
    return Outcome("status", reply.status, is_away=reply.status in _BUSY)


def _due(database: Database, now: datetime) -> list[_Call]:
    with database.reading() as session:
        rows = session.execute(
            select(NoticeDelivery, Webhook).join(Webhook, Webhook.id == NoticeDelivery.webhook_id)
            .where(NoticeDelivery.state == "waiting", NoticeDelivery.next_at <= now, Webhook.stopped_at.is_(None))
            .order_by(NoticeDelivery.next_at, NoticeDelivery.id).limit(MOST))
        return [_Call(row.id, row.attempts, hook.id, hook.url, hook.secret, row.key, dict(row.body or {}))
                for row, hook in rows]


def _begin(database: Database, call: _Call, now: datetime) -> bool:
    """Note that an attempt begins; whether it is this process's to make."""
    return _note(database, call, call.attempts, attempts=call.attempts + 1, tried_at=now,
                 next_at=now + pause_after(call.attempts + 1))


def _end(database: Database, call: _Call, outcome: Outcome, tries: int, now: datetime) -> None:
    values: dict[str, object] = {"error": outcome.code, "status": outcome.status}
    if not outcome.code:
        values |= {"state": "sent", "ended_at": now}
    elif call.attempts + 1 >= tries:
        values |= {"state": "dead", "ended_at": now}
    _note(database, call, call.attempts + 1, **values)


def _note(database: Database, call: _Call, seen: int, **values: object) -> bool:
    """Change the row, if it is as this process last saw it: it may have been sent anew, or dropped, meanwhile."""
    with database.transaction() as session:
        done = session.execute(update(NoticeDelivery).where(
            NoticeDelivery.id == call.delivery_id, NoticeDelivery.state == "waiting",
            NoticeDelivery.attempts == seen).values(**values).execution_options(synchronize_session=False))
        assert isinstance(done, CursorResult)
        return done.rowcount == 1
