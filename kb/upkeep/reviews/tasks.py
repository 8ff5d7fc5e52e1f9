"""Acts on one open task that leave it open: put off, taken up again, handed to somebody else.

In charge of a task are its person, whom it is escalated to, and whoever may confirm a text of its department. To others
it does not exist.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.settling import Outcome
from kb.articles.owners import held_article
from kb.db import settings_of
from kb.errors import Conflict, Invalid, InvalidTransition, NotFound
from kb.models import ReviewTask
from kb.people.directory import departments_called, person_called
from kb.people.duty.absences import away_now
from kb.people.duty.assigning import give
from kb.people.duty.choosing import Holder, Way
from kb.people.duty.roster import knowing_of, local_day, roster_of
from kb.people.duty.steps import Step, note_step
from kb.people.people import LOGIN
from kb.people.permissions import Action, can, require_person
from kb.record.journal import record
from kb.text import clean_note
from kb.upkeep import calendar as calendars
from kb.upkeep.reviews.deciding import check_snooze
from kb.upkeep.reviews.settings import ReviewSettings
from kb.upkeep.signals.signal import Severity

_LONGEST_REASON = 500  # characters


def is_in_charge(actor: Actor, task: ReviewTask) -> bool:
    """Whether the actor may see the task, and hand it on."""
    return can(actor, Action.CONFIRM, task.department) or (
        actor.is_signed_in and actor.name in (task.person, task.escalated_to))


def held_task(session: Session, actor: Actor, task_id: str) -> ReviewTask:
    """The open task with its article, held until the commit; raises NotFound, InvalidTransition where it is done."""
    article_id = session.scalar(select(ReviewTask.article_id).where(ReviewTask.id == task_id[:36]))
    if article_id is None:
        raise _unknown(task_id)
    held_article(session, article_id)  # first, as every act does it
    task = session.scalars(select(ReviewTask).where(ReviewTask.id == task_id).with_for_update()
                           .execution_options(populate_existing=True)).one()
    if not is_in_charge(actor, task):
        raise _unknown(task_id)
    if task.outcome is not None:
        raise InvalidTransition("task_done", "the task is done: {outcome} by {who}", outcome=Outcome(task.outcome),
                                who=person_called(session, task.outcome_by or ""))
    return task


def snooze(session: Session, actor: Actor, task_id: str, *, until: date, reason: str, now: datetime, origin: str
           ) -> ReviewTask:
    """Put the task off until the morning of a day, and say why; it is due on that day at the earliest."""
    require_person(actor, "puts a task off")
    task = held_task(session, actor, task_id)
    said = required_reason(reason)
    settings = settings_of(session).section(ReviewSettings)
    check_snooze(until, severity=Severity(task.severity), snoozes=task.snoozes, today=local_day(session, now),
                 calendar=calendars.load(session), settings=settings)
    before = {"due_on": task.due_on.isoformat(), "state": task.state}
    task.state, task.snoozed_until, task.snoozes = "snoozed", until, task.snoozes + 1
    task.due_on = max(task.due_on, until)
    note_step(session, task, Step.SNOOZED, by=actor.name, person=task.person, until=until, note=said, now=now)
    session.flush()
    record(session, actor, "snooze_review", f"review_task:{task.id}", now=now, origin=origin, before=before,
           after={"until": until.isoformat(), "due_on": task.due_on.isoformat(), "reason": said})
    return task


def wake(session: Session, actor: Actor, task_id: str, *, now: datetime, origin: str) -> ReviewTask:
    """Take up a task again before its day."""
    require_person(actor, "takes up a task")
    task = held_task(session, actor, task_id)
    if task.state != "snoozed":
        raise InvalidTransition("not_snoozed", "the task was not put off")
    end_snooze(session, actor, task, now=now, origin=origin)
    return task


def end_snooze(session: Session, actor: Actor, task: ReviewTask, *, now: datetime, origin: str) -> None:
    """Let a task that was put off wait for its person again."""
    task.state, task.snoozed_until = "open", None
    note_step(session, task, Step.WOKEN, by=actor.name, person=task.person, now=now)
    session.flush()
    record(session, actor, "wake_review", f"review_task:{task.id}", now=now, origin=origin,
           after={"person": task.person, "due_on": task.due_on.isoformat()})


def delegate(session: Session, actor: Actor, task_id: str, *, to: str, reason: str = "", now: datetime, origin: str
             ) -> ReviewTask:
    """Hand the task to somebody who may decide on it and is there; to oneself is taking it over. One that was put off
    waits for them at once: it was another's reason."""
    require_person(actor, "hands a task on")
    task = held_task(session, actor, task_id)
    said = clean_note(reason, field="reason", longest=_LONGEST_REASON)
    if to == task.person:
        raise Conflict("same_person", "{login} has the task already", login=person_called(session, to),
                       fields={"to": "the same"})
    today = local_day(session, now)
    staff = roster_of(session, today=today, departments=[task.department]).staff(
        task.department, knowing_of(session, [task.article_id])[task.article_id])
    if not LOGIN.fullmatch(to) or not staff.may_decide(to):
        raise Invalid("to", "{login} may not decide on texts of {department}",
                      login=person_called(session, to) if LOGIN.fullmatch(to) else to[:64],
                      department=departments_called(session, [task.department]), fields={"to": "not of the department"})
    away = away_now(session, [to], now=now).get(to)
    if away is not None:
        raise Conflict("away", "{login} is out of the office until {day}", login=person_called(session, to),
                       day=away, fields={"to": "away"})
    if task.state == "snoozed":
        end_snooze(session, actor, task, now=now, origin=origin)
    give(session, actor, task, Holder(to, Way.DELEGATE), kind=Step.DELEGATED, note=said, now=now, origin=origin)
    return task


def required_reason(reason: str) -> str:
    """A reason as it is kept; raises Invalid where there is none."""
    said = clean_note(reason, field="reason", longest=_LONGEST_REASON)
    if not said:
        raise Invalid("reason", "say why", fields={"reason": "required"})
    return said


def _unknown(task_id: str) -> NotFound:
    return NotFound("no_task", "no review task {task_id!r} that you may see; see `kb review tasks`",
                    task_id=task_id[:40])
