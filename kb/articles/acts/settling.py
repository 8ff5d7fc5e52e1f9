"""A review task is done by the act itself: the text was confirmed, a new one published, the article retired.

Whoever does that, by whichever way, need not tick the task off; and nobody can tick it off without having done it.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.models import ReviewTask, TaskStep
from kb.people.duty.steps import Step, note_step
from kb.record.journal import record


class Outcome(StrEnum):
    """What became of a review."""

    CONFIRMED = "confirmed"
    REVISED = "revised"
    RETIRED = "retired"
    CLEARED = "cleared"  # what asked for it is no more


def settle_review(session: Session, actor: Actor, article_id: str, outcome: Outcome, *, revision_id: str | None = None,
                  evidence: str = "", next_on: date | None = None, now: datetime, origin: str) -> ReviewTask | None:
    """Close the article's open review task, where there is one; who calls holds the article."""
    task = session.scalar(select(ReviewTask).where(ReviewTask.article_id == article_id, ReviewTask.outcome.is_(None))
                          .with_for_update().execution_options(populate_existing=True))
    if task is None:
        return None
    task.state, task.snoozed_until = "done", None
    task.outcome, task.outcome_by, task.outcome_at = outcome, actor.name, now
    task.revision_id, task.evidence, task.next_on = revision_id, evidence, next_on
    note_step(session, task, Step.DONE, by=actor.name, person=task.person, key="done", way=outcome, note=evidence,
              now=now)
    session.flush()
    record(session, actor, "close_review", f"review_task:{task.id}", now=now, origin=origin,
           before={"person": task.person, "due_on": task.due_on.isoformat()},
           after={"outcome": outcome, "revision": revision_id, "next_on": next_on.isoformat() if next_on else None})
    return task


def forget_words(session: Session, article_id: str) -> None:
    """Erase what was said in the reviews of an article of which a text is erased by law: people quote it there."""
    ids = select(ReviewTask.id).where(ReviewTask.article_id == article_id)
    session.execute(update(TaskStep).where(TaskStep.task_id.in_(ids)).values(note=""),
                    execution_options={"synchronize_session": False})
    session.execute(update(ReviewTask).where(ReviewTask.article_id == article_id).values(evidence=""),
                    execution_options={"synchronize_session": False})
