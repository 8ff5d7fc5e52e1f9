"""One department: what it is called, who heads it and deputises, how it is reached, which district it is of.

Its code, which stands in every address, never changes. A dissolved one is changed no more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.confusables import skeleton
from kb.db import local_time, settings_of
from kb.errors import Invalid, InvalidTransition, NotFound
from kb.models import Department, User
from kb.people.duty.assigning import reassign
from kb.people.permissions import Action, require, require_person
from kb.record.journal import record
from kb.text import clean_label

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
LONGEST_NAME, LONGEST_PHONE = 200, 64  # characters
MOST_PEOPLE = 20  # deputies, and contacts


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department with its people; ``successor`` has its articles since it was dissolved."""

    code: str
    name_zh: str
    name_en: str
    phone: str
    head: str
    deputies: tuple[str, ...]
    contacts: tuple[dict[str, str], ...]
    district: str
    dissolved_at: datetime | None
    successor: str | None

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"code": self.code, "name_zh": self.name_zh, "name_en": self.name_en, "phone": self.phone,
                "head": self.head, "deputies": list(self.deputies), "contacts": list(self.contacts),
                "district": self.district, "successor": self.successor,
                "dissolved_at": self.dissolved_at.isoformat() if self.dissolved_at else None}


def get_department(session: Session, code: str) -> DepartmentView:
    """A department by its code, as it is read: nothing is held; raises NotFound."""
    return _view(_found(session.get(Department, code) if CODE.fullmatch(code) else None, code))


def list_all(session: Session) -> list[DepartmentView]:
    """Every department by its code, the dissolved ones too."""
    return [_view(d) for d in session.scalars(select(Department).order_by(Department.code))]


def held_department(session: Session, code: str) -> Department:
    """The department, held against other writers until the commit; raises NotFound."""
    found = session.scalar(select(Department).where(Department.code == code).with_for_update()
                           .execution_options(populate_existing=True)) if CODE.fullmatch(code) else None
    return _found(found, code)


def set_department(session: Session, actor: Actor, code: str, *, now: datetime, origin: str, phone: str | None = None,
                   head: str | None = None, deputies: Sequence[str] | None = None,
                   contacts: Sequence[Mapping[str, str]] | None = None, district: str | None = None) -> DepartmentView:
    """Change who heads a department, how it is reached, which district it is of; None leaves what stands."""
    department = _standing(session, actor, code)
    given: dict[str, Any] = {"phone": None if phone is None else clean_label(phone), "head": head,
                             "deputies": None if deputies is None else list(deputies), "district": district,
                             "contacts": None if contacts is None else [checked_contact(c) for c in contacts]}
    changes = {key: value for key, value in given.items() if value is not None}
    if len(changes.get("phone", "")) > LONGEST_PHONE:
        raise Invalid("phone", "a phone has at most {longest_phone} characters", longest_phone=LONGEST_PHONE,
                      fields={"phone": "too long"})
    for field, logins in (("head", [head] if head else []), ("deputies", deputies or [])):
        _check_people(session, field, logins)
    heads = changes.get("head", department.head)
    if heads in changes.get("deputies", department.deputies):
        raise Invalid("deputies", "{heads} heads {code}, and deputises for somebody else", heads=heads, code=code,
                      fields={"deputies": "head"})
    if district and district not in _districts(session):
        raise Invalid("district", "district {district!r} is not one of hotline.districts: {districts}",
                      district=district[:40], districts=_districts(session), fields={"district": "unknown"})
    found = _change(session, actor, department, changes, "edit_department", now=now, origin=origin)
    if changes.keys() & {"head", "deputies"}:
        reassign(session, actor, departments=[code], now=now, origin=origin)
    return found


def rename(session: Session, actor: Actor, code: str, *, name_zh: str, name_en: str, now: datetime, origin: str
           ) -> DepartmentView:
    """Give a department other names; its code, which stands in every address, stays."""
    department = _standing(session, actor, code)
    names = {"name_zh": clean_label(name_zh), "name_en": clean_label(name_en)}
    check_names(session, code, names)
    return _change(session, actor, department, names, "rename_department", now=now, origin=origin)


def check_names(session: Session, code: str, names: Mapping[str, str]) -> None:
    """Refuse names that are missing, too long, or look like another department's; raises Invalid."""
    for field, name in names.items():
        if not 1 <= len(name) <= LONGEST_NAME:
            raise Invalid("departments", "{field}: 1 to {longest_name} characters", field=field,
                          longest_name=LONGEST_NAME, fields={field: "required"})
    taken = {skeleton(name): d.code for d in session.scalars(select(Department)) for name in (d.name_zh, d.name_en)}
    for field, name in names.items():
        twin = taken.get(skeleton(name), code)
        if twin != code:
            raise Invalid("confusable", "the name {name} looks like that of {twin}", name=name, twin=twin,
                          fields={field: "confusable"})


def _found(row: Department | None, code: str) -> Department:
    if row is None:
        raise NotFound("no_department", "no department {code!r}; see `kb department list`", code=code[:64])
    return row


def _standing(session: Session, actor: Actor, code: str) -> Department:
    require_person(actor, "changes departments")
    require(actor, Action.EDIT_DEPARTMENTS)
    department = held_department(session, code)
    if department.dissolved_at is not None:
        raise InvalidTransition("dissolved", "department {code} is dissolved, since {dissolved_at}", code=code,
                                dissolved_at=local_time(session, department.dissolved_at))
    return department


def _change(session: Session, actor: Actor, department: Department, changes: Mapping[str, Any], action: str, *,
            now: datetime, origin: str) -> DepartmentView:
    before = {key: getattr(department, key) for key in changes}
    for key, value in changes.items():
        setattr(department, key, value)
    session.flush()
    if before != dict(changes):
        record(session, actor, action, f"department:{department.code}", now=now, origin=origin, before=before,
               after=dict(changes))
    return _view(department)


def _check_people(session: Session, field: str, logins: Sequence[str]) -> None:
    known = set(session.scalars(select(User.login).where(User.login.in_(logins), User.disabled_at.is_(None))))
    unknown = next((login for login in logins if login not in known), None)
    if unknown is not None:
        raise Invalid(field, "{unknown!r} is nobody who signs in here; see `kb user list`", unknown=unknown[:64],
                      fields={field: "unknown"})
    if len(set(logins)) < len(logins) or len(logins) > MOST_PEOPLE:
        raise Invalid(field, "{field}: each once, at most {most_people}", field=field, most_people=MOST_PEOPLE,
                      fields={field: "twice"})


def checked_contact(given: Mapping[str, str]) -> dict[str, str]:
    """A contact as it is kept; raises Invalid."""
    found = {key: clean_label(str(given.get(key) or "")) for key in ("name", "phone")}
    if not found["phone"] or given.keys() - found.keys() or any(len(v) > LONGEST_PHONE for v in found.values()):
        raise Invalid("contacts", "a contact has a phone and perhaps a name, of at most {longest_phone} characters",
                      longest_phone=LONGEST_PHONE, fields={"contacts": "not clean"})
    return found


def _districts(session: Session) -> list[str]:
    """The Chinese names of the city's districts."""
    listed = settings_of(session).hotline.districts.split("｜")
    return [name for item in listed if (name := item.split("/")[0].strip())]


def _view(row: Department) -> DepartmentView:
    return DepartmentView(row.code, row.name_zh, row.name_en, row.phone, row.head, tuple(row.deputies),
                          tuple(row.contacts), row.district, row.dissolved_at, row.successor)
