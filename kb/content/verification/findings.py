"""What a check finds, the entries that a thing is compared with, and how a check goes through a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.dialects import CODE_WITHIN
from kb.messages.message import Message
from kb.models import AuditEntry

RESTORE = Message("stop the server, keep a copy of the data folder, and restore the newest backup in which `kb audit "
                  "verify` finds nothing; see who can write to the database")
PAGE = 200  # things checked at once
_IN = 500  # values of one IN list, below SQLite's limit
SHAPES = (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong: what, why, and what to do; ``entry`` is the audit entry that says otherwise."""

    subject: Message | str
    reason: Message | str
    advice: Message = RESTORE
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An audit entry as far as it is compared."""

    id: int
    at: datetime
    actor: str
    action: str
    after: dict[str, Any]


def entries_of(session: Session, subjects: Sequence[str]) -> dict[str, list[Entry]]:
    """The entries of each of these subjects, oldest first; sign-ins and sign-outs are left out."""
    found: dict[str, list[Entry]] = {}
    for start in range(0, len(subjects), _IN):
        query = select(AuditEntry.id, AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.after,
                       AuditEntry.subject).where(
            AuditEntry.subject.in_(subjects[start:start + _IN]), AuditEntry.action.not_in(("sign_in", "sign_out")))
        for number, at, actor, action, after, subject in session.execute(query.order_by(AuditEntry.id)):
            found.setdefault(subject, []).append(Entry(number, at, actor, action, after or {}))
    return found


def instant(stated: str | None) -> datetime | None:
    """An instant as entries state it."""
    return None if stated is None else datetime.fromisoformat(stated).astimezone(UTC)


def by_pages(session: Session, column: InstrumentedAttribute[str], what: Message, show: Callable[[int], None],
             check: Callable[[Session, list[str]], Finding | None]) -> Finding | None:
    """Check a table's rows a page at a time, in the order of this column; the first finding."""
    done, last = 0, ""
    while True:
        keys = list(session.scalars(select(column).where(column > last).order_by(column).limit(PAGE)))
        finding = _page(session, keys, what, check) if keys else None
        if finding is not None or not keys:
            return finding
        done, last = done + len(keys), keys[-1]
        session.expunge_all()
        show(done)


def _page(session: Session, keys: list[str], what: Message,
          check: Callable[[Session, list[str]], Finding | None]) -> Finding | None:
    """What cannot be read is a finding as well: the page is then gone through one by one, to name it."""
    try:
        return check(session, keys)
    except (*SHAPES, DatabaseError) as error:
        if isinstance(error, DatabaseError) and "decode" not in str(error.orig).lower():
            raise  # the disk or the file fails: another matter, told as such
    if len(keys) == 1:
        return Finding(Message("{what} {key}", what=what, key=keys[0]),
                       Message("one of its rows holds what cannot be read"))
    return next((found for key in keys if (found := _page(session, [key], what, check))), None)


def gone(session: Session, kind: str, column: InstrumentedAttribute[str], *actions: str) -> Finding | None:
    """The first thing of this kind that entries (of these actions, or any) speak of and that is not there."""
    named = func.substr(AuditEntry.subject, len(kind) + 2)  # on this side, so that the column's index is used
    where: list[ColumnElement[bool]] = [AuditEntry.subject.startswith(f"{kind}:", autoescape=True),
                                        ~exists(select(column).where(column == named))]
    if actions:
        where.append(AuditEntry.action.in_(actions))
    number = session.scalar(select(func.min(AuditEntry.id)).where(*where))
    if number is None:
        return None
    subject = session.scalar(select(AuditEntry.subject).where(AuditEntry.id == number)) or ""
    return Finding(subject.replace(":", " ", 1), Message("is gone, though entry {number} tells of it", number=number),
                   entry=number)


def code_within(session: Session) -> Finding | None:
    """A trigger, a rule or a view: the schema has none, and one could change anything at the next write."""
    row = session.execute(text(CODE_WITHIN[session.get_bind().dialect.name])).first()
    if row is None:
        return None
    return Finding(Message("{kind} {name}", kind=row[0], name=row[1]),
                   Message("was put into the database by somebody else: no release makes one"))


def dangling(session: Session) -> Finding | None:
    """The first row that names another which is not there; other databases than SQLite let none come about."""
    if session.get_bind().dialect.name != "sqlite":
        return None
    row = session.execute(text("PRAGMA foreign_key_check")).first()
    if row is None:
        return None
    return Finding(Message("table {table}, row {row}", table=row[0], row=row[1]),
                   Message("names a {other} that is not there", other=row[2]))
