"""Rolling back: an old text as a new draft, that goes its way through review like any other.

The old revision stays what it was. Its words come back from now on; who may read, who owns and co-owns stays as it is.
What is published ahead is called off in the same way: the words that apply until its day, once more from that day on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.owners import article_for
from kb.articles.revisions import newest_published, stored_text
from kb.articles.writing.drafts import DraftView, begin_draft, check_open
from kb.errors import InvalidTransition, NotFound
from kb.models import Article, Publication, Revision, State
from kb.people.permissions import Action, require_person
from kb.record.journal import record


def rollback(session: Session, actor: Actor, slug: str, to: int, *, now: datetime, origin: str) -> DraftView:
    """A draft with the words of an earlier published revision, on top of the newest one, in force from now on.

    An end or a review date that has passed does not come back.
    """
    require_person(actor, "writes")
    article = article_for(session, actor, Action.DRAFT, slug)
    newest = newest_published(session, article.id)
    old = session.scalar(select(Revision).where(Revision.article_id == article.id, Revision.number == to))
    if newest is None or old is None or old.state != State.PUBLISHED:
        raise NotFound("no_revision", "{slug} has no published revision {to}; see `kb article history {slug}`",
                       slug=slug, to=to)
    if old.id == newest.id:
        raise InvalidTransition("newest", "revision {to} is the newest text of {slug}; there is nothing to bring back",
                                to=to, slug=slug)
    if old.redacted_at is not None:
        raise InvalidTransition("redacted", "the words of revision {to} of {slug} were erased", to=to, slug=slug)
    text, present = stored_text(session, old), stored_text(session, newest)
    check_open(article, article.owner)
    brought = replace(
        text, owner=article.owner, audience=present.audience, co_owners=tuple(
            d for d in present.co_owners if d != article.owner),
        effective_from=now, effective_to=text.effective_to if text.effective_to and text.effective_to > now else None,
        review_by=text.review_by if text.review_by and text.review_by > now else present.review_by,
        change_note=f"恢复第{to}版" if text.lang == "zh" else f"Brings back revision {to}",
        is_minor=False)
    draft = begin_draft(session, actor, article, brought, newest, taken=old.id, now=now, origin=origin)
    record(session, actor, "rollback", f"draft:{draft.id}", now=now, origin=origin,
           after={"article": slug, "from": newest.number, "to": to, "restored_sha256": old.sha256})
    return draft


def call_off(session: Session, actor: Actor, slug: str, number: int, *, now: datetime, origin: str) -> DraftView:
    """A draft that lets go on what applies until a revision that is published ahead, in force from that one's day:
    once published it takes its place.

    Raises NotFound where no such revision is still to come, InvalidTransition where nothing would go on.
    """
    require_person(actor, "writes")
    article = article_for(session, actor, Action.DRAFT, slug)
    ahead = session.scalar(
        select(Publication).join(Revision, Revision.id == Publication.revision_id)
        .where(Publication.article_id == article.id, Publication.superseded_at.is_(None),
               Publication.effective_from > now, Revision.number == number))
    if ahead is None:
        raise NotFound("not_coming", "revision {number} of {slug} is not one that is published and still to come",
                       slug=slug, number=number)
    check_open(article, article.owner)
    goes_on = _going_on(session, article, ahead.effective_from)
    if goes_on is None:
        raise InvalidTransition("nothing_goes_on", "nothing would go on if revision {number} of {slug} did not begin: "
                                "write a new text with its date, or retire the article", number=number, slug=slug)
    text, day = stored_text(session, goes_on), ahead.effective_from
    brought = replace(
        text, owner=article.owner, co_owners=tuple(d for d in text.co_owners if d != article.owner),
        effective_from=day, is_minor=False,
        change_note=(f"第{number}版不施行，继续执行第{goes_on.number}版" if text.lang == "zh" else
                     f"Revision {number} does not come into force; revision {goes_on.number} goes on"))
    newest = newest_published(session, article.id)
    draft = begin_draft(session, actor, article, brought, newest, taken=goes_on.id, now=now, origin=origin)
    record(session, actor, "call_off", f"draft:{draft.id}", now=now, origin=origin,
           after={"article": slug, "revision": number, "effective_from": day.isoformat(), "goes_on": goes_on.number,
                  "restored_sha256": goes_on.sha256})
    return draft


def _going_on(session: Session, article: Article, day: datetime) -> Revision | None:
    """The text that applies until this day only because another begins then."""
    return session.scalar(
        select(Revision).join(Publication, Publication.revision_id == Revision.id)
        .where(Publication.article_id == article.id, Publication.superseded_at.is_(None),
               Publication.effective_to == day, Revision.redacted_at.is_(None),
               or_(Revision.effective_to.is_(None), Revision.effective_to > day)))
