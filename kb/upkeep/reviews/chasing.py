"""Open tasks by the calendar: what was put off is taken up, who has one is reminded, what is late is brought before
others.

Each step is kept under a key that the task's due day is part of, so that a day looked at twice, or by two processes,
reminds nobody twice. Days that are not worked chase nobody; after a time without the server the latest step alone is
made up for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import settings_of
from kb.models import ReviewTask
from kb.people.duty.assigning import matter_of
from kb.people.duty.choosing import superior
from kb.people.duty.roster import Knowing, Roster, knowing_of, local_day, roster_of
from kb.people.duty.steps import Step, keys_of, note_step
from kb.record.journal import record
from kb.upkeep import calendar as calendars
from kb.upkeep.calendar import WorkingCalendar
from kb.upkeep.reviews.deciding import chase_of, level_of
from kb.upkeep.reviews.settings import ReviewSettings
from kb.upkeep.reviews.tasks import end_snooze


@dataclass(frozen=True, slots=True)
class Chased:
    """How many tasks were taken up again, reminded of and escalated."""

    woken: int = 0
    reminded: int = 0
    escalated: int = 0

    def __add__(self, other: Chased) -> Chased:
        return Chased(self.woken + other.woken, self.reminded + other.reminded, self.escalated + other.escalated)


def chase(session: Session, actor: Actor, *, after: str = "", limit: int, now: datetime, origin: str
          ) -> tuple[Chased, str]:
    """Do what the day asks for, for a batch of open tasks by their ids; and where to go on (empty: the end)."""
    tasks = session.scalars(select(ReviewTask).where(ReviewTask.outcome.is_(None), ReviewTask.id > after)
                            .order_by(ReviewTask.id).limit(limit).with_for_update()
                            .execution_options(populate_existing=True)).all()
    today, calendar = local_day(session, now), calendars.load(session)
    settings = settings_of(session).section(ReviewSettings)
    woken = _wake(session, actor, tasks, today, now=now, origin=origin)
    found = Chased(woken)
    if calendar.is_working(today):
        waiting = [task for task in tasks if task.state == "open"]
        found += Chased(reminded=_remind(session, actor, waiting, today, calendar, settings, now=now))
        found += Chased(escalated=_escalate(session, actor, waiting, today, calendar, settings, now=now,
                                            origin=origin))
    session.flush()
    return found, tasks[-1].id if len(tasks) == limit else ""


def _wake(session: Session, actor: Actor, tasks: Sequence[ReviewTask], today: date, *, now: datetime, origin: str
          ) -> int:
    over = [task for task in tasks if task.snoozed_until is not None and task.snoozed_until <= today]
    for task in over:
        end_snooze(session, actor, task, now=now, origin=origin)
    return len(over)


def _remind(session: Session, actor: Actor, tasks: Sequence[ReviewTask], today: date, calendar: WorkingCalendar,
            settings: ReviewSettings, *, now: datetime) -> int:
    chased_by = {task.id: chase_of(task.due_on, today=today, calendar=calendar, settings=settings) for task in tasks}
    kept = keys_of(session, Step.REMINDED, [task.id for task in tasks if chased_by[task.id]])
    count = 0
    for task in tasks:
        chased = chased_by[task.id]
        key = f"{chased}:{task.due_on.isoformat()}"
        if chased is None or (task.id, key) in kept:
            continue
        note_step(session, task, Step.REMINDED, by=actor.name, person=task.person, key=key, way=chased,
                  until=task.due_on, now=now)
        count += 1
    return count


def _escalate(session: Session, actor: Actor, tasks: Sequence[ReviewTask], today: date, calendar: WorkingCalendar,
              settings: ReviewSettings, *, now: datetime, origin: str) -> int:
    levels = {task.id: level_of(task.due_on, today=today, calendar=calendar, settings=settings) for task in tasks}
    late = [task for task in tasks if levels[task.id] > task.level]
    if not late:
        return 0
    roster = roster_of(session, today=today, departments={task.department for task in late})
    knowing = knowing_of(session, [task.article_id for task in late])
    for task in late:
        _bring_before(session, actor, task, levels[task.id], roster, knowing[task.article_id], now=now, origin=origin)
    return len(late)


def _bring_before(session: Session, actor: Actor, task: ReviewTask, level: int, roster: Roster, knowing: Knowing, *,
                  now: datetime, origin: str) -> None:
    to = superior(level, task.person, roster.staff(task.department, knowing), matter_of(task))
    before = {"level": task.level, "escalated_to": task.escalated_to}
    task.level, task.escalated_to = level, to
    if to:
        note_step(session, task, Step.ESCALATED, by=actor.name, person=to, key=f"{level}:{task.due_on.isoformat()}",
                  way=str(level), until=task.due_on, now=now)
    session.flush()
    record(session, actor, "escalate_review", f"review_task:{task.id}", now=now, origin=origin, before=before,
           after={"level": level, "escalated_to": to})
