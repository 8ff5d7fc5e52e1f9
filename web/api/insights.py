"""Gaps and the callback list, listed and worked off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kb.db import Session
from kb.people.permissions import Action
from kb.upkeep import callback_list, gap_list
from kb.upkeep.callback_list import Callback as Call
from kb.upkeep.callbacks import CallbackState
from kb.upkeep.gap_list import Gap as GapFound
from kb.upkeep.gaps import GapState
from web.api.contract import route
from web.api.shapes.insights import CallbackDone, CallbackFilter, Callbacks, GapDecision, GapFilter, Gaps, StateNow
from web.api.taking import paged, position, read_cursor
from web.auth import check_rate, viewer
from web.wiring import edge


@route("GET", "/gaps", Action.SEE_INSIGHTS, query=GapFilter, reply=Gaps)
def list_gaps(session: Session, query: GapFilter) -> dict[str, Any]:
    """Questions without an answer, those that mean the same together

    What is asked oftenest and latest comes first. Departments see theirs, knowledge managers and supervisors all."""
    after = position(read_cursor(query)) or 0
    found = gap_list.list_gaps(session, viewer(), state=GapState(query.state), department=query.department, after=after,
                               limit=query.limit + 1)
    return paged(found, query, GapFound.as_dict, lambda _item: str(after + query.limit))


@route("POST", "/gaps/<uuid:gap_id>/decide", Action.RESOLVE_FEEDBACK, scope="write", body=GapDecision, reply=StateNow,
       problems={409: "It stands so already"})
def decide_on_gap(session: Session, gap_id: UUID, body: GapDecision) -> dict[str, Any]:
    """Say what becomes of a gap"""
    check_rate()
    gap_list.decide(session, viewer(), str(gap_id), GapState(body.state), note=body.note, now=edge().clock(),
                    origin="api")
    return {"id": str(gap_id), "state": body.state}


@route("GET", "/callbacks", Action.SEE_INSIGHTS, query=CallbackFilter, reply=Callbacks)
def list_callbacks(session: Session, query: CallbackFilter) -> dict[str, Any]:
    """Calls that were told a text which has been replaced by one that says something else

    Agents see the calls that they took, departments those about their articles, supervisors all."""
    after = position(read_cursor(query)) or 0
    found = callback_list.list_callbacks(
        session, viewer(), state=CallbackState(query.state) if query.state else None, department=query.department,
        slug=query.article, after=after, limit=query.limit + 1)
    return paged(found, query, Call.as_dict, lambda _item: str(after + query.limit))


@route("POST", "/callbacks/<uuid:callback_id>", Action.CALL_BACK, scope="write", body=CallbackDone, reply=StateNow,
       problems={409: "It stands so already"})
def note_callback(session: Session, callback_id: UUID, body: CallbackDone) -> dict[str, Any]:
    """Note that the caller was told, or need not be"""
    check_rate()
    callback_list.set_callback(session, viewer(), str(callback_id), CallbackState(body.state), note=body.note,
                               now=edge().clock(), origin="api")
    return {"id": str(callback_id), "state": body.state}
