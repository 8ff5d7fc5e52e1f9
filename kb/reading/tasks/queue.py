"""Queues of review tasks: one's own, those brought before one, and those of one's departments.

A viewer sees their own tasks, those brought before them, and those of departments for which they may confirm. The
gravest come first, then by when they are due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Invalid
from kb.models import Article, ReviewTask
from kb.people.department_editing import CODE
from kb.people.duty.roster import local_day
from kb.people.people import LOGIN
from kb.people.permissions import Action, may_sql, require
from kb.reading.tasks.entries import TaskEntry, entries

PAGE = 20
MOST = 200  # tasks of one page
SEVERITIES = ("serious", "warning", "info")
_RANK = case({severity: rank for rank, severity in enumerate(SEVERITIES)}, value=ReviewTask.severity, else_=9)


class Whose(StrEnum):
    """Which tasks a queue holds."""

    MINE = "mine"
    RAISED = "raised"  # brought before the viewer, since whose they are has not done them
    DEPARTMENTS = "departments"  # of those for which the viewer may confirm


class Standing(StrEnum):
    """How a task stands."""

    OPEN = "open"
    LATE = "late"  # open, and its day has passed
    SNOOZED = "snoozed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows a queue; empty means any."""

    whose: Whose = Whose.MINE
    standing: Standing = Standing.OPEN
    department: str = ""
    severity: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class TaskQueue:
    """One page of a queue; ``total`` counts all of it, ``next_after`` is the cursor of the next page."""

    items: tuple[TaskEntry, ...]
    total: int
    next_after: str


def task_queue(session: Session, viewer: Actor, wanted: Wanted, *, now: datetime, after: str = "", limit: int = PAGE
               ) -> TaskQueue:
    """The tasks that the viewer sees and the filter leaves, after the task of this id; raises Invalid."""
    require(viewer, Action.READ_HISTORY)
    _check(wanted)
    limit = max(1, min(limit, MOST))
    where = [seen_by(viewer), *_conditions(viewer, wanted, local_day(session, now))]
    total = session.scalar(_joined(func.count()).where(*where)) or 0
    ids = session.scalars(_joined(ReviewTask.id).where(*where, *_behind(session, wanted, after))
                          .order_by(*_order(wanted)).limit(limit + 1)).all()
    return TaskQueue(entries(session, ids[:limit], now=now), total, ids[limit - 1] if len(ids) > limit else "")


def counts(session: Session, viewer: Actor, *, now: datetime) -> dict[Whose, int]:
    """How many open tasks each queue holds, those that were put off left out; one statement."""
    require(viewer, Action.READ_HISTORY)
    _ = now
    columns = [func.coalesce(func.sum(case((and_(*_whose(viewer, whose)), 1), else_=0)), 0) for whose in Whose]
    row = session.execute(_joined(*columns).where(ReviewTask.state == "open", seen_by(viewer))).one()
    return dict(zip(Whose, row, strict=True))


def count_waiting(session: Session, viewer: Actor, now: datetime) -> int:
    """How many tasks wait for the viewer: their own, and those brought before them; one statement."""
    _ = now
    return session.scalar(select(func.count()).select_from(ReviewTask).where(
        ReviewTask.state == "open", or_(ReviewTask.person == viewer.name, ReviewTask.escalated_to == viewer.name))) or 0


def seen_by(viewer: Actor) -> ColumnElement[bool]:
    """Of tasks joined with their articles those that the viewer sees."""
    return or_(ReviewTask.person == viewer.name, ReviewTask.escalated_to == viewer.name,
               may_sql(viewer, Action.SEE_TASKS, Article))


def _joined(*columns: Any) -> Any:
    return select(*columns).select_from(ReviewTask).join(Article, Article.id == ReviewTask.article_id)


def _whose(viewer: Actor, whose: Whose) -> tuple[ColumnElement[bool], ...]:
    return ({Whose.MINE: ReviewTask.person == viewer.name, Whose.RAISED: ReviewTask.escalated_to == viewer.name,
             Whose.DEPARTMENTS: may_sql(viewer, Action.SEE_TASKS, Article)}[whose],)


def _conditions(viewer: Actor, wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    standing: dict[Standing, list[ColumnElement[bool]]] = {
        Standing.OPEN: [ReviewTask.state == "open"], Standing.SNOOZED: [ReviewTask.state == "snoozed"],
        Standing.LATE: [ReviewTask.state == "open", ReviewTask.due_on < today],
        Standing.DONE: [ReviewTask.outcome.is_not(None)]}
    given = ((Article.owner, wanted.department), (ReviewTask.severity, wanted.severity),
             (ReviewTask.person, wanted.person))
    narrowed = [column == value for column, value in given if value]
    return [*_whose(viewer, wanted.whose), *standing[wanted.standing], *narrowed]


def _check(wanted: Wanted) -> None:
    if wanted.severity not in ("", *SEVERITIES):
        raise Invalid("filter", "{name}: one of {known}", name="severity", known=list(SEVERITIES),
                      fields={"severity": "unknown"})
    for name, given, known in (("department", wanted.department, CODE), ("person", wanted.person, LOGIN)):
        if given and not known.fullmatch(given):
            raise Invalid("filter", "{name}: {given!r} is none", name=name, given=given[:40], fields={name: "unknown"})


def _order(wanted: Wanted) -> list[Any]:
    if wanted.standing is Standing.DONE:
        return [ReviewTask.outcome_at.desc(), ReviewTask.id]
    return [_RANK, ReviewTask.due_on, ReviewTask.id]


def _behind(session: Session, wanted: Wanted, after: str) -> list[ColumnElement[bool]]:
    """What stands after a task; nothing is left out where there is no such task."""
    last = session.execute(select(ReviewTask.severity, ReviewTask.due_on, ReviewTask.id, ReviewTask.outcome_at).where(
        ReviewTask.id == after[:36])).first() if after else None
    if last is None:
        return []
    severity, due_on, task_id, outcome_at = last
    if wanted.standing is Standing.DONE:
        return [or_(ReviewTask.outcome_at < outcome_at, and_(ReviewTask.outcome_at == outcome_at,
                                                             ReviewTask.id > task_id))] if outcome_at else []
    later = SEVERITIES[SEVERITIES.index(severity) + 1:]
    return [or_(ReviewTask.severity.in_(later), and_(ReviewTask.severity == severity, or_(
        ReviewTask.due_on > due_on, and_(ReviewTask.due_on == due_on, ReviewTask.id > task_id))))]
