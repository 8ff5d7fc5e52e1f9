"""How the reviews of departments stand: what is open and late now, and what was decided in time of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.settling import Outcome
from kb.clock import start_of_day, zone
from kb.db import settings_of
from kb.models import Article, Department, ReviewTask
from kb.people.duty.roster import local_day
from kb.people.permissions import Action, may_sql, require

_LATELY = timedelta(days=90)
_NOTHING = (0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class DepartmentStanding:
    """A department's open tasks, and those decided within the last ninety days, with how many of these in time."""

    code: str
    name_zh: str
    name_en: str
    open: int
    late: int
    serious: int
    snoozed: int
    raised: int  # brought before a knowledge manager
    done: int
    on_time: int

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"department": self.code, "open": self.open, "late": self.late, "serious": self.serious,
                "snoozed": self.snoozed, "raised": self.raised, "done": self.done, "on_time": self.on_time}


def standings(session: Session, viewer: Actor, *, now: datetime) -> tuple[DepartmentStanding, ...]:
    """The departments for which the viewer may confirm and that have or had tasks, those with the most late first."""
    require(viewer, Action.READ_HISTORY)
    today = local_day(session, now)
    is_open = ReviewTask.state == "open"
    is_late, is_serious = and_(is_open, ReviewTask.due_on < today), and_(is_open, ReviewTask.severity == "serious")
    standing = _counted(session, viewer, ReviewTask.outcome.is_(None), is_open, is_late, is_serious,
                        ReviewTask.state == "snoozed", ReviewTask.level == 2)
    done = _done(session, viewer, now)
    names = session.execute(select(Department.code, Department.name_zh, Department.name_en).where(
        Department.code.in_([*standing, *done])))
    found = [_standing(code, zh, en, standing.get(code, _NOTHING), done.get(code, (0, 0))) for code, zh, en in names]
    return tuple(sorted(found, key=lambda one: (-one.late, -one.serious, -one.open, one.code)))


def _standing(code: str, zh: str, en: str, counts: tuple[int, ...], done: tuple[int, int]) -> DepartmentStanding:
    standing, late, serious, snoozed, raised = counts
    return DepartmentStanding(code, zh, en, standing, late, serious, snoozed, raised, *done)


def _counted(session: Session, viewer: Actor, where: ColumnElement[bool], *conditions: ColumnElement[bool]
             ) -> dict[str, tuple[int, ...]]:
    columns = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in conditions]
    query = select(Article.owner, *columns).select_from(ReviewTask).join(Article, Article.id == ReviewTask.article_id)
    return {row[0]: tuple(int(n) for n in row[1:]) for row in session.execute(
        query.where(may_sql(viewer, Action.SEE_TASKS, Article), where).group_by(Article.owner))}


def _done(session: Session, viewer: Actor, now: datetime) -> dict[str, tuple[int, int]]:
    """By department how many were decided lately, and how many of them by the end of their day."""
    tz = zone(settings_of(session).hotline.timezone)
    found: dict[str, tuple[int, int]] = {}
    for owner, at, due_on in session.execute(
            select(Article.owner, ReviewTask.outcome_at, ReviewTask.due_on)
            .join(Article, Article.id == ReviewTask.article_id)
            .where(may_sql(viewer, Action.SEE_TASKS, Article), ReviewTask.outcome_at >= now - _LATELY,
                   ReviewTask.outcome != Outcome.CLEARED)):
        done, on_time = found.get(owner, (0, 0))
        found[owner] = done + 1, on_time + (at is not None and at < start_of_day(due_on + timedelta(days=1), tz))
    return found
