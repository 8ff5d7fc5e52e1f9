"""What happens to a revision that was handed in, and to an article: sign, reject, publish, retire, and their like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from kb.articles import confirming, owners, publication, signatures, workflow
from kb.articles.owners import article_by_slug, article_for
from kb.people.permissions import Action
from web.api import api
from web.api.taking import instant, json_object, parameters, short
from web.auth import permits, viewer
from web.errors import BadRequest, json_response
from web.wiring import edge

_LONGEST = 2_000  # characters of a reason


@api.get("/reviews")
@permits(Action.READ_HISTORY)
def list_reviews() -> Response:
    """What waits for signatures, the longest waiting first."""
    values = parameters(("department",))
    with edge().database.reading() as session:
        found = signatures.list_in_review(session, viewer(), department=short(values, "department"))
    return json_response({"items": [one.as_dict() for one in found], "next_cursor": None})


@api.post("/articles/<slug:slug>/revisions/<number:number>/sign")
@permits(Action.APPROVE, scope="write")
def sign_revision(slug: str, number: int) -> Response:
    """Sign the text whose hash is sent, for a department."""
    body = json_object(("sha256", "department", "reason"))
    return _moved(slug, number, lambda session, revision: {"waiting_for": signatures.sign(
        session, viewer(), revision, shown=_shown(body), department=short(body, "department"),
        reason=_reason(body), now=edge().clock(), origin="api")})


@api.post("/articles/<slug:slug>/revisions/<number:number>/reject")
@permits(Action.APPROVE, scope="write")
def reject_revision(slug: str, number: int) -> Response:
    """Refuse to sign, with the reason that the author is told."""
    body = json_object(("sha256", "department", "reason"))
    return _moved(slug, number, lambda session, revision: signatures.reject(
        session, viewer(), revision, shown=_shown(body), department=short(body, "department"), reason=_reason(body),
        now=edge().clock(), origin="api"))


@api.post("/articles/<slug:slug>/revisions/<number:number>/withdraw")
@permits(Action.DRAFT, scope="write")
def withdraw_revision(slug: str, number: int) -> Response:
    """Take a text back before it is published."""
    body = json_object(("reason",))
    return _moved(slug, number, lambda session, revision: workflow.withdraw(
        session, viewer(), revision, reason=_reason(body), now=edge().clock(), origin="api"))


@api.post("/articles/<slug:slug>/revisions/<number:number>/publish")
@permits(Action.APPROVE, scope="write")
def publish_revision(slug: str, number: int) -> Response:
    """Make a signed text live, for its own dates."""
    parameters(())
    done = _moved(slug, number, lambda session, revision: publication.publish(
        session, viewer(), revision, now=edge().clock(), origin="api"))
    edge().retriever.wake()
    return done


@api.post("/articles/<slug:slug>/retire")
@permits(Action.RETIRE, scope="write")
def retire_article(slug: str) -> Response:
    """Take the article out of every answer."""
    body = json_object(("reason", "successor"))
    named = short(body, "successor")
    with edge().database.transaction() as session:
        article = article_for(session, viewer(), Action.RETIRE, slug)
        successor = article_by_slug(session, named) if named else None
        publication.retire(session, viewer(), article, reason=_reason(body), successor=successor, now=edge().clock(),
                           origin="api")
    edge().retriever.wake()
    return json_response({"slug": slug, "retired": True, "successor": named})


@api.post("/articles/<slug:slug>/confirm")
@permits(Action.CONFIRM, scope="write")
def confirm_article(slug: str) -> Response:
    """State that the published text is still right, and when it must be looked at again."""
    body = json_object(("review_by", "note"))
    due = instant(body, "review_by")
    if due is None:
        raise BadRequest("bad_value", "send review_by", fields={"review_by": "required"})
    with edge().database.transaction() as session:
        found = confirming.confirm(session, viewer(), slug, review_by=due, note=_reason(body, "note"),
                                   now=edge().clock(), origin="api")
        return json_response({"slug": slug, "review_by": found.review_by.isoformat()})


def _moved(slug: str, number: int, act: Callable[[Any, Any], dict[str, Any] | None]) -> Response:
    """One act on one revision, and where it stands after it."""
    with edge().database.transaction() as session:
        revision = owners.revision_by_number(session, viewer(), slug, number)
        more = act(session, revision)
        return json_response({"slug": slug, "revision": revision.number, "state": revision.state,
                              "sha256": revision.sha256} | (more or {}))


def _shown(body: dict[str, Any]) -> str:
    shown = short(body, "sha256")
    if shown is None:
        raise BadRequest("bad_value", "send sha256, the hash of the text that was shown", fields={"sha256": "required"})
    return shown.lower()


def _reason(body: dict[str, Any], name: str = "reason") -> str:
    value = body.get(name) or ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadRequest("bad_value", f"{name} must be text of at most {_LONGEST} characters",
                         fields={name: "not text"})
    return value
