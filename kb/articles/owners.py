"""Whose an article is: the department that must keep it true, and the one that every right is asked for.

A text states its owner too, so that history says who answered for it then; what counts now is the article's.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.actor import Actor
from kb.articles.revisions import may_know
from kb.errors import Conflict, NotFound
from kb.models import Article, Revision
from kb.text import SLUG


def owner_of(session: Session, article_id: str) -> str:
    """The code of the department that owns the article."""
    return session.scalars(select(Article.owner).where(Article.id == article_id)).one()


def article_by_slug(session: Session, slug: str) -> Article:
    """The article, held against other writers until the commit; raises NotFound."""
    article = (session.scalar(select(Article).where(Article.slug == slug).with_for_update())
               if SLUG.fullmatch(slug) else None)
    if article is None:
        raise NotFound("no_article", f"no article {slug[:120]!r}; see `kb article list`")
    return article


def revision_by_number(session: Session, viewer: Actor, slug: str, number: int) -> Revision:
    """A revision that the viewer may know; raises NotFound, the same for what is not there and for what is hidden."""
    revision = session.scalar(
        select(Revision).join(Article, Article.id == Revision.article_id).options(selectinload(Revision.co_owners))
        .where(Article.slug == slug, Revision.number == number)) if SLUG.fullmatch(slug) else None
    if revision is None or not may_know(viewer, revision):
        raise NotFound("no_revision", f"{slug[:120]} has no revision {number} that you may read")
    return revision


def check_owner(article: Article, stated: str) -> None:
    """Refuse a text that states another owner than the article's: giving an article away is an act of its own."""
    if stated != article.owner:
        raise Conflict("other_owner", f"article {article.slug} belongs to {article.owner}, and the text says {stated}; "
                       "an article changes hands only by an act of its own", fields={"owner": "not the article's"})
