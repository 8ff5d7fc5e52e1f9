"""What somebody who writes may pick from: places to link to, documents that others rest on, departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.live import Moment, live_by_slug
from kb.markup.headings import places
from kb.markup.parse import parse
from kb.models import Basis, Department, Publication, Revision
from kb.people.permissions import audiences_of

_MOST = 20  # documents offered
_MOST_HEADINGS = 40  # of one article


@dataclass(frozen=True, slots=True)
class Document:
    """A document as live articles name it."""

    title: str
    number: str
    issuer: str
    issued_on: date | None
    url: str


def headings_of(session: Session, viewer: Actor, slugs: Sequence[str], *, now: datetime) -> Mapping[str, list[str]]:
    """The headings of live articles by slug, in reading order."""
    found: dict[str, list[str]] = {}
    for slug in slugs:
        live = live_by_slug(session, viewer, Moment(now, now), slug)
        if live is not None:
            paths = [place.path for place in places(parse(live.source)) if place.path]
            found[slug] = list(dict.fromkeys(path[-1] for path in paths))[:_MOST_HEADINGS]
    return found


def documents(session: Session, viewer: Actor, words: str) -> list[Document]:
    """Documents of texts that are published and not replaced, whose title or number holds the words."""
    rows = session.execute(
        select(Basis.title, Basis.number, Basis.issuer, Basis.issued_on, Basis.url)
        .join(Revision, Revision.id == Basis.revision_id)
        .join(Publication, Publication.revision_id == Revision.id)
        .where(or_(Basis.title.contains(words, autoescape=True), Basis.number.contains(words, autoescape=True)),
               Publication.superseded_at.is_(None), Revision.redacted_at.is_(None),
               Revision.audience.in_(sorted(audiences_of(viewer))))
        .distinct().order_by(Basis.title, Basis.number).limit(_MOST))
    return [Document(*row) for row in rows]


def standing_departments(session: Session) -> list[Department]:
    """The departments that are not dissolved, by code: those that may sign along."""
    return list(session.scalars(select(Department).where(Department.dissolved_at.is_(None))
                                .order_by(Department.code)))
