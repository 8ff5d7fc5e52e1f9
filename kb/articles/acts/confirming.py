"""Confirming: the owner looked at the live text again and found it right, so that its review is due later.

An event beside the revision: text, hash and citations stay. The later of the revision's and the last confirmation's
date is in force.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.settling import Outcome, settle_review
from kb.articles.live import REVIEW_BY
from kb.articles.owners import article_for
from kb.db import local_time
from kb.errors import Conflict, Invalid, InvalidTransition
from kb.models import Confirmation, Publication, Revision
from kb.people.permissions import Action, require_person
from kb.record.journal import Change, record
from kb.text import clean_note


def confirm(session: Session, actor: Actor, slug: str, *, review_by: datetime | None, note: str = "", now: datetime,
            origin: str, shown: str | None = None, next_on: date | None = None) -> Confirmation:
    """State that the article's text in force is right, and until when that need not be asked again.

    A text that is never to be reviewed may be given a date so; None leaves the date that lies ahead. ``shown`` is the
    hash of the text that was looked at: raises Conflict where another one is in force. The open review task is done by
    it; ``next_on`` is when the next one is opened, where that is before the date in force.
    """
    require_person(actor, "confirms")
    said = clean_note(note, field="note")
    article = article_for(session, actor, Action.CONFIRM, slug)
    revision = session.scalar(select(Revision).join(Publication, Publication.revision_id == Revision.id).where(
        Publication.article_id == article.id, Publication.superseded_at.is_(None), Publication.effective_from <= now,
        or_(Publication.effective_to.is_(None), Publication.effective_to > now)))
    if revision is None:
        raise InvalidTransition("not_in_force", "article {slug} has no text in force to confirm", slug=slug)
    if shown not in (None, revision.sha256):
        raise Conflict("other_text", "revision {number} of {slug} is in force now, and is not the text that was shown; "
                       "read it again", number=revision.number, slug=slug, fields={"sha256": "of another text"})
    due = session.scalars(select(REVIEW_BY).where(Revision.id == revision.id)).one()
    kept = due if review_by is None and due is not None and due > now else None
    until = kept or review_by
    if until is None or until <= now or (kept is None and due is not None and until <= due):
        known = local_time(session, due) if due else "today"
        raise Invalid("review_by", "the next review must come after {known}, when it is due already", known=known,
                      fields={"review_by": "too early"})
    found = Confirmation(revision_id=revision.id, confirmed_by=actor.name, confirmed_at=now, review_by=until, note=said)
    session.add(found)
    session.execute(update(Publication).where(Publication.revision_id == revision.id,
                                              Publication.superseded_at.is_(None)).values(review_by=until))
    session.flush()
    settle_review(session, actor, article.id, Outcome.CONFIRMED, revision_id=revision.id, evidence=said,
                  next_on=next_on, now=now, origin=origin)
    record(session, actor, "confirm", f"revision:{revision.id}", now=now, origin=origin,
           after={"article": article.slug, "number": revision.number, "sha256": revision.sha256,
                  "review_by": until.isoformat()}, change=Change(article.id, "confirmed"))
    return found
