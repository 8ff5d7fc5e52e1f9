"""Titles that a department has twice: an agent who looks for one of two such articles cannot tell which is meant.

Two articles of one title are no mistake by themselves (a successor, another town's), so that nothing is refused: who
writes is told, with the other's address.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.live import Moment, answerable
from kb.articles.revisions import RevisionText
from kb.articles.writing.check_report import Finding, Kind
from kb.confusables import skeleton
from kb.models import Article, Publication, Revision


def same_titles(session: Session, viewer: Actor, slug: str, text: RevisionText, *, now: datetime) -> Iterator[Finding]:
    """The department's other articles in force whose title is the text's, or looks like it; as far as the viewer may
    read them."""
    rows = session.execute(
        select(Article.slug, Revision.title).select_from(Revision)
        .join(Publication, Publication.revision_id == Revision.id).join(Article, Article.id == Revision.article_id)
        .where(answerable(viewer, Moment(now, now)), Article.owner == text.owner, Article.slug != slug)
        .order_by(Article.slug))
    wanted = skeleton(text.title)
    for other, title in rows:
        if skeleton(title) == wanted:
            yield Finding(Kind.TITLE, "title_twin", {"target": other, "title": title, "url": address_of(other)})


def address_of(slug: str) -> str:
    """Where the article's page is."""
    return f"/articles/{slug}"
