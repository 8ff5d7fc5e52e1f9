"""Contradictions between texts in force, kept for those who look: which texts are still to be compared, and what was
found.

Reading both is done by whoever can read (retriever/contradictions.py). A published text never changes, so a text
without a mark of the present method is all that there is to do. It is compared with the texts in force then; one that
is published later is compared with it in its own turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from kb.actor import Actor
from kb.articles.live import LiveRevision, Moment, live_revisions
from kb.markup.facts.fact import Fact
from kb.markup.facts.sought import kept_value
from kb.models import Article, ConflictPair, ConflictReading, FactRow, Publication, Revision

METHOD = 2  # goes up with every change of what is found, so that all is compared anew
_BATCH = 500  # values of one IN list


@dataclass(frozen=True, slots=True)
class TextInForce:
    """A text as it is compared with others."""

    article_id: str
    revision_id: str
    title: str
    source: str
    lang: str


@dataclass(frozen=True, slots=True)
class FoundConflict:
    """Statements of two revisions that contradict each other; offsets are into each one's source."""

    revision_id: str
    other_revision_id: str
    kind: str
    score: float
    start: int
    end: int
    other_start: int
    other_end: int


@dataclass(frozen=True, slots=True)
class ShownConflict:
    """A contradiction with the words of both sides: for each, slug, title, number of the revision, and the stretch."""

    kind: str
    score: float
    sides: tuple[Mapping[str, str | int], Mapping[str, str | int]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": self.kind, "score": self.score, "one": dict(self.sides[0]), "other": dict(self.sides[1])}


@dataclass(frozen=True, slots=True)
class LiveConflict:
    """A contradiction between two articles' texts in force, with both titles."""

    article_id: str
    title: str
    other_article_id: str
    other_title: str
    found: FoundConflict

    @property
    def turned(self) -> LiveConflict:
        """The same, seen from the other article."""
        return LiveConflict(self.other_article_id, self.other_title, self.article_id, self.title,
                            _turned(self.found))


def uncompared(session: Session, *, now: datetime, limit: int) -> list[TextInForce]:
    """Texts in force that wait to be compared, the newest first, at most so many."""
    query = (_texts(now).outerjoin(ConflictReading, and_(ConflictReading.revision_id == Publication.revision_id,
                                                         ConflictReading.method == METHOD))
             .where(ConflictReading.revision_id.is_(None)).order_by(Publication.id.desc()).limit(limit))
    return list(dict.fromkeys(TextInForce(*row) for row in session.execute(query)))


def count_uncompared(session: Session, *, now: datetime) -> int:
    """How many texts in force wait to be compared."""
    query = (select(func.count(Publication.revision_id.distinct()))
             .join(Article, Article.id == Publication.article_id)
             .outerjoin(ConflictReading, and_(ConflictReading.revision_id == Publication.revision_id,
                                              ConflictReading.method == METHOD))
             .where(_in_force(Publication, Article, now), ConflictReading.revision_id.is_(None)))
    return session.scalar(query) or 0


def texts_of(session: Session, article_ids: Collection[str], *, now: datetime) -> list[TextInForce]:
    """The texts in force of these articles (some hundred at most)."""
    rows = session.execute(_texts(now).where(Publication.article_id.in_(sorted(article_ids)[:_BATCH])))
    return list(dict.fromkeys(TextInForce(*row) for row in rows))


def articles_stating(session: Session, facts: Iterable[Fact], *, now: datetime, limit: int) -> list[str]:
    """Articles in force whose kept figures hold one of these (some hundred at most), at most so many."""
    values = sorted({(fact.kind, kept_value(fact)) for fact in facts})[:_BATCH // 2]
    if not values:
        return []
    rows = session.scalars(
        select(Publication.article_id).join(Article, Article.id == Publication.article_id)
        .join(FactRow, FactRow.revision_id == Publication.revision_id)
        .where(_in_force(Publication, Article, now), or_(*(and_(FactRow.kind == kind, FactRow.value == value)
                                                           for kind, value in values)))
        .group_by(Publication.article_id).order_by(func.count().desc(), Publication.article_id).limit(limit))
    return list(rows)


def keep_conflicts(session: Session, revision_id: str, compared: Iterable[str], found: Iterable[FoundConflict], *,
                   now: datetime) -> None:
    """Keep what comparing a revision with others (``compared``) found, in the place of what was found between them; of
    erased words nothing but the mark."""
    others = sorted(set(compared))
    for at in range(0, len(others), _BATCH):
        some = others[at:at + _BATCH]
        session.execute(delete(ConflictPair).where(or_(
            and_(ConflictPair.revision_id == revision_id, ConflictPair.other_revision_id.in_(some)),
            and_(ConflictPair.other_revision_id == revision_id, ConflictPair.revision_id.in_(some)))))
    pairs = list(found)
    named = {revision_id, *(pair.other_revision_id for pair in pairs)}
    rows = session.execute(select(Revision.id, Revision.redacted_at).where(Revision.id.in_(sorted(named)[:_BATCH]))
                           .order_by(Revision.id).with_for_update())  # nobody erases words meanwhile
    readable = {key for key, redacted_at in rows if redacted_at is None}
    session.add_all(ConflictPair(
        revision_id=pair.revision_id, other_revision_id=pair.other_revision_id, kind=pair.kind, score=pair.score,
        start=pair.start, end=pair.end, other_start=pair.other_start, other_end=pair.other_end)
        for pair in pairs if {pair.revision_id, pair.other_revision_id} <= readable)
    session.execute(delete(ConflictReading).where(ConflictReading.revision_id == revision_id))
    session.add(ConflictReading(revision_id=revision_id, method=METHOD, read_at=now))
    session.flush()


def forget_conflicts(session: Session, revision_ids: Collection[str]) -> None:
    """Remove what is kept of these revisions."""
    session.execute(delete(ConflictPair).where(or_(ConflictPair.revision_id.in_(revision_ids),
                                                   ConflictPair.other_revision_id.in_(revision_ids))))
    session.execute(delete(ConflictReading).where(ConflictReading.revision_id.in_(revision_ids)))


def live_conflicts(session: Session, article_ids: Collection[str] | None, *, now: datetime) -> Iterator[LiveConflict]:
    """The contradictions between texts in force that touch these articles, or all; each once for each of the asked
    articles, seen from it."""
    wanted: Sequence[str | None] = [None] if article_ids is None else sorted(article_ids)
    for start in range(0, len(wanted), _BATCH):
        some = [one for one in wanted[start:start + _BATCH] if one is not None]
        for row in session.execute(_pairs(now, some)):
            conflict = _conflict(row)
            for one in (conflict, conflict.turned):
                if article_ids is None or one.article_id in some:
                    yield one


def kept_conflicts(session: Session, viewer: Actor, *, now: datetime) -> list[ShownConflict]:
    """The contradictions between texts in force, the surest first, with their words; for who may read both."""
    pairs = list(dict.fromkeys(one.found for one in live_conflicts(session, None, now=now)))
    pairs = [one for n, one in enumerate(pairs) if not any(_turned(one) == other for other in pairs[:n])]
    ids = {text for one in pairs for text in (one.revision_id, one.other_revision_id)}
    texts = live_revisions(session, viewer, Moment(now, now), ids)
    shown = []
    for one in sorted(pairs, key=lambda pair: -pair.score):
        mine, theirs = texts.get(one.revision_id), texts.get(one.other_revision_id)
        if mine is not None and theirs is not None:
            shown.append(ShownConflict(one.kind, one.score, (_shown(mine, one.start, one.end),
                                                             _shown(theirs, one.other_start, one.other_end))))
    return shown


def _shown(text: LiveRevision, start: int, end: int) -> dict[str, str | int]:
    return {"slug": text.slug, "title": text.title, "revision": text.number, "quote": text.source[start:end],
            "start": start, "end": end}


def _turned(one: FoundConflict) -> FoundConflict:
    return FoundConflict(one.other_revision_id, one.revision_id, one.kind, one.score, one.other_start, one.other_end,
                         one.start, one.end)


def _texts(now: datetime) -> Select[str, str, str, str, str]:
    return (select(Publication.article_id, Publication.revision_id, Revision.title, Revision.source, Revision.lang)
            .join(Article, Article.id == Publication.article_id)
            .join(Revision, Revision.id == Publication.revision_id)
            .where(_in_force(Publication, Article, now), Revision.redacted_at.is_(None)))


def _in_force(publication: type[Publication], article: type[Article], now: datetime) -> ColumnElement[bool]:
    return and_(publication.superseded_at.is_(None), publication.effective_from <= now, article.retired_at.is_(None),
                or_(publication.effective_to.is_(None), publication.effective_to > now))


def _pairs(now: datetime, article_ids: Sequence[str]) -> Select[*tuple[object, ...]]:
    one, other = aliased(Publication), aliased(Publication)
    article, beside = aliased(Article), aliased(Article)
    text, texts = aliased(Revision), aliased(Revision)
    query = (select(one.article_id, text.title, other.article_id, texts.title, ConflictPair)
             .join(one, one.revision_id == ConflictPair.revision_id).join(article, article.id == one.article_id)
             .join(other, other.revision_id == ConflictPair.other_revision_id)
             .join(beside, beside.id == other.article_id)
             .join(text, text.id == ConflictPair.revision_id).join(texts, texts.id == ConflictPair.other_revision_id)
             .where(_in_force(one, article, now), _in_force(other, beside, now), one.article_id != other.article_id)
             .order_by(ConflictPair.id))
    if not article_ids:
        return query
    return query.where(or_(one.article_id.in_(article_ids), other.article_id.in_(article_ids)))


def _conflict(row: Row[*tuple[object, ...]]) -> LiveConflict:
    article_id, title, other_article_id, other_title, pair = row
    assert isinstance(pair, ConflictPair)
    return LiveConflict(str(article_id), str(title), str(other_article_id), str(other_title), FoundConflict(
        pair.revision_id, pair.other_revision_id, pair.kind, pair.score, pair.start, pair.end, pair.other_start,
        pair.other_end))
