"""Departments: the list that an installation begins with and that imports bring along.

A list that comes with somebody's texts changes nothing by itself: what it says otherwise than the database is told, and
only who may operate takes it over. Changing one department stands in ``department_editing``, what moves articles
(merging, splitting, dissolving) in ``kb.articles.acts.reorganising``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.clock import parse_instant
from kb.confusables import skeleton
from kb.errors import Invalid
from kb.markup.front_matter import load_yaml, moment
from kb.messages.message import Message
from kb.models import Article, Department
from kb.people.department_editing import CODE, LONGEST_NAME, LONGEST_PHONE, MOST_PEOPLE, checked_contact
from kb.people.duty.assigning import reassign
from kb.people.permissions import Action, require
from kb.record.journal import STAFF, record
from kb.text import clean_label

LARGEST_FILE = 1_000_000  # bytes
_KEYS = ("code", "name_zh", "name_en", "phone", "head", "deputies", "contacts", "district", "dissolved_at", "successor")


@dataclass(frozen=True, slots=True)
class Difference:
    """A department that a list has otherwise than the database; ``before`` is None where there is none yet."""

    code: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]

    @property
    def message(self) -> Message:
        """What is new, or another, in words."""
        if self.before is None:
            return Message("{code}: new, {name}", code=self.code, name=self.after["name_zh"])
        changes = [Message("{key} {before} -> {after}", key=key, before=_shown(self.before[key]), after=_shown(value))
                   for key, value in self.after.items() if value != self.before[key]]
        return Message("{code}: {changes}", code=self.code, changes=changes)

    def __str__(self) -> str:
        return str(self.message)


def import_file(session: Session, actor: Actor, path: Path, *, now: datetime, origin: str = "import",
                only_new: bool = False) -> list[Difference]:
    """Add or change the departments that a departments.yaml lists, or only add; what was changed. None is ever removed.

    Raises Invalid with the reason for a list that is wrong anywhere.
    """
    require(actor, Action.OPERATE)
    changes = [change for change in differences(session, path) if change.before is None or not only_new]
    for change in changes:  # a successor may stand below the one that it follows
        if change.before is None:
            session.add(Department(**{key: value for key, value in change.after.items() if key != "successor"}))
    session.flush()
    for change in changes:
        _check_dissolved(session, path, change)
        department = session.get_one(Department, change.code)
        for key, value in change.after.items():
            setattr(department, key, value)
        record(session, actor, "edit_department", f"department:{change.code}", now=now, origin=origin,
               before=_plain(change.before), after=_plain(change.after), change=STAFF)
    session.flush()
    reassign(session, actor, departments=[change.code for change in changes], now=now, origin=origin)
    return changes


def differences(session: Session, path: Path) -> list[Difference]:
    """What a departments.yaml would change, and changes nothing; raises Invalid as :func:`import_file` does."""
    stored = {d.code: d for d in session.scalars(select(Department))}
    names = {skeleton(name): d.code for d in stored.values() for name in (d.name_zh, d.name_en)}
    found = []
    for given in _read(path):
        code = given["code"]
        for name in (given["name_zh"], given["name_en"]):
            twin = names.setdefault(skeleton(name), code)
            if twin != code:
                raise _wrong("confusable", path, Message("the name {name} of {code} looks like that of {twin}",
                                                         name=name, code=code, twin=twin))
        department = stored.get(code)
        before = None if department is None else {key: getattr(department, key) for key in given}
        if before != given:
            found.append(Difference(code, before, given))
    _check_successors(path, {d.code: d.successor if d.dissolved_at else None for d in stored.values()}, found)
    return found


def _check_successors(path: Path, stored: Mapping[str, str | None], changes: Sequence[Difference]) -> None:
    """Refuse a list after which a department follows none that there is, or itself in the end.

    ``stored`` are the successors of the departments that are dissolved already, None for the others.
    """
    after = dict(stored)
    for change in changes:
        after[change.code] = change.after.get("successor", stored.get(change.code))
    for change in changes:
        successor = change.after.get("successor")
        if successor is None:
            continue
        if successor not in after:
            raise _wrong("successor", path, Message("{code} is followed by {successor}, which is no department",
                                                    code=change.code, successor=successor))
        if change.after["dissolved_at"] is None:
            raise _wrong("successor", path, Message("{code} has a successor and no dissolved_at: it follows only what "
                                                    "is dissolved", code=change.code))
    for change in changes:
        seen, code = [change.code], after[change.code]
        while code is not None and code not in seen:
            seen.append(code)
            code = after.get(code)
        if code is not None:
            raise _wrong("successor", path, Message("the successors lead in a circle: {seen}",
                                                    seen=" -> ".join([*seen, code])))


def _check_dissolved(session: Session, path: Path, change: Difference) -> None:
    """Refuse a list that dissolves a department which has articles: they would have no owner."""
    if change.after["dissolved_at"] is None or (change.before or {}).get("dissolved_at") is not None:
        return
    if session.scalar(select(Article.id).where(Article.owner == change.code).limit(1)) is not None:
        raise _wrong("dissolved_at", path, Message("department {code} has articles; `kb department dissolve` gives "
                                                   "them to a successor", code=change.code))


def _shown(value: Any) -> str | Message:
    return Message("none") if value in (None, "") else str(value.date() if isinstance(value, datetime) else value)


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {key: str(value) if isinstance(value, datetime) else value
                                        for key, value in values.items()}


def _read(path: Path) -> list[dict[str, Any]]:
    """The listed departments as their columns, checked."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE + 1).decode("utf-8-sig")
    except OSError as error:
        raise _wrong("unreadable", path, Message("cannot be read: {strerror}", strerror=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise _wrong("not_utf8", path, Message("not UTF-8; save the file as UTF-8")) from error
    listed = load_yaml(text, largest=LARGEST_FILE, what=str(path)).get("departments")
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise _wrong("departments", path, Message("departments must be a list of code, name_zh, name_en, phone"))
    found = [_checked(item, path) for item in listed]
    codes = [item["code"] for item in found]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice is not None:
        raise _wrong("departments", path, Message("department {twice} is listed twice", twice=twice))
    return found


def _checked(item: dict[str, Any], path: Path) -> dict[str, Any]:
    unknown = sorted(str(key) for key in item if key not in _KEYS)
    if unknown:
        raise _wrong("departments", path, Message("unknown key {unknown!r} of a department", unknown=unknown[0]))
    code = str(item.get("code"))
    if not CODE.fullmatch(code):
        raise _wrong("departments", path, Message("code {code!r}: use lower-case letters, digits and hyphens",
                                                  code=code[:40]))
    names = {key: clean_label(str(item.get(key) or "")) for key in ("name_zh", "name_en")}
    phone = clean_label(str(item.get("phone") or ""))
    if any(not 1 <= len(name) <= LONGEST_NAME for name in names.values()) or len(phone) > LONGEST_PHONE:
        raise _wrong("departments", path, Message("department {code} needs name_zh and name_en of at most "
                                                  "{longest_name} characters, and a phone of at most {longest_phone}",
                                                  code=code, longest_name=LONGEST_NAME, longest_phone=LONGEST_PHONE))
    dissolved = item.get("dissolved_at")
    stands = {"successor": None} if dissolved is None else {}  # one that is no longer dissolved has none
    return {"code": code, **names, "phone": phone, **stands, **_people(item, path, code),
            "dissolved_at": None if dissolved is None else parse_instant(
                moment(dissolved) if isinstance(dissolved, str) else dissolved, UTC, field="dissolved_at")}


def _people(item: dict[str, Any], path: Path, code: str) -> dict[str, Any]:
    """What a list may say besides, where it does; what it leaves out stays as it is."""
    found: dict[str, Any] = {}
    for key in ("head", "district", "successor"):
        if key in item:
            found[key] = clean_label(str(item[key] or ""))[:LONGEST_PHONE] or (None if key == "successor" else "")
    for key in ("deputies", "contacts"):
        if key in item:
            if not isinstance(item[key], list) or len(item[key]) > MOST_PEOPLE:
                raise _wrong("departments", path, Message("{key} of {code} must be a list of at most {most_people}",
                                                          key=key, code=code, most_people=MOST_PEOPLE))
            found[key] = [checked_contact(v) if key == "contacts" and isinstance(v, dict) else clean_label(str(v))
                          for v in item[key]]
    return found


def _wrong(code: str, path: Path, reason: Message) -> Invalid:
    return Invalid(code, "{path}: {reason}", path=path, reason=reason)
