"""Urgent publication: live with one signature of the owner, the others owed within a day.

Until they are given the revision is marked; after the day it stays live and is named as overdue, which time decides in
the query. What is owed is what ``signatures.waiting_for`` still waits for, until it or a later text pays (``owing``):
one that is published urgently upon another inherits the day by which that one is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.owing import Refusal, check_not_refused, refusals_of, unpaid_of
from kb.articles.acts.signatures import count_signed, owed_by, waiting_for
from kb.articles.acts.workflow import Move, check_move
from kb.articles.owners import held_article
from kb.articles.publication import make_live
from kb.db import settings_of
from kb.errors import Conflict, Invalid, InvalidTransition
from kb.models import Revision, State, Urgency
from kb.people.permissions import Action, require, require_person
from kb.text import clean_note


@dataclass(frozen=True, slots=True)
class Owed:
    """Whose signatures an urgently published revision still lacks, until when, and why it could not wait."""

    departments: tuple[str, ...]
    due_at: datetime
    is_overdue: bool
    published_by: str
    reason: str
    refused: tuple[Refusal, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"departments": list(self.departments), "due_at": self.due_at.isoformat(), "overdue": self.is_overdue,
                "published_by": self.published_by, "reason": self.reason,
                "refused": [one.as_dict() for one in self.refused]}


def publish_urgently(session: Session, actor: Actor, revision: Revision, *, reason: str, now: datetime, origin: str
                     ) -> list[str]:
    """Make a revision live that its owner has signed once; returns the departments that owe their signatures.

    Raises Conflict without that signature, and InvalidTransition where all have signed: then it is simply published.
    """
    require_person(actor, "publishes")
    article = held_article(session, revision.article_id)
    require(actor, Action.PUBLISH_URGENTLY, article)
    session.refresh(revision, ["state", "redacted_at"])
    check_move(session, revision, Move.PUBLISH_URGENTLY)
    owed = waiting_for(session, revision)  # what publishing asks as well: of the two ways one is always open
    if revision.state == State.APPROVED and not owed:
        raise InvalidTransition("signed", "revision {number} has all its signatures; publish it",
                                number=revision.number)
    if revision.redacted_at is not None:
        raise InvalidTransition("redacted", "the words of revision {number} were erased", number=revision.number)
    said = clean_note(reason, field="reason")
    if not said:
        raise Invalid("reason", "say why the publication cannot wait", fields={"reason": "required"})
    if count_signed(session, revision, article.owner) < 1:
        raise Conflict("not_signed", "an urgent publication needs one signature of the responsible department at once; "
                       "sign it first", owner=article.owner)
    unpaid = unpaid_of(session, article.id)
    check_not_refused(session, unpaid)
    due = min([now + timedelta(hours=settings_of(session).hotline.urgent_hours), *(row.due_at for row in unpaid)])
    session.add(Urgency(revision_id=revision.id, reason=said, published_by=actor.name,
                        published_at=now, due_at=due, settled_at=None if owed else now))
    make_live(session, actor, article, revision, Move.PUBLISH_URGENTLY, at=now, now=now, origin=origin,
              told={"urgent": True, "reason": said, "owed": owed,
                    "due_at": due.isoformat()})
    return owed


def owed_of(session: Session, revision: Revision, now: datetime) -> Owed | None:
    """What is owed for this revision; None where nothing is."""
    row = owed_by(session, revision)
    if row is None:
        return None
    return Owed(tuple(waiting_for(session, revision)), row.due_at, row.due_at <= now, row.published_by, row.reason,
                refusals_of(session, revision.id))
