"""One review task with all that is needed to decide: the text, the evidence against it, how it was reviewed before,
what happened to the task, and what the viewer may do with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import settings_of
from kb.errors import NotFound
from kb.models import Article, ReviewTask, Revision, TaskStep
from kb.people.directory import people_names
from kb.people.duty.absences import away_now
from kb.people.duty.roster import knowing_of, local_day, roster_of
from kb.people.duty.steps import steps_of
from kb.people.permissions import Action, can, require
from kb.reading.tasks.entries import TaskEntry, entries
from kb.reading.tasks.queue import SEVERITIES
from kb.upkeep import calendar as calendars
from kb.upkeep.reviews.resolving import proposed_day
from kb.upkeep.reviews.settings import ReviewSettings
from kb.upkeep.reviews.tasks import is_in_charge
from kb.upkeep.signals.showing import Signal, signals_of

_REMEMBERED = 5  # former reviews that are shown


@dataclass(frozen=True, slots=True)
class StepView:
    """Something that happened to the task."""

    kind: str
    at: datetime
    by: str
    person: str
    way: str
    until: date | None
    note: str


@dataclass(frozen=True, slots=True)
class Former:
    """A review of the article that is done; ``number`` is of the text that was confirmed, or published by it."""

    outcome: str
    by: str
    at: datetime
    number: int | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom the task can be handed: how many they have, and until when they are out of the office."""

    login: str
    name: str
    open: int
    away_until: date | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the viewer may do with the task; what is left out, they may not."""

    confirm: bool
    revise: bool
    retire: bool
    hand_on: bool
    snooze_until: date | None  # the last day to which it may be put off; None: it may not


@dataclass(frozen=True, slots=True)
class TaskPage:
    """A task with everything that its page shows. ``next_on`` is the latest day of the next review, were the text
    confirmed now; ``changed_since`` the number of the text that was looked at last, where another one is in force."""

    entry: TaskEntry
    source: str
    lang: str
    audience: str
    signals: tuple[Signal, ...]
    steps: tuple[StepView, ...]
    former: tuple[Former, ...]
    changed_since: int | None
    names: dict[str, str]  # login: what a person is called
    colleagues: tuple[Colleague, ...]
    allowed: Allowed
    next_on: date | None


def task_page(session: Session, viewer: Actor, task_id: str, *, now: datetime) -> TaskPage:
    """A task, open or done; raises NotFound for one that the viewer does not see."""
    require(viewer, Action.READ_HISTORY)
    task = session.get(ReviewTask, task_id[:36])
    if task is None or not (can(viewer, Action.SEE_TASKS, task.department) or is_in_charge(viewer, task)):
        raise NotFound("no_task", "no review task {task_id!r} that you may see; see `kb review tasks`",
                       task_id=task_id[:40])
    entry = entries(session, [task.id], now=now)[0]
    text = session.scalars(select(Revision).where(Revision.article_id == task.article_id,
                                                  Revision.number == entry.number)).one()
    steps, former = steps_of(session, task.id), _former(session, task)
    last = next((one.number for one in former if one.number is not None), None)
    colleagues = _colleagues(session, task, now) if entry.is_open else ()
    named = {task.person, task.in_place_of, task.escalated_to, task.outcome_by or "", *(s.by for s in steps),
             *(s.person for s in steps), *(one.by for one in former), *(one.login for one in colleagues)}
    allowed = _allowed(session, viewer, task, entry, now)
    return TaskPage(
        entry, text.source, text.lang, text.audience,
        tuple(signals_of(session, viewer, [task.article_id], now=now).get(task.article_id, ())),
        tuple(_step(step) for step in steps), former, last if last not in (None, entry.number) else None,
        people_names(session, named), tuple(one for one in colleagues if one.login != task.person), allowed,
        proposed_day(session, task, now=now) if allowed.confirm else None)


def _allowed(session: Session, viewer: Actor, task: ReviewTask, entry: TaskEntry, now: datetime) -> Allowed:
    if not entry.is_open:
        return Allowed(False, False, False, False, None)
    article = session.get_one(Article, task.article_id)
    settings = settings_of(session).section(ReviewSettings)
    may_wait = task.severity != SEVERITIES[0] and task.snoozes < settings.snoozes
    last = calendars.load(session).add(local_day(session, now), settings.snooze_days) if may_wait else None
    return Allowed(entry.is_in_force and can(viewer, Action.CONFIRM, article), can(viewer, Action.DRAFT, article),
                   can(viewer, Action.RETIRE, article), is_in_charge(viewer, task), last)


def _former(session: Session, task: ReviewTask) -> tuple[Former, ...]:
    rows = session.execute(
        select(ReviewTask, Revision.number).join(Revision, Revision.id == ReviewTask.revision_id, isouter=True)
        .where(ReviewTask.article_id == task.article_id, ReviewTask.id != task.id, ReviewTask.outcome.is_not(None),
               ReviewTask.outcome_at <= (task.outcome_at or task.opened_at))
        .order_by(ReviewTask.outcome_at.desc(), ReviewTask.id).limit(_REMEMBERED))
    return tuple(Former(one.outcome or "", one.outcome_by or "", one.outcome_at or one.opened_at, number, one.evidence)
                 for one, number in rows)


def _colleagues(session: Session, task: ReviewTask, now: datetime) -> tuple[Colleague, ...]:
    """Who may decide on the task, those of the department first, the one with the least to do first."""
    roster = roster_of(session, today=local_day(session, now), departments=[task.department])
    staff = roster.staff(task.department, knowing_of(session, [task.article_id])[task.article_id])
    own = staff.editors | staff.approvers
    logins = sorted((login for login in own | staff.managers if login in staff.standing),
                    key=lambda login: (login not in own, staff.load.get(login, 0), login))
    names, away = people_names(session, logins), away_now(session, logins, now=now)
    return tuple(Colleague(login, names.get(login, login), staff.load.get(login, 0), away.get(login))
                 for login in logins)


def names_of(session: Session, tasks: Sequence[TaskEntry]) -> dict[str, str]:
    """What the people of these tasks are called."""
    return people_names(session, (login for one in tasks for login in (one.person, one.in_place_of, one.escalated_to,
                                                                       one.outcome_by)))


def _step(step: TaskStep) -> StepView:
    return StepView(step.kind, step.at, step.by, step.person, step.way, step.until, step.note)
