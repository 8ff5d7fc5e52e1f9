"""What is due, review dates and one's own review tasks, as a calendar that a person's own calendar program fetches from
a secret address (iCalendar, RFC 5545).

The address is the proof: it is shown once, kept as its hash, and ends when the person makes another or takes it back,
or is shut out. It shows dates and titles of what the person may write for, as their rights are at that moment. A task
that is done is sent as cancelled for a while, as programs keep what merely stays away.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.live import REVIEW_BY
from kb.clock import zone
from kb.db import settings_of
from kb.errors import NotFound
from kb.models import Article, NoticeChoice, Publication, ReviewTask, Revision, TaskStep, User
from kb.people.passwords import hash_secret
from kb.people.people import as_actor
from kb.people.permissions import Action, may_sql
from kb.record.journal import record
from kb.upkeep.choosing import own_choice

MOST = 500  # dates, the next first
_LINE = 75  # bytes of a line; longer ones go on in the next
_PAST = timedelta(days=90)  # how long a date that has gone by stays
_CANCELLED = timedelta(days=30)  # how long a task that is done is sent as cancelled


@dataclass(frozen=True, slots=True)
class DueDate:
    """Something that is due on a day of the hotline's calendar: its stable id, what it is called, where it is done."""

    id: str
    day: date
    title: str
    link: str
    is_task: bool = False
    is_cancelled: bool = False
    sequence: int = 0  # of what is sent under this id: programs keep the highest


def make_feed(session: Session, viewer: Actor, *, now: datetime, origin: str) -> str:
    """A new secret for the viewer's calendar; one that was before opens nothing from now on."""
    row = own_choice(session, viewer)
    secret = secrets.token_urlsafe(32)
    row.feed_sha256, row.feed_made_at = hash_secret(secret), now
    session.flush()
    record(session, viewer, "make_feed", f"user:{row.user_id}", now=now, origin=origin)
    return secret


def end_feed(session: Session, viewer: Actor, *, now: datetime, origin: str) -> None:
    """Take the viewer's address back."""
    row = own_choice(session, viewer)
    row.feed_sha256 = row.feed_made_at = None
    session.flush()
    record(session, viewer, "end_feed", f"user:{row.user_id}", now=now, origin=origin)


def viewer_of(session: Session, secret: str) -> Actor:
    """Whose address this is; raises NotFound where nobody's."""
    user = session.scalar(select(User).join(NoticeChoice, NoticeChoice.user_id == User.id).where(
        NoticeChoice.feed_sha256 == hash_secret(secret), User.disabled_at.is_(None)))
    if user is None:
        raise NotFound("no_feed", "there is no such calendar")
    return as_actor(session, user)


def due_dates(session: Session, viewer: Actor, *, now: datetime) -> list[DueDate]:
    """What is due of the viewer: their review tasks, and the texts in force that they may confirm whose review has a
    date, but for those that a task of theirs is about."""
    tasks = _tasks(session, viewer, now)
    about = {article_id for article_id, one in tasks if not one.is_cancelled}
    dates = [one for article_id, one in _reviews(session, viewer, now) if article_id not in about]
    return sorted([*(one for _, one in tasks), *dates], key=lambda one: (one.day, one.id))[:MOST]


def _tasks(session: Session, viewer: Actor, now: datetime) -> list[tuple[str, DueDate]]:
    """The viewer's tasks with their articles: the open ones, and as cancelled those that were done lately; not of a
    text whose words are gone, or that the viewer may confirm no longer."""
    title = (select(Revision.title).where(Revision.article_id == ReviewTask.article_id, Revision.redacted_at.is_(None),
                                          Revision.id.in_(select(Publication.revision_id)))
             .order_by(Revision.number.desc()).limit(1).correlate(ReviewTask).scalar_subquery())
    day = func.coalesce(ReviewTask.snoozed_until, ReviewTask.due_on)
    steps = (select(func.count()).select_from(TaskStep).where(TaskStep.task_id == ReviewTask.id)
             .correlate(ReviewTask).scalar_subquery())  # each changes what is sent
    rows = session.execute(
        select(ReviewTask, day.label("day"), title.label("title"), steps.label("steps"))
        .join(Article, Article.id == ReviewTask.article_id)
        .where(ReviewTask.person == viewer.name, may_sql(viewer, Action.CONFIRM, Article),
               or_(ReviewTask.outcome.is_(None), ReviewTask.outcome_at > now - _CANCELLED))
        .order_by(ReviewTask.outcome.is_not(None), day, ReviewTask.id).limit(MOST))
    return [(task.article_id, DueDate(task.id, max(due, task.due_on), words or "", f"/tasks/{task.id}", is_task=True,
                                      is_cancelled=task.outcome is not None,
                                      sequence=count + (task.outcome is not None)))
            for task, due, words, count in rows if words]


def _reviews(session: Session, viewer: Actor, now: datetime) -> list[tuple[str, DueDate]]:
    """The review dates of what the viewer may confirm, with its articles."""
    tz = zone(settings_of(session).hotline.timezone)
    rows = session.execute(
        select(Article.id, Article.slug, Revision.title, REVIEW_BY.label("due"))
        .join(Revision, Revision.article_id == Article.id)
        .join(Publication, Publication.revision_id == Revision.id)
        .where(may_sql(viewer, Action.CONFIRM, Article), Revision.redacted_at.is_(None),
               Publication.published_at <= now, or_(Publication.superseded_at.is_(None),
                                                    Publication.superseded_at > now),
               Publication.effective_from <= now, or_(Publication.effective_to.is_(None),
                                                      Publication.effective_to > now),
               now - _PAST < REVIEW_BY)
        .order_by(REVIEW_BY, Article.id).limit(MOST)).all()
    return [(row.id, DueDate(row.id, _instant(row.due).astimezone(tz).date(), row.title, f"/articles/{row.slug}"))
            for row in rows]


def as_icalendar(dates: Iterable[DueDate], *, name: str, host: str, base_url: str, prefix: str, task_prefix: str,
                 now: datetime) -> bytes:
    """The dates as one calendar, whole days each; ``prefix`` stands before the title of a text whose review is due,
    ``task_prefix`` before that of a task."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hotline-kb//due//EN", "METHOD:PUBLISH",
             f"X-WR-CALNAME:{_text(name)}"]
    for each in dates:
        lines += ["BEGIN:VEVENT", f"UID:{'task' if each.is_task else 'review'}-{each.id}@{host}",
                  f"SEQUENCE:{each.sequence}", f"STATUS:{'CANCELLED' if each.is_cancelled else 'CONFIRMED'}",
                  f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
                  f"DTSTART;VALUE=DATE:{each.day:%Y%m%d}", f"DTEND;VALUE=DATE:{each.day + timedelta(days=1):%Y%m%d}",
                  f"SUMMARY:{_text((task_prefix if each.is_task else prefix) + each.title)}",
                  f"URL:{base_url.rstrip('/')}{each.link}",
                  "TRANSP:TRANSPARENT", "END:VEVENT"]
    return b"".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _text(value: str) -> str:
    """A value of a text: no line break, and what has a meaning there escaped."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 bytes, no character torn."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        data = character.encode("utf-8", "replace")
        if len(piece) + len(data) > _LINE - bool(pieces):
            pieces.append(piece)
            piece = b""
        piece += data
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"


def _instant(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)
