"""Other systems that hear of notices, for those who keep them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import get_locale

from kb.db import Session
from kb.errors import Conflict
from kb.messages.catalogue import say
from kb.messages.message import Message
from kb.people.permissions import Action
from kb.upkeep.webhooks import keeping, log, sending
from kb.upkeep.webhooks.keeping import Receiver
from kb.upkeep.webhooks.log import Delivery
from web.api.contract import route
from web.api.shapes import webhooks as shapes
from web.api.shapes.values import Nothing
from web.api.taking import make_cursor, position, read_cursor
from web.auth import viewer
from web.wiring import edge

_ORIGIN = "api"


@route("GET", "/webhooks", Action.EDIT_WEBHOOKS, query=Nothing, reply=shapes.Webhooks)
def list_webhooks(session: Session) -> dict[str, Any]:
    """Who is told of notices, and how it goes"""
    return {"items": [_receiver(one) for one in keeping.list_receivers(session, viewer())], "next_cursor": None}


@route("POST", "/webhooks", Action.EDIT_WEBHOOKS, scope="write", body=shapes.WebhookGiven, reply=shapes.WebhookMade,
       status=201)
def add_webhook(session: Session, body: shapes.WebhookGiven) -> dict[str, Any]:
    """Add a receiver; the reply has its secret, this once"""
    made, secret = keeping.add(session, viewer(), name=body.name, url=body.url, kinds=body.kinds, now=edge().clock(),
                               origin=_ORIGIN)
    return {"id": made.id, "name": made.name, "secret": secret}


@route("PUT", "/webhooks/<uuid:webhook_id>", Action.EDIT_WEBHOOKS, scope="write", body=shapes.WebhookState,
       reply=shapes.Webhook)
def set_webhook(session: Session, webhook_id: UUID, body: shapes.WebhookState) -> dict[str, Any]:
    """Pause a receiver, or let it go on"""
    act = keeping.pause if body.is_paused else keeping.go_on
    try:
        act(session, viewer(), str(webhook_id), now=edge().clock(), origin=_ORIGIN)
    except Conflict as error:
        if error.code not in ("paused", "not_paused"):  # it is so already
            raise
    return _receiver(keeping.receiver(session, viewer(), str(webhook_id)))


@route("DELETE", "/webhooks/<uuid:webhook_id>", Action.EDIT_WEBHOOKS, scope="write", reply=shapes.Dropped)
def drop_webhook(session: Session, webhook_id: UUID) -> dict[str, Any]:
    """Take a receiver away, with what waits for it"""
    keeping.drop(session, viewer(), str(webhook_id), now=edge().clock(), origin=_ORIGIN)
    return {"id": str(webhook_id)}


@route("POST", "/webhooks/<uuid:webhook_id>/secret", Action.EDIT_WEBHOOKS, scope="write", reply=shapes.WebhookMade)
def renew_webhook_secret(session: Session, webhook_id: UUID) -> dict[str, Any]:
    """A new secret, ending the old one; the reply has it, this once"""
    secret = keeping.renew_secret(session, viewer(), str(webhook_id), now=edge().clock(), origin=_ORIGIN)
    found = keeping.receiver(session, viewer(), str(webhook_id))
    return {"id": found.id, "name": found.name, "secret": secret}


@route("POST", "/webhooks/<uuid:webhook_id>/test", Action.EDIT_WEBHOOKS, scope="write", reply=shapes.WebhookTested)
def test_webhook(webhook_id: UUID) -> dict[str, Any]:
    """Call a receiver now with an event of kind `ping`, and say what came of it"""
    outcome = sending.ping(edge().database, edge().settings, viewer(), str(webhook_id), now=edge().clock(),
                           origin=_ORIGIN)
    return {"is_taken": not outcome.code, "status": outcome.status, "detail": _said(outcome.told)}


@route("GET", "/webhooks/<uuid:webhook_id>/deliveries", Action.EDIT_WEBHOOKS,
       query=shapes.DeliveryFilter, reply=shapes.Deliveries)
def list_deliveries(session: Session, webhook_id: UUID, query: shapes.DeliveryFilter) -> dict[str, Any]:
    """What was sent to a receiver, what waits for it, what was given up"""
    found = log.deliveries(session, viewer(), str(webhook_id), state=query.state or "", limit=query.limit,
                           before=position(read_cursor(query)))
    page = found[:query.limit]
    return {"items": [_delivery(one) for one in page],
            "next_cursor": make_cursor(str(page[-1].id), query) if len(found) > query.limit else None}


@route("POST", "/webhooks/<uuid:webhook_id>/resend", Action.EDIT_WEBHOOKS, scope="write", body=shapes.ToResend,
       reply=shapes.Resent)
def resend_deliveries(session: Session, webhook_id: UUID, body: shapes.ToResend) -> dict[str, Any]:
    """Send one event anew, or all that were given up"""
    return {"count": log.resend(session, viewer(), str(webhook_id), delivery_id=body.delivery, now=edge().clock(),
                                origin=_ORIGIN)}


def _receiver(one: Receiver) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "url": one.url, "kinds": list(one.kinds), "made_by": one.made_by,
            "made_at": one.made_at.isoformat(), "is_paused": one.paused_at is not None, "waiting": one.waiting,
            "dead": one.dead, "sent_at": one.sent_at.isoformat() if one.sent_at else None,
            "failing": _said(one.failing) if one.failing else None}


def _delivery(one: Delivery) -> dict[str, Any]:
    return {"id": one.id, "kind": one.kind, "key": one.key, "state": one.state, "attempts": one.attempts,
            "status": one.status, "failure": _said(one.failure) if one.failure else None,
            "tried_at": one.tried_at.isoformat() if one.tried_at else None,
            "next_at": one.next_at.isoformat() if one.next_at else None}


def _said(told: Message) -> str:
    locale = get_locale()
    return say(told, locale.language if locale else "en")
