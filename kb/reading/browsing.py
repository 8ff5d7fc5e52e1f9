"""Browsing: the departments with their live articles counted, and pages of live articles by cursor.

Counts and pages are taken after the filter on what the viewer may read, so that neither tells of anything hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.live import LiveRevision, Moment, answerable, live_articles
from kb.errors import Invalid
from kb.models import Article, Department, Publication, Revision
from kb.text import SLUG

LARGEST_PAGE = 200  # articles


@dataclass(frozen=True, slots=True)
class DepartmentEntry:
    """A department and how many articles answer now for the viewer."""

    code: str
    name_zh: str
    name_en: str
    phone: str
    live_articles: int


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One page of a list: articles ordered by slug, and the cursor of the next page, None at the end."""

    items: tuple[LiveRevision, ...]
    next_after: str | None


def list_departments(session: Session, viewer: Actor, *, now: datetime) -> list[DepartmentEntry]:
    """Every department, ordered by code."""
    rows = session.execute(
        select(Article.owner, func.count(Publication.article_id.distinct()))
        .join(Publication, Publication.article_id == Article.id)
        .join(Revision, Revision.id == Publication.revision_id)
        .where(answerable(viewer, Moment(now, now))).group_by(Article.owner)
    )
    counts = {row[0]: row[1] for row in rows}
    return [DepartmentEntry(d.code, d.name_zh, d.name_en, d.phone, counts.get(d.code, 0))
            for d in session.scalars(select(Department).order_by(Department.code))]


def browse(session: Session, viewer: Actor, *, now: datetime, department: str | None = None, lang: str | None = None,
           after: str = "", limit: int = 50) -> ArticlePage:
    """The live articles that follow the cursor ``after`` (a slug; empty for the first page), at most ``limit``.

    Raises Invalid for a cursor that no page gave.
    """
    if after and not SLUG.fullmatch(after):
        raise Invalid("cursor", "the cursor is not one of a page's; start without it", fields={"cursor": "unknown"})
    limit = max(1, min(limit, LARGEST_PAGE))
    found = live_articles(session, viewer, Moment(now, now), department=department, lang=lang, after=after,
                          limit=limit + 1)
    return ArticlePage(tuple(found[:limit]), found[limit - 1].slug if len(found) > limit else None)
