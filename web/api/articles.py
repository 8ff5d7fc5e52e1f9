"""The live articles, one article, its revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for

from kb.articles.attachments import AttachedFile
from kb.articles.live import LiveRevision
from kb.db import Session
from kb.markup.shown import without_hidden
from kb.people.permissions import Action, can
from kb.reading import browsing, opening
from kb.reading.opening import RevisionEntry, RevisionPage
from kb.reading.standing import Standing
from web.api.contract import Tag, route
from web.api.shapes.articles import ArticleFilter, Articles, Paging, Revision, Revisions
from web.api.taking import make_cursor, paged, position, read_cursor
from web.auth import viewer
from web.wiring import edge


@route("GET", "/articles", Action.READ, query=ArticleFilter, reply=Articles)
def list_articles(session: Session, query: ArticleFilter) -> dict[str, Any]:
    """The live articles, ordered by slug"""
    page = browsing.browse(session, viewer(), now=edge().clock(), department=query.department, lang=query.lang,
                           after=read_cursor(query) or "", limit=query.limit)
    return {"items": [_listed(item) for item in page.items],
            "next_cursor": make_cursor(page.next_after, query) if page.next_after else None}


@route("GET", "/articles/<slug:slug>", Action.READ, reply=Revision, tag=Tag.CONTENT)
def read_article(session: Session, slug: str) -> dict[str, Any]:
    """The live revision; where none is live, the newest one, whose standing says why"""
    return _page(opening.open_article(session, viewer(), slug, now=edge().clock()))


@route("GET", "/articles/<slug:slug>/revisions", Action.READ, query=Paging, reply=Revisions, tag=Tag.CONTENT)
def list_revisions(session: Session, slug: str, query: Paging) -> dict[str, Any]:
    """The changelog, newest first"""
    before = position(read_cursor(query))
    entries = opening.list_revisions(session, viewer(), slug, now=edge().clock())
    return paged([entry for entry in entries if before is None or entry.number < before], query, _entry,
                 lambda entry: str(entry.number))


@route("GET", "/articles/<slug:slug>/revisions/<number:number>", Action.READ, reply=Revision, tag=Tag.CONTENT)
def read_revision(session: Session, slug: str, number: int) -> dict[str, Any]:
    """One revision, for ever"""
    return _page(opening.open_revision(session, viewer(), slug, number, now=edge().clock()))


def file_dict(file: AttachedFile) -> dict[str, Any]:
    """A file of a text."""
    url = url_for("attachments.file", sha256=file.sha256, name=file.name) if file.media_type else None
    return {"name": file.name, "sha256": file.sha256, "media_type": file.media_type, "bytes": file.bytes, "url": url}


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
    codes = (page.department.code, *(c.code for c in page.co_owners))
    is_kept = any(can(viewer(), Action.DRAFT, code) for code in codes)  # by who writes or signs it, to the letter
    source = page.source if is_kept else without_hidden(page.source)
    return {
        "article_id": page.article_id, "slug": page.slug, "revision": page.number, "live_revision": page.live_number,
        "sha256": page.sha256, "title": page.title, "source": source, "summary": page.summary, "lang": page.lang,
        "category": page.category, "keywords": list(page.keywords), "audience": page.audience,
        "department": page.department.code, "co_owners": [c.code for c in page.co_owners],
        "effective_from": _at(page.effective_from), "effective_to": _at(page.effective_to),
        "review_by": _at(page.review_by), "published_at": _at(page.published_at), "change_note": page.change_note,
        "basis": [{"title": b.title, "number": b.number, "issuer": b.issuer,
                   "date": b.issued_on.isoformat() if b.issued_on else None, "url": b.url} for b in page.bases],
        "attachments": [file_dict(file) for file in page.attachments], "standing": _standing(page.standing),
        "retirement": {"at": _at(retired.at), "reason": retired.reason, "successor": retired.successor_slug}
        if retired else None,
        "hidden": page.hidden.as_dict() if page.hidden else None, "owed": page.owed.as_dict() if page.owed else None,
        "url": url_for("articles.revision", slug=page.slug, number=page.number),
    }
