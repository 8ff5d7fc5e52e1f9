"""A review task as a list shows it, with the text that it is about, as it stands now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.models import Article, Publication, ReviewTask, Revision, State
from kb.upkeep.reviews.deciding import Reason, reasons_of


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """A task in a queue. ``number`` and ``sha256`` are of the article's text in force, or, where none is, of the newest
    published one; ``is_in_force`` says which."""

    id: str
    article_id: str
    slug: str
    title: str
    number: int
    sha256: str
    is_in_force: bool
    department: str
    person: str
    way: str
    in_place_of: str
    severity: str
    reasons: tuple[Reason, ...]
    opened_at: datetime
    due_on: date
    state: str
    snoozed_until: date | None
    snoozes: int
    level: int
    escalated_to: str
    revising_since: datetime | None
    outcome: str | None
    outcome_by: str | None
    outcome_at: datetime | None
    evidence: str
    next_on: date | None

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    def is_late(self, today: date) -> bool:
        """Whether the task is open and its day has passed."""
        return self.is_open and self.due_on < today

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"id": self.id, "article": self.slug, "title": self.title, "revision": self.number,
                "sha256": self.sha256, "department": self.department, "person": self.person, "way": self.way,
                "in_place_of": self.in_place_of or None, "severity": self.severity,
                "reasons": [one.as_dict() for one in self.reasons], "opened_at": self.opened_at.isoformat(),
                "due_on": self.due_on.isoformat(), "state": self.state, "snoozed_until": _day(self.snoozed_until),
                "level": self.level, "escalated_to": self.escalated_to or None,
                "revising": self.revising_since is not None, "outcome": self.outcome, "outcome_by": self.outcome_by,
                "outcome_at": self.outcome_at.isoformat() if self.outcome_at else None,
                "evidence": self.evidence or None, "next_on": _day(self.next_on)}


@dataclass(frozen=True, slots=True)
class _Text:
    title: str
    number: int
    sha256: str
    is_in_force: bool


def entries(session: Session, task_ids: Sequence[str], *, now: datetime) -> tuple[TaskEntry, ...]:
    """These tasks, in this order."""
    rows = session.execute(select(ReviewTask, Article.slug).join(Article, Article.id == ReviewTask.article_id)
                           .where(ReviewTask.id.in_(task_ids)).execution_options(populate_existing=True)).all()
    texts = _texts(session, {row[0].article_id for row in rows}, now)
    found = {task.id: _entry(task, slug, texts[task.article_id]) for task, slug in rows}
    return tuple(found[id_] for id_ in task_ids if id_ in found)


def _texts(session: Session, article_ids: Collection[str], now: datetime) -> dict[str, _Text]:
    """The text in force of each of these articles, else the newest published one."""
    query = select(Revision.article_id, Revision.title, Revision.number, Revision.sha256)
    found = {row[0]: _Text(*row[1:], False) for row in session.execute(query.where(
        Revision.article_id.in_(article_ids), Revision.state == State.PUBLISHED).order_by(Revision.number))}
    in_force = query.join(Publication, Publication.revision_id == Revision.id).where(
        Publication.article_id.in_(article_ids), Publication.superseded_at.is_(None),
        Publication.effective_from <= now, or_(Publication.effective_to.is_(None), Publication.effective_to > now))
    found.update({row[0]: _Text(*row[1:], True) for row in session.execute(in_force)})
    return found


def _entry(task: ReviewTask, slug: str, text: _Text) -> TaskEntry:
    return TaskEntry(task.id, task.article_id, slug, text.title, text.number, text.sha256, text.is_in_force,
                     task.department, task.person, task.way, task.in_place_of, task.severity,
                     reasons_of(task.reasons), task.opened_at, task.due_on, task.state, task.snoozed_until,
                     task.snoozes, task.level, task.escalated_to, task.revising_since, task.outcome, task.outcome_by,
                     task.outcome_at, task.evidence, task.next_on)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
