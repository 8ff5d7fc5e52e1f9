"""Erasing a revision's words by law: an administrator asks, a knowledge manager agrees."""

from __future__ import annotations

from typing import Any

from kb.articles.acts import redaction
from kb.articles.owners import revision_by_number
from kb.db import Session
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.redaction import Redacting, Redaction
from web.auth import viewer
from web.wiring import edge

_REDACTION = "/articles/<slug:slug>/revisions/<number:number>/redaction"


@route("POST", _REDACTION, Action.REDACT, scope="admin", body=Redacting, reply=Redaction,
       problems={409: "It is asked for already, the words are gone, or a draft holds them"})
def ask_redaction(session: Session, slug: str, number: int, body: Redacting) -> dict[str, Any]:
    """Ask that a revision's words are erased; nothing changes until another person agrees"""
    revision = revision_by_number(session, viewer(), slug, number)
    redaction.ask_redaction(session, viewer(), revision, reason=body.reason, now=edge().clock(), origin="api")
    return {"slug": slug, "revision": number, "redacted": False}


@route("POST", f"{_REDACTION}/agree", Action.AGREE_REDACTION, scope="write", reply=Redaction,
       problems={409: "Nobody has asked for it, the words are gone, or a draft holds them"})
def agree_redaction(session: Session, slug: str, number: int) -> dict[str, Any]:
    """Agree that a revision's words are erased; this cannot be undone

    Backups and exports that were made before still hold them."""
    revision = revision_by_number(session, viewer(), slug, number)
    redaction.agree_redaction(session, viewer(), revision, now=edge().clock(), origin="api")
    return {"slug": slug, "revision": number, "redacted": True}
