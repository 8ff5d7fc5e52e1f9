"""GET /articles, one article, its revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request, url_for

from kb.articles.live import LiveRevision
from kb.people.permissions import Action
from kb.reading import browsing, opening
from kb.reading.opening import RevisionEntry, RevisionPage
from kb.reading.standing import Standing
from web.api import api
from web.api.taking import limit, make_cursor, parameters, read_cursor, short
from web.auth import permits, viewer
from web.errors import BadRequest, json_response
from web.wiring import edge


@api.get("/articles")
@permits(Action.READ)
def list_articles() -> Response:
    """The live articles, ordered by slug."""
    parts, values = edge(), parameters(("department", "lang", "limit", "cursor"))
    lang = short(values, "lang")
    if lang not in (None, "zh", "en"):
        raise BadRequest("lang", "lang must be zh or en", fields={"lang": "unknown"})
    with parts.database.reading() as session:
        page = browsing.browse(session, viewer(), now=parts.clock(), department=short(values, "department"), lang=lang,
                               after=read_cursor(values) or "", limit=limit(values, default=50, largest=200))
    return json_response({"items": [_listed(item) for item in page.items],
                          "next_cursor": make_cursor(page.next_after, values) if page.next_after else None})


@api.get("/articles/<slug:slug>")
@permits(Action.READ)
def article(slug: str) -> Response:
    """The live revision; where none is live, the newest one, whose standing says why."""
    parameters(())
    with edge().database.reading() as session:
        page = opening.open_article(session, viewer(), slug, now=edge().clock())
    return _tagged(_page(page))


@api.get("/articles/<slug:slug>/revisions")
@permits(Action.READ)
def revisions(slug: str) -> Response:
    """The changelog, newest first."""
    parameters(())
    with edge().database.reading() as session:
        entries = opening.list_revisions(session, viewer(), slug, now=edge().clock())
    return _tagged({"items": [_entry(entry) for entry in entries], "next_cursor": None})


@api.get("/articles/<slug:slug>/revisions/<number:number>")
@permits(Action.READ)
def revision(slug: str, number: int) -> Response:
    """One revision, for ever."""
    parameters(())
    with edge().database.reading() as session:
        page = opening.open_revision(session, viewer(), slug, number, now=edge().clock())
    return _tagged(_page(page))


def _tagged(body: dict[str, Any]) -> Response:
    """The body under an ETag of its own bytes, so that a title, a date or a right that changes changes it too."""
    response = json_response(body)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def _at(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _standing(standing: Standing) -> dict[str, Any]:
    return {"status": standing.status.value, "since": _at(standing.since), "until": _at(standing.until),
            "by": standing.by}


def _listed(item: LiveRevision) -> dict[str, Any]:
    return {"article_id": item.article_id, "slug": item.slug, "revision": item.number, "title": item.title,
            "lang": item.lang, "audience": item.audience, "department": item.department,
            "effective_from": _at(item.effective_from), "effective_to": _at(item.effective_to),
            "review_by": _at(item.review_by), "url": url_for("articles.article", slug=item.slug)}


def _entry(entry: RevisionEntry) -> dict[str, Any]:
    return {"revision": entry.number, "title": entry.title, "state": entry.state, "audience": entry.audience,
            "effective_from": _at(entry.effective_from), "effective_to": _at(entry.effective_to),
            "published_at": _at(entry.published_at), "change_note": entry.change_note, "is_minor": entry.is_minor,
            "standing": _standing(entry.standing), "sha256": entry.sha256,
            "decisions": [decision.as_dict() for decision in entry.decisions]}


def _page(page: RevisionPage) -> dict[str, Any]:
    retired = page.retirement
    return {
        "article_id": page.article_id, "slug": page.slug, "revision": page.number, "live_revision": page.live_number,
        "sha256": page.sha256, "title": page.title, "source": page.source, "summary": page.summary, "lang": page.lang,
        "category": page.category, "keywords": list(page.keywords), "audience": page.audience,
        "department": page.department.code, "co_owners": [c.code for c in page.co_owners],
        "effective_from": _at(page.effective_from), "effective_to": _at(page.effective_to),
        "review_by": _at(page.review_by), "published_at": _at(page.published_at), "change_note": page.change_note,
        "basis": [{"title": b.title, "number": b.number, "issuer": b.issuer,
                   "date": b.issued_on.isoformat() if b.issued_on else None, "url": b.url} for b in page.bases],
        "standing": _standing(page.standing),
        "retirement": {"at": _at(retired.at), "reason": retired.reason, "successor": retired.successor_slug}
        if retired else None,
        "url": url_for("articles.revision", slug=page.slug, number=page.number),
    }
