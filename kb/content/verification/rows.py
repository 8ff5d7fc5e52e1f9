"""Every row that authority hangs on against the last entry that tells of it: added, changed or removed, by any column.

What articles and holders of rights are compared with says more of what is wrong; this forgets nothing. An entry tells
a row's digest (``kb.record.digests``); entries of older releases tell none, and what stood in the database when it
was brought to this one is told of by the first that do.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table, func, select, type_coerce
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from kb.content.verification.findings import SHAPES, Finding
from kb.messages.message import Message
from kb.models import Attachment, AttachmentPiece, AuditEntry, User
from kb.record import digests
from kb.record.journal import BEGUN, NO_PERSONS
from kb.record.watched import WATCHED, columns_of

_PAGE = 500  # rows read at once
_KEPT = 16  # bytes of a digest that are held, and 8 of a row's name: a knowledge base has a million rows
_SALT = os.urandom(16)  # so that nobody can make two rows' names fall together


class Told:
    """What the entries tell of each row at last, filled while the chain is walked."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes | None] = {}
        self.since = 0  # the first entry that tells of rows
        self.actors: dict[str, int] = {}  # with the first of these entries that is theirs

    def see(self, number: int, actor: str, rows: Mapping[str, str | None]) -> None:
        """An entry, in the order of the log."""
        self.actors.setdefault(actor, number)
        self.since = self.since or number
        for name, digest in rows.items():
            self._rows[_short(name)] = None if digest is None else _held(digests.whole_of(digest))

    def take(self, name: str) -> bytes | None:
        """What is told of a row, which is then done with; None where it is gone, or nothing is told."""
        return self._rows.pop(_short(name), None)

    def left(self, name: str) -> bool:
        """Whether the row is told to be there and was not taken."""
        return self._rows.get(_short(name)) is not None

    @property
    def is_done(self) -> bool:
        """Whether every row that is told to be there was taken."""
        return not any(self._rows.values())


def _short(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=8, key=_SALT).digest()


def _held(whole: str) -> bytes:
    return hashlib.blake2b(whole.encode(), digest_size=_KEPT, key=_SALT).digest()


def compared_since(session: Session, told: Told) -> int:
    """The entry from which on every row is told of: 1 but in a log that an older release began. 0: none is."""
    if told.since <= 1:
        return told.since
    return session.scalar(select(func.max(AuditEntry.id)).where(AuditEntry.subject == BEGUN)) or 0


def check(session: Session, told: Told, show: Callable[[int], None]) -> Finding | None:
    """The first row that is not as the last entry about it tells, of all watched tables."""
    is_whole, done = compared_since(session, told) > 0, 0
    for table in WATCHED.values():
        for values in _rows(session, table):
            if isinstance(values, Finding):
                return values
            finding = _check_row(session, table, values, told, is_whole)
            if finding is not None:
                return finding
            done += 1
            if not done % _PAGE:
                show(done)
    show(done)
    return _gone(session, told) or _check_files(session)


def _rows(session: Session, table: Table) -> Iterator[Mapping[str, Any] | Finding]:
    """Every row; one that cannot be read is a finding, and the last."""
    try:
        for row in session.execute(digests.every_row(table)):
            yield dict(row._mapping)
    except (*SHAPES, DatabaseError) as error:
        if isinstance(error, DatabaseError) and "decode" not in str(error.orig).lower():
            raise
        yield Finding(Message("row {key} of {table}", key=_unreadable(session, table), table=table.name),
                      Message("holds what cannot be read"))


def _unreadable(session: Session, table: Table) -> str:
    """The key of the first row that cannot be read, as far as it can be."""
    keys = [type_coerce(column, NullType()).label(column.name) for column in table.primary_key]
    try:
        for key in session.execute(select(*keys)).all():
            try:
                session.execute(select(*columns_of(table)).where(
                    *(type_coerce(c, NullType()) == v for c, v in zip(table.primary_key, key, strict=True)))).all()
            except (*SHAPES, DatabaseError):
                return "/".join(str(part)[:80] for part in key)
    except DatabaseError:
        pass
    return "?"


def _check_row(session: Session, table: Table, values: Mapping[str, Any], told: Told, is_whole: bool,
               ) -> Finding | None:
    name = digests.key_of(table, values)
    expected, found = told.take(name), digests.whole(table, values)
    if expected == _held(found) or (expected is None and (not is_whole or digests.is_silent(table, values))):
        return None
    subject = Message("row {key} of {table}", key=name.partition(":")[2], table=table.name)
    last = _last(session, name)
    if last is None:
        return Finding(subject, Message("no entry tells how it came to be"))
    entry, stated = last
    if stated is None:
        return Finding(subject, Message("is there again, though by entry {id} it is gone", id=entry), entry=entry)
    columns = ", ".join(digests.differing(table, values, stated))
    return Finding(subject, Message("is not as entry {id} tells: {columns}", id=entry, columns=columns), entry=entry)


def _last(session: Session, name: str) -> tuple[int, str | None] | None:
    """The last entry that tells of a row: read through from the end, as it is once that something is wrong."""
    return next(((number, rows[name]) for number, rows in _from_the_end(session) if name in rows), None)


def _from_the_end(session: Session) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """The entries that tell of rows, with what they tell, the newest first."""
    for entry in session.execute(select(AuditEntry.id, AuditEntry.rows).where(AuditEntry.rows.is_not(None))
                                 .order_by(AuditEntry.id.desc()).execution_options(yield_per=_PAGE)):
        yield entry.id, entry.rows or {}


def _gone(session: Session, told: Told) -> Finding | None:
    """A row that is told of and not there."""
    if told.is_done:
        return None
    for number, rows in _from_the_end(session):
        for name in rows:
            if told.left(name):
                table, _, key = name.partition(":")
                return Finding(Message("row {key} of {table}", key=key, table=table),
                               Message("is gone, though entry {number} tells of it", number=number), entry=number)
    return None


def check_actors(session: Session, told: Told) -> Finding | None:
    """Everybody who acted has, or had, an account: accounts are shut and never removed. Without one, the shell and the
    clock act (``kb.record.journal``)."""
    known = NO_PERSONS.union(session.scalars(select(User.login)))
    for actor, number in told.actors.items():
        if actor not in known:
            return Finding(Message("entry {number}", number=number),
                           Message("was written in the name of {actor}, who never had an account", actor=actor),
                           entry=number)
    return None


def _check_files(session: Session) -> Finding | None:
    """The bytes of every attached file are those that its hash is of."""
    for sha256, size in session.execute(select(Attachment.sha256, Attachment.bytes)).all():
        made, found = hashlib.sha256(), 0
        for piece in session.scalars(select(AttachmentPiece.content).where(AttachmentPiece.sha256 == sha256)
                                     .order_by(AttachmentPiece.ordinal).execution_options(yield_per=16)):
            made.update(piece)
            found += len(piece)
        if (made.hexdigest(), found) != (sha256, size):
            return Finding(Message("attached file {sha256}", sha256=sha256[:16]),
                           Message("its bytes are not those that its hash is of"))
    return None
