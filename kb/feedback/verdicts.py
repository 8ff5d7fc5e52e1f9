"""Verdicts: one person's word on one thing, given with one key, changed as easily, taken back while nobody has acted.

A verdict stands at once in the queue of the department whose article it is about, or of the one that a refusal named;
what belongs to nobody waits for the knowledge managers. What is right asks nobody to do anything, and is only counted.
Numbers in notes are masked before they are stored; no note is ever logged.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import InvalidTransition, NotFound
from kb.feedback.subject import Subject, Target
from kb.masking import mask_personal
from kb.models import FeedbackRow
from kb.people.permissions import Action, require, require_person
from kb.record.journal import record
from kb.text import clean_note

LONGEST_NOTE = 500  # characters


class Verdict(StrEnum):
    """What is said of a thing. Of a refusal right means that it should not be answered, and so is no gap; wrong that an
    article says it; incomplete that an article is missing. Outdated is not asked there, as nothing was said."""

    RIGHT = "right"
    WRONG = "wrong"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"


class FeedbackState(StrEnum):
    """What became of a verdict."""

    OPEN = "open"
    ACCEPTED = "accepted"  # it is so, and will be mended
    DECLINED = "declined"  # the text is right as it is
    MENDED = "mended"  # a text that says it better is published


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict as its giver sees it."""

    id: str
    target: Target
    thing: str
    citation: int | None
    verdict: Verdict
    note: str
    state: FeedbackState
    given_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, the same in the shell and the API."""
        return {"id": self.id, "target": self.target.value, "citation": self.citation, "verdict": self.verdict.value,
                "note": self.note, "state": self.state.value, "given_at": self.given_at.isoformat()}


def give(session: Session, actor: Actor, subject: Subject, verdict: Verdict, *, note: str | None = None,
         now: datetime, origin: str) -> Given:
    """Say what one thinks of a thing; a second verdict takes the place of the first, and is open again.

    The note stays as it was where none is given with it.
    """
    require_person(actor, "judges an answer")
    require(actor, Action.GIVE_FEEDBACK)
    said = None if note is None else mask_personal(clean_note(note, field="note", longest=LONGEST_NOTE))
    row = _held(session, actor, subject.thing)
    if row is None:
        row = FeedbackRow(id=str(uuid.uuid4()), thing=subject.thing, given_by=actor.name, note=said or "")
        session.add(row)
        before = None
    elif row.verdict == verdict and (said is None or said == row.note):
        return _given(row)
    else:
        before = {"verdict": row.verdict, "state": row.state}
        row.note = row.note if said is None else said
    if before is None or row.verdict != verdict:
        _open(row, subject, verdict, now)
    session.flush()
    record(session, actor, "feedback", f"feedback:{row.id}", now=now, origin=origin, before=before, after={
        "target": row.target, "answer_id": row.answer_id, "citation": row.citation, "revision_id": row.revision_id,
        "verdict": row.verdict, "with_note": bool(row.note)})
    return _given(row)


def withdraw(session: Session, actor: Actor, thing: str, *, now: datetime, origin: str) -> None:
    """Take one's verdict back, as if it had not been given; InvalidTransition once somebody has answered it."""
    require_person(actor, "judges an answer")
    require(actor, Action.GIVE_FEEDBACK)
    row = _held(session, actor, thing)
    if row is None:
        raise NotFound("no_feedback", "there is no verdict of yours to take back")
    if row.resolved_at is not None:
        raise InvalidTransition("answered", "the verdict has been answered already, and stays: give another one "
                                "instead")
    session.delete(row)
    session.flush()
    record(session, actor, "withdraw_feedback", f"feedback:{row.id}", now=now, origin=origin,
           before={"target": row.target, "answer_id": row.answer_id, "verdict": row.verdict})


def withdraw_by_id(session: Session, actor: Actor, feedback_id: str, *, now: datetime, origin: str) -> None:
    """:func:`withdraw` of the verdict of this id; NotFound for one that is not the actor's."""
    thing = session.scalar(select(FeedbackRow.thing).where(FeedbackRow.id == feedback_id,
                                                           FeedbackRow.given_by == actor.name))
    withdraw(session, actor, thing or "", now=now, origin=origin)


def own_verdicts(session: Session, actor: Actor, *, answer_id: str | None = None, things: Iterable[str] = ()
                 ) -> dict[str, Given]:
    """The actor's verdicts on an answer and its citations, and on these things, by what each is on."""
    if not actor.is_signed_in:
        return {}
    wanted = list(things)
    query = select(FeedbackRow).where(FeedbackRow.given_by == actor.name)
    query = query.where(FeedbackRow.answer_id == answer_id) if answer_id else query.where(FeedbackRow.thing.in_(wanted))
    return {row.thing: _given(row) for row in session.scalars(query)}


def _held(session: Session, actor: Actor, thing: str) -> FeedbackRow | None:
    """The actor's verdict on the thing, held against whoever answers it meanwhile."""
    return session.scalar(select(FeedbackRow).where(FeedbackRow.given_by == actor.name, FeedbackRow.thing == thing)
                          .with_for_update().execution_options(populate_existing=True))


def _open(row: FeedbackRow, subject: Subject, verdict: Verdict, now: datetime) -> None:
    row.target, row.answer_id, row.citation = subject.target, subject.answer_id, subject.citation
    row.article_id, row.revision_id, row.start, row.end = (subject.article_id, subject.revision_id, subject.start,
                                                          subject.end)
    row.department, row.words = subject.department, subject.words
    row.verdict, row.given_at = verdict, now
    row.state = FeedbackState.ACCEPTED if verdict is Verdict.RIGHT else FeedbackState.OPEN
    row.resolved_by = row.resolved_at = row.seen_at = None
    row.reply = ""


def _given(row: FeedbackRow) -> Given:
    return Given(row.id, Target(row.target), row.thing, row.citation, Verdict(row.verdict), row.note,
                 FeedbackState(row.state), row.given_at)
