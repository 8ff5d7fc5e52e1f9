"""The desk of those who write: their departments' articles, what is being written for them, and what came back.

Lists are pages by cursor in the order of slugs. A page's articles are found first, by conditions that an index answers
or that looking at one article decides, and what is shown of them is read for the page alone. Nothing is shown of
another department's drafts and submissions, whatever is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.hiding import Hidden
from kb.articles.live import REVIEW_BY
from kb.errors import Invalid, NotFound
from kb.models import Article, Department, Draft, Hiding, Publication, Revision, State
from kb.people.permissions import Action, may_anywhere
from kb.reading import narrowing
from kb.reading.narrowing import Filter, sees
from kb.text import SLUG
from kb.upkeep.signals.health import counted

LARGEST_PAGE = 100  # articles
_WAITING = (State.IN_REVIEW, State.APPROVED)


@dataclass(frozen=True, slots=True)
class DraftMark:
    """That somebody is writing."""

    id: str
    author: str
    title: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """A text that was handed in and is not published: it waits, or came back."""

    number: int
    state: str
    title: str
    author: str


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """An article as its department sees it. ``state`` is one of STATES or ``expired``; ``review_by`` is the live
    text's, and None where none is live."""

    slug: str
    title: str
    department: str
    state: str
    number: int | None
    audience: str
    effective_from: datetime | None
    effective_to: datetime | None
    review_by: datetime | None
    drafts: tuple[DraftMark, ...]
    waiting: tuple[Submission, ...]
    hidden: Hidden | None
    signals: tuple[tuple[str, int], ...] = ()  # how many are open, by severity, the gravest first

    def is_due(self, now: datetime) -> bool:
        """Whether the day by which it is to be looked at again has come."""
        return self.review_by is not None and self.review_by <= now

    def as_dict(self, now: datetime) -> dict[str, Any]:
        """Its JSON form at this instant."""
        days = {name: getattr(self, name) for name in ("effective_from", "effective_to", "review_by")}
        return {"slug": self.slug, "title": self.title, "department": self.department, "state": self.state,
                "revision": self.number, "audience": self.audience,
                **{name: day.isoformat() if day else None for name, day in days.items()}, "overdue": self.is_due(now),
                "drafts": [{"id": d.id, "author": d.author, "title": d.title, "updated_at": d.updated_at.isoformat()}
                           for d in self.drafts],
                "waiting": [{"revision": s.number, "state": s.state, "title": s.title, "author": s.author}
                            for s in self.waiting]}


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of the list; ``next_after`` is the cursor of the next, None at the end."""

    items: tuple[DeskEntry, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class _Text:
    """What a list shows of a published text."""

    number: int
    title: str
    audience: str
    effective_from: datetime
    effective_to: datetime | None
    review_by: datetime | None


def desk_departments(session: Session, viewer: Actor) -> list[Department]:
    """The departments for which the viewer writes or signs, by code; the standing ones first."""
    rows = session.scalars(select(Department).order_by(Department.dissolved_at.is_not(None), Department.code))
    return [d for d in rows if sees(viewer, d.code)]


def desk(session: Session, viewer: Actor, wanted: Filter, *, now: datetime, after: str = "", limit: int = 50) -> Desk:
    """The articles of the viewer's departments that the filter leaves, after the slug ``after``.

    Raises Invalid for a cursor that no page gave, and for a filter that there is not.
    """
    if after and not SLUG.fullmatch(after):
        raise Invalid("cursor", "the cursor is not one of a page's; start without it", fields={"cursor": "unknown"})
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = session.execute(select(Article.id, Article.slug).where(Article.slug > after, *narrowing.conditions(
        session, viewer, wanted, now)).order_by(Article.slug).limit(limit + 1)).all() if may_anywhere(
            viewer, Action.DRAFT) or may_anywhere(viewer, Action.APPROVE) else []
    return Desk(entries(session, [row[0] for row in rows[:limit]], now),
                rows[limit - 1][1] if len(rows) > limit else None)


def entries(session: Session, article_ids: Sequence[str], now: datetime) -> tuple[DeskEntry, ...]:
    """What a list shows of these articles, in their order."""
    articles = {a.id: a for a in session.scalars(select(Article).where(Article.id.in_(article_ids)))}
    texts, drafts = _texts(session, article_ids, now), _drafts(session, article_ids)
    submissions, hidden = _submissions(session, article_ids), _hidden(session, article_ids, now)
    signals = counted(session, article_ids)
    return tuple(replace(_entry(articles[i], texts.get(i), drafts[i], submissions[i], hidden.get(i), now),
                         signals=signals.get(i, ())) for i in article_ids)


def _entry(article: Article, text: _Text | None, drafts: Sequence[DraftMark], submissions: Sequence[Submission],
           hidden: Hidden | None, now: datetime) -> DeskEntry:
    waiting = tuple(s for s in submissions if s.state in _WAITING)
    state = ("retired" if article.retired_at else "hidden" if hidden else
             ("waiting" if waiting else "unpublished") if text is None else
             "scheduled" if text.effective_from > now else
             "expired" if text.effective_to is not None and text.effective_to <= now else "live")
    title = text.title if text else next(iter((*(s.title for s in submissions), *(d.title for d in drafts), "")))
    return DeskEntry(
        slug=article.slug, title=title or article.slug, department=article.owner, state=state,
        number=text.number if text else None, audience=text.audience if text else "",
        effective_from=text.effective_from if text else None, effective_to=text.effective_to if text else None,
        review_by=text.review_by if text and state in ("live", "hidden") else None, drafts=tuple(drafts),
        waiting=waiting, hidden=hidden)


def _texts(session: Session, article_ids: Collection[str], now: datetime) -> dict[str, _Text]:
    """Of each article the text in force, else the next to come, else the last one that was."""
    rows = session.execute(
        select(Publication.article_id, Revision.number, Revision.title, Revision.audience, Publication.effective_from,
               Publication.effective_to, REVIEW_BY)
        .join(Revision, Revision.id == Publication.revision_id)
        .join(Article, Article.id == Publication.article_id)
        .where(Publication.article_id.in_(article_ids), or_(Publication.superseded_at.is_(None),
                                                            Publication.superseded_at >= Article.retired_at)))
    found: dict[str, _Text] = {}
    for article_id, *columns in rows:
        text = _Text(*columns)
        if article_id not in found or _rank(text, now) > _rank(found[article_id], now):
            found[article_id] = text
    return found


def _rank(text: _Text, now: datetime) -> tuple[int, float]:
    is_over = text.effective_to is not None and text.effective_to <= now
    if text.effective_from > now:
        return 1, -text.effective_from.timestamp()
    return (0 if is_over else 2), text.effective_from.timestamp()


def _drafts(session: Session, article_ids: Collection[str]) -> Mapping[str, list[DraftMark]]:
    found: defaultdict[str, list[DraftMark]] = defaultdict(list)
    for row in session.execute(select(Draft.article_id, Draft.id, Draft.author, Draft.fields["title"].as_string(),
                                      Draft.updated_at)
                               .where(Draft.article_id.in_(article_ids)).order_by(Draft.updated_at.desc())):
        found[row[0]].append(DraftMark(*row[1:]))
    return found


def _submissions(session: Session, article_ids: Collection[str]) -> Mapping[str, list[Submission]]:
    found: defaultdict[str, list[Submission]] = defaultdict(list)
    for row in session.execute(select(Revision.article_id, Revision.number, Revision.state, Revision.title,
                                      Revision.author)
                               .where(Revision.article_id.in_(article_ids), Revision.state != State.PUBLISHED)
                               .order_by(Revision.number.desc())):
        found[row[0]].append(Submission(*row[1:]))
    return found


def _hidden(session: Session, article_ids: Collection[str], now: datetime) -> dict[str, Hidden]:
    return {h.article_id: Hidden(h.reason, h.hidden_by, h.hidden_at, h.until, h.signed_by)
            for h in session.scalars(select(Hiding).where(
                Hiding.article_id.in_(article_ids), Hiding.hidden_at <= now,
                or_(Hiding.until.is_(None), Hiding.until > now)))}


def desk_article(session: Session, viewer: Actor, slug: str, *, now: datetime) -> DeskEntry:
    """One article as its department sees it; raises NotFound for who neither writes nor signs for it."""
    row = session.execute(select(Article.id, Article.owner).where(Article.slug == slug)).first()
    if row is None or not sees(viewer, row[1]):
        raise NotFound("no_article", "no article {slug!r} that you write or sign for", slug=slug[:120])
    return entries(session, [row[0]], now)[0]
