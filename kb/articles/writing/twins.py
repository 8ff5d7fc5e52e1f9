"""Titles that a department has twice: an agent who looks for one of two such articles cannot tell which is meant.

Two articles of one title are no mistake by themselves (a successor, another town's), so that nothing is refused: who
writes is told, with the other's address. A title that looks like another's, in other characters, counterfeits it, and
is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.live import Moment, answerable
from kb.articles.revisions import RevisionText
from kb.articles.writing.check_report import Finding, Kind
from kb.confusables import skeleton
from kb.errors import Invalid
from kb.models import Article, Publication, Revision


def same_titles(session: Session, viewer: Actor, slug: str, text: RevisionText, *, now: datetime) -> Iterator[Finding]:
    """The department's other articles in force whose title is the text's, or looks like it; as far as the viewer may
    read them."""
    rows = session.execute(
        select(Article.slug, Revision.title).select_from(Revision)
        .join(Publication, Publication.revision_id == Revision.id).join(Article, Article.id == Revision.article_id)
        .where(answerable(viewer, Moment(now, now)), Article.owner == text.owner, Article.slug != slug)
        .order_by(Article.slug))
    for other, title in _alike(text.title, rows):
        yield Finding(Kind.TITLE, "title_twin", {"target": other, "title": title, "url": address_of(other)})


def check_title(session: Session, article: Article, title: str) -> None:
    """Refuse a title that looks like that of another live article, in other characters."""
    rows = session.execute(select(Article.slug, Revision.title).join(Revision, Revision.article_id == Article.id)
                           .join(Publication, Publication.revision_id == Revision.id)
                           .where(Publication.superseded_at.is_(None), Article.id != article.id,
                                  func.length(Revision.title).in_({len(title), len(skeleton(title))}),
                                  Revision.title != title))
    twin = next(_alike(title, rows), None)
    if twin is not None:
        raise Invalid("confusable", "the title looks like that of the article {twin}, with other characters: write it "
                      "as that one does, or choose another", twin=twin[0], fields={"title": "confusable"})


def _alike(title: str, rows: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Of these articles, by slug and title, those whose title is this one or looks like it."""
    wanted = skeleton(title)
    return ((slug, other) for slug, other in rows if skeleton(other) == wanted)


def address_of(slug: str) -> str:
    """Where the article's page is."""
    return f"/articles/{slug}"
