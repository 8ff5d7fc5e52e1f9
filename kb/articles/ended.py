"""Articles of which nothing is in force any more: what a caller still asks for, and is told to have ended.

An expired text answers nothing; that it has ended, and when, is told to those who may read it, where nothing answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from kb.actor import Actor
from kb.articles.live import Moment, in_sight
from kb.models import Publication, Revision

MOST = 200  # articles, those that ended last
_Present = aliased(Publication)


def ended_articles(session: Session, viewer: Actor, moment: Moment, *, since: datetime,
                   narrowed_to: str | None = None) -> Sequence[tuple[str, datetime, datetime]]:
    """(article, from, to) of the last texts that were in force, where all ended between ``since`` and the moment; the
    newest first. What this viewer may not see is not among them."""
    goes_on = exists().where(
        _Present.article_id == Publication.article_id,
        or_(_Present.effective_to.is_(None), _Present.effective_to > moment.as_of),
        or_(_Present.superseded_at.is_(None), _Present.superseded_at > moment.known_at))
    query = (select(Publication.article_id, Publication.effective_from, Publication.effective_to)
             .join(Revision, Revision.id == Publication.revision_id)
             .where(Publication.effective_to > since, Publication.effective_to <= moment.as_of, ~goes_on,
                    in_sight(viewer, moment, narrowed_to=narrowed_to))
             .order_by(Publication.effective_to.desc(), Publication.article_id).limit(MOST))
    found: dict[str, tuple[str, datetime, datetime]] = {}
    for article_id, start, end in session.execute(query):
        if end is not None:
            found.setdefault(article_id, (article_id, start, end))
    return list(found.values())
