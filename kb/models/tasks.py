"""Review tasks: work for a person, from the day that an article is to be looked at until somebody has decided; what
happened to each; and who is out of the office when.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant

_IS_OPEN = text("outcome IS NULL")


class ReviewTask(Base):
    """An article is to be confirmed, revised or retired, by a person, until a day. Of an article at most one is open.

    ``reasons`` say why: {"kind", "key", "severity", "signal"}, the signal's id or null where the calendar alone asks;
    never words of a text. ``person`` is who has it now, ``way`` how they came to it, ``in_place_of`` whose substitute
    they are. ``next_on`` is when the article is to be looked at again, once the task is done.
    """

    __tablename__ = "review_task"
    __table_args__ = (
        CheckConstraint("person <> ''", name="person"),
        CheckConstraint("state IN ('open', 'snoozed', 'done')", name="state"),
        CheckConstraint("severity IN ('info', 'warning', 'serious')", name="severity"),
        CheckConstraint("(state = 'done') = (outcome IS NOT NULL)", name="done"),
        CheckConstraint("(outcome IS NULL) = (outcome_at IS NULL)", name="outcome_at"),
        CheckConstraint("outcome IN ('confirmed', 'revised', 'retired', 'cleared')", name="outcome"),
        CheckConstraint("(state = 'snoozed') = (snoozed_until IS NOT NULL)", name="snoozed"),
        CheckConstraint("level BETWEEN 0 AND 2", name="level"),
        Index("uq_review_task_open", "article_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_review_task_article_outcome", "article_id", "outcome_at"),
        Index("ix_review_task_person", "person", "state", "due_on"),
        Index("ix_review_task_department", "department", "state", "due_on"),
        Index("ix_review_task_state", "state", "due_on"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"))
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))  # the article's owner, as long as it is open
    person: Mapped[str] = mapped_column(String(64))  # login
    way: Mapped[str] = mapped_column(String(20))
    in_place_of: Mapped[str] = mapped_column(String(64), default="")  # login of who is away
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    severity: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="open")
    snoozed_until: Mapped[date | None]
    snoozes: Mapped[int] = mapped_column(default=0)
    level: Mapped[int] = mapped_column(default=0)  # 0: with its person; 1: the head was told; 2: a knowledge manager
    escalated_to: Mapped[str] = mapped_column(String(64), default="")  # login
    revising_since: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(10))
    outcome_by: Mapped[str | None] = mapped_column(String(64))  # login
    outcome_at: Mapped[datetime | None] = mapped_column(Instant)
    revision_id: Mapped[str | None] = mapped_column(ForeignKey("revision.id"))  # that was confirmed, or published
    evidence: Mapped[str] = mapped_column(Text, default="")  # how it was checked, or why
    next_on: Mapped[date | None]


class TaskStep(Base):
    """Something that happened to a task: opened, assigned, delegated, snoozed, woken, reminded, escalated, revising,
    done. ``key`` makes what is done once a day or once at all impossible to do twice."""

    __tablename__ = "review_task_step"
    __table_args__ = (
        UniqueConstraint("task_id", "kind", "key"),
        Index("ix_review_task_step_untold", "id", sqlite_where=text("told_at IS NULL"),
              postgresql_where=text("told_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("review_task.id"))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(String(64))  # login, or system
    person: Mapped[str] = mapped_column(String(64))  # login of whom it concerns
    way: Mapped[str] = mapped_column(String(20), default="")
    until: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    told_at: Mapped[datetime | None] = mapped_column(Instant)  # when the person heard; what none need hear: at


class Absence(Base):
    """A person is out of the office on these days, the last included, and who stands in for them, if anybody."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("substitute <> login", name="substitute"),
        Index("ix_absence_login_last_day", "login", "last_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    login: Mapped[str] = mapped_column(String(64))
    first_day: Mapped[date]
    last_day: Mapped[date]
    substitute: Mapped[str] = mapped_column(String(64), default="")  # login
    announced_by: Mapped[str] = mapped_column(String(64))
    announced_at: Mapped[datetime] = mapped_column(Instant)
