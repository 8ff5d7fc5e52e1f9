"""Whoever a task concerns hears of it: that it is theirs, due, late, or another's who has not done it.

Steps are kept by whatever act takes them, with nobody told; a job tells them. So an act waits for no mail server, and
what was kept is told once, whoever dies in between.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.models import ReviewTask, Revision, State, TaskStep
from kb.people.duty.roster import parts
from kb.people.duty.steps import Step
from kb.upkeep import notices
from kb.upkeep.notice_choices import Kind
from kb.upkeep.notices import News
from kb.upkeep.reviews.deciding import Chase

_KINDS = {Step.REMINDED: Kind.REMINDER, Step.ESCALATED: Kind.ESCALATION}


def tell_steps(session: Session, *, limit: int, now: datetime) -> int:
    """Tell of a batch of steps that nobody was told of, the oldest first; how many there were."""
    rows = session.execute(
        select(TaskStep, ReviewTask).join(ReviewTask, ReviewTask.id == TaskStep.task_id)
        .where(TaskStep.told_at.is_(None)).order_by(TaskStep.id).limit(limit).with_for_update()).all()
    titles = _titles(session, {task.article_id for _, task in rows})
    for step, task in rows:
        step.told_at = now
        if _matters(step, task):
            kind = Step(step.kind)
            message = message_of(step, task, titles.get(task.article_id, ""))
            news = News(_KINDS.get(kind, Kind.TASK), message, f"/tasks/{task.id}", f"review_task:{task.id}:{step.id}",
                        task.article_id)
            notices.tell(session, [step.person], news, now=now)
    session.flush()
    return len(rows)


def message_of(step: TaskStep, task: ReviewTask, title: str) -> Message:
    """What a step says to the person whom it concerns."""
    due = task.due_on
    match step.kind:
        case Step.REMINDED if step.way == Chase.TODAY:
            return Message("the review of {title} is due: it was to be done by {due}", title=title, due=due)
        case Step.REMINDED:
            return Message("the review of {title} is due by {due}", title=title, due=due)
        case Step.ESCALATED:
            return Message("the review of {title} is overdue: {person} was to do it by {due}", title=title,
                           person=task.person, due=due)
        case Step.DELEGATED:
            return Message("{by} gave you the review of {title}, due by {due}", by=step.by, title=title, due=due)
        case Step.WOKEN:
            return Message("the review of {title} was put off until today; it is due by {due}", title=title, due=due)
        case _ if task.in_place_of:
            return Message("the review of {title} is yours while {absent} is away, due by {due}", title=title,
                           absent=task.in_place_of, due=due)
        case _:
            return Message("the review of {title} is yours, due by {due}", title=title, due=due)


def _matters(step: TaskStep, task: ReviewTask) -> bool:
    """Whether the step still concerns the person: the task is open, and theirs or brought before them."""
    holder = task.escalated_to if step.kind == Step.ESCALATED else task.person
    return task.outcome is None and step.person == holder


def _titles(session: Session, article_ids: set[str]) -> dict[str, str]:
    """What the articles are called: the title of the newest published text."""
    return {row[0]: row[1] for part in parts(sorted(article_ids)) for row in session.execute(
        select(Revision.article_id, Revision.title).where(
            Revision.article_id.in_(part), Revision.state == State.PUBLISHED).order_by(Revision.number))}
