"""The way of a revision: one table of moves, and the one function that makes them.

A move is a conditional update: of two that happen at once the second finds another state, and is told who was first.
Which signatures a move asks for stands in ``signatures``, what becomes live in ``publication``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.owners import owner_of
from kb.db import local_time
from kb.errors import InvalidTransition
from kb.messages.message import Message
from kb.models import AuditEntry, Revision, State
from kb.people.directory import person_called
from kb.people.permissions import Action, require, require_person
from kb.record.journal import record
from kb.text import clean_note


class Move(StrEnum):
    """What can be done with a submitted revision."""

    WITHDRAW = "withdraw"
    REJECT = "reject"
    APPROVE = "approve"  # the last signature that the rule asks for
    PUBLISH = "publish"
    PUBLISH_URGENTLY = "publish_urgently"  # the other signatures follow


MOVES: dict[tuple[State, Move], State] = {
    (State.IN_REVIEW, Move.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Move.REJECT): State.REJECTED,
    (State.IN_REVIEW, Move.APPROVE): State.APPROVED,
    (State.APPROVED, Move.WITHDRAW): State.WITHDRAWN,  # signed, but overtaken by another revision
    (State.APPROVED, Move.PUBLISH): State.PUBLISHED,
    (State.IN_REVIEW, Move.PUBLISH_URGENTLY): State.PUBLISHED,
    (State.APPROVED, Move.PUBLISH_URGENTLY): State.PUBLISHED,  # where a rule asks for more since
}


def check_move(session: Session, revision: Revision, move: Move) -> State:
    """The state that the move leads to; raises InvalidTransition, saying who brought it where it is."""
    target = MOVES.get((State(revision.state), move))
    if target is None:
        raise InvalidTransition(f"not_{move.value}", "{move}: revision {number} is {standing}{last}", move=move,
                                number=revision.number, standing=State(revision.state),
                                last=_last(session, revision), state=revision.state)
    return target


def make_move(session: Session, revision: Revision, move: Move) -> None:
    """Move a revision; who calls has checked everything else and writes the audit entry.

    Raises InvalidTransition where the table knows no such move, or another was first.
    """
    target = check_move(session, revision, move)
    done = session.execute(update(Revision).where(Revision.id == revision.id, Revision.state == revision.state)
                           .values(state=target).execution_options(synchronize_session=False))
    session.refresh(revision, ["state"])
    if done.rowcount != 1:  # type: ignore[attr-defined]
        check_move(session, revision, move)
        raise InvalidTransition("overtaken", "revision {number} was moved by somebody else just now; reload",
                                number=revision.number)


def withdraw(session: Session, actor: Actor, revision: Revision, *, reason: str, now: datetime, origin: str) -> None:
    """Take a submitted text back before it is published: its author, or who writes for the article's department."""
    require_person(actor, "withdraws")
    said = clean_note(reason, field="reason")
    if actor.name != revision.author:
        require(actor, Action.DRAFT, owner_of(session, revision.article_id))
    make_move(session, revision, Move.WITHDRAW)
    record(session, actor, "withdraw", f"revision:{revision.id}", now=now, origin=origin,
           after={"number": revision.number, "sha256": revision.sha256, "reason": said})


def _last(session: Session, revision: Revision) -> Message | str:
    """Who made the last move, and when, where the audit log knows."""
    last = session.scalar(select(AuditEntry).where(AuditEntry.subject == f"revision:{revision.id}")
                          .order_by(AuditEntry.id.desc()).limit(1))
    if last is None:
        return ""
    return Message(" since {at}, by {actor}", at=local_time(session, last.at), actor=person_called(session, last.actor))

