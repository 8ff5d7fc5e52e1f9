"""The phone ledger: which numbers the hotline gives out, whose they are, and from when to when.

A number has one row for ever. It is retired by a last day, not removed: a text that still states it is found by that.
What is entered takes effect for texts by :mod:`kb.upkeep.registering`, which looks at them at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Conflict, Invalid, NotFound
from kb.models import Department, LedgerPhone
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.registers import fields
from kb.registers.history import changed_fields
from kb.registers.keys import phone_key
from kb.text import clean_label

PAGE = 50  # rows of a page
_LONGEST_WORDS = 100


class Standing(StrEnum):
    """Whether a number is listed on a day: not any more, now, or not yet."""

    RETIRED = "retired"
    LISTED = "listed"
    TO_COME = "to_come"


@dataclass(frozen=True, slots=True)
class PhoneText:
    """What a row says; ``number`` in any usual way of writing it."""

    number: str
    name_zh: str
    name_en: str = ""
    department: str | None = None
    hours: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"number": self.number, "name_zh": self.name_zh, "name_en": self.name_en,
                "department": self.department, "hours": self.hours, "valid_from": _iso(self.valid_from),
                "valid_to": _iso(self.valid_to), "replaced_by": self.replaced_by, "note": self.note}


@dataclass(frozen=True, slots=True)
class PhoneView:
    """A row as it is read, with how it stands on the day that was asked for."""

    id: str
    version: int
    text: PhoneText
    standing: Standing
    former_department: str | None
    moved_on: date | None
    updated_at: datetime
    updated_by: str

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"id": self.id, "version": self.version, **self.text.as_dict(), "standing": self.standing.value,
                "updated_at": self.updated_at.isoformat(), "updated_by": self.updated_by}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What entering a row did: ``created``, ``changed``, or neither where the ledger says it already."""

    row: PhoneView
    created: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class PhonePage:
    """A page of the ledger; ``total`` counts all that were found."""

    rows: tuple[PhoneView, ...]
    number: int
    pages: int
    total: int


def find_phones(session: Session, viewer: Actor, words: str = "", *, department: str = "",
                standing: Standing | None = None, page: int = 1, now: datetime) -> PhonePage:
    """The numbers with each of the words in number, name or note, by number; a page that is not there is the last."""
    found = _found(session, viewer, words, department, standing, now)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    at = min(max(1, page), pages)
    rows = session.scalars(found.order_by(LedgerPhone.number).limit(PAGE).offset((at - 1) * PAGE))
    day = fields.today(session, now)
    return PhonePage(tuple(_view(row, day) for row in rows), at, pages, total)


def phones_after(session: Session, viewer: Actor, words: str = "", *, department: str = "",
                 standing: Standing | None = None, after: str = "", limit: int, now: datetime) -> list[PhoneView]:
    """The first so many of them whose number comes after this one."""
    found = _found(session, viewer, words, department, standing, now).where(LedgerPhone.number > after)
    day = fields.today(session, now)
    return [_view(row, day) for row in session.scalars(found.order_by(LedgerPhone.number).limit(limit))]


def get_phone(session: Session, viewer: Actor, phone_id: str, *, now: datetime) -> PhoneView:
    """One row by its id; raises NotFound."""
    require(viewer, Action.READ_HISTORY)
    row = session.get(LedgerPhone, phone_id)
    if row is None:
        raise NotFound("no_phone", "the ledger has no such entry")
    return _view(row, fields.today(session, now))


def phone_by_number(session: Session, viewer: Actor, number: str, *, now: datetime) -> PhoneView:
    """One row by its number, however that is written; raises NotFound."""
    require(viewer, Action.READ_HISTORY)
    row = session.scalar(select(LedgerPhone).where(LedgerPhone.number == (phone_key(number) or "-")))
    if row is None:
        raise NotFound("no_phone", "the ledger has no such entry")
    return _view(row, fields.today(session, now))


def put_phone(session: Session, actor: Actor, text: PhoneText, *, seen: int | None = None, now: datetime,
              origin: str) -> Outcome:
    """Enter a number, or say otherwise of one that is listed; what it says already changes nothing.

    ``seen`` is the version that the change rests on (0: that there was none); without one whatever stands is replaced,
    as an import does.
    """
    require(actor, Action.EDIT_REGISTERS)
    given = checked(session, text)
    row = _held(session, LedgerPhone.number == given.number)
    if seen is not None and (row.version if row else 0) != seen:
        raise Conflict("phone_changed" if seen else "phone_listed", "the number is in the ledger already, or was "
                       "changed meanwhile; look at it again")
    if row is None:
        row = LedgerPhone(id=str(uuid4()), version=0, number=given.number)
        session.add(row)
        before: dict[str, Any] = {}
    else:
        before = text_of(row).as_dict()
    _, after = changed_fields(before, given.as_dict())
    created = not before
    if not after:
        return Outcome(_view(row, fields.today(session, now)))
    _write(session, actor, row, given, before, "add_phone" if created else "edit_phone", now=now, origin=origin)
    return Outcome(_view(row, fields.today(session, now)), created, not created)


def retire_phone(session: Session, actor: Actor, phone_id: str, *, on: date, replaced_by: str = "", note: str = "",
                 seen: int, now: datetime, origin: str) -> PhoneView:
    """List a number no longer from a day on, with the one to call instead where there is one."""
    require(actor, Action.EDIT_REGISTERS)
    row = _held(session, LedgerPhone.id == phone_id)
    if row is None:
        raise NotFound("no_phone", "the ledger has no such entry")
    if row.version != seen:
        raise Conflict("phone_changed", "the entry is at version {version}, you saw {seen}; look at it again",
                       version=row.version, seen=seen)
    old = text_of(row)
    given = checked(session, replace(old, valid_to=on, replaced_by=replaced_by, note=note or old.note))
    _write(session, actor, row, given, old.as_dict(), "retire_phone", now=now, origin=origin)
    return _view(row, fields.today(session, now))


def checked(session: Session, text: PhoneText, *, departments: Collection[str] | None = None) -> PhoneText:
    """The row in its one form; raises Invalid naming the field."""
    number = phone_key(text.number)
    if not number:
        raise Invalid("phone_number", "number: {value!r} is not a telephone number", value=text.number[:40],
                      fields={"number": "not a telephone number"})
    instead = phone_key(text.replaced_by)
    if text.replaced_by.strip() and not instead:
        raise Invalid("phone_number", "replaced_by: {value!r} is not a telephone number", value=text.replaced_by[:40],
                      fields={"replaced_by": "not a telephone number"})
    if instead == number:
        raise Invalid("phone_itself", "a number is not replaced by itself", fields={"replaced_by": "the same number"})
    department = (text.department or "").strip() or None
    known = department is None or (department in departments if departments is not None
                                   else session.get(Department, department) is not None)
    if not known:
        raise Invalid("unknown_department", "unknown department {department!r}", department=(department or "")[:64],
                      fields={"department": "unknown"})
    fields.check_days(text.valid_from, text.valid_to, "valid_to")
    return PhoneText(
        number, fields.label(text.name_zh, "name_zh", longest=200, is_required=True),
        fields.label(text.name_en, "name_en", longest=200), department,
        fields.label(text.hours, "hours", longest=200), text.valid_from, text.valid_to, instead,
        fields.label(text.note, "note", longest=500))


def standing_of(valid_from: date | None, valid_to: date | None, day: date) -> Standing:
    """Whether a number is listed on a day; :func:`standing_sql` is its SQL twin, a test holds them equal."""
    if valid_to is not None and valid_to <= day:
        return Standing.RETIRED
    return Standing.TO_COME if valid_from is not None and valid_from > day else Standing.LISTED


def standing_sql(standing: Standing, day: date) -> ColumnElement[bool]:
    """:func:`standing_of` as a condition on rows."""
    is_over = and_(LedgerPhone.valid_to.is_not(None), LedgerPhone.valid_to <= day)
    is_early = and_(LedgerPhone.valid_from.is_not(None), LedgerPhone.valid_from > day)
    if standing is Standing.RETIRED:
        return is_over
    return and_(~is_over, is_early if standing is Standing.TO_COME else ~is_early)


def _found(session: Session, viewer: Actor, words: str, department: str, standing: Standing | None, now: datetime,
           ) -> Select[LedgerPhone]:
    require(viewer, Action.READ_HISTORY)
    found = select(LedgerPhone).where(standing_sql(standing, fields.today(session, now)) if standing else true())
    if department:
        found = found.where(LedgerPhone.department == department)
    text = clean_label(words)[:_LONGEST_WORDS]
    whole = phone_key(text)
    for word in [whole] if whole else text.split():
        digits = phone_key(word) or word
        found = found.where(or_(LedgerPhone.number.contains(digits, autoescape=True), *(
            column.icontains(word, autoescape=True)
            for column in (LedgerPhone.name_zh, LedgerPhone.name_en, LedgerPhone.note))))
    return found


def _held(session: Session, which: ColumnElement[bool]) -> LedgerPhone | None:
    return session.scalar(select(LedgerPhone).where(which).with_for_update()
                          .execution_options(populate_existing=True))


def _write(session: Session, actor: Actor, row: LedgerPhone, text: PhoneText, before: dict[str, Any], action: str, *,
           now: datetime, origin: str) -> None:
    """Write the row and tell of it."""
    if before and row.department is not None and row.department != text.department:
        row.former_department, row.moved_on = row.department, fields.today(session, now)
    for name in ("name_zh", "name_en", "department", "hours", "valid_from", "valid_to", "replaced_by", "note"):
        setattr(row, name, getattr(text, name))
    row.version, row.updated_at, row.updated_by = row.version + 1, now, actor.name
    session.flush()
    was, became = changed_fields(before, text.as_dict())
    record(session, actor, action, f"phone:{row.id}", now=now, origin=origin, before=was or None, after=became)


def text_of(row: LedgerPhone) -> PhoneText:
    """What the row says."""
    return PhoneText(row.number, row.name_zh, row.name_en, row.department, row.hours, row.valid_from, row.valid_to,
                     row.replaced_by, row.note)


def _view(row: LedgerPhone, day: date) -> PhoneView:
    return PhoneView(row.id, row.version, text_of(row), standing_of(row.valid_from, row.valid_to, day),
                     row.former_department, row.moved_on, row.updated_at, row.updated_by)


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None
