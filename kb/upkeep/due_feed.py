"""What is due, as a calendar that a person's own calendar program fetches from a secret address (iCalendar, RFC 5545).

The address is the proof: it is shown once, kept as its hash, and ends when the person makes another or takes it back,
or is shut out. It shows dates and titles of what the person may write for, as their rights are at that moment.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.live import REVIEW_BY
from kb.clock import zone
from kb.db import settings_of
from kb.errors import NotFound
from kb.models import Article, NoticeChoice, Publication, Revision, User
from kb.people.passwords import hash_secret
from kb.people.people import as_actor
from kb.people.permissions import Action, may_sql
from kb.record.journal import record
from kb.upkeep.choosing import own_choice

MOST = 500  # dates, the next first
_LINE = 75  # bytes of a line; longer ones go on in the next
_PAST = timedelta(days=90)  # how long a date that has gone by stays


@dataclass(frozen=True, slots=True)
class DueDate:
    """Something that is due on a day of the hotline's calendar: its stable id, what it is called, where it is done."""

    id: str
    day: date
    title: str
    link: str


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
    """What is due of what the viewer may confirm: the texts in force whose review has a date."""
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
    return [DueDate(row.id, _instant(row.due).astimezone(tz).date(), row.title, f"/articles/{row.slug}")
            for row in rows]


def as_icalendar(dates: Iterable[DueDate], *, name: str, host: str, base_url: str, prefix: str, now: datetime) -> bytes:
    """The dates as one calendar; ``prefix`` stands before each title."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hotline-kb//due//EN", "METHOD:PUBLISH",
             f"X-WR-CALNAME:{_text(name)}"]
    for each in dates:
        lines += ["BEGIN:VEVENT", f"UID:review-{each.id}@{host}", f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
                  f"DTSTART;VALUE=DATE:{each.day:%Y%m%d}", f"DTEND;VALUE=DATE:{each.day + timedelta(days=1):%Y%m%d}",
                  f"SUMMARY:{_text(prefix + each.title)}", f"URL:{base_url.rstrip('/')}{each.link}",
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
