"""A slug that holds no text: taken over by another department that begins one, or given up with its last draft.

What anybody submitted under it stays its department's, published or not: such an article changes hands by ``moving``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.moving import end_moves
from kb.models import Article, Draft, KnownQuestion, Revision, Transfer
from kb.record.journal import record


def claim(session: Session, actor: Actor, article: Article, owner: str, *, now: datetime, origin: str) -> None:
    """Give the held article to this department if another one began it, and left nothing in it; what was on its way
    elsewhere is no more."""
    if article.owner == owner or holds_text(session, article):
        return
    before, article.owner = article.owner, owner
    end_moves(session, article.id, now)
    session.flush()
    record(session, actor, "claim_article", f"article:{article.id}", now=now, origin=origin,
           before={"owner": before}, after={"slug": article.slug, "owner": owner})


def holds_text(session: Session, article: Article) -> bool:
    """Whether anything is written under the slug: a draft, or a text that was handed in."""
    return _holds(session, article, (Draft, Revision))


def give_up(session: Session, article: Article) -> None:
    """Delete the held article where nothing hangs on it any more; that it was on its way tells the log."""
    if _holds(session, article, (Revision, Draft, KnownQuestion)):
        return
    session.execute(delete(Transfer).where(Transfer.article_id == article.id))
    session.delete(article)
    session.flush()


def _holds(session: Session, article: Article, tables: tuple[type[Draft | Revision | KnownQuestion], ...]) -> bool:
    return any(session.scalar(select(table.id).where(table.article_id == article.id).limit(1)) is not None
               for table in tables)
