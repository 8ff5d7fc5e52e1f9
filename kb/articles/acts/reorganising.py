"""Departments that are merged, split or dissolved: no article is without an owner, at no moment.

Articles change hands in the transaction that changes the departments, each with an entry and an event of its own, and
drafts and texts in review go with them. Nobody's rights grow: whoever wrote or signed for a department that is no more
does so for nobody, until an administrator gives them a role of the successor; they are named, so that it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.moving import change_owner, close_moves
from kb.errors import Conflict, Invalid, InvalidTransition
from kb.models import Article, Department, RoleGrant, User
from kb.people.department_editing import CODE, check_names, held_department
from kb.people.permissions import Action, require, require_person
from kb.record.journal import STAFF, record
from kb.text import clean_label


@dataclass(frozen=True, slots=True)
class Reorganised:
    """The articles that changed hands, and who holds roles of the department that is no more."""

    code: str
    successor: str | None
    articles: tuple[str, ...]
    people: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"code": self.code, "successor": self.successor, "articles": list(self.articles),
                "people": list(self.people)}


def merge(session: Session, actor: Actor, code: str, *, into: str, now: datetime, origin: str) -> Reorganised:
    """Give everything of a department to another one, and dissolve it."""
    return _end(session, actor, code, into, "merge_department", field="into", now=now, origin=origin)


def dissolve(session: Session, actor: Actor, code: str, *, successor: str | None, now: datetime, origin: str
             ) -> Reorganised:
    """End a department; its successor owns its articles from now on, and is needed where there are any."""
    return _end(session, actor, code, successor, "dissolve_department", now=now, origin=origin)


def split(session: Session, actor: Actor, code: str, *, into: str, articles: Sequence[str], now: datetime, origin: str,
          name_zh: str = "", name_en: str = "") -> Reorganised:
    """Give the named articles of a department to another one, which is made where names are given for it."""
    _check_actor(actor)
    slugs = list(dict.fromkeys(articles))
    _articles(session, code, slugs)
    _lock(session, code, into)
    if _standing(session, code).code == into:
        raise Invalid("into", "{into} is the department that is to be split", into=into, fields={"into": "the same"})
    if name_zh or name_en:
        _make(session, actor, into, name_zh, name_en, now=now, origin=origin)
    _standing(session, into)
    found = _articles(session, code, slugs)
    missing = sorted(set(slugs) - {a.slug for a in found})
    if missing or not found:
        raise Invalid("articles", "{code} has no article {missing}", code=code, missing=missing[:5],
                      fields={"articles": "unknown"})
    _give(session, actor, found, into, now=now, origin=origin)
    record(session, actor, "split_department", f"department:{code}", now=now, origin=origin,
           after={"into": into, "articles": len(found)})
    return Reorganised(code, into, tuple(a.slug for a in found))


def _end(session: Session, actor: Actor, code: str, successor: str | None, action: str, *, now: datetime, origin: str,
         field: str = "successor") -> Reorganised:
    _check_actor(actor)
    _articles(session, code)  # held before the departments, as every other act does it
    _lock(session, code, *([successor] if successor else []))
    department = _standing(session, code)
    if successor is not None and _standing(session, successor).code == code:
        raise Invalid("successor", "{code} cannot follow itself", code=code, fields={field: "the same"})
    found = _articles(session, code)  # with those that were begun meanwhile
    if found and successor is None:
        raise Invalid("successor", "{code} has {count} articles: name the department that has them from now on",
                      code=code, count=len(found), fields={"successor": "required"})
    if successor is not None:
        _give(session, actor, found, successor, now=now, origin=origin)
    close_moves(session, code, now)
    department.dissolved_at, department.successor = now, successor
    session.flush()
    people = tuple(session.scalars(select(User.login).join(RoleGrant, RoleGrant.user_id == User.id)
                                   .where(RoleGrant.department == code).distinct().order_by(User.login)))
    record(session, actor, action, f"department:{code}", now=now, origin=origin,
           after={"dissolved_at": str(now), "successor": successor, "articles": len(found),
                  "people": list(people)}, change=STAFF)
    return Reorganised(code, successor, tuple(a.slug for a in found), people)


def _articles(session: Session, code: str, slugs: Sequence[str] | None = None) -> list[Article]:
    """The department's articles, or those of these slugs, held against other writers until the commit."""
    query = select(Article).where(Article.owner == code).order_by(Article.slug)
    if slugs is not None:
        query = query.where(Article.slug.in_(slugs))
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def _give(session: Session, actor: Actor, articles: Sequence[Article], to: str, *, now: datetime, origin: str) -> None:
    for article in articles:
        change_owner(session, actor, article, to, now=now, origin=origin)


def _make(session: Session, actor: Actor, code: str, name_zh: str, name_en: str, *, now: datetime, origin: str) -> None:
    if not CODE.fullmatch(code):
        raise Invalid("departments", "code {code!r}: use lower-case letters, digits and hyphens", code=code[:40],
                      fields={"into": "not a code"})
    if session.get(Department, code) is not None:
        raise Conflict("department_taken", "department {code} is there already; leave the names out", code=code,
                       fields={"into": "taken"})
    names = {"name_zh": clean_label(name_zh), "name_en": clean_label(name_en)}
    check_names(session, code, names)
    session.add(Department(code=code, **names))
    session.flush()
    record(session, actor, "edit_department", f"department:{code}", now=now, origin=origin,
           after={"code": code, **names})


def _check_actor(actor: Actor) -> None:
    require_person(actor, "changes departments")
    require(actor, Action.EDIT_DEPARTMENTS)


def _lock(session: Session, *codes: str) -> None:
    """Both departments in one order, so that two acts do not wait for one another."""
    session.execute(select(Department.code).where(Department.code.in_(codes)).order_by(Department.code)
                    .with_for_update())


def _standing(session: Session, code: str) -> Department:
    department = held_department(session, code)
    if department.dissolved_at is not None:
        if department.successor:
            raise InvalidTransition("dissolved", "department {code} is dissolved; {successor} followed it", code=code,
                                    successor=department.successor)
        raise InvalidTransition("dissolved", "department {code} is dissolved", code=code)
    return department
