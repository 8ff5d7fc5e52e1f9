"""The way of a revision from draft to approved text: who may sign, and what a signature covers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Denied, Invalid, InvalidTransition
from kb.models import Approval, CoOwner, Revision, State
from kb.people.permissions import Action, require
from kb.record import audit


def approve(session: Session, actor: Actor, revision: Revision, *, now: datetime, origin: str,
            signed: Mapping[str, datetime] | None = None) -> None:
    """Sign a draft for its owner and for every co-owner, which makes it approved.

    Nobody approves their own text. Who may import history may state who signed it and when, as login -> instant.
    """
    departments = session.scalars(select(CoOwner.department).where(CoOwner.revision_id == revision.id))
    for department in (revision.owner, *departments):
        require(actor, Action.APPROVE, department=department)
    if signed is None:
        signed = {actor.name: now}
    else:
        require(actor, Action.IMPORT_HISTORY)
    if revision.state != State.DRAFT:
        raise InvalidTransition("not_draft", f"revision {revision.number} is {revision.state}, not a draft")
    if revision.author in signed:
        raise Denied("own_text", f"{revision.author} may not approve their own text", fields={"author": "own text"})
    if max(signed.values(), default=now) > now:
        raise Invalid("approved_at", "an approval lies in the future", fields={"approvers": "future"})
    session.add_all(Approval(revision_id=revision.id, approver=login, sha256=revision.sha256, approved_at=at)
                    for login, at in signed.items())
    revision.state = State.APPROVED
    session.flush()
    audit.append(session, actor, "approve", f"revision:{revision.id}", now=now, origin=origin,
                 after={"number": revision.number, "sha256": revision.sha256, "approvers": list(signed)})
