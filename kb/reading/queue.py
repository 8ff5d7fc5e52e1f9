"""What waits for somebody: texts to sign, of one's departments or all, what owes signatures, what is ready to publish.

What was published urgently and owes signatures comes first, by when they are due; then the longest waiting, a page at a
time. Rows are chosen by the SQL twin of the permission, and for a whole page at once it is asked whose turn it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, defer, selectinload

from kb.actor import Actor
from kb.articles.acts.awaiting import waiting_for_each
from kb.articles.acts.owing import is_unpaid, refusals_of
from kb.articles.acts.reviews import still_waiting
from kb.articles.comments import open_comments_of
from kb.articles.revisions import knowable
from kb.models import Article, Revision, RevisionLook, Signature, State, Urgency
from kb.people.permissions import Action, can, holds, may_sql

PAGE = 20  # texts
_MOST_OWED = 200  # texts that owe signatures, shown before the first page
_TRIED = 200  # rows that one page looks at


class Whose(StrEnum):
    """Which texts a queue holds."""

    MINE = "mine"  # that wait for a signature of the viewer's
    ALL = "all"  # that the viewer may know, whoever signs
    READY = "ready"  # that all have signed, to be published: for who may do that, and for who writes for its department


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text in a queue. ``mine`` are the departments that the viewer can sign for now, ``is_substitute`` whether only
    in their place; ``due_at`` is until when, for one that was published urgently."""

    revision_id: str
    slug: str
    number: int
    title: str
    department: str
    author: str
    submitted_at: datetime
    sha256: str
    change_note: str
    is_minor: bool
    effective_from: datetime
    waiting_for: tuple[str, ...]
    mine: tuple[str, ...]
    is_substitute: bool
    due_at: datetime | None = None
    refused_by: tuple[str, ...] = ()
    comments: int = 0
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of a queue; ``next_after`` is the cursor of the next one, empty at the end."""

    owed: tuple[Waiting, ...]
    items: tuple[Waiting, ...]
    next_after: str


def queue(session: Session, viewer: Actor, *, whose: Whose = Whose.MINE, after: str = "", limit: int = PAGE) -> Queue:
    """What waits, after the text of this id; what is owed stands on the first page alone."""
    owed = _owed(session, viewer, whose) if not after and whose != Whose.READY else []
    states = (State.APPROVED,) if whose == Whose.READY else (State.IN_REVIEW, State.APPROVED)
    query = _rows(viewer, whose).where(Revision.state.in_(states), *_behind(session, after))
    found: list[Waiting] = []
    last = ""
    tried = session.scalars(query.order_by(Revision.created_at, Revision.id).limit(_TRIED)).all()
    for at in range(0, len(tried), limit):
        part = tried[at:at + limit]
        missing = waiting_for_each(session, part)
        for row in part:
            found += _chosen(viewer, whose, row, missing[row.id], None)
            last = row.id
            if len(found) == limit:
                break
        if len(found) == limit:
            break
    is_end = not tried or (last == tried[-1].id and len(tried) < _TRIED)
    return Queue(tuple(_told(session, viewer, owed)), tuple(_told(session, viewer, found)), "" if is_end else last)


def _owed(session: Session, viewer: Actor, whose: Whose) -> list[Waiting]:
    """What was published urgently and owes signatures still; few enough to be named one by one."""
    due = {row[0]: row[1] for row in session.execute(
        select(Urgency.revision_id, Urgency.due_at).where(Urgency.settled_at.is_(None)).order_by(Urgency.due_at)
        .limit(_MOST_OWED))}
    if not due:
        return []
    rows = session.scalars(_rows(viewer, whose).join(Urgency, Urgency.revision_id == Revision.id)
                           .where(Revision.id.in_(list(due)), is_unpaid()).order_by(Urgency.due_at, Revision.id)).all()
    return [one for row in rows for one in _chosen(viewer, whose, row, still_waiting(session, row), due[row.id])]


def count_mine(session: Session, viewer: Actor, now: datetime) -> int:
    """About how many texts wait for the viewer, in one statement: those of departments that they sign for, neither
    written nor decided on by them, and those that are signed and theirs to publish."""
    _ = now
    if not can(viewer, Action.READ_HISTORY):
        return 0
    return session.scalar(select(func.count()).select_from(Revision).where(or_(
        and_(Revision.state == State.IN_REVIEW, *_to_sign(viewer)), _to_publish(viewer)))) or 0


def count_ready(session: Session, viewer: Actor) -> int:
    """About how many texts are signed and the viewer's to publish."""
    return session.scalar(select(func.count()).select_from(Revision).where(_to_publish(viewer))) or 0


def _to_publish(viewer: Actor) -> ColumnElement[bool]:
    is_retired = exists().where(Article.id == Revision.article_id, Article.retired_at.is_not(None))
    return and_(Revision.state == State.APPROVED, may_sql(viewer, Action.PUBLISH, Revision), ~is_retired)


def _rows(viewer: Actor, whose: Whose) -> Select[Revision]:
    conditions: Sequence[ColumnElement[bool]] = (knowable(viewer),)
    if whose == Whose.MINE:
        conditions = (knowable(viewer), *_to_sign(viewer))
    elif whose == Whose.READY:
        conditions = (knowable(viewer), or_(may_sql(viewer, Action.PUBLISH, Revision),
                                            may_sql(viewer, Action.DRAFT, Revision), Revision.author == viewer.name))
    return (select(Revision).join(Article, Article.id == Revision.article_id)
            .options(contains_eager(Revision.article), selectinload(Revision.co_owners), defer(Revision.source))
            .where(*conditions))


def _to_sign(viewer: Actor) -> tuple[ColumnElement[bool], ...]:
    has_decided = exists().where(Signature.revision_id == Revision.id, Signature.signer == viewer.name)
    return may_sql(viewer, Action.APPROVE, Revision), ~has_decided


def _behind(session: Session, after: str) -> tuple[ColumnElement[bool], ...]:
    last = session.execute(select(Revision.created_at, Revision.id).where(Revision.id == after)).first() \
        if after else None
    if last is None:
        return ()
    return (or_(Revision.created_at > last[0], and_(Revision.created_at == last[0], Revision.id > last[1])),)


def _chosen(viewer: Actor, whose: Whose, row: Revision, missing: Sequence[str], due_at: datetime | None
            ) -> Iterator[Waiting]:
    """The text, if it belongs into the queue."""
    own = tuple(dict.fromkeys(d for d in missing if holds(viewer, Action.APPROVE, d)))
    able = own or tuple(dict.fromkeys(d for d in missing if can(viewer, Action.APPROVE, d)))
    if viewer.name in (row.author, *row.contributors):
        able = ()
    if (not missing) == (whose == Whose.READY) and (whose != Whose.MINE or able):
        yield Waiting(row.id, row.article.slug, row.number, row.title, row.article.owner, row.author, row.created_at,
                      row.sha256, row.change_note, row.is_minor, row.effective_from, tuple(dict.fromkeys(missing)),
                      able, not own and bool(able), due_at)


def _told(session: Session, viewer: Actor, found: Sequence[Waiting]) -> Iterator[Waiting]:
    """The same with what was said of them, and when the viewer last looked."""
    ids = [one.revision_id for one in found]
    comments = open_comments_of(session, ids) if ids else {}
    looks = {row[0]: row[1] for row in session.execute(
        select(RevisionLook.revision_id, RevisionLook.looked_at).where(
            RevisionLook.person == viewer.name, RevisionLook.revision_id.in_(ids)))} if ids else {}
    for one in found:
        refused = tuple(dict.fromkeys(r.department for r in refusals_of(session, one.revision_id))) \
            if one.due_at else ()
        yield replace(one, comments=comments.get(one.revision_id, 0), looked_at=looks.get(one.revision_id),
                      refused_by=refused)
