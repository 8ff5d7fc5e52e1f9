"""What is answerable: the one predicate, as Python and as SQL, and the narrow read side that the retriever uses.

A revision is answerable at (as_of, known_at) for a viewer when one of its publications holds both instants and the
viewer may read its audience. Everything shown or quoted passes through here; an index only proposes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select
from sqlalchemy.orm import Session

from kb.clock import contains
from kb.models import Article, Department, PassageRow, Publication, Revision, State
from kb.permissions import Actor, audiences_of

BATCH = 500  # rows of one IN list, below SQLite's limit of bound values


@dataclass(frozen=True, slots=True)
class Moment:
    """The two times of a question: valid time ``as_of`` and system time ``known_at``, both UTC."""

    as_of: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A publication's extent: half-open on both axes, None is open-ended."""

    effective_from: datetime
    effective_to: datetime | None
    published_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True, slots=True)
class LiveRevision:
    """A revision that passed the predicate, with what a citation needs. The interval is the publication's."""

    article_id: str
    slug: str
    revision_id: str
    number: int
    title: str
    source: str
    lang: str
    audience: str
    department: str
    department_name_zh: str
    department_name_en: str
    department_phone: str
    effective_from: datetime
    effective_to: datetime | None
    review_by: datetime | None


@dataclass(frozen=True, slots=True)
class IndexedRevision:
    """A published revision as the indexer reads it, with all rectangles in which it answers or has answered."""

    article_id: str
    revision_id: str
    title: str
    source: str
    lang: str
    audience: str
    department: str
    keywords: tuple[str, ...]
    rectangles: tuple[Rectangle, ...]


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """A passage as recorded: ordinal, offsets in the source, heading path and text."""

    ordinal: int
    start: int
    end: int
    heading_path: tuple[str, ...]
    text: str


def is_answerable(rectangle: Rectangle, audience: str, viewer: Actor, moment: Moment,
                  *, narrowed_to: str | None = None) -> bool:
    """The predicate on one publication; :func:`answerable` is its SQL twin, a test holds them equal."""
    return (
        contains(rectangle.effective_from, rectangle.effective_to, moment.as_of)
        and contains(rectangle.published_at, rectangle.superseded_at, moment.known_at)
        and audience in audiences_of(viewer, narrowed_to=narrowed_to)
    )


def answerable(viewer: Actor, moment: Moment, *, narrowed_to: str | None = None) -> ColumnElement[bool]:
    """The predicate over Publication joined with its Revision."""
    audiences = sorted(a.value for a in audiences_of(viewer, narrowed_to=narrowed_to))
    return and_(
        Publication.effective_from <= moment.as_of,
        or_(Publication.effective_to.is_(None), Publication.effective_to > moment.as_of),
        Publication.published_at <= moment.known_at,
        or_(Publication.superseded_at.is_(None), Publication.superseded_at > moment.known_at),
        Revision.audience.in_(audiences),
    )


# In the order of LiveRevision's fields. Columns, not whole rows: every ask reads sixty revisions, and building mapped
# objects took most of that time.
_LIVE_COLUMNS = (
    Article.id, Article.slug, Revision.id, Revision.number, Revision.title, Revision.source, Revision.lang,
    Revision.audience, Department.code, Department.name_zh, Department.name_en, Department.phone,
    Publication.effective_from, Publication.effective_to, Revision.review_by,
)


def _live_select() -> Select[*tuple[Any, ...]]:
    return (
        select(*_LIVE_COLUMNS).select_from(Revision)
        .join(Publication, Publication.revision_id == Revision.id)
        .join(Article, Article.id == Revision.article_id)
        .join(Department, Department.code == Revision.owner)
    )


def live_revisions(session: Session, viewer: Actor, moment: Moment, revision_ids: Iterable[str],
                   *, narrowed_to: str | None = None) -> dict[str, LiveRevision]:
    """Those of the proposed revisions that are answerable, by id: one statement for up to BATCH ids."""
    found: dict[str, LiveRevision] = {}
    wanted = list(dict.fromkeys(revision_ids))
    for start in range(0, len(wanted), BATCH):
        query = _live_select().where(
            Revision.id.in_(wanted[start:start + BATCH]), answerable(viewer, moment, narrowed_to=narrowed_to)
        )
        for row in session.execute(query):
            live = LiveRevision(*row)
            found[live.revision_id] = live
    return found


def live_articles(session: Session, viewer: Actor, moment: Moment, *, department: str | None = None,
                  lang: str | None = None, after: str = "", limit: int = 50) -> list[LiveRevision]:
    """Answerable revisions ordered by slug, starting after the slug ``after``: one page of at most ``limit``."""
    query = _live_select().where(answerable(viewer, moment), Article.slug > after)
    if department is not None:
        query = query.where(Revision.owner == department)
    if lang is not None:
        query = query.where(Revision.lang == lang)
    rows = session.execute(query.order_by(Article.slug).limit(limit))
    return [LiveRevision(*row) for row in rows]


def is_department(session: Session, code: str) -> bool:
    """Whether there is a department of this code."""
    return session.scalar(select(Department.code).where(Department.code == code)) is not None


def live_by_slug(session: Session, viewer: Actor, moment: Moment, slug: str) -> LiveRevision | None:
    """The article's answerable revision, if there is one for this viewer."""
    row = session.execute(_live_select().where(Article.slug == slug, answerable(viewer, moment))).first()
    return LiveRevision(*row) if row else None


def indexed_revisions(session: Session, article_ids: Sequence[str]) -> dict[str, list[IndexedRevision]]:
    """All published revisions of these articles (unknown ids map to nothing), in number order."""
    found: dict[str, list[IndexedRevision]] = {article_id: [] for article_id in article_ids}
    for start in range(0, len(article_ids), BATCH):
        chunk = list(article_ids[start:start + BATCH])
        rectangles: dict[str, list[Rectangle]] = {}
        for p in session.scalars(select(Publication).where(Publication.article_id.in_(chunk)).order_by(Publication.id)):
            if p.superseded_at is None or p.superseded_at > p.published_at:
                rectangles.setdefault(p.revision_id, []).append(
                    Rectangle(p.effective_from, p.effective_to, p.published_at, p.superseded_at)
                )
        revisions = session.scalars(
            select(Revision).where(Revision.article_id.in_(chunk), Revision.state == State.PUBLISHED)
            .order_by(Revision.article_id, Revision.number)
        )
        for r in revisions:
            if r.id in rectangles:
                found[r.article_id].append(IndexedRevision(
                    article_id=r.article_id, revision_id=r.id, title=r.title, source=r.source, lang=r.lang,
                    audience=r.audience, department=r.owner, keywords=(*r.keywords, *r.synonyms),
                    rectangles=tuple(rectangles[r.id]),
                ))
    return found


def published_article_ids(session: Session) -> Iterator[str]:
    """Every article that has ever been published, in a stable order."""
    yield from session.scalars(select(Publication.article_id).distinct().order_by(Publication.article_id))


def record_passages(session: Session, article_id: str, spans: dict[str, Sequence[PassageSpan]]) -> None:
    """Replace the record of how this article's revisions (id -> passages) were cut."""
    session.execute(delete(PassageRow).where(PassageRow.article_id == article_id))
    rows = [
        {"revision_id": revision_id, "ordinal": s.ordinal, "article_id": article_id, "start": s.start, "end": s.end,
         "heading_path": list(s.heading_path), "text": s.text}
        for revision_id, passages in spans.items() for s in passages
    ]
    if rows:
        session.execute(PassageRow.__table__.insert(), rows)  # type: ignore[attr-defined]


def recorded_passages(session: Session) -> dict[str, tuple[str, ...]]:
    """Article id -> sorted passage ids, as recorded; what ``kb index verify`` compares an engine with."""
    found: dict[str, list[str]] = {}
    query = select(PassageRow.article_id, PassageRow.revision_id, PassageRow.ordinal)
    for article_id, revision_id, ordinal in session.execute(query):
        found.setdefault(article_id, []).append(f"{revision_id}:{ordinal}")
    return {article_id: tuple(sorted(ids)) for article_id, ids in found.items()}


def passages_containing(session: Session, viewer: Actor, moment: Moment, words: Sequence[str], *,
                        narrowed_to: str | None = None, limit: int = 50) -> list[tuple[str, PassageSpan]]:
    """Plain fallback search: (revision id, passage) whose text holds any of the words, literally.

    Wildcards in ``words`` are escaped (LIKE); slow, and used only while no engine can answer.
    """
    words = [word for word in words if word and "\0" not in word]  # at which SQLite would cut the pattern off
    if not words:
        return []
    revisions = (select(Publication.revision_id).join(Revision, Revision.id == Publication.revision_id)
                 .where(answerable(viewer, moment, narrowed_to=narrowed_to)))
    query = (
        select(PassageRow).where(PassageRow.revision_id.in_(revisions),
                                 or_(*(PassageRow.text.contains(word, autoescape=True) for word in words)))
        .order_by(PassageRow.revision_id, PassageRow.ordinal).limit(limit)
    )
    return [
        (row.revision_id, PassageSpan(row.ordinal, row.start, row.end, tuple(row.heading_path), row.text))
        for row in session.scalars(query)
    ]


@dataclass(frozen=True, slots=True)
class PublishedTitle:
    """A published revision's title with one of its rectangles, for completion while typing."""

    slug: str
    title: str
    names: tuple[str, ...]  # keywords, and synonyms that callers use
    department: str
    audience: str
    rectangle: Rectangle


def published_titles(session: Session) -> list[PublishedTitle]:
    """The titles of all published revisions, ordered by slug; filter them with :func:`is_answerable`."""
    rows = session.execute(
        select(Article.slug, Revision.title, Revision.keywords, Revision.synonyms, Revision.owner, Revision.audience,
               Publication.effective_from, Publication.effective_to, Publication.published_at,
               Publication.superseded_at)
        .join(Revision, Revision.id == Publication.revision_id).join(Article, Article.id == Revision.article_id)
        .where(Publication.superseded_at.is_(None)).order_by(Article.slug)
    )
    return [PublishedTitle(slug, title, (*keywords, *synonyms), owner, audience, Rectangle(*rectangle))
            for slug, title, keywords, synonyms, owner, audience, *rectangle in rows]


@dataclass(frozen=True, slots=True)
class PublishedSource:
    """The text of a published revision, for measuring answers against it."""

    slug: str
    number: int
    revision_id: str
    article_id: str
    source: str


def published_sources(session: Session) -> list[PublishedSource]:
    """Every published revision's text, ordered by slug and number."""
    rows = session.execute(
        select(Article.slug, Revision.number, Revision.id, Article.id, Revision.source)
        .join(Article, Article.id == Revision.article_id).where(Revision.state == State.PUBLISHED)
        .order_by(Article.slug, Revision.number)
    )
    return [PublishedSource(*row) for row in rows]
