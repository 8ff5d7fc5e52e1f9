"""The audit log: append-only, gapless, hash-chained; ``verify`` finds any edit, removal or reordering.

Each entry's hash covers the previous hash and the entry's own canonical JSON, so changing, dropping or moving one
breaks every later link. Who cuts the tail off, empties the log or hashes all of it anew leaves a chain that holds: that
is found by a :class:`Head` that was kept elsewhere. What the entries speak of: ``kb.content.verification``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Label, Row, func, select, type_coerce
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from kb.actor import Actor
from kb.dialects import serialise_writers
from kb.errors import Invalid, Unavailable
from kb.messages.message import Message
from kb.models import AuditEntry
from kb.record import digests
from kb.record.outbox import JOURNAL

GENESIS = "0" * 64
_EARLIEST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
_PAGE = 1000  # entries read at once
_SET_BACK = timedelta(hours=1)  # an act that takes long is dated from its beginning, and written after later ones
_HEAD = re.compile(r"(\d{1,18}):([0-9a-fA-F]{64})")

Show = Callable[[int, int], None]  # called with how many are done, of how many
See = Callable[[int, str, digests.Told], None]  # called with an entry's number, actor and the rows that it tells of


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries there are, and the hash of the last: kept elsewhere, it proves what the log was then."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """A head as it was printed, ``N:HASH``; raises Invalid for anything else."""
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise Invalid("head", "head {text!r}: write it as it was printed, NUMBER:HASH with 64 digits of hash",
                          text=text[:80])
        return cls(int(found[1]), found[2].lower())


@dataclass(frozen=True, slots=True)
class SetBack:
    """An entry dated long before one in front of it: the machine's clock was set back, or was ahead before."""

    number: int
    at: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a check: ``broken_at`` is the first bad entry's number, None when the chain holds."""

    entries: int
    head: str
    broken_at: int | None
    reason: Message | None = None
    set_back: SetBack | None = None  # the first, behind those that were looked at


class _DamagedError(ValueError):
    """A stored entry holds what no release writes."""


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the previous hash and the entry's canonical JSON (sorted keys, no spaces, UTF-8)."""
    return _hash(entry.previous_hash, {
        "id": entry.id, "at": entry.at.isoformat(), "actor": entry.actor, "action": entry.action,
        "subject": entry.subject, "origin": entry.origin, "before": entry.before, "after": entry.after,
        "rows": entry.rows})


def _hash(previous: str, fields: dict[str, Any]) -> str:
    if fields["rows"] is None:  # written by a release that did not tell of rows yet
        fields = {name: value for name, value in fields.items() if name != "rows"}
    body = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def append(session: Session, actor: Actor, action: str, subject: str, *, now: datetime, origin: str,
           before: dict[str, Any] | None = None, after: dict[str, Any] | None = None,
           rows: digests.Told | None = None) -> AuditEntry:
    """Add one act to the chain, in the caller's transaction. ``subject`` is ``kind:id``, ``now`` any aware instant.

    Everything is hashed in the form in which it is read again: the instant in UTC, the values as JSON gives them back.
    The entry tells the digests of ``rows``, or of what was written in this transaction since its last entry.
    """
    at, was, became = _utc(now), _plain(before), _plain(after)
    session.flush()
    serialise_writers(session, JOURNAL)  # two writers may not continue the chain from the same entry
    last = session.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    number, previous = last if last else (0, GENESIS)
    if rows is None:
        rows = digests.take_changed(session)
        if not last:  # what was there before the log began is what it begins with
            rows = dict(digests.all_rows(session))
    entry = AuditEntry(id=number + 1, at=at, actor=actor.name, action=action, subject=subject, origin=origin,
                       before=was, after=became, rows=rows, previous_hash=previous)
    entry.hash = entry_hash(entry)
    session.add(entry)
    session.flush()
    return entry


def _utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("an audit entry needs an instant with a time zone, as kb.clock.utc_now() gives; this one has "
                         "none")
    return now.astimezone(UTC)


def _plain(values: dict[str, Any] | None) -> Any:
    """The values as they come back from the database: text as keys, lists for tuples; what is no JSON is refused."""
    return None if values is None else json.loads(json.dumps(values, allow_nan=False))


def head(session: Session) -> Head:
    """The log's present head."""
    last = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).first()
    return Head(*last) if last else Head(0, GENESIS)


def verify(session: Session, heads: Sequence[Head] = (), *, seen: int = 0, show: Show = lambda _done, _of: None,
           see: See = lambda _number, _actor, _rows: None) -> Verdict:
    """Walk the whole chain, and see that it goes through the saved heads; stops at the first entry that does not fit.

    No entry is so damaged that it ends the walk: it is named like any other. A clock that was set back is told of
    behind the first ``seen`` entries, which somebody looked at.
    """
    saved: dict[int, str] = {}
    latest, set_back = _EARLIEST, None
    for kept in sorted(heads, key=lambda h: h.number):
        if saved.setdefault(kept.number, kept.hash) != kept.hash:
            raise Invalid("head", "two saved heads name entry {number} with different hashes: check each alone",
                          number=kept.number)
    total = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    previous, expected = GENESIS, 1
    if saved.pop(0, GENESIS) != GENESIS:
        return Verdict(0, GENESIS, 1, Message("the saved head 0 is none that an empty log has"))
    for number, row in _rows(session):
        reason = _fault(number, row, previous, expected, saved.get(number))
        if reason:
            return Verdict(expected - 1, previous, number, reason)
        assert row is not None
        if row.rows is not None:
            see(number, row.actor, _json(row.rows))
        previous, expected, at = row.hash, expected + 1, _instant(row.at)
        if number > seen and set_back is None and at < latest - _SET_BACK:
            set_back = SetBack(number, at, latest)
        latest = max(latest, at)
        if not number % _PAGE:
            show(number, total)
    cut = next((number for number in saved if number >= expected), None)
    if cut is not None:
        told = (Message("is missing: the saved head tells of {cut} entries, the end of the log was cut off, or it was "
                        "emptied", cut=cut) if expected == 1 else
                Message("is missing: the saved head tells of {cut} entries, the end of the log was cut off", cut=cut))
        return Verdict(expected - 1, previous, expected, told)
    return Verdict(expected - 1, previous, None, set_back=set_back)


def _fault(number: int, row: Row[Any] | None, previous: str, expected: int, saved: str | None) -> Message | None:
    """What is wrong with an entry, or nothing; ``saved`` is its hash in a head that was kept."""
    if number != expected:
        return Message("stands where entry {expected} should: that one is missing or was moved", expected=expected)
    if row is None:
        return Message("is damaged: it cannot be read")
    if row.previous_hash != previous:
        return Message("does not follow the entry before it")
    try:
        is_whole = row.hash == _hash(previous, {
            "id": number, "at": _instant(row.at).isoformat(), "actor": row.actor, "action": row.action,
            "subject": row.subject, "origin": row.origin, "before": _json(row.before), "after": _json(row.after),
            "rows": _json(row.rows)})
    except (ValueError, TypeError, RecursionError) as error:
        told = error.args[0] if isinstance(error, _DamagedError) else Message("it holds what cannot be read")
        return Message("is damaged: {told}", told=told)
    if not is_whole:
        return Message("was changed after it was written")
    if saved is not None and saved != row.hash:
        return Message("is not the one of the saved head: the log was written anew, up to here at least")
    return None


_RAW: list[Label[Any]] = [type_coerce(column, NullType()).label(column.key) for column in (
    AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.origin, AuditEntry.before,
    AuditEntry.after, AuditEntry.rows, AuditEntry.previous_hash, AuditEntry.hash)]


def _rows(session: Session) -> Iterator[tuple[int, Row[Any] | None]]:
    """Every entry's number with its columns as the driver gives them; None where it cannot even give them.

    By pages, not from one open cursor, so that a page with an unreadable entry can be read again one by one.
    """
    numbers = list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id).limit(_PAGE)))
    while numbers:
        query = select(AuditEntry.id, *_RAW).where(AuditEntry.id.between(numbers[0], numbers[-1]))
        try:
            yield from ((row.id, row) for row in session.execute(query.order_by(AuditEntry.id)).all())
        except DatabaseError as error:
            _check_undecodable(error)
            for number in numbers:
                yield number, _one(session, number)
        numbers = list(session.scalars(
            select(AuditEntry.id).where(AuditEntry.id > numbers[-1]).order_by(AuditEntry.id).limit(_PAGE)))


def _one(session: Session, number: int) -> Row[Any] | None:
    try:
        return session.execute(select(AuditEntry.id, *_RAW).where(AuditEntry.id == number)).one()
    except DatabaseError as error:
        _check_undecodable(error)
        return None


def _check_undecodable(error: DatabaseError) -> None:
    """Let pass only that a text is no UTF-8; a disk or a file that fails is another matter, and is told as such."""
    if "decode" not in str(error.orig).lower():
        raise error


def _instant(value: Any) -> datetime:
    """A stored instant: the driver's own type, or SQLite's text."""
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError as error:
            raise _DamagedError(Message("its time is none")) from error
        value = read if read.isoformat(" ", "microseconds") == value else None  # in no other notation than was written
    if not isinstance(value, datetime):
        raise _DamagedError(Message("its time is none"))
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _json(value: Any) -> Any:
    """A stored JSON value: what the driver has read already, or SQLite's text."""
    if isinstance(value, bytes):
        raise _DamagedError(Message("its values are none"))
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise _DamagedError(Message("its values are no JSON")) from error


def tail(session: Session, limit: int = 20) -> list[AuditEntry]:
    """The newest entries, newest first; raises Unavailable where one of them is damaged."""
    try:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)))
    except (ValueError, TypeError, RecursionError) as error:
        raise Unavailable("damaged_entry", "an entry of the audit log is damaged; run `kb audit verify`, which names it"
                          ) from error
