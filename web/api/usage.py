"""Where a figure is used; one change of it carried as drafts."""

from __future__ import annotations

from typing import Any

from kb.db import Session
from kb.people.permissions import Action
from kb.reading.carrying import carry_change
from kb.reading.where_used import where_used
from web.api.contract import route
from web.api.shapes.usage import Carried, Carrying, WhereUsed, WhereUsedFilter
from web.auth import check_rate, viewer
from web.wiring import edge


@route("GET", "/where-used", Action.READ_HISTORY, query=WhereUsedFilter, reply=WhereUsed)
def find_uses(session: Session, query: WhereUsedFilter) -> dict[str, Any]:
    """Where a phone, sum, address or document is stated

    It is found by its value, however a text writes it, in texts in force and to come; in texts in review and drafts
    for those who write or sign for their department."""
    return where_used(session, viewer(), query.q, now=edge().clock()).as_dict()


@route("POST", "/where-used/carry", Action.DRAFT, scope="write", body=Carrying, reply=Carried)
def carry_figure(session: Session, body: Carrying) -> dict[str, Any]:
    """Begin drafts that state another figure in its place

    One in every article that you may write; the others are named with their department. Nothing is published."""
    check_rate()
    return carry_change(session, viewer(), body.old, body.new, slugs=body.slugs, note=body.note, now=edge().clock(),
                        origin="api").as_dict()
