"""What of the open signals somebody is shown: those whose evidence they may all read, each with its reason in words.

A signal acts, too, only for those to whom it is shown: whoever ranks or marks something by signals asks here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor, Audience
from kb.articles.revisions import readable
from kb.errors import Invalid
from kb.messages.catalogue import say
from kb.models import Article, Revision, SignalEvidence, SignalRow, State
from kb.people.permissions import audiences_of
from kb.upkeep.signals.live_texts import rows_of
from kb.upkeep.signals.registry import KINDS, explained
from kb.upkeep.signals.signal import Severity

LARGEST_PAGE = 200  # signals


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of evidence as it is shown: words of a revision with where they stand, or, of one that no text holds,
    what it is (``source``). A whole text has no words."""

    quote: str
    source: str = ""
    revision_id: str | None = None
    slug: str = ""
    number: int = 0
    title: str = ""
    start: int = 0
    end: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"quote": self.quote, "source": self.source or None, "slug": self.slug or None,
                "revision": self.number or None, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Signal:
    """An open signal of an article, with what it rests on."""

    id: str
    article_id: str
    slug: str
    title: str
    department: str
    kind: str
    severity: str
    facts: Mapping[str, Any]
    since: datetime
    evidence: tuple[Place, ...]

    def said(self, lang: str) -> str:
        """Why, in one sentence."""
        return say(explained(self.kind, self.facts), lang)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Its JSON form, the same in the shell and the API."""
        return {"id": self.id, "article": self.slug, "title": self.title, "department": self.department,
                "kind": self.kind, "severity": self.severity, "text": self.said(lang),
                "since": self.since.isoformat(), "evidence": [place.as_dict() for place in self.evidence]}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows a list of signals; empty means any."""

    department: str = ""
    kind: str = ""
    severity: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """A page of signals, the latest first; ``next_after`` is the cursor of the next page."""

    items: tuple[Signal, ...]
    next_after: str | None


def visible(viewer: Actor, now: Any, *, narrowed_to: str | None = None) -> ColumnElement[bool]:
    """Whether this viewer may read all that a SignalRow rests on. Not beside a Revision in the same statement."""
    audiences = audiences_of(viewer, narrowed_to=narrowed_to)
    by_audience = SignalRow.audience.in_(sorted(audience.value for audience in audiences))
    if audiences_of(viewer) != {Audience.PUBLIC}:
        return by_audience
    unread = exists().where(SignalEvidence.signal_id == SignalRow.id, Revision.id == SignalEvidence.revision_id,
                            ~readable(viewer, now))
    return and_(by_audience, ~unread)


def signals(session: Session, viewer: Actor, wanted: Wanted = Wanted(), *, now: datetime, after: str = "",
            limit: int = 50) -> Signals:
    """Open signals that the viewer may see, the latest first, after the cursor ``after``; raises Invalid for what
    there is not."""
    limit = max(1, min(limit, LARGEST_PAGE))
    query = (select(SignalRow, Article.slug, Article.owner).join(Article, Article.id == SignalRow.article_id)
             .where(SignalRow.cleared_at.is_(None), Article.retired_at.is_(None), visible(viewer, now),
                    *_narrowed(wanted), *_past(after))
             .order_by(SignalRow.raised_at.desc(), SignalRow.id).limit(limit + 1))
    rows = [(row[0], row[1], row[2]) for row in session.execute(query)]
    shown = tuple(_signals(session, viewer, rows[:limit]))
    last = rows[limit - 1][0] if len(rows) > limit else None
    return Signals(shown, f"{last.raised_at.isoformat()}|{last.id}" if last else None)


def signals_of(session: Session, viewer: Actor, article_ids: Collection[str], *, now: datetime,
               ) -> dict[str, list[Signal]]:
    """The open signals of these articles that the viewer may see, the gravest first."""
    query = (select(SignalRow, Article.slug, Article.owner).join(Article, Article.id == SignalRow.article_id)
             .where(SignalRow.cleared_at.is_(None), visible(viewer, now)))
    rows = [(row[0], row[1], row[2]) for row in rows_of(session, query, article_ids, SignalRow.article_id)]
    found: dict[str, list[Signal]] = {}
    for signal in sorted(_signals(session, viewer, rows), key=gravest):
        found.setdefault(signal.article_id, []).append(signal)
    return found


def gravest(signal: Signal) -> tuple[int, datetime, str]:
    """The order in which signals of one article are shown."""
    return -list(Severity).index(Severity(signal.severity)), signal.since, signal.id


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    known = {"kind": KINDS, "severity": tuple(Severity)}
    for name, values in known.items():
        if getattr(wanted, name) and getattr(wanted, name) not in values:
            raise Invalid("filter", "{name}: one of {known}", name=name, known=[str(v) for v in values],
                          fields={name: "unknown"})
    pairs = ((Article.owner, wanted.department), (SignalRow.kind, wanted.kind),
             (SignalRow.severity, wanted.severity), (Article.slug, wanted.article))
    return [column == value for column, value in pairs if value]


def _past(cursor: str) -> list[ColumnElement[bool]]:
    """What stands after the signal that a page's cursor names."""
    if not cursor:
        return []
    at, _, last = cursor.partition("|")
    try:
        raised_at = datetime.fromisoformat(at)
        if raised_at.tzinfo is None:
            raise ValueError("no zone")
    except ValueError as error:
        raise Invalid("cursor", "the cursor is not one of a page's; start without it",
                      fields={"cursor": "unknown"}) from error
    return [or_(SignalRow.raised_at < raised_at, and_(SignalRow.raised_at == raised_at, SignalRow.id > last))]


def _signals(session: Session, viewer: Actor, rows: Sequence[tuple[SignalRow, str, str]]) -> Iterator[Signal]:
    """With the texts that the evidence names, and the articles' titles: two statements for all."""
    ids = {e["revision_id"] for row, _, _ in rows for e in row.evidence if e["revision_id"]}
    texts = {row[0]: (row[1], row[2], row[3]) for row in rows_of(
        session, select(Revision.id, Article.slug, Revision.number, Revision.title)
        .join(Article, Article.id == Revision.article_id), ids, Revision.id)}
    titles = titles_of(session, viewer, {row.article_id for row, _, _ in rows})
    for row, slug, owner in rows:
        yield Signal(row.id, row.article_id, slug, titles.get(row.article_id, slug), owner, row.kind, row.severity,
                     row.facts, row.raised_at, tuple(_places(row.evidence, texts)))


def _places(evidence: Iterable[Mapping[str, Any]], texts: Mapping[str, tuple[str, int, str]]) -> Iterator[Place]:
    for e in evidence:
        text = texts.get(e["revision_id"] or "")
        if text is None:
            yield Place(e["quote"], e["source"])
        else:
            yield Place(e["quote"], e["source"], e["revision_id"], *text, e["start"], e["end"])


def titles_of(session: Session, viewer: Actor, article_ids: Collection[str]) -> dict[str, str]:
    """What these articles are called: the title of the last published text that the viewer may read."""
    query = (select(Revision.article_id, Revision.title)
             .where(Revision.state == State.PUBLISHED, Revision.redacted_at.is_(None),
                    Revision.audience.in_(sorted(audiences_of(viewer)))).order_by(Revision.number))
    return {row[0]: row[1] for row in rows_of(session, query, article_ids, Revision.article_id)}
