"""The feed: published text as an index takes it up, and the record of how it was cut into passages.

What leaves here has not passed the predicate, save :func:`passages_containing`, which asks it: whoever shows a title or
a text from the feed filters with :func:`kb.articles.live.is_answerable` first, or checks with
:func:`kb.articles.live.live_revisions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Exists, bindparam, delete, func, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.extents import Sight, extents
from kb.articles.live import BATCH, Moment, Rectangle, answerable
from kb.models import Article, KnownQuestion, OutboxEvent, PassageRow, Publication, Revision, State
from kb.people.permissions import audiences_of
from kb.record import outbox


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


def indexed_revisions(session: Session, article_ids: Sequence[str]) -> dict[str, list[IndexedRevision]]:
    """All published revisions of these articles (unknown ids map to nothing), in number order; redacted ones are left
    out, their words are gone."""
    found: dict[str, list[IndexedRevision]] = {article_id: [] for article_id in article_ids}
    for start in range(0, len(article_ids), BATCH):
        chunk = list(article_ids[start:start + BATCH])
        rectangles = extents(session, chunk)
        rows = session.execute(
            select(Revision, Article.owner).join(Article, Article.id == Revision.article_id)
            .where(Revision.article_id.in_(chunk), Revision.state == State.PUBLISHED, Revision.redacted_at.is_(None))
            .order_by(Revision.article_id, Revision.number)
        )
        for r, owner in rows:
            if r.id in rectangles:
                found[r.article_id].append(IndexedRevision(
                    article_id=r.article_id, revision_id=r.id, title=r.title, source=r.source, lang=r.lang,
                    audience=r.audience, department=owner, keywords=(*r.keywords, *r.synonyms),
                    rectangles=tuple(rectangles[r.id]),
                ))
    return found


def published_article_ids(session: Session) -> Iterator[str]:
    """Every article that has ever been published, in a stable order."""
    yield from session.scalars(select(Publication.article_id).distinct().order_by(Publication.article_id))


def count_changes(session: Session, after: int, audiences: frozenset[str]) -> int:
    """How many outbox events after this one are of articles that ever showed something to one of these audiences."""
    return session.scalar(select(func.count()).select_from(OutboxEvent).where(
        OutboxEvent.id > after, _ever_shown(audiences))) or 0


def newest_change(session: Session, viewer: Actor) -> int:
    """The newest outbox event of an article that ever showed something to this viewer, 0 when there is none."""
    audiences = frozenset(a.value for a in audiences_of(viewer))
    return session.scalar(select(func.max(OutboxEvent.id)).where(_ever_shown(audiences))) or 0


def _ever_shown(audiences: frozenset[str]) -> Exists:
    # asked of each event by index: a list of all articles shown would take a second at 100,000 of them
    return (select(Publication.id).join(Revision, Revision.id == Publication.revision_id)
            .where(Publication.article_id == OutboxEvent.article_id, Revision.audience.in_(audiences)).exists())


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


def recorded_passages(session: Session) -> dict[str, list[tuple[str, int]]]:
    """Article id -> revision and ordinal of each passage, as recorded; what ``kb index verify`` compares an engine
    with."""
    found: dict[str, list[tuple[str, int]]] = {}
    query = select(PassageRow.article_id, PassageRow.revision_id, PassageRow.ordinal)
    for article_id, revision_id, ordinal in session.execute(query):
        found.setdefault(article_id, []).append((revision_id, ordinal))
    return found


def passages_containing(session: Session, viewer: Actor, moment: Moment, words: Sequence[str], *,
                        besides: str = "", narrowed_to: str | None = None,
                        limit: int = 50) -> list[tuple[str, PassageSpan]]:
    """Plain fallback search: (revision id, passage) whose text holds any of the words, literally.

    Wildcards in ``words`` are escaped (LIKE); slow, and used only while no engine can answer, or for what no engine
    finds. Where each word holds ``besides``, texts without that are passed over at once.
    """
    words = [word for word in words if word and "\0" not in word]  # at which SQLite would cut the pattern off
    if not words:
        return []
    revisions = (select(Publication.revision_id).join(Revision, Revision.id == Publication.revision_id)
                 .where(answerable(viewer, moment, narrowed_to=narrowed_to)))
    query = (
        select(PassageRow).where(PassageRow.revision_id.in_(revisions),
                                 *((PassageRow.text.contains(besides, autoescape=True),) if besides else ()),
                                 or_(*(PassageRow.text.contains(word, autoescape=True) for word in words)))
        .order_by(PassageRow.revision_id, PassageRow.ordinal).limit(limit)
    )
    return [
        (row.revision_id, PassageSpan(row.ordinal, row.start, row.end, tuple(row.heading_path), row.text))
        for row in session.scalars(query)
    ]


AskedOf = tuple[tuple[str, ...], str]  # a section's headings without the article's title, and a question


@dataclass(frozen=True, slots=True)
class PublishedTitle:
    """A published revision's title with one of its rectangles, for completion while typing. ``questions`` are the
    article's known questions that searches use, with their sections, which this revision need not have."""

    article_id: str
    revision_id: str
    slug: str
    title: str
    names: tuple[str, ...]  # keywords, and synonyms that callers use
    department: str
    audience: str
    rectangle: Rectangle
    questions: tuple[AskedOf, ...] = ()


def published_titles(session: Session, article_ids: Sequence[str] | None = None) -> list[PublishedTitle]:
    """The titles of all published revisions, or of these articles' (at most live.BATCH), ordered by slug; filter them
    with :func:`is_answerable`."""
    sight, asked = Sight.load(session, article_ids), _questions(session, article_ids)
    query = (
        select(Article.id, Revision.id, Revision.number, Article.slug, Revision.title, Revision.keywords,
               Revision.synonyms, Article.owner, Revision.audience, Publication.effective_from,
               Publication.effective_to, Publication.published_at, Publication.superseded_at)
        .join(Revision, Revision.id == Publication.revision_id).join(Article, Article.id == Revision.article_id)
        .where(Publication.superseded_at.is_(None), Revision.redacted_at.is_(None)).order_by(Article.slug)
    )
    rows = session.execute(query if article_ids is None else query.where(Article.id.in_(article_ids)))
    return [PublishedTitle(article_id, revision_id, slug, title, (*keywords, *synonyms), owner, audience, Rectangle(
                start, end, since, until, sight.hidden.get(article_id, ()), sight.closed_at(article_id, number)),
                asked.get(article_id, ()))
            for (article_id, revision_id, number, slug, title, keywords, synonyms, owner, audience, start, end, since,
                 until) in rows]


@dataclass(frozen=True, slots=True)
class TitlesSince:
    """What became of the titles up to the event ``head``: those of the ``changed`` articles, or of all (None)."""

    head: int
    changed: frozenset[str] | None
    titles: tuple[PublishedTitle, ...]


def titles_since(session: Session, known: int) -> TitlesSince:
    """The titles of what changed since an event; of all where little is known, much has changed, or events are gone.

    Reading a hundred thousand titles takes seconds, and somebody is always writing.
    """
    head = outbox.head(session)
    if head == known:
        return TitlesSince(head, frozenset(), ())
    events = outbox.read_after(session, known, limit=BATCH) if 0 <= known < head else []
    if not events or len(events) == BATCH or known < outbox.pruned_up_to(session):
        return TitlesSince(head, None, tuple(published_titles(session)))
    changed = frozenset(event.article_id for event in events)
    return TitlesSince(head, changed, tuple(published_titles(session, sorted(changed))))


def _questions(session: Session, article_ids: Sequence[str] | None) -> dict[str, tuple[AskedOf, ...]]:
    """The released questions of each article, in the order of their release."""
    found: dict[str, list[AskedOf]] = {}
    query = (select(KnownQuestion.article_id, KnownQuestion.heading_path, KnownQuestion.text)
             .where(KnownQuestion.state == "released").order_by(KnownQuestion.released_at, KnownQuestion.id))
    for article_id, path, text in session.execute(
            query if article_ids is None else query.where(KnownQuestion.article_id.in_(article_ids))):
        found.setdefault(article_id, []).append((tuple(path), text))
    return {article_id: tuple(questions) for article_id, questions in found.items()}


@dataclass(frozen=True, slots=True)
class KnownChange:
    """A known question as searches use it, from when to when in system time; ``event_id`` is its last change's."""

    id: str
    article_id: str
    heading_path: tuple[str, ...]  # without the article's title
    text: str
    released_at: datetime
    dropped_at: datetime | None
    event_id: int


_CHANGES = (  # made once: every question asks it
    select(KnownQuestion.id, KnownQuestion.article_id, KnownQuestion.heading_path, KnownQuestion.text,
           KnownQuestion.released_at, KnownQuestion.dropped_at, KnownQuestion.event_id)
    .where(KnownQuestion.event_id > bindparam("after")).order_by(KnownQuestion.event_id).limit(bindparam("limit")))


def known_changes(session: Session, after: int, *, limit: int = 1_000) -> list[KnownChange]:
    """The known questions released or dropped by outbox events after this one, in the order of the events.

    Whoever uses one checks that the asker may read its section.
    """
    rows = session.execute(_CHANGES, {"after": after, "limit": limit})
    return [KnownChange(known_id, article_id, tuple(path), text, released_at, dropped_at, event_id)
            for known_id, article_id, path, text, released_at, dropped_at, event_id in rows
            if released_at is not None and event_id is not None]


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
