"""Comments on a revision: what a reviewer says of a stretch of its text, answered by a better text and put aside.

They may be written by all who write or sign for one of the revision's departments, and read by the same; citizens and
agents see a text, not what was said about it. A comment stands for good at its stretch of the source, which never
changes. When the text is taken up again as a draft, its open comments come along to where their words now stand. The
author, or who writes for the department, notes a comment as done. Asking for changes is to reject with the comments as
the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, contains_eager, joinedload

from kb.actor import Actor
from kb.articles.acts.signatures import reject
from kb.articles.owners import held_article, revision_by_number
from kb.articles.writing.draft_rows import TAKEN
from kb.articles.writing.drafts import get
from kb.errors import Conflict, Invalid, InvalidTransition, NotFound
from kb.markup.locating import stretch_of
from kb.markup.parse import parse
from kb.models import Article, Draft, ReviewComment, Revision
from kb.people.permissions import Action, can, may_sql, require, require_person
from kb.record.journal import record
from kb.text import LONGEST_NOTE, clean_note

_MOST = 300  # of a revision
_TOLD = 20  # comments that a rejection's reason tells


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is read. ``first`` and ``past`` bound its stretch of the source, both 0 where it is about all of
    it; in a draft, where the words are no more, they are None. ``quote`` is that stretch."""

    id: int
    number: int  # of the revision that it was written on
    first: int | None
    past: int | None
    quote: str
    body: str
    author: str
    written_at: datetime
    resolved_by: str | None
    resolved_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"id": self.id, "revision": self.number, "first": self.first, "past": self.past, "quote": self.quote,
                "body": self.body, "author": self.author, "written_at": self.written_at.isoformat(),
                "resolved_by": self.resolved_by,
                "resolved_at": self.resolved_at.isoformat() if self.resolved_at else None}


def place_of(source: str, quote: str, near: int = 0) -> tuple[int, int]:
    """Where a text holds these words, as a reader sees them: of several places the first that has so many characters
    before it; (0, 0) for no words. Raises Invalid where it does not hold them in a row."""
    if not quote.strip():
        return 0, 0
    found = stretch_of(parse(source), quote, near)
    if found is None:
        raise Invalid("quote", "the text does not hold these words in a row: copy them from it, or leave the field "
                      "empty", fields={"quote": "not in the text"})
    return found


def add_comment(session: Session, actor: Actor, slug: str, number: int, body: str, *, first: int = 0, past: int = 0,
                now: datetime, origin: str) -> Comment:
    """Say something of a stretch of a revision's source, or of all of it."""
    require_person(actor, "comments")
    revision = revision_by_number(session, actor, slug, number)
    require(actor, Action.READ_UNPUBLISHED, revision)
    held_article(session, revision.article_id)
    session.refresh(revision, ["redacted_at"])
    if revision.redacted_at is not None:
        raise InvalidTransition("redacted", "the words of revision {number} were erased; there is nothing to comment",
                                number=number)
    if not (first == past == 0 or 0 <= first < past <= len(revision.source)):
        raise Invalid("stretch", "choose a stretch of the text, or none", fields={"first": "not in the text"})
    text = clean_note(body, field="body")
    if not text:
        raise Invalid("comment", "write what is to be said", fields={"body": "required"})
    held = session.scalar(select(func.count()).where(ReviewComment.revision_id == revision.id)) or 0
    if held >= _MOST:
        raise Conflict("too_many", "revision {number} has {held} comments: answer some first", number=number, held=held)
    row = ReviewComment(revision_id=revision.id, first=first, past=past, body=text, author=actor.name, written_at=now)
    session.add(row)
    session.flush()
    record(session, actor, "comment", f"comment:{row.id}", now=now, origin=origin,
           after={"article": slug, "revision": number, "first": first, "past": past})
    return _view(row, revision.number, revision.source)


def resolve_comment(session: Session, actor: Actor, comment_id: int, *, now: datetime, origin: str) -> None:
    """Note a comment as done: the text's author, or who writes for its article's department."""
    require_person(actor, "answers a comment")
    row = session.scalar(select(ReviewComment).where(ReviewComment.id == comment_id).options(
        joinedload(ReviewComment.revision).options(joinedload(Revision.article), joinedload(Revision.co_owners))))
    if row is None or not can(actor, Action.READ_UNPUBLISHED, row.revision):
        raise NotFound("no_comment", "no comment {comment_id} that you may read", comment_id=comment_id)
    if actor.name not in (row.revision.author, *row.revision.contributors):
        require(actor, Action.DRAFT, row.revision.article)
    done = session.execute(update(ReviewComment).where(ReviewComment.id == comment_id,
                                                       ReviewComment.resolved_at.is_(None))
                           .values(resolved_by=actor.name, resolved_at=now)
                           .execution_options(synchronize_session=False))
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise InvalidTransition("resolved", "comment {comment_id} is noted as done already", comment_id=comment_id)
    session.refresh(row, ["resolved_by", "resolved_at"])
    record(session, actor, "resolve_comment", f"comment:{comment_id}", now=now, origin=origin,
           after={"article": row.revision.article.slug, "revision": row.revision.number})


def ask_for_changes(session: Session, actor: Actor, revision: Revision, *, shown: str, now: datetime, origin: str,
                    department: str | None = None) -> None:
    """Reject a revision for the reasons that one's own open comments on it give; raises Invalid where there are none.
    """
    rows = session.scalars(select(ReviewComment).where(
        ReviewComment.revision_id == revision.id, ReviewComment.author == actor.name,
        ReviewComment.resolved_at.is_(None)).order_by(ReviewComment.first, ReviewComment.id)).all()
    if not rows:
        raise Invalid("no_comments", "say first, in a comment on the text, what is to be changed",
                      fields={"comments": "required"})
    reject(session, actor, revision, shown=shown, reason=_told([row.body for row in rows]), now=now, origin=origin,
           department=department)


def comments_on(session: Session, viewer: Actor, revision: Revision, source: str | None = None) -> list[Comment]:
    """The comments on a revision (article and co-owners loaded; and its source, unless it is given) in the order of the
    text; none for who may not write or sign for one of its departments."""
    if not can(viewer, Action.READ_UNPUBLISHED, revision):
        return []
    rows = session.scalars(select(ReviewComment).where(ReviewComment.revision_id == revision.id)
                           .order_by(ReviewComment.first, ReviewComment.id))
    text = revision.source if source is None else source
    return [_view(row, revision.number, text) for row in rows]


def comments_in_draft(session: Session, viewer: Actor, draft_id: str) -> list[Comment]:
    """The open comments on the revisions that a draft was taken up from, at the places where their words stand now.

    Raises NotFound for who may not read the draft. It may have come to another department since; what was said of a
    text that stayed with the one before is not that one's to read.
    """
    source = get(session, viewer, draft_id).text.source
    draft = session.get_one(Draft, draft_id)
    rows = session.scalars(
        select(ReviewComment).where(ReviewComment.revision_id.in_(draft.fields.get(TAKEN, ())),
                                    ReviewComment.resolved_at.is_(None))
        .where(may_sql(viewer, Action.READ_UNPUBLISHED, Revision)).join(ReviewComment.revision)
        .options(contains_eager(ReviewComment.revision)).order_by(ReviewComment.first, ReviewComment.id))
    return [_moved(_view(row, row.revision.number, row.revision.source), source) for row in rows]


def places(comments: Sequence[Comment], source: str) -> tuple[tuple[int, int], ...]:
    """The stretches of a source to be marked, the n-th for the n-th comment; one that stands nowhere in particular has
    a place beyond the end."""
    nowhere = (len(source) + 1,) * 2
    return tuple((c.first, c.past) if c.first is not None and c.past else nowhere for c in comments)


def open_comments_of(session: Session, revision_ids: Iterable[str]) -> dict[str, int]:
    """How many open comments each of these revisions has."""
    return {row[0]: row[1] for row in session.execute(
        select(ReviewComment.revision_id, func.count()).where(
            ReviewComment.revision_id.in_(list(revision_ids)), ReviewComment.resolved_at.is_(None))
        .group_by(ReviewComment.revision_id))}


def commented_revision(session: Session, comment_id: int) -> tuple[str, int]:
    """The slug and number of the revision that a comment is on; raises NotFound."""
    found = session.execute(
        select(Article.slug, Revision.number).join(Revision, Revision.article_id == Article.id)
        .join(ReviewComment, ReviewComment.revision_id == Revision.id).where(ReviewComment.id == comment_id)).first()
    if found is None:
        raise NotFound("no_comment", "no comment {comment_id} that you may read", comment_id=comment_id)
    return found[0], found[1]


def _moved(comment: Comment, source: str) -> Comment:
    """The comment where its words stand in another text: of several places the nearest to the one before."""
    if not comment.quote or comment.first is None:
        return comment
    places = list(_places(source, comment.quote))
    if not places:
        return replace(comment, first=None, past=None)
    at = min(places, key=lambda place: abs(place - (comment.first or 0)))
    return replace(comment, first=at, past=at + len(comment.quote))


def _places(source: str, quote: str) -> Iterable[int]:
    at = source.find(quote)
    while at >= 0:
        yield at
        at = source.find(quote, at + len(quote))


def _told(bodies: Sequence[str]) -> str:
    """Comments as one reason, each in short where all of them are too long for one."""
    each = max(LONGEST_NOTE // max(len(bodies[:_TOLD]), 1) - 8, 20)
    lines = (f"{n}. {body if len(body) <= each else body[:each - 1] + '…'}" for n, body in enumerate(bodies[:_TOLD], 1))
    return "\n".join(lines)


def _view(row: ReviewComment, number: int, source: str) -> Comment:
    return Comment(row.id, number, row.first, row.past, source[row.first:row.past], row.body, row.author,
                   row.written_at, row.resolved_by, row.resolved_at)
