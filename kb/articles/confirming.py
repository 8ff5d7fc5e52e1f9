"""Confirming: the owner looked at the live text again and found it right, so that its review is due later.

An event beside the revision: text, hash and citations stay. The later of the revision's and the last confirmation's
date is in force.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.owners import article_by_slug
from kb.articles.revisions import newest_published
from kb.errors import Invalid, InvalidTransition
from kb.models import Confirmation
from kb.people.permissions import Action, require
from kb.record import audit


def confirm(session: Session, actor: Actor, slug: str, *, review_by: datetime, note: str = "", now: datetime,
            origin: str) -> Confirmation:
    """State that the article's newest published text is right, and until when that need not be asked again."""
    article = article_by_slug(session, slug)
    require(actor, Action.CONFIRM, department=article.owner)
    revision = newest_published(session, article.id)
    if revision is None or article.retired_at is not None:
        raise InvalidTransition("not_published", f"article {slug} has no published text to confirm")
    if review_by <= now:
        raise Invalid("review_by", "the next review must lie ahead", fields={"review_by": "too early"})
    found = Confirmation(revision_id=revision.id, confirmed_by=actor.name, confirmed_at=now, review_by=review_by,
                         note=note.strip()[:2000])
    session.add(found)
    session.flush()
    audit.append(session, actor, "confirm", f"revision:{revision.id}", now=now, origin=origin,
                 after={"article": slug, "number": revision.number, "sha256": revision.sha256,
                        "review_by": review_by.isoformat()})
    return found
