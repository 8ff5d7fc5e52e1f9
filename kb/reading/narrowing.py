"""What narrows a desk's list: department, state, review, who writes, words of a title; as conditions on articles.

Each is one that an index answers or that looking at one article decides, so that a page costs about the same however
many articles there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, exists, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from kb.actor import Actor
from kb.articles.live import REVIEW_BY, is_hidden
from kb.articles.revisions import knowable
from kb.errors import Invalid
from kb.models import Article, Draft, Hiding, Publication, Revision, SignalRow, State
from kb.people.permissions import Action, can, may_sql

STATES = ("live", "scheduled", "waiting", "hidden", "unpublished", "retired", "expired")
REVIEWS = ("overdue", "soon")
WRITERS = ("mine", "any")
SIGNALS = ("any", "serious", "warning", "info")
SOON = timedelta(days=30)
_WAITING = (State.IN_REVIEW, State.APPROVED)
_UNPUBLISHED = tuple(state for state in State if state != State.PUBLISHED)
_MANY = 10_000  # texts to be reviewed: beyond, the next fifty are found sooner by walking along the list


@dataclass(frozen=True, slots=True)
class Filter:
    """What narrows the list; empty means any. ``slugs`` are the only articles looked at, where they are given."""

    department: str = ""
    state: str = ""
    review: str = ""
    draft: str = ""
    slugs: tuple[str, ...] | None = None
    signals: str = ""


def narrowed(wanted: Filter, **to: Any) -> Filter:
    """The filter with other values in some places."""
    return replace(wanted, **to)


def sees(viewer: Actor, department: str) -> bool:
    """Whether the viewer sees what is written for a department."""
    return can(viewer, Action.READ_UNPUBLISHED, department)


def conditions(session: Session, viewer: Actor, wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    """The filter as conditions on articles, of the viewer's departments alone; raises Invalid for what there is not."""
    _check(wanted)
    found: list[ColumnElement[bool]] = []
    own = sorted(d for d in viewer.departments if sees(viewer, d))
    if wanted.department:
        found.append(Article.owner == wanted.department)
    if not sees(viewer, wanted.department):
        found.append(Article.owner.in_(own))
    if wanted.slugs is not None:
        found.append(Article.slug.in_(wanted.slugs))
    if wanted.state:
        found.append(_in_state(wanted.state, now))
    if wanted.review:
        until = now if wanted.review == "overdue" else now + SOON
        is_dense = wanted.slugs is not None or _are_many(session, until)
        found += [Article.retired_at.is_(None), _live(now, until >= REVIEW_BY) if is_dense else _due(now, until)]
    if wanted.signals:
        open_ones = select(SignalRow.article_id).where(SignalRow.cleared_at.is_(None))
        found.append(Article.id.in_(open_ones if wanted.signals == "any" else open_ones.where(
            SignalRow.severity == wanted.signals)))
    if wanted.draft:
        writes = select(Draft.article_id)
        found.append(Article.id.in_(writes.where(Draft.author == viewer.name) if wanted.draft == "mine" else writes))
    return found


def titled(session: Session, viewer: Actor, words: str, department: str = "", limit: int = 200) -> tuple[str, ...]:
    """The slugs of articles of one department, or the viewer's own, a text of which has these words in its title; of
    the whole house only those that somebody works on, for an index of live titles knows the others."""
    sought = words.lower()
    in_draft = func.lower(Draft.fields["title"].as_string()).contains(sought, autoescape=True)
    in_text = func.lower(Revision.title).contains(sought, autoescape=True)
    codes = [department] if department else sorted(d for d in viewer.departments if sees(viewer, d))
    is_narrow = bool(department) or not sees(viewer, "")
    of_these = Article.owner.in_(codes) if is_narrow else Revision.state.in_(_UNPUBLISHED)
    drafts = select(Article.slug).join(Draft, Draft.article_id == Article.id).where(
        in_draft, may_sql(viewer, Action.READ_UNPUBLISHED, Draft))
    texts = select(Article.slug).join(Revision, Revision.article_id == Article.id).where(
        in_text, of_these, knowable(viewer))
    return tuple(dict.fromkeys(slug for query in (drafts, texts) for slug in session.scalars(
        query.distinct().order_by(Article.slug).limit(limit))))


def _check(wanted: Filter) -> None:
    for name, value, known in (("state", wanted.state, STATES), ("review", wanted.review, REVIEWS),
                               ("draft", wanted.draft, WRITERS), ("signals", wanted.signals, SIGNALS)):
        if value and value not in known:
            raise Invalid("filter", "{name}: one of {known}", name=name, known=known, fields={name: "unknown"})


def _in_state(state: str, now: datetime) -> ColumnElement[bool]:
    if state == "waiting":
        return Article.id.in_(select(Revision.article_id).where(Revision.state.in_(_WAITING)))
    if state == "hidden":
        return Article.retired_at.is_(None) & Article.id.in_(select(Hiding.article_id).where(
            Hiding.hidden_at <= now, or_(Hiding.until.is_(None), Hiding.until > now)))
    if state == "retired":
        return Article.retired_at.is_not(None)
    if state == "unpublished":
        # somebody wrote or handed in a text, or there would be no article
        begun = select(Draft.article_id).union(select(Revision.article_id).where(Revision.state.in_(_UNPUBLISHED)))
        return Article.id.in_(begun) & ~exists().where(Publication.article_id == Article.id)
    if state == "scheduled":
        return Article.id.in_(select(Publication.article_id).where(
            Publication.effective_from > now, Publication.superseded_at.is_(None)))
    if state == "expired":
        ended = select(Publication.article_id).where(Publication.superseded_at.is_(None),
                                                     Publication.effective_to <= now)
        return (Article.retired_at.is_(None) & Article.id.in_(ended) & ~is_hidden(Article.id, now)
                & ~exists().where(Publication.article_id == Article.id, Publication.superseded_at.is_(None),
                                  or_(Publication.effective_to.is_(None), Publication.effective_to > now)))
    return Article.retired_at.is_(None) & _live(now) & ~is_hidden(Article.id, now)


def _live(now: datetime, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a text of the Article is in force, and holds what is asked of it besides."""
    return exists().where(
        Publication.article_id == Article.id, _in_force(now),
        *((Revision.id == Publication.revision_id, *more) if more else ()))


def _due(now: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether a text of the Article is in force that is to be reviewed until then. The date kept with its publication
    is never later than the one in force, which is asked of those few that it leaves."""
    return Article.id.in_(
        select(Publication.article_id).join(Revision, Revision.id == Publication.revision_id)
        .where(Publication.id.in_(_to_review(until)), _in_force(now), until >= REVIEW_BY))


def _are_many(session: Session, until: datetime) -> bool:
    rows = _to_review(until).limit(_MANY + 1).subquery()
    return (session.scalar(select(func.count()).select_from(rows)) or 0) > _MANY


def _to_review(until: datetime) -> CompoundSelect[int]:
    """What is live by its kept date, and what has none, each found in the index: either of two is read from end to end.
    """
    kept = aliased(Publication)
    live = select(kept.id).where(kept.superseded_at.is_(None))
    return union_all(live.where(kept.review_by <= until), live.where(kept.review_by.is_(None)))


def _in_force(now: datetime) -> ColumnElement[bool]:
    return and_(Publication.superseded_at.is_(None), Publication.effective_from <= now,
                or_(Publication.effective_to.is_(None), Publication.effective_to > now))
