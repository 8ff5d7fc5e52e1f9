"""An article out of sight at once, the second signature that makes it last, and back again."""

from __future__ import annotations

from typing import Any

from kb.articles.acts import hiding
from kb.articles.acts.hiding import Hidden
from kb.db import Session
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes import hiding as shapes
from web.api.taking import paged, read_cursor
from web.auth import viewer
from web.wiring import edge

_ARTICLE = "/articles/<slug:slug>"


@route("GET", "/hidden", Action.READ_HISTORY, query=shapes.HiddenFilter, reply=shapes.HiddenArticles)
def list_hidden(session: Session, query: shapes.HiddenFilter) -> dict[str, Any]:
    """What is out of sight now; what ends first stands first"""
    after = read_cursor(query) or ""
    found = sorted(hiding.list_hidden(session, now=edge().clock()), key=_position)
    return paged([one for one in found if _position(one) > after], query, lambda one: _shown(*one), _position)


@route("POST", f"{_ARTICLE}/hide", Action.HIDE, scope="write", body=shapes.Hiding, reply=shapes.Hidden,
       problems={409: "It is hidden already, or has no published text"})
def hide_article(session: Session, slug: str, body: shapes.Hiding) -> dict[str, Any]:
    """Take the article out of every answer, list, search and page at once

    For two days at most; another person's signature lets it last. Nobody hides again what they hid before."""
    return _shown(slug, hiding.hide(session, viewer(), slug, reason=body.reason, until=body.until, now=edge().clock(),
                                    origin="api"))


@route("POST", f"{_ARTICLE}/hide/sign", Action.HIDE, scope="write", reply=shapes.Hidden,
       problems={409: "It is not hidden, or somebody has signed already"})
def sign_hiding(session: Session, slug: str) -> dict[str, Any]:
    """Sign that what another person has hidden stays so until it is shown again"""
    return _shown(slug, hiding.sign_hiding(session, viewer(), slug, now=edge().clock(), origin="api"))


@route("POST", f"{_ARTICLE}/show", Action.HIDE, scope="write", body=shapes.Showing, reply=shapes.Shown,
       problems={409: "It is not hidden"})
def show_article(session: Session, slug: str, body: shapes.Showing) -> dict[str, Any]:
    """Let a hidden article be seen again"""
    hiding.show(session, viewer(), slug, reason=body.reason or "", now=edge().clock(), origin="api")
    return {"slug": slug, "hidden": False}


def _position(one: tuple[str, Hidden]) -> str:
    slug, found = one
    return f"{found.until.isoformat() if found.until else '~'} {slug}"  # what has no end comes last


def _shown(slug: str, found: Hidden) -> dict[str, Any]:
    return {"slug": slug, **found.as_dict()}
