"""What was said of a department's articles: the queue in which it is answered, and the givers' list of what became of
it.

Worst and latest first: what is wrong before what is outdated, what is outdated before what is incomplete. Each entry
shows the words that are meant, read anew from their revision, so that what was erased there is not shown here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.db import local_time
from kb.errors import Conflict, Invalid, NotFound
from kb.feedback.subject import Target
from kb.feedback.verdicts import LONGEST_NOTE, FeedbackState, Verdict
from kb.masking import mask_personal
from kb.models import AnswerRow, Article, FeedbackRow, Revision
from kb.people.directory import person_called
from kb.people.permissions import Action, can, departments_for, may_anywhere, require, require_person
from kb.record.journal import record
from kb.text import clean_note

PAGE = 30  # verdicts
_LONGEST_QUOTE = 400  # characters of the words that are meant
_RANK = case((FeedbackRow.verdict == Verdict.WRONG, 0), (FeedbackRow.verdict == Verdict.OUTDATED, 1), else_=2)
_MOVES = {  # to: from
    FeedbackState.ACCEPTED: (FeedbackState.OPEN, FeedbackState.DECLINED),
    FeedbackState.DECLINED: (FeedbackState.OPEN, FeedbackState.ACCEPTED),
    FeedbackState.MENDED: (FeedbackState.OPEN, FeedbackState.ACCEPTED, FeedbackState.DECLINED),
    FeedbackState.OPEN: (FeedbackState.ACCEPTED, FeedbackState.DECLINED, FeedbackState.MENDED),
}
_TAKES_BACK = {(FeedbackState.ACCEPTED, FeedbackState.DECLINED), (FeedbackState.DECLINED, FeedbackState.ACCEPTED),
               (FeedbackState.DECLINED, FeedbackState.MENDED)}  # (from, to): another's word, only by who has read it


@dataclass(frozen=True, slots=True)
class Item:
    """A verdict as it is read. ``question`` is the answer's, or the words of a search, empty where they are no longer
    kept; ``quote`` the words that are meant. ``department`` None: of nobody in particular. ``is_news``: its giver has
    not seen yet what became of it."""

    id: str
    target: Target
    verdict: Verdict
    note: str
    given_by: str
    given_at: datetime
    state: FeedbackState
    department: str | None
    answer_id: str | None
    question: str
    slug: str | None
    title: str
    number: int | None
    start: int
    end: int
    quote: str
    resolved_by: str | None
    resolved_at: datetime | None
    reply: str
    is_news: bool
    may_resolve: bool

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, the same in the shell and the API."""
        return {
            "id": self.id, "target": self.target.value, "verdict": self.verdict.value, "note": self.note,
            "given_by": self.given_by, "given_at": self.given_at.isoformat(), "state": self.state.value,
            "department": self.department, "answer_id": self.answer_id, "question": self.question, "slug": self.slug,
            "title": self.title, "revision": self.number, "start": self.start, "end": self.end, "quote": self.quote,
            "resolved_by": self.resolved_by,
            "resolved_at": self.resolved_at.isoformat() if self.resolved_at else None, "reply": self.reply,
        }


def waiting(session: Session, viewer: Actor, *, state: FeedbackState = FeedbackState.OPEN,
            department: str | None = None, slug: str | None = None, after: int = 0, limit: int = PAGE) -> list[Item]:
    """The verdicts in this state that the viewer may see, skipping ``after``; one's department's, or all."""
    where = [_is_seen(viewer), FeedbackRow.state == state, FeedbackRow.verdict != Verdict.RIGHT]
    if department is not None:
        where.append(_department() == department)
    if slug is not None:
        where.append(Article.slug == slug)
    order = (_RANK, FeedbackRow.given_at.desc()) if state is FeedbackState.OPEN else (FeedbackRow.resolved_at.desc(),)
    return _items(session, viewer, where, (*order, FeedbackRow.id), after, limit)


def count_for(session: Session, viewer: Actor, now: datetime) -> int:
    """How much waits for the viewer, and is news to them, in one statement."""
    _ = now
    if not may_anywhere(viewer, Action.GIVE_FEEDBACK):
        return 0
    waits = (select(func.count()).select_from(FeedbackRow).outerjoin(Article, Article.id == FeedbackRow.article_id)
             .where(FeedbackRow.state == FeedbackState.OPEN,
                    _is_of(departments_for(viewer, Action.RESOLVE_FEEDBACK))))
    news = select(func.count()).select_from(FeedbackRow).where(FeedbackRow.given_by == viewer.name, _is_news())
    return session.scalar(select(waits.scalar_subquery() + news.scalar_subquery())) or 0


def given_by(session: Session, viewer: Actor, *, after: int = 0, limit: int = PAGE) -> list[Item]:
    """What the viewer said, and what became of it: the news first, then the latest."""
    news = case((_is_news(), 0), else_=1)
    return _items(session, viewer, [FeedbackRow.given_by == viewer.name],
                  (news, FeedbackRow.given_at.desc(), FeedbackRow.id), after, limit)


def note_seen(session: Session, viewer: Actor, ids: Sequence[str], *, now: datetime) -> None:
    """Note that the viewer has seen what became of these verdicts of theirs."""
    session.execute(update(FeedbackRow).where(FeedbackRow.given_by == viewer.name, FeedbackRow.id.in_(list(ids)),
                                              FeedbackRow.resolved_at.is_not(None)).values(seen_at=now)
                    .execution_options(synchronize_session=False))


def resolve(session: Session, actor: Actor, feedback_id: str, state: FeedbackState, *, reply: str = "",
            seen: FeedbackState | None = None, now: datetime, origin: str) -> None:
    """Answer a verdict, or open it again; who gave it is told. Declining says why.

    ``seen`` is the state in which the actor saw it: what was answered otherwise meanwhile is not overwritten, and
    another's answer is turned round only by who names it. Raises Conflict where it stands otherwise, or so already,
    NotFound for who may not see it.
    """
    require_person(actor, "answers what was said of an answer")
    row = session.scalar(select(FeedbackRow).where(FeedbackRow.id == feedback_id).with_for_update()
                         .execution_options(populate_existing=True))
    owner = _owner(session, row) if row is not None else None
    if row is None or row.verdict == Verdict.RIGHT or not (
            can(actor, Action.SEE_INSIGHTS, owner) or can(actor, Action.RESOLVE_FEEDBACK, owner)):
        raise NotFound("no_feedback", "no feedback {feedback_id} that you may see", feedback_id=feedback_id[:40])
    require(actor, Action.RESOLVE_FEEDBACK, owner)
    said = mask_personal(clean_note(reply, field="reply", longest=LONGEST_NOTE))
    was = FeedbackState(row.state)
    if was not in _MOVES[state] or seen not in (None, was) or (seen is None and (was, state) in _TAKES_BACK):
        raise _stands_otherwise(session, row)
    if state is FeedbackState.DECLINED and not said:
        raise Invalid("reply", "say why the text is right as it is", fields={"reply": "required"})
    is_open = state is FeedbackState.OPEN
    row.state, row.reply = state, said
    row.resolved_by, row.resolved_at = (None, None) if is_open else (actor.name, now)
    session.flush()
    record(session, actor, "resolve_feedback", f"feedback:{row.id}", now=now, origin=origin,
           before={"state": was.value},
           after={"state": state.value, "answer_id": row.answer_id, "revision_id": row.revision_id})


def _stands_otherwise(session: Session, row: FeedbackRow) -> Conflict:
    if row.resolved_by is None or row.resolved_at is None:
        return Conflict("feedback_state", "nobody has answered it, or it was opened again meanwhile: look at it again")
    return Conflict("feedback_state", "{who} dealt with it already, on {when}: {state}; nothing was changed",
                    who=person_called(session, row.resolved_by), when=local_time(session, row.resolved_at),
                    state=FeedbackState(row.state))


def _owner(session: Session, row: FeedbackRow) -> str | None:
    """The department that the verdict is for now."""
    if row.article_id is None:
        return row.department
    return session.scalars(select(Article.owner).where(Article.id == row.article_id)).one()


def _department() -> ColumnElement[Any]:
    return case((FeedbackRow.article_id.is_(None), FeedbackRow.department), else_=Article.owner)


def _is_of(departments: frozenset[str] | None) -> ColumnElement[bool]:
    return true() if departments is None else _department().in_(sorted(departments))


def _is_seen(viewer: Actor) -> ColumnElement[bool]:
    """Whether the verdict is the viewer's to see: of their departments, or all for who sees all insights."""
    return _is_of(departments_for(viewer, Action.SEE_INSIGHTS))


def _is_news() -> ColumnElement[bool]:
    return and_(FeedbackRow.resolved_at.is_not(None),
                or_(FeedbackRow.seen_at.is_(None), FeedbackRow.seen_at < FeedbackRow.resolved_at))


def _items(session: Session, viewer: Actor, where: Sequence[ColumnElement[bool]], order: Sequence[Any], after: int,
           limit: int) -> list[Item]:
    rows = session.execute(
        select(FeedbackRow, Article.slug, Article.owner, Revision.title, Revision.number, Revision.redacted_at,
               func.substr(Revision.source, FeedbackRow.start + 1, FeedbackRow.end - FeedbackRow.start),
               AnswerRow.question)
        .outerjoin(Article, Article.id == FeedbackRow.article_id)
        .outerjoin(Revision, Revision.id == FeedbackRow.revision_id)
        .outerjoin(AnswerRow, AnswerRow.id == FeedbackRow.answer_id)
        .where(*where).order_by(*order).offset(after).limit(limit))
    found = []
    for row, slug, owner, title, number, redacted_at, quote, question in rows:
        department = owner if row.article_id else row.department
        found.append(Item(
            row.id, Target(row.target), Verdict(row.verdict), row.note, row.given_by, row.given_at,
            FeedbackState(row.state), department, row.answer_id, question or row.words, slug, title or "", number,
            row.start, row.end, "" if redacted_at or not row.end else (quote or "")[:_LONGEST_QUOTE], row.resolved_by,
            row.resolved_at, row.reply,
            row.resolved_at is not None and (row.seen_at is None or row.seen_at < row.resolved_at),
            can(viewer, Action.RESOLVE_FEEDBACK, department)))
    return found
