"""What happens to a revision that was handed in, and to an article: sign, reject, publish, retire, and their like."""

from __future__ import annotations

from typing import Any

from kb.articles import owners, publication
from kb.articles.acts import confirming, signatures, urgency, workflow
from kb.articles.acts.reviews import InReview, list_in_review
from kb.articles.owners import article_by_slug, article_for
from kb.db import Session
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.moves import (
    Confirmed,
    Confirming,
    Moved,
    Owing,
    Rejecting,
    Retired,
    Retiring,
    ReviewFilter,
    Reviews,
    Signing,
    UrgentPublishing,
    Withdrawing,
)
from web.api.taking import paged, read_cursor
from web.auth import viewer
from web.wiring import edge

_REVISION = "/articles/<slug:slug>/revisions/<number:number>"


@route("GET", "/reviews", Action.READ_HISTORY, query=ReviewFilter, reply=Reviews)
def list_reviews(session: Session, query: ReviewFilter) -> dict[str, Any]:
    """What waits for signatures, the longest waiting first

    Also what was published urgently and owes them: `owed_by` says until when."""
    after, now = read_cursor(query) or "", edge().clock()
    found = sorted(list_in_review(session, viewer(), department=query.department), key=_waiting_since)
    return paged([one for one in found if _waiting_since(one) > after], query, lambda one: one.as_dict(now),
                 _waiting_since)


@route("POST", f"{_REVISION}/sign", Action.APPROVE, scope="write", body=Signing, reply=Moved,
       problems={409: "It is another text than the one shown, you decided on it already, or it is not in review"})
def sign_revision(session: Session, slug: str, number: int, body: Signing) -> dict[str, Any]:
    """Sign the text whose hash is sent, for a department

    Nobody signs what they wrote. Who signs in the place of an absent department says why."""
    revision = owners.revision_by_number(session, viewer(), slug, number)
    missing = signatures.sign(session, viewer(), revision, shown=body.sha256.lower(), department=body.department,
                              reason=body.reason or "", now=edge().clock(), origin="api")
    return _moved(slug, revision) | {"waiting_for": missing}


@route("POST", f"{_REVISION}/reject", Action.APPROVE, scope="write", body=Rejecting, reply=Moved,
       problems={409: "It is another text than the one shown, you decided on it already, or it is not in review"})
def reject_revision(session: Session, slug: str, number: int, body: Rejecting) -> dict[str, Any]:
    """Refuse to sign, with the reason that the author is told"""
    revision = owners.revision_by_number(session, viewer(), slug, number)
    signatures.reject(session, viewer(), revision, shown=body.sha256.lower(), department=body.department,
                      reason=body.reason or "", now=edge().clock(), origin="api")
    return _moved(slug, revision)


@route("POST", f"{_REVISION}/withdraw", Action.DRAFT, scope="write", body=Withdrawing, reply=Moved,
       problems={409: "It is published, or was decided on otherwise"})
def withdraw_revision(session: Session, slug: str, number: int, body: Withdrawing) -> dict[str, Any]:
    """Take a text back before it is published"""
    revision = owners.revision_by_number(session, viewer(), slug, number)
    workflow.withdraw(session, viewer(), revision, reason=body.reason or "", now=edge().clock(), origin="api")
    return _moved(slug, revision)


@route("POST", f"{_REVISION}/publish", Action.PUBLISH, scope="write", reply=Moved,
       problems={409: "Signatures are missing, or it is published already"})
def publish_revision(session: Session, slug: str, number: int) -> dict[str, Any]:
    """Make a signed text live, for its own dates"""
    revision = owners.revision_by_number(session, viewer(), slug, number)
    publication.publish(session, viewer(), revision, now=edge().clock(), origin="api")
    return _moved(slug, revision)


@route("POST", f"{_REVISION}/publish-urgently", Action.PUBLISH_URGENTLY, scope="write", body=UrgentPublishing,
       reply=Moved, problems={409: "Its owner has not signed once, or all have signed, or it is published already"})
def publish_urgently(session: Session, slug: str, number: int, body: UrgentPublishing) -> dict[str, Any]:
    """Make a text live that cannot wait, with one signature of its owner

    The others are owed; `waiting_for` names the departments."""
    revision = owners.revision_by_number(session, viewer(), slug, number)
    owed = urgency.publish_urgently(session, viewer(), revision, reason=body.reason, now=edge().clock(), origin="api")
    return _moved(slug, revision) | {"waiting_for": owed}


@route("GET", f"{_REVISION}/owed", Action.READ_HISTORY, reply=Owing)
def read_owed(session: Session, slug: str, number: int) -> dict[str, Any]:
    """Whose signatures an urgently published text still lacks, and until when"""
    revision = owners.revision_by_number(session, viewer(), slug, number)
    found = urgency.owed_of(session, revision, edge().clock())
    return {"slug": slug, "revision": number, "owed": found.as_dict() if found else None}


@route("POST", "/articles/<slug:slug>/retire", Action.RETIRE, scope="write", body=Retiring, reply=Retired,
       problems={409: "It is retired already"})
def retire_article(session: Session, slug: str, body: Retiring) -> dict[str, Any]:
    """Take the article out of every answer

    A reason or a successor is required."""
    article = article_for(session, viewer(), Action.RETIRE, slug)
    successor = article_by_slug(session, body.successor) if body.successor else None
    publication.retire(session, viewer(), article, reason=body.reason or "", successor=successor, now=edge().clock(),
                       origin="api")
    return {"slug": slug, "retired": True, "successor": body.successor}


@route("POST", "/articles/<slug:slug>/confirm", Action.CONFIRM, scope="write", body=Confirming, reply=Confirmed,
       problems={409: "No text is in force, or another one than was shown"})
def confirm_article(session: Session, slug: str, body: Confirming) -> dict[str, Any]:
    """State that the published text is still right

    The text and its hash stay; the review is due later."""
    found = confirming.confirm(session, viewer(), slug, review_by=body.review_by, note=body.note or "",
                               shown=body.sha256.lower() if body.sha256 else None, now=edge().clock(), origin="api")
    return {"slug": slug, "review_by": found.review_by.isoformat()}


def _waiting_since(item: InReview) -> str:
    return f"{item.submitted_at.isoformat()} {item.slug} {item.number:06}"


def _moved(slug: str, revision: Any) -> dict[str, Any]:
    return {"slug": slug, "revision": revision.number, "state": revision.state, "sha256": revision.sha256}
