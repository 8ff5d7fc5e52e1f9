"""Review tasks are opened, renewed and cleared as what asks for them comes and goes.

What is done follows from what asks now, the open task and the last one that is done (:func:`plan_task`); so a second
look in the same state of things does nothing. A task is opened with a person and a day, or not at all: where nobody is
left to have it, there is nobody to open it for.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.settling import Outcome, settle_review
from kb.clock import zone
from kb.db import settings_of
from kb.models import Article, ReviewTask, SignalRow
from kb.people.duty.choosing import Matter, choose
from kb.people.duty.roster import Roster, knowing_of, local_day, parts, roster_of
from kb.people.duty.steps import Step, note_step
from kb.record.journal import record
from kb.upkeep import calendar as calendars
from kb.upkeep.calendar import WorkingCalendar
from kb.upkeep.reviews.asking import Asked, asked_of, may_be_asked
from kb.upkeep.reviews.deciding import REVIEW_DATE, Reason, due_day, reasons_of, unjudged, worst
from kb.upkeep.reviews.settings import ReviewSettings
from kb.upkeep.signals.signal import Severity

BATCH = 200  # articles in one transaction


class Doing(StrEnum):
    """What is to be done about an article's task."""

    NOTHING = "nothing"
    OPEN = "open"
    RENEW = "renew"  # something else asks for it, or what asks is worse
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Judged:
    """The last review of an article that somebody decided: on which day, and what it looked at."""

    on: date
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """How many tasks were opened, renewed and cleared."""

    opened: int = 0
    renewed: int = 0
    cleared: int = 0


def plan_task(asked: Asked, standing: tuple[Reason, ...] | None, is_revising: bool, judged: Judged | None, today: date
              ) -> tuple[Doing, tuple[Reason, ...]]:
    """What to do, and the reasons that its task has then; ``standing`` are those of the open one, None without one."""
    fresh = unjudged(asked.reasons, judged.reasons if judged else ())
    fresh = tuple(one for one in fresh if not _is_too_soon(one, asked.review_on, judged, today))
    if standing is None:
        return (Doing.OPEN, fresh) if fresh else (Doing.NOTHING, ())
    if not fresh:
        return (Doing.NOTHING, standing) if is_revising else (Doing.CLEAR, standing)
    return (Doing.NOTHING, standing) if set(fresh) == set(standing) else (Doing.RENEW, fresh)


def wanting(session: Session, *, now: datetime) -> list[str]:
    """The ids of the articles to look at, in order: those that something may ask for, and those with an open task."""
    settings = settings_of(session).section(ReviewSettings)
    asked = may_be_asked(session, review_before=_horizon(session, settings, now), now=now, settings=settings)
    standing = session.scalars(select(ReviewTask.article_id).where(ReviewTask.outcome.is_(None)))
    return sorted(asked | set(standing))


def signalled(session: Session, *, since: datetime) -> list[str]:
    """The ids of the articles of which a signal was raised or cleared since then, in order."""
    return list(session.scalars(select(SignalRow.article_id).where(
        or_(SignalRow.raised_at >= since, SignalRow.cleared_at >= since)).distinct().order_by(SignalRow.article_id)))


def open_tasks(session: Session, actor: Actor, article_ids: Collection[str], *, now: datetime, origin: str) -> Opened:
    """See to it that each of the articles has a task exactly if something asks for one; of a batch, in a transaction.
    """
    for part in parts(sorted(article_ids)):  # held against other writers, as every act on an article begins
        session.execute(select(Article.id).where(Article.id.in_(part)).order_by(Article.id).with_for_update())
    settings = settings_of(session).section(ReviewSettings)
    today, calendar = local_day(session, now), calendars.load(session)
    asked = asked_of(session, article_ids, review_before=_horizon(session, settings, now), now=now, settings=settings)
    standing, judged = _standing(session, article_ids), _judged(session, article_ids)
    roster = roster_of(session, today=today, departments={one.department for one in asked})
    done = dict.fromkeys(Doing, 0)
    for one in asked:
        task = standing.get(one.article_id)
        doing, reasons = plan_task(one, reasons_of(task.reasons) if task else None,
                                   bool(task and task.revising_since), judged.get(one.article_id), today)
        if doing is Doing.OPEN:
            due_on = due_day(reasons, one.risk, review_on=one.review_on, today=today, calendar=calendar,
                             settings=settings)
            done[doing] += _open(session, actor, one, reasons, due_on, roster, now=now, origin=origin)
        elif doing is Doing.RENEW and task is not None:
            _renew(session, actor, task, one, reasons, today, calendar, settings, now=now, origin=origin)
            done[doing] += 1
        elif doing is Doing.CLEAR:
            settle_review(session, actor, one.article_id, Outcome.CLEARED, now=now, origin=origin)
            done[doing] += 1
    session.flush()
    return Opened(done[Doing.OPEN], done[Doing.RENEW], done[Doing.CLEAR])


def _horizon(session: Session, settings: ReviewSettings, now: datetime) -> date:
    """The day before which a review date asks for a task."""
    return calendars.load(session).add(local_day(session, now), settings.lead_days)


def _is_too_soon(reason: Reason, review_on: date | None, judged: Judged | None, today: date) -> bool:
    """Whether only a date asks that is nearer than the lead, and the text was looked at less than half the way ago."""
    return (reason.kind == REVIEW_DATE and judged is not None and review_on is not None and review_on > today
            and (today - judged.on) * 2 < review_on - judged.on)


def _open(session: Session, actor: Actor, asked: Asked, reasons: tuple[Reason, ...], due_on: date, roster: Roster, *,
          now: datetime, origin: str) -> bool:
    """Open a task for whoever is to have it; False where there is nobody."""
    severity = worst(reasons)
    knowing = knowing_of(session, [asked.article_id])[asked.article_id]
    holder = choose(roster.staff(asked.department, knowing), Matter(due_on, severity is Severity.SERIOUS))
    if holder is None:
        return False
    task = ReviewTask(id=str(uuid.uuid4()), article_id=asked.article_id, department=asked.department,
                      person=holder.person, way=holder.way, in_place_of=holder.in_place_of,
                      reasons=[one.as_dict() for one in reasons], severity=severity, opened_at=now, due_on=due_on,
                      state="open", snoozes=0, level=0, escalated_to="", evidence="")
    session.add(task)
    session.flush()
    roster.load[holder.person] += 1
    note_step(session, task, Step.OPENED, by=actor.name, person=holder.person, key="opened", until=due_on, now=now)
    note_step(session, task, Step.ASSIGNED, by=actor.name, person=holder.person, way=holder.way, now=now)
    session.flush()
    record(session, actor, "open_review", f"review_task:{task.id}", now=now, origin=origin,
           after={"article": asked.slug, "department": asked.department, "person": holder.person, "way": holder.way,
                  "due_on": due_on.isoformat(), "reasons": task.reasons})
    return True


def _renew(session: Session, actor: Actor, task: ReviewTask, asked: Asked, reasons: tuple[Reason, ...], today: date,
           calendar: WorkingCalendar, settings: ReviewSettings, *, now: datetime, origin: str) -> None:
    """Let a task know what asks for it now; what is new and serious ends its rest, and never puts it off."""
    due_on = due_day(reasons, asked.risk, review_on=asked.review_on, today=today, calendar=calendar, settings=settings)
    before = {"due_on": task.due_on.isoformat(), "reasons": task.reasons}
    known = set(reasons_of(task.reasons))
    is_worse = worst(reasons) is Severity.SERIOUS and Severity(task.severity) is not Severity.SERIOUS
    task.reasons, task.severity = [one.as_dict() for one in reasons], worst(reasons)
    if set(reasons) - known:
        task.due_on = min(task.due_on, due_on)
    if is_worse and task.state == "snoozed":
        task.state, task.snoozed_until = "open", None
        note_step(session, task, Step.WOKEN, by=actor.name, person=task.person, now=now)
    note_step(session, task, Step.RENEWED, by=actor.name, person=task.person, until=task.due_on, now=now)
    session.flush()
    record(session, actor, "renew_review", f"review_task:{task.id}", now=now, origin=origin, before=before,
           after={"due_on": task.due_on.isoformat(), "reasons": task.reasons})


def _standing(session: Session, article_ids: Collection[str]) -> dict[str, ReviewTask]:
    return {task.article_id: task for part in parts(sorted(article_ids)) for task in session.scalars(
        select(ReviewTask).where(ReviewTask.article_id.in_(part), ReviewTask.outcome.is_(None)).with_for_update()
        .execution_options(populate_existing=True))}


def _judged(session: Session, article_ids: Collection[str]) -> dict[str, Judged]:
    """The last review of each that somebody decided."""
    tz = zone(settings_of(session).hotline.timezone)
    last = select(ReviewTask.article_id, func.max(ReviewTask.outcome_at).label("at")).where(
        ReviewTask.outcome.is_not(None), ReviewTask.outcome != Outcome.CLEARED).group_by(ReviewTask.article_id)
    found = {}
    for part in parts(sorted(article_ids)):
        each = last.where(ReviewTask.article_id.in_(part)).subquery()
        for task in session.scalars(select(ReviewTask).join(each, (ReviewTask.article_id == each.c.article_id)
                                                            & (ReviewTask.outcome_at == each.c.at))):
            if task.outcome_at is not None:
                found[task.article_id] = Judged(task.outcome_at.astimezone(tz).date(), reasons_of(task.reasons))
    return found
