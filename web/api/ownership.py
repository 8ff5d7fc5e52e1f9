"""Whose an article is: giving it to another department, which both of them sign."""

from __future__ import annotations

from typing import Any

from kb.articles.acts import moving
from kb.db import Session
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.ownership import DroppedMove, Move, MoveFilter, Moves, Moving
from web.api.taking import paged, read_cursor
from web.auth import viewer
from web.wiring import edge

_MOVE = "/articles/<slug:slug>/move"


@route("GET", "/moves", Action.MOVE_ARTICLE, query=MoveFilter, reply=Moves)
def list_moves(session: Session, query: MoveFilter) -> dict[str, Any]:
    """What is on its way and waits for a signature, of the departments that the viewer may sign for"""
    after = read_cursor(query) or ""
    found = sorted(moving.list_moves(session, viewer(), slug=query.slug), key=_opened)
    return paged([one for one in found if _opened(one) > after], query, moving.Moving.as_dict, _opened)


@route("POST", _MOVE, Action.MOVE_ARTICLE, scope="write", body=Moving, reply=Move,
       problems={409: "It is theirs already, on its way to another one, or waits for no such signature"})
def move_article(session: Session, slug: str, body: Moving) -> dict[str, Any]:
    """Sign that the article goes to another department

    The first signature opens the matter; with the second, of another person for the other department, it changes
    hands."""
    return moving.move(session, viewer(), slug, to=body.to, department=body.department, reason=body.reason or "",
                       now=edge().clock(), origin="api").as_dict()


@route("DELETE", _MOVE, Action.MOVE_ARTICLE, scope="write", reply=DroppedMove, problems={409: "It is not on its way"})
def drop_move(session: Session, slug: str) -> dict[str, Any]:
    """Let an article that is on its way stay where it is"""
    moving.drop_move(session, viewer(), slug, now=edge().clock(), origin="api")
    return {"slug": slug, "dropped": True}


def _opened(found: moving.Moving) -> str:
    return f"{found.opened_at.isoformat()} {found.slug}"
