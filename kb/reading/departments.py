"""Departments as who administers them sees them: what each is, how many articles it owns, who holds roles of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.models import Article, RoleGrant, User
from kb.people import department_editing
from kb.people.department_editing import DepartmentView
from kb.people.permissions import Action, require

_NAMED = 200  # people


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a role of the department; of a dissolved one it means nothing any more."""

    login: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class DepartmentPage:
    """A department with what hangs on it."""

    view: DepartmentView
    articles: int
    holders: tuple[Holder, ...]


def list_with_articles(session: Session, actor: Actor) -> list[tuple[DepartmentView, int]]:
    """Every department with the number of its articles, the standing ones first, by code."""
    require(actor, Action.EDIT_DEPARTMENTS)
    counts = _articles(session)
    found = department_editing.list_all(session)
    return [(one, counts.get(one.code, 0)) for one in sorted(found, key=lambda d: (d.dissolved_at is not None, d.code))]


def open_department(session: Session, actor: Actor, code: str) -> DepartmentPage:
    """One department; raises NotFound."""
    require(actor, Action.EDIT_DEPARTMENTS)
    view = department_editing.get_department(session, code)
    rows = session.execute(
        select(User.login, User.name, RoleGrant.role).join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.department == code, User.disabled_at.is_(None)).order_by(User.login, RoleGrant.role)
        .limit(_NAMED))
    return DepartmentPage(view, _articles(session).get(code, 0), tuple(Holder(*row) for row in rows))


def _articles(session: Session) -> Mapping[str, int]:
    return {row[0]: row[1] for row in session.execute(select(Article.owner, func.count()).group_by(Article.owner))}
