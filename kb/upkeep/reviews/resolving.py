"""The three outcomes of a review: the text is right, it is rewritten, or the article is retired.

Each is the ordinary act on the article, with its own rights and checks; the task is done by it. Whoever confirms says
how it was checked. When the text is looked at next follows from its record (:mod:`kb.upkeep.reviews.deciding`): an
earlier day may be named, no later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles import publication
from kb.articles.acts.confirming import confirm
from kb.articles.live import REVIEW_BY
from kb.articles.owners import article_by_slug, article_for
from kb.articles.writing import drafts
from kb.articles.writing.drafts import DraftView
from kb.clock import start_of_day, zone
from kb.db import Database, settings_of
from kb.errors import Conflict, Invalid, KbError
from kb.messages.message import Message
from kb.models import Article, Confirmation, Draft, Publication, ReviewTask, Revision
from kb.people.duty.assigning import give
from kb.people.duty.choosing import Holder, Way
from kb.people.duty.roster import local_day
from kb.people.duty.steps import Step, note_step
from kb.people.permissions import Action, require, require_person
from kb.record.journal import record
from kb.text import clean_label, clean_note
from kb.upkeep.reviews.asking import reviewing_of
from kb.upkeep.reviews.deciding import next_day
from kb.upkeep.reviews.settings import ReviewSettings
from kb.upkeep.reviews.tasks import end_snooze, held_task
from kb.upkeep.signals.signal import Severity

MOST = 50  # tasks confirmed in one go
_LONGEST_EVIDENCE = 1_500  # characters
_LONGEST_SOURCE = 400


@dataclass(frozen=True, slots=True)
class Checked:
    """A task whose text somebody found right: the hash of the text that was shown, and the evidence (how it was
    checked, or against which document or address; one of the two at least)."""

    task_id: str
    sha256: str
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one of several: done, or why not."""

    task_id: str
    error: KbError | None = None


def proposed_day(session: Session, task: ReviewTask, *, now: datetime) -> date:
    """The day on which the text is looked at next if it is confirmed now."""
    settings = settings_of(session).section(ReviewSettings)
    found = reviewing_of(session, task, settings, settings_of(session).hotline.review_days)
    return next_day(found, today=local_day(session, now), settings=settings)


def confirm_task(session: Session, actor: Actor, checked: Checked, *, next_on: date | None = None, now: datetime,
                 origin: str) -> Confirmation:
    """Confirm the text that was shown; it is looked at again on the day that its record allows, or on an earlier one.
    """
    require_person(actor, "confirms")
    task = held_task(session, actor, checked.task_id)
    evidence = _evidence(checked)
    latest = proposed_day(session, task, now=now)
    day = next_on or latest
    if not local_day(session, now) < day <= latest:
        raise Invalid("next_on", "the next review is on a day after today and not after {latest}",
                      latest=latest,
                      fields={"next_on": Message("after today, and not after {last}", last=latest)})
    slug = _slug(session, task)
    due = _due(session, task.article_id, now)
    at = start_of_day(day, zone(settings_of(session).hotline.timezone))
    is_later = due is None or at > due  # no confirmation brings the date in force forward; the next task can come first
    return confirm(session, actor, slug, review_by=at if is_later else None, note=evidence, shown=checked.sha256,
                   next_on=None if is_later else day, now=now, origin=origin)


def confirm_each(database: Database, actor: Actor, chosen: Sequence[Checked], *, now: datetime, origin: str
                 ) -> list[Result]:
    """Confirm several, each in a transaction of its own: what one is refused for stops no other. What is serious is
    read and decided by itself."""
    results = []
    for one in chosen[:MOST]:
        try:
            with database.transaction() as session:
                if held_task(session, actor, one.task_id).severity == Severity.SERIOUS:
                    raise Conflict("serious", "a task with a serious signal is decided by itself: open it")
                confirm_task(session, actor, one, now=now, origin=origin)
            results.append(Result(one.task_id))
        except KbError as error:
            results.append(Result(one.task_id, error))
    return results


def revise_task(session: Session, actor: Actor, task_id: str, *, now: datetime, origin: str) -> DraftView:
    """Begin to rewrite the text, or go on with one's own draft; the task is theirs, and done when the new text is
    published."""
    require_person(actor, "writes")
    task = held_task(session, actor, task_id)
    require(actor, Action.DRAFT, task.department)
    own = session.scalar(select(Draft.id).where(Draft.article_id == task.article_id, Draft.author == actor.name)
                         .order_by(Draft.updated_at.desc(), Draft.id).limit(1))
    found = drafts.get(session, actor, own) if own else drafts.edit(session, actor, _slug(session, task), now=now,
                                                                     origin=origin)
    if task.state == "snoozed":
        end_snooze(session, actor, task, now=now, origin=origin)
    if task.person != actor.name:
        give(session, actor, task, Holder(actor.name, Way.DELEGATE), kind=Step.DELEGATED, now=now, origin=origin)
    if task.revising_since is None:
        task.revising_since = now
        note_step(session, task, Step.REVISING, by=actor.name, person=actor.name, now=now)
        session.flush()
        record(session, actor, "revise_review", f"review_task:{task.id}", now=now, origin=origin,
               after={"draft": found.id})
    return found


def retire_task(session: Session, actor: Actor, task_id: str, *, reason: str = "", successor: str = "", now: datetime,
                origin: str) -> None:
    """Retire the article, with a reason or a successor."""
    require_person(actor, "retires")
    task = held_task(session, actor, task_id)
    article = article_for(session, actor, Action.RETIRE, _slug(session, task))
    heir = article_by_slug(session, successor) if successor else None
    publication.retire(session, actor, article, reason=reason, successor=heir, now=now, origin=origin)


def _evidence(checked: Checked) -> str:
    note = clean_note(checked.note, field="note", longest=_LONGEST_EVIDENCE)
    source = clean_label(checked.source)
    if len(source) > _LONGEST_SOURCE:
        raise Invalid("source", "source: at most {longest} characters", longest=_LONGEST_SOURCE,
                      fields={"source": "too long"})
    if not note and not source:
        raise Invalid("evidence", "say how it was checked, or against which document or address",
                      fields={"note": "required"})
    return "\n".join(part for part in (note, source) if part)


def _slug(session: Session, task: ReviewTask) -> str:
    return session.scalars(select(Article.slug).where(Article.id == task.article_id)).one()


def _due(session: Session, article_id: str, now: datetime) -> datetime | None:
    """The review date of the text in force."""
    found: datetime | None = session.scalar(
        select(REVIEW_BY).select_from(Revision).join(Publication, Publication.revision_id == Revision.id).where(
            Publication.article_id == article_id, Publication.superseded_at.is_(None),
            Publication.effective_from <= now).order_by(Publication.effective_from.desc()).limit(1))
    return found
