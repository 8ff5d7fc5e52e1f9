"""What reviewers say of a text, noted as done by who mends it, or given as the reason to send the text back."""

from __future__ import annotations

from typing import Any

from kb.articles import comments
from kb.articles.comments import Comment
from kb.articles.owners import revision_by_number
from kb.db import Session
from kb.people.permissions import Action, require
from web.api.contract import route
from web.api.shapes import comments as shapes
from web.api.shapes.moves import Moved
from web.api.taking import paged, position, read_cursor
from web.auth import viewer
from web.wiring import edge

_REVISION = "/articles/<slug:slug>/revisions/<number:number>"


@route("GET", f"{_REVISION}/comments", Action.READ_UNPUBLISHED, query=shapes.CommentFilter, reply=shapes.Comments)
def list_comments(session: Session, slug: str, number: int, query: shapes.CommentFilter) -> dict[str, Any]:
    """What was said of a text, for those who write or sign for one of its departments"""
    revision = revision_by_number(session, viewer(), slug, number)
    require(viewer(), Action.READ_UNPUBLISHED, revision)
    after = position(read_cursor(query)) or 0
    found = sorted(comments.comments_on(session, viewer(), revision), key=lambda one: one.id)
    return paged([one for one in found if one.id > after], query, Comment.as_dict, lambda one: str(one.id))


@route("POST", f"{_REVISION}/comments", Action.READ_UNPUBLISHED, scope="write", body=shapes.Commenting,
       reply=shapes.Comment, status=201, problems={409: "Its words were erased, or it has too many comments"})
def add_comment(session: Session, slug: str, number: int, body: shapes.Commenting) -> dict[str, Any]:
    """Say something of words of a text, or of all of it"""
    revision = revision_by_number(session, viewer(), slug, number)
    first, past = comments.place_of(revision.source, body.quote, body.near) if body.quote else (body.first, body.past)
    return comments.add_comment(session, viewer(), slug, number, body.body, first=first, past=past, now=edge().clock(),
                                origin="api").as_dict()


@route("POST", "/comments/<int(max=2147483647):comment_id>/resolve", Action.DRAFT, scope="write",
       reply=shapes.Resolved, problems={409: "It is noted as done already"})
def resolve_comment(session: Session, comment_id: int) -> dict[str, Any]:
    """Note a comment as done"""
    comments.resolve_comment(session, viewer(), comment_id, now=edge().clock(), origin="api")
    return {"id": comment_id, "resolved": True}


@route("POST", f"{_REVISION}/ask-for-changes", Action.APPROVE, scope="write", body=shapes.ChangesAsked, reply=Moved,
       problems={409: "It is another text than the one shown, you decided on it already, or it is not in review"})
def ask_for_changes(session: Session, slug: str, number: int, body: shapes.ChangesAsked) -> dict[str, Any]:
    """Send a text back for what one's own open comments say"""
    revision = revision_by_number(session, viewer(), slug, number)
    comments.ask_for_changes(session, viewer(), revision, shown=body.sha256.lower(), department=body.department,
                             now=edge().clock(), origin="api")
    return {"slug": slug, "revision": revision.number, "state": revision.state, "sha256": revision.sha256}
