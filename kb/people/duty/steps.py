"""What happens to a review task, kept beside it: each step once, with whom it concerns and whether they heard of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import ReviewTask, TaskStep


class Step(StrEnum):
    """What can happen to a task."""

    OPENED = "opened"
    RENEWED = "renewed"  # something else asks for it
    ASSIGNED = "assigned"
    DELEGATED = "delegated"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    REVISING = "revising"
    DONE = "done"


TOLD = frozenset({Step.ASSIGNED, Step.DELEGATED, Step.WOKEN, Step.REMINDED, Step.ESCALATED})  # its person hears of it


def note_step(session: Session, task: ReviewTask, kind: Step, *, by: str, person: str, now: datetime, key: str = "",
              way: str = "", until: date | None = None, note: str = "") -> None:
    """Keep a step; ``key`` names what can be done to a task once only. Nobody is told of what they did themselves."""
    is_told = kind in TOLD and person != by
    session.add(TaskStep(task_id=task.id, kind=kind, key=key or uuid.uuid4().hex, at=now, by=by, person=person, way=way,
                         until=until, note=note, told_at=None if is_told else now))


def keys_of(session: Session, kind: Step, task_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Of these tasks, of a batch, which steps of a kind happened already: the tasks' ids with the steps' keys."""
    if not task_ids:
        return set()
    return {(row[0], row[1]) for row in session.execute(select(TaskStep.task_id, TaskStep.key).where(
        TaskStep.task_id.in_(task_ids), TaskStep.kind == kind))}


def steps_of(session: Session, task_id: str) -> Sequence[TaskStep]:
    """What happened to the task, in order."""
    return session.scalars(select(TaskStep).where(TaskStep.task_id == task_id).order_by(TaskStep.id)).all()
