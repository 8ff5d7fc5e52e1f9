"""The desk of those who write: their departments' articles, and what came back from review."""

from __future__ import annotations

from typing import Any

from kb.db import Session
from kb.people.permissions import Action
from kb.reading import editing, handing_in
from kb.reading.handing_in import Returned
from kb.reading.narrowing import Filter
from web.api.contract import route
from web.api.shapes import desk as shapes
from web.api.taking import make_cursor, paged, read_cursor
from web.auth import viewer
from web.wiring import edge


@route("GET", "/desk", Action.READ_UNPUBLISHED, query=shapes.DeskFilter, reply=shapes.Desk)
def list_desk(session: Session, query: shapes.DeskFilter) -> dict[str, Any]:
    """The articles of the departments that one writes or signs for, with what is being written for them"""
    now = edge().clock()
    wanted = Filter(query.department or "", query.state or "", query.review or "", query.draft or "")
    found = editing.desk(session, viewer(), wanted, now=now, after=read_cursor(query) or "", limit=query.limit)
    return {"items": [entry.as_dict(now) for entry in found.items],
            "next_cursor": make_cursor(found.next_after, query) if found.next_after else None}


@route("GET", "/returned", Action.READ_UNPUBLISHED, query=shapes.ReturnedFilter, reply=shapes.Returned)
def list_returned(session: Session, query: shapes.ReturnedFilter) -> dict[str, Any]:
    """What came back from review and was not handed in anew, with the reasons"""
    found = handing_in.returned(session, viewer(), after=read_cursor(query) or "", limit=query.limit + 1)
    return paged(found, query, Returned.as_dict, lambda one: one.revision_id)
