"""A small office for tests of review tasks: people of two departments, signals raised by hand, days that pass."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from kb.actor import OPERATOR, Actor, Role
from kb.db import Database
from kb.models import Article, Department, ReviewTask, Revision, SignalRow, TaskStep
from kb.people import people
from kb.upkeep.reviews.daily import follow_signals, tend_tasks
from tests.kb.factories import at, published, revision_text

START = at(340)  # 2026-12-07, a Monday, at eight in the morning of the hotline's calendar
STAFF: dict[str, Sequence[people.Grant]] = {
    "hrss-editor": [(Role.EDITOR, "hrss")], "hrss-wang": [(Role.EDITOR, "hrss")],
    "hrss-approver": [(Role.APPROVER, "hrss")], "hrss-head": [(Role.APPROVER, "hrss")],
    "fund-editor": [(Role.EDITOR, "fund")], "fund-approver": [(Role.APPROVER, "fund")],
    "km": [(Role.KNOWLEDGE_MANAGER, None)], "root": [(Role.ADMIN, None)], "clerk": [(Role.AGENT, None)]}


def after(days: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=days)


def open_office(database: Database, staff: dict[str, Sequence[people.Grant]] | None = None) -> None:
    """Two departments with their people; the head of hrss is named."""
    with database.transaction() as session:
        session.merge(Department(code="fund", name_zh="市公积金中心", name_en="Fund", phone=""))
        for login, grants in (staff or STAFF).items():
            people.create_user(session, OPERATOR, login=login, name=login, grants=grants, password=None, now=at(0))
        session.execute(update(Department).where(Department.code == "hrss").values(head="hrss-head"))


def person(database: Database, login: str) -> Actor:
    with database.reading() as session:
        return people.actor_of(session, login, now=START)


def article(database: Database, slug: str = "card", *, review_on: float | None = None, **fields: Any) -> str:
    """A published article of hrss-editor's, to be reviewed so many days after the start; its id."""
    text = revision_text(review_by=after(review_on) if review_on is not None else None, **fields)
    published(database, text, slug=slug)
    with database.reading() as session:
        return session.scalars(select(Article.id).where(Article.slug == slug)).one()


def raise_signal(database: Database, article_id: str, *, severity: str = "warning", kind: str = "basis", key: str = "",
                 days: float = 0) -> str:
    """Evidence against the article, raised so many days after the start; its id."""
    signal_id = str(uuid.uuid4())
    with database.transaction() as session:
        session.add(SignalRow(id=signal_id, article_id=article_id, kind=kind, key=key, severity=severity,
                              audience="public", facts={}, evidence=[], raised_at=after(days), cleared_why=""))
    return signal_id


def clear_signal(database: Database, signal_id: str, *, days: float) -> None:
    with database.transaction() as session:
        session.execute(update(SignalRow).where(SignalRow.id == signal_id).values(cleared_at=after(days)))


def tend(database: Database, days: float = 0) -> str:
    return str(tend_tasks(database, now=after(days)))


def follow(database: Database, days: float = 0) -> str:
    return str(follow_signals(database, now=after(days)))


def tasks(database: Database, slug: str = "card") -> list[ReviewTask]:
    """The article's tasks, the first first."""
    with database.reading() as session:
        return list(session.scalars(select(ReviewTask).join(Article, Article.id == ReviewTask.article_id)
                                    .where(Article.slug == slug).order_by(ReviewTask.opened_at)))


def task(database: Database, slug: str = "card") -> ReviewTask:
    """The article's last task."""
    return tasks(database, slug)[-1]


def steps(database: Database, task_id: str) -> list[tuple[str, str]]:
    """What happened to a task, and whom it concerned."""
    with database.reading() as session:
        return [(step.kind, step.person) for step in session.scalars(
            select(TaskStep).where(TaskStep.task_id == task_id).order_by(TaskStep.id))]


def text_hash(database: Database, slug: str = "card") -> str:
    """The hash of the article's newest text."""
    with database.reading() as session:
        return session.scalars(select(Revision.sha256).join(Article, Article.id == Revision.article_id)
                               .where(Article.slug == slug).order_by(Revision.number.desc()).limit(1)).one()
