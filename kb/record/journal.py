"""What was done, told in one call: the entry of the audit log, and the event that engines hear of where readers see a
change.

A service calls it last, with the rows that it changed already locked, the article first: both parts are written under
one lock of their own, so that no two acts wait for each other crosswise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.record import audit, outbox


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
    """Tell of one act; ``subject`` is ``kind:id``. The number of the change's event, where there is one."""
    audit.append(session, actor, action, subject, now=now, origin=origin, before=before, after=after)
    return outbox.append(session, change.article_id, change.kind, now=now, topic=change.topic) if change else None
