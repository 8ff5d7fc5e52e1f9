"""What was done to a row of a register, read from the audit log: nothing else could be trusted more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.models import AuditEntry
from kb.people.permissions import Action, require

MOST = 100  # changes of a row that are shown, the newest first


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that was changed: what stood there, and what took its place."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RowChange:
    """One act: who did what to the row when, from where."""

    at: datetime
    actor: str
    action: str
    origin: str
    changes: tuple[FieldChange, ...]

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"at": self.at.isoformat(), "actor": self.actor, "action": self.action, "origin": self.origin,
                "changes": [{"field": c.field, "before": c.before, "after": c.after} for c in self.changes]}


def changes_of(session: Session, viewer: Actor, subject: str) -> list[RowChange]:
    """What was done to ``kind:id``, the newest first."""
    require(viewer, Action.READ_HISTORY)
    rows = session.scalars(select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id.desc())
                           .limit(MOST))
    return [RowChange(row.at, row.actor, row.action, row.origin, _changes(row.before or {}, row.after or {}))
            for row in rows]


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of two states of a row what differs, before and after."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys(name for name in (*before, *after) if not name.endswith("_id"))  # the names stand beside them
    return tuple(FieldChange(name, before.get(name), after.get(name)) for name in names
                 if (before.get(name) or after.get(name)) and before.get(name) != after.get(name))
