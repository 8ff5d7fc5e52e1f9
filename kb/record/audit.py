"""The audit log: append-only, gapless, hash-chained; ``verify`` finds any edit, removal or reordering.

Each entry's hash covers the previous hash and the entry's own canonical JSON, so changing, dropping or moving one
breaks every later link. Dropping the tail is found by comparing with the anchor that backups and operators keep.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import serialise_writers
from kb.models import AuditEntry

GENESIS = "0" * 64
_LOCK = 0x6B62_6175  # any constant; two writers may not continue the chain from the same entry


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a check: ``broken_at`` is the first bad entry's id, None when the chain holds."""

    entries: int
    head: str
    broken_at: int | None
    reason: str = ""


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the previous hash and the entry's canonical JSON (sorted keys, no spaces, UTF-8)."""
    body = json.dumps(
        {"id": entry.id, "at": entry.at.isoformat(), "actor": entry.actor, "action": entry.action,
         "subject": entry.subject, "origin": entry.origin, "before": entry.before, "after": entry.after},
        sort_keys=True, separators=(",", ":"), ensure_ascii=False,
    )
    return hashlib.sha256(f"{entry.previous_hash}\n{body}".encode()).hexdigest()


def append(session: Session, actor: Actor, action: str, subject: str, *, now: datetime, origin: str,
           before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> AuditEntry:
    """Add one act to the chain, in the caller's transaction. ``subject`` is ``kind:id``."""
    serialise_writers(session, _LOCK)
    last = session.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    number, previous = last if last else (0, GENESIS)
    entry = AuditEntry(id=number + 1, at=now, actor=actor.name, action=action, subject=subject, origin=origin,
                       before=before, after=after, previous_hash=previous)
    entry.hash = entry_hash(entry)
    session.add(entry)
    session.flush()
    return entry


def verify(session: Session) -> Verdict:
    """Walk the whole chain; stops at the first entry that does not fit."""
    previous, expected = GENESIS, 1
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)):
        if entry.id != expected:
            return Verdict(expected - 1, previous, entry.id, f"entry {expected} is missing")
        if entry.previous_hash != previous:
            return Verdict(expected - 1, previous, entry.id, "does not follow the entry before it")
        if entry.hash != entry_hash(entry):
            return Verdict(expected - 1, previous, entry.id, "was changed after it was written")
        previous, expected = entry.hash, expected + 1
    return Verdict(expected - 1, previous, None)


def tail(session: Session, limit: int = 20) -> list[AuditEntry]:
    """The newest entries, newest first."""
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)))
