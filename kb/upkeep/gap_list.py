"""The gaps as a department or a knowledge manager works them off: what is asked oftenest and latest comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import Session

from kb.actor import SYSTEM, Actor
from kb.errors import Invalid, InvalidTransition, NotFound
from kb.models import AnswerRow, Article, FeedbackRow, GapQuestion, GapRow, Publication, Revision
from kb.people.permissions import Action, can, departments_for, require, require_person
from kb.record.journal import record
from kb.text import clean_note
from kb.upkeep.gaps import GapState

PAGE = 30  # gaps
_EXAMPLES = 5  # further questions that are shown of a gap
_LONGEST_NOTE = 500  # characters
_MOVES = {  # to: from
    GapState.DRAFTING: (GapState.OPEN, GapState.DRAFTING),
    GapState.SOLVED: (GapState.OPEN, GapState.DRAFTING),
    GapState.DISMISSED: (GapState.OPEN, GapState.DRAFTING),
    GapState.OPEN: (GapState.DRAFTING, GapState.SOLVED, GapState.DISMISSED),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap as it is read. ``name`` is its most central question, ``questions`` others of it, each wording once;
    ``slug`` and ``title`` the article that it lies nearest to. ``department`` None: the knowledge managers'."""

    id: str
    name: str
    questions: tuple[str, ...]
    asked: int
    first_asked_at: datetime
    last_asked_at: datetime
    state: GapState
    department: str | None
    slug: str | None
    title: str
    answer_id: str
    decided_by: str | None
    decided_at: datetime | None
    note: str
    may_decide: bool

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, the same in the shell and the API."""
        return {
            "id": self.id, "name": self.name, "questions": list(self.questions), "asked": self.asked,
            "first_asked_at": self.first_asked_at.isoformat(), "last_asked_at": self.last_asked_at.isoformat(),
            "state": self.state.value, "department": self.department, "slug": self.slug, "title": self.title,
            "answer_id": self.answer_id,
            "decided_by": self.decided_by, "decided_at": self.decided_at.isoformat() if self.decided_at else None,
            "note": self.note,
        }


def list_gaps(session: Session, viewer: Actor, *, state: GapState = GapState.OPEN, department: str | None = None,
              after: int = 0, limit: int = PAGE) -> list[Gap]:
    """The gaps that the viewer may see, what weighs most first; skipping ``after``."""
    where = [_is_seen(viewer), GapRow.state == state]
    if department is not None:
        where.append(GapRow.department == department)
    return _gaps(session, viewer, where, after, limit)


def get_gap(session: Session, viewer: Actor, gap_id: str) -> Gap:
    """The gap of this id; NotFound for who may not see it."""
    found = _gaps(session, viewer, [_is_seen(viewer), GapRow.id == gap_id], 0, 1)
    if not found:
        raise NotFound("no_gap", "no gap {gap_id} that you may see", gap_id=gap_id[:40])
    return found[0]


def decide(session: Session, actor: Actor, gap_id: str, state: GapState, *, note: str = "", now: datetime, origin: str
           ) -> None:
    """Say what becomes of a gap; dismissing says why. Raises InvalidTransition where it stands so already."""
    require_person(actor, "decides on a gap")
    get_gap(session, actor, gap_id)
    row = session.scalars(select(GapRow).where(GapRow.id == gap_id).with_for_update()
                          .execution_options(populate_existing=True)).one()
    require(actor, Action.RESOLVE_FEEDBACK, row.department)
    was, said = GapState(row.state), clean_note(note, field="note", longest=_LONGEST_NOTE)
    if was not in _MOVES[state]:
        raise InvalidTransition("gap_state", "the gap is {state} already", state=was)
    if state is GapState.DISMISSED and not said:
        raise Invalid("note", "say why the gap is none", fields={"note": "required"})
    settle(session, actor, row, state, note=said, now=now, origin=origin)


def to_be_asked(session: Session, *, limit: int) -> list[tuple[str, str]]:
    """The gaps that a question asked again may close, what weighs most first, each with its name. Where somebody said
    that an answer was wrong, another answer proves nothing: whoever mends it says so."""
    judged = exists().where(GapQuestion.gap_id == GapRow.id, FeedbackRow.answer_id == GapQuestion.answer_id,
                            FeedbackRow.target == "answer", FeedbackRow.verdict != "right")
    rows = session.execute(
        select(GapRow.id, AnswerRow.question).join(AnswerRow, AnswerRow.id == GapRow.central)
        .where(GapRow.state.in_((GapState.OPEN, GapState.DRAFTING)), AnswerRow.question != "", ~judged)
        .order_by(GapRow.weight.desc(), GapRow.id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def note_answered(session: Session, gap_id: str, *, now: datetime, origin: str) -> bool:
    """Note that a gap's question, asked again, was answered; whether that closed it."""
    row = session.scalar(select(GapRow).where(GapRow.id == gap_id).with_for_update()
                         .execution_options(populate_existing=True))
    if row is None or row.state not in (GapState.OPEN, GapState.DRAFTING):
        return False
    settle(session, SYSTEM, row, GapState.SOLVED, now=now, origin=origin)
    return True


def settle(session: Session, actor: Actor, row: GapRow, state: GapState, *, note: str = "", now: datetime, origin: str
           ) -> None:
    """Note what becomes of a held gap, whoever decides it."""
    was, is_open = row.state, state is GapState.OPEN
    row.state, row.note = state, note
    row.decided_by, row.decided_at = (None, None) if is_open else (actor.name, now)
    session.flush()
    record(session, actor, "gap", f"gap:{row.id}", now=now, origin=origin, before={"state": str(was)},
           after={"state": state.value, "asked": row.asked})


def _is_seen(viewer: Actor) -> ColumnElement[bool]:
    departments = departments_for(viewer, Action.SEE_INSIGHTS)
    return true() if departments is None else GapRow.department.in_(sorted(departments))


def _gaps(session: Session, viewer: Actor, where: Sequence[ColumnElement[bool]], after: int, limit: int) -> list[Gap]:
    title = (select(Revision.title).join(Publication, Publication.revision_id == Revision.id)
             .where(Publication.article_id == Article.id, Revision.redacted_at.is_(None))
             .order_by(Publication.id.desc()).limit(1).scalar_subquery())
    rows = session.execute(
        select(GapRow, AnswerRow.question, Article.slug, title)
        .outerjoin(AnswerRow, AnswerRow.id == GapRow.central).outerjoin(Article, Article.id == GapRow.article_id)
        .where(*where).order_by(GapRow.weight.desc(), GapRow.id).offset(after).limit(limit)).all()
    words = _words(session, [gap.id for gap, *_ in rows])
    found = []
    for gap, name, slug, titled in rows:
        texts = list(dict.fromkeys(text for text in (name, *words.get(gap.id, ())) if text))
        found.append(Gap(
            gap.id, texts[0] if texts else "", tuple(texts[1:_EXAMPLES + 1]), gap.asked, gap.first_asked_at,
            gap.last_asked_at, GapState(gap.state), gap.department, slug, titled or "", gap.central, gap.decided_by,
            gap.decided_at, gap.note, can(viewer, Action.RESOLVE_FEEDBACK, gap.department)))
    return found


def _words(session: Session, gap_ids: Sequence[str]) -> dict[str, list[str]]:
    """The latest questions of each gap, as far as they are kept."""
    place = func.row_number().over(partition_by=GapQuestion.gap_id,
                                   order_by=(GapQuestion.asked_at.desc(), GapQuestion.answer_id)).label("place")
    newest = (select(GapQuestion.gap_id, GapQuestion.answer_id, place)
              .where(GapQuestion.gap_id.in_(list(gap_ids))).subquery())
    found: dict[str, list[str]] = {}
    for gap_id, text in session.execute(
            select(newest.c.gap_id, AnswerRow.question).join(AnswerRow, AnswerRow.id == newest.c.answer_id)
            .where(newest.c.place <= 4 * _EXAMPLES).order_by(newest.c.gap_id, newest.c.place)):
        found.setdefault(gap_id, []).append(text)
    return found
