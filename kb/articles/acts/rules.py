"""What a text's category asks: how often its owner signs, how risky it is, how soon it must be looked at again.

Categories are a list that the knowledge managers keep; a text of another one is not taken. How many signatures is said
for a department, a category, or both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Invalid
from kb.models import Category, Department, SignatureRule
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.text import clean_label

RISKS = ("low", "normal", "high")
_LONGEST_NAME, _LONGEST_REVIEW = 100, 3_650  # characters, days
_NAMED = 40  # categories that an error names


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """A category: its risk, and after how many days a text of it is reviewed (None: as the hotline's setting says)."""

    name: str
    risk: str
    review_days: int | None

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"category": self.name, "risk": self.risk, "review_days": self.review_days}


def owner_signatures(session: Session, department: str, category: str) -> int:
    """How often the owner must sign: the most exact rule counts, a department's before a category's; without any, once.
    """
    rules = {(r.department, r.category): r.owner_signatures for r in session.scalars(select(SignatureRule).where(
        SignatureRule.department.in_(("", department)), SignatureRule.category.in_(("", category))))}
    keys = ((department, category), (department, ""), ("", category), ("", ""))
    return next((rules[key] for key in keys if key in rules), 1)


def set_rule(session: Session, actor: Actor, *, department: str, category: str, owner_signatures: int, now: datetime,
             origin: str) -> None:
    """How often the owner signs; an empty department or category means any. Texts in review wait by the new rule."""
    require(actor, Action.EDIT_RULES)
    if department and session.get(Department, department) is None:
        raise Invalid("unknown_department", "unknown department {department!r}", department=department[:64],
                      fields={"department": "unknown"})
    check_category(session, category)
    if not 1 <= owner_signatures <= 5:
        raise Invalid("owner_signatures", "a text needs 1 to 5 signatures of its owner",
                      fields={"owner_signatures": "out of range"})
    rule = session.get(SignatureRule, (department, category))
    before = {"owner_signatures": rule.owner_signatures} if rule else None
    session.merge(SignatureRule(department=department, category=category, owner_signatures=owner_signatures))
    session.flush()
    record(session, actor, "signature_rule", f"rule:{department or '*'}/{category or '*'}", now=now,
           origin=origin, before=before, after={"owner_signatures": owner_signatures})


def list_rules(session: Session) -> list[tuple[str, str, int]]:
    """Every rule: department, category (empty: any), and how often the owner signs."""
    return [(r.department, r.category, r.owner_signatures) for r in session.scalars(
        select(SignatureRule).order_by(SignatureRule.department, SignatureRule.category))]


def set_category(session: Session, actor: Actor, name: str, *, risk: str, review_days: int | None, now: datetime,
                 origin: str) -> CategoryRule:
    """Add a category to the list, or change it."""
    require(actor, Action.EDIT_RULES)
    if not 1 <= len(name) <= _LONGEST_NAME or clean_label(name) != name:
        raise Invalid("category", "a category's name is one clean line of at most {longest_name} characters",
                      longest_name=_LONGEST_NAME, fields={"category": "not clean"})
    if risk not in RISKS:
        raise Invalid("risk", "risk must be {risks}", risks=RISKS, fields={"risk": "unknown"})
    if review_days is not None and not 1 <= review_days <= _LONGEST_REVIEW:
        raise Invalid("review_days", "review_days: 1 to {longest_review}", longest_review=_LONGEST_REVIEW,
                      fields={"review_days": "out of range"})
    return _put(session, actor, CategoryRule(name, risk, review_days), now=now, origin=origin)


def list_categories(session: Session) -> list[CategoryRule]:
    """The list, by name."""
    return [_view(c) for c in session.scalars(select(Category).order_by(Category.name))]


def review_days_of(session: Session) -> dict[str, int]:
    """The review intervals of the categories that have one of their own."""
    return {c.name: c.review_days for c in list_categories(session) if c.review_days is not None}


def check_category(session: Session, name: str) -> None:
    """Refuse a category that is not in the list; none at all is allowed."""
    if not name or session.get(Category, name) is not None:
        return
    known = list(session.scalars(select(Category.name).order_by(Category.name)))
    if len(known) > _NAMED:
        raise Invalid("unknown_category", "unknown category {name!r}; known: {known} and {more} more: `kb rules "
                      "categories`; `kb rules category` adds one", name=name[:40], known=known[:_NAMED],
                      more=len(known) - _NAMED, fields={"category": "unknown"})
    raise Invalid("unknown_category", "unknown category {name!r}; known: {known}; `kb rules category` adds one",
                  name=name[:40], known=known, fields={"category": "unknown"})


def take_category(session: Session, actor: Actor, name: str, *, now: datetime, origin: str) -> None:
    """Put the category of signed history into the list, where it is new: what was in use stays in use."""
    if name and session.get(Category, name) is None:
        _put(session, actor, CategoryRule(name, "normal", None), now=now, origin=origin)


def _put(session: Session, actor: Actor, rule: CategoryRule, *, now: datetime, origin: str) -> CategoryRule:
    stored = session.get(Category, rule.name)
    before = _view(stored).as_dict() if stored else None
    session.merge(Category(name=rule.name, risk=rule.risk, review_days=rule.review_days))
    session.flush()
    record(session, actor, "category", f"category:{rule.name}", now=now, origin=origin, before=before,
           after=rule.as_dict())
    return rule


def _view(row: Category) -> CategoryRule:
    return CategoryRule(row.name, row.risk, row.review_days)
