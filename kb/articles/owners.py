"""Whose an article is: the department that must keep it true, and the one that every right is asked for.

A text states its owner too, so that history says who answered for it then; what counts now is the article's.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, selectinload

from kb.actor import Actor
from kb.articles.revisions import knowable
from kb.errors import Conflict, NotFound
from kb.models import Article, Revision, State
from kb.people.permissions import Action, audiences_of, can, require
from kb.text import SLUG


def owner_of(session: Session, article_id: str) -> str:
    """The code of the department that owns the article."""
    return session.scalars(select(Article.owner).where(Article.id == article_id)).one()


def held_article(session: Session, article_id: str) -> Article:
    """The article as it is now, held against other writers until the commit: what every act on it begins with."""
    return session.scalars(select(Article).where(Article.id == article_id).with_for_update()
                           .execution_options(populate_existing=True)).one()


def article_by_slug(session: Session, slug: str) -> Article:
    """The article, held against other writers until the commit; raises NotFound."""
    article = (session.scalar(select(Article).where(Article.slug == slug).with_for_update()
                              .execution_options(populate_existing=True)) if SLUG.fullmatch(slug) else None)
    if article is None:
        raise NotFound("no_article", "no article {slug!r}; see `kb article list`", slug=slug[:120])
    return article


def article_for(session: Session, actor: Actor, action: Action, slug: str) -> Article:
    """The article, for who may do this to it; Denied for who may only read it, NotFound for who may not know it."""
    article = article_by_slug(session, slug)
    if not can(actor, action, article):
        check_known(session, actor, article)
        require(actor, action, article)
    return article


def check_known(session: Session, actor: Actor, article: Article) -> None:
    """Refuse who may know of none of the article's published texts as if there were no article; raises NotFound."""
    shown = select(Revision.id).where(Revision.article_id == article.id, Revision.state == State.PUBLISHED,
                                      Revision.audience.in_(sorted(audiences_of(actor))))
    if session.scalar(shown.limit(1)) is None:
        raise NotFound("no_article", "no article {slug!r}; see `kb article list`", slug=article.slug)


def revision_by_number(session: Session, viewer: Actor, slug: str, number: int) -> Revision:
    """A revision that the viewer may know; raises NotFound, the same for what is not there and for what is hidden."""
    found = session.scalar(
        select(Revision).join(Revision.article).options(contains_eager(Revision.article),
                                                        selectinload(Revision.co_owners))
        .where(Article.slug == slug, Revision.number == number, knowable(viewer))) if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound("no_revision", "{slug} has no revision {number} that you may read", slug=slug[:120],
                       number=number)
    return found


def check_owner(article: Article, stated: str) -> None:
    """Refuse a text that states another owner than the article's: giving an article away is an act of its own."""
    if stated != article.owner:
        raise Conflict("other_owner", "{slug} is an article of another department than {stated}, and changes hands "
                       "only by an act of its own: choose another slug, or ask a knowledge manager", slug=article.slug,
                       stated=stated, fields={"owner": "not the article's"})
