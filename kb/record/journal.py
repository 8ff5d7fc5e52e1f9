"""What was done, told in one call: the entry of the audit log, and the event that engines hear of where readers see a
change.

A service calls it last, with the rows that it changed already locked, the article first: both parts are written under
one lock of their own, so that no two acts wait for each other crosswise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import CITIZEN, OPERATOR, SYSTEM, Actor
from kb.clock import utc_now
from kb.dialects import serialise_writers
from kb.errors import Denied
from kb.models import AuditEntry, User
from kb.record import audit, digests, outbox

BEGUN = "rows:all"  # the subject of the entries that tell of what was there before entries told of rows
NO_PERSONS = frozenset({CITIZEN.name, SYSTEM.name, OPERATOR.name})  # who acts without an account, by name
_ROWS = 1_000  # told of by one entry
KNOWN = "known_actors"  # in a session's info: those whose account was looked at in this transaction


@dataclass(frozen=True, slots=True)
class Change:
    """That an article reads otherwise now; ``kind`` says how: published, hidden, moved …"""

    article_id: str
    kind: str
    topic: outbox.Topic = outbox.Topic.ARTICLE


STAFF = Change("", "staff", outbox.Topic.STAFF)  # that people may do otherwise now, or departments are others


def record(session: Session, actor: Actor, action: str, subject: str, *, now: datetime, origin: str,
           before: dict[str, Any] | None = None, after: dict[str, Any] | None = None,
           change: Change | None = None) -> int | None:
    """Tell of one act; ``subject`` is ``kind:id``. The number of the change's event, where there is one.

    Raises Denied, before anything is told, for somebody who has no open account: whatever rights an actor was made
    with, nothing is done in the name of a person who is not there. As long as nobody has an account, whoever runs the
    shell and the clock alone act.
    """
    if subject != f"user:{actor.name}":  # one's own end, too, is an act of one's own
        _check_account(session, actor)
    audit.append(session, actor, action, subject, now=now, origin=origin, before=before, after=after)
    return outbox.append(session, change.article_id, change.kind, now=now, topic=change.topic) if change else None


def _check_account(session: Session, actor: Actor) -> None:
    known: set[tuple[str | None, str]] = session.info.setdefault(KNOWN, set())
    if (actor.user_id, actor.name) in known:
        return
    if actor.user_id is None:
        is_open = actor.name in NO_PERSONS
    else:
        is_open = session.scalar(select(User.id).where(
            User.id == actor.user_id, User.login == actor.name, User.disabled_at.is_(None))) is not None
    if not is_open:
        raise Denied("no_account", "{name} has no account that is open here; sign in again", name=actor.name)
    known.add((actor.user_id, actor.name))


def begin_rows(session: Session, *, now: datetime) -> int:
    """Tell of all rows, once, in a log whose older entries tell of none; how many. Later ones tell what they change.

    Called after an upgrade, before anybody works: what stands in the database then is what is compared from then on.
    """
    serialise_writers(session, outbox.JOURNAL)  # what others write from now on, they tell of afterwards
    first = session.execute(select(AuditEntry.rows).where(AuditEntry.id == 1)).first()
    is_begun = session.scalar(select(AuditEntry.id).where(AuditEntry.subject == BEGUN).limit(1))
    if first is None or first.rows is not None or is_begun is not None:
        return 0
    return _tell(session, digests.all_rows(session), "begin_rows", BEGUN, now=now, origin="upgrade")


def _tell_left_over(session: Session) -> None:
    """Rows that were written after the act that they belong to was told, or without one: what retention removes."""
    rows = digests.take_changed(session)
    if audit.head(session).number == 0:
        return  # the first entry will tell of all that is there
    if rows:
        _tell(session, rows.items(), "note_rows", "rows:other", now=utc_now(), origin="database")


def _tell(session: Session, rows: Iterable[tuple[str, str | None]], action: str, subject: str, *, now: datetime,
          origin: str) -> int:
    """Entries that tell of these rows and of no act, one at least; of how many. As they come: there may be millions."""
    coming, count = iter(rows), 0
    part = dict(islice(coming, _ROWS))
    while True:
        audit.append(session, SYSTEM, action, subject, now=now, origin=origin, rows=part)
        count += len(part)
        part = dict(islice(coming, _ROWS))
        if not part:
            return count


digests.watch(_tell_left_over)
