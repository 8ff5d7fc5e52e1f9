"""What is answerable: the one predicate, as Python and as SQL, and the narrow read side that the retriever uses.

A revision is answerable at (as_of, known_at) for a viewer when one of its publications holds both instants, the viewer
may read its audience, and it is not out of sight: its article hidden, its words redacted, or, for citizens, a later
text of the article internal. What is out of sight now is so for every question about the past too. Everything shown or
quoted passes through here; an index only proposes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from kb.actor import Actor, Audience
from kb.clock import contains
from kb.db import Instant
from kb.models import Article, Confirmation, Department, Hiding, Publication, Revision, State
from kb.people.permissions import audiences_of

BATCH = 500  # rows of one IN list, below SQLite's limit of bound values


@dataclass(frozen=True, slots=True)
class Moment:
    """The two times of a question: valid time ``as_of`` and system time ``known_at``, both UTC.

    ``asked_at`` is when it is asked, where that is not ``known_at``: what is out of sight then is shown of no past.
    """

    as_of: datetime
    known_at: datetime
    asked_at: datetime | None = None

    @property
    def now(self) -> datetime:
        return self.known_at if self.asked_at is None else self.asked_at


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A publication's extent: half-open on both axes, None is open-ended; and when it is out of sight.

    ``hidden`` are the article's intervals [from, to) in system time; from ``closed_at`` on a later text of the article
    is internal, and citizens do not see this one.
    """

    effective_from: datetime
    effective_to: datetime | None
    published_at: datetime
    superseded_at: datetime | None
    hidden: tuple[tuple[datetime, datetime | None], ...] = ()
    closed_at: datetime | None = None
    is_redacted: bool = False


@dataclass(frozen=True, slots=True)
class LiveRevision:
    """A revision that passed the predicate, with what a citation needs. The interval is the publication's, the
    department the one that owns the article now, whatever the text says."""

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


def is_answerable(rectangle: Rectangle, audience: str, viewer: Actor, moment: Moment,
                  *, narrowed_to: str | None = None) -> bool:
    """The predicate on one publication; :func:`answerable` is its SQL twin, a test holds them equal."""
    audiences = audiences_of(viewer, narrowed_to=narrowed_to)
    return (
        contains(rectangle.effective_from, rectangle.effective_to, moment.as_of)
        and contains(rectangle.published_at, rectangle.superseded_at, moment.known_at)
        and audience in audiences
        and not rectangle.is_redacted
        and not any(contains(*hidden, at) for hidden in rectangle.hidden for at in (moment.known_at, moment.now))
        and not (audiences == _CITIZENS and rectangle.closed_at is not None and rectangle.closed_at <= moment.now)
    )


def answerable(viewer: Actor, moment: Moment, *, narrowed_to: str | None = None) -> ColumnElement[bool]:
    """The predicate over Publication joined with its Revision."""
    return _answerable(audiences_of(viewer, narrowed_to=narrowed_to), moment)


def _answerable(audiences: frozenset[Audience], moment: Moment) -> ColumnElement[bool]:
    return and_(
        Publication.effective_from <= moment.as_of,
        or_(Publication.effective_to.is_(None), Publication.effective_to > moment.as_of),
        _in_sight(audiences, moment),
    )


def in_sight(viewer: Actor, moment: Moment, *, narrowed_to: str | None = None) -> ColumnElement[bool]:
    """The predicate for any valid time: what was in force once, or will be, and may be seen."""
    return _in_sight(audiences_of(viewer, narrowed_to=narrowed_to), moment)


def _in_sight(audiences: frozenset[Audience], moment: Moment) -> ColumnElement[bool]:
    """All of the predicate but valid time."""
    return and_(
        Publication.published_at <= moment.known_at,
        or_(Publication.superseded_at.is_(None), Publication.superseded_at > moment.known_at),
        Revision.audience.in_(sorted(a.value for a in audiences)),
        Revision.redacted_at.is_(None),
        ~is_hidden(Publication.article_id, *{moment.known_at, moment.now}),
        *((~is_closed(moment.now),) if audiences == _CITIZENS else ()),
    )


def is_hidden(article_id: Any, *moments: datetime) -> ColumnElement[bool]:
    """Whether the article of this column is hidden at one of these instants of system time."""
    return exists().where(Hiding.article_id == article_id, or_(*(
        and_(Hiding.hidden_at <= at, or_(Hiding.until.is_(None), Hiding.until > at)) for at in moments)))


def is_closed(now: datetime) -> ColumnElement[bool]:
    """Whether citizens may not see this Revision, because a later text of its article is internal and in force by
    ``now``: what was published by mistake does not come back by an old address."""
    return exists().where(
        _Later.article_id == Revision.article_id, _Later.number > Revision.number, _Later.state == State.PUBLISHED,
        _Later.audience != Audience.PUBLIC, _Later.effective_from <= now)


_CITIZENS = frozenset({Audience.PUBLIC})
_Later = aliased(Revision)
_CONFIRMED = (select(func.max(Confirmation.review_by)).where(Confirmation.revision_id == Revision.id)
              .correlate(Revision).scalar_subquery())
# The later of the text's own date and the last confirmation's; a text without a date has one once it was confirmed.
REVIEW_BY = case((or_(Revision.review_by.is_(None), Revision.review_by < _CONFIRMED), _CONFIRMED),
                 else_=Revision.review_by)
NEVER = datetime(9000, 1, 1, tzinfo=UTC)  # the review date kept with the publication of a text that has none


def review_date(own: datetime | None, confirmed: datetime | None) -> datetime:
    """The review date in force, as it is kept with a publication."""
    return max((day for day in (own, confirmed) if day is not None), default=NEVER)


# In the order of LiveRevision's fields. Columns, not whole rows: every ask reads sixty revisions, and building mapped
# objects took most of that time.
_LIVE_COLUMNS = (
    Article.id, Article.slug, Revision.id, Revision.number, Revision.title, Revision.source, Revision.lang,
    Revision.audience, Department.code, Department.name_zh, Department.name_en, Department.phone,
    Publication.effective_from, Publication.effective_to, REVIEW_BY,
)


def _live_select() -> Select[*tuple[Any, ...]]:
    return (
        select(*_LIVE_COLUMNS).select_from(Revision)
        .join(Publication, Publication.revision_id == Revision.id)
        .join(Article, Article.id == Revision.article_id)
        .join(Department, Department.code == Article.owner)
    )


_AT: Any = tuple(bindparam(name, type_=Instant()) for name in ("as_of", "known_at", "now"))


@lru_cache(maxsize=8)
def _live_by_id(audiences: frozenset[Audience]) -> Select[*tuple[Any, ...]]:
    """The statement of :func:`live_revisions`, which every ask needs: to put it together and to look it up among the
    compiled ones took longer than the database did."""
    return _live_select().where(Revision.id.in_(bindparam("ids", expanding=True)), _answerable(audiences, Moment(*_AT)))


def live_revisions(session: Session, viewer: Actor, moment: Moment, revision_ids: Iterable[str],
                   *, narrowed_to: str | None = None) -> dict[str, LiveRevision]:
    """Those of the proposed revisions that are answerable, by id: one statement for up to BATCH ids."""
    found: dict[str, LiveRevision] = {}
    wanted = list(dict.fromkeys(revision_ids))
    query = _live_by_id(audiences_of(viewer, narrowed_to=narrowed_to))
    at = {"as_of": moment.as_of, "known_at": moment.known_at, "now": moment.now}
    for start in range(0, len(wanted), BATCH):
        for row in session.execute(query, {**at, "ids": wanted[start:start + BATCH]}):
            live = LiveRevision(*row)
            found[live.revision_id] = live
    return found


def live_within(session: Session, viewer: Actor, article_id: str, start: datetime, end: datetime, *,
                known_at: datetime, asked_at: datetime | None = None,
                narrowed_to: str | None = None) -> list[LiveRevision]:
    """The article's revisions in force at some instant of [start, end), earliest first, as known at ``known_at``."""
    query = _live_select().where(
        Article.id == article_id,
        Publication.effective_from < end,
        or_(Publication.effective_to.is_(None), Publication.effective_to > start),
        _in_sight(audiences_of(viewer, narrowed_to=narrowed_to), Moment(start, known_at, asked_at)),
    )
    return [LiveRevision(*row) for row in session.execute(query.order_by(Publication.effective_from))]


def live_of_articles(session: Session, viewer: Actor, moment: Moment, article_ids: Iterable[str],
                     *, narrowed_to: str | None = None) -> dict[str, LiveRevision]:
    """The answerable revisions of these articles, by article id; in the order of the ids."""
    found: dict[str, LiveRevision] = {}
    wanted = list(dict.fromkeys(article_ids))
    for start in range(0, len(wanted), BATCH):
        query = _live_select().where(
            Article.id.in_(wanted[start:start + BATCH]), answerable(viewer, moment, narrowed_to=narrowed_to))
        found.update({row[0]: LiveRevision(*row) for row in session.execute(query)})
    return {article_id: found[article_id] for article_id in wanted if article_id in found}


def live_articles(session: Session, viewer: Actor, moment: Moment, *, department: str | None = None,
                  lang: str | None = None, after: str = "", limit: int = 50) -> list[LiveRevision]:
    """Answerable revisions ordered by slug, starting after the slug ``after``: one page of at most ``limit``."""
    query = _live_select().where(answerable(viewer, moment), Article.slug > after)
    if department is not None:
        query = query.where(Article.owner == department)
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
