"""The callback list as it is read and worked off: whom to tell what, who did it, and all of it as a table.

The words are read anew from the two revisions; a question that is no longer kept, and a text that was erased, are not
here either. An agent sees the calls that they took, a department those about its articles.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from kb.actor import Actor
from kb.errors import Invalid, InvalidTransition, NotFound
from kb.markup.parse import parse
from kb.masking import mask_personal
from kb.models import AnswerRow, Article, CallbackEntry, Revision
from kb.people.permissions import Action, can, departments_for, may_anywhere, require_person
from kb.record.journal import record
from kb.text import clean_note
from kb.upkeep.callbacks import CallbackState

PAGE = 30  # calls
LONGEST_NOTE = 500  # characters
_LONGEST = 600  # characters of a stretch
_OLD, _NEW = aliased(Revision), aliased(Revision)


@dataclass(frozen=True, slots=True)
class Difference:
    """What the caller was told, and what holds now; empty where nothing stands for it."""

    kind: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Callback:
    """A call that was told a text which has changed. ``question`` is empty once it is no longer kept."""

    id: str
    answer_id: str
    call_ref: str | None
    asked_at: datetime
    question: str
    slug: str
    title: str
    department: str
    was_number: int
    now_number: int
    differences: tuple[Difference, ...]
    state: CallbackState
    found_at: datetime
    done_by: str | None
    done_at: datetime | None
    note: str
    may_set: bool

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, the same in the shell and the API."""
        return {
            "id": self.id, "answer_id": self.answer_id, "call_ref": self.call_ref,
            "asked_at": self.asked_at.isoformat(), "question": self.question, "slug": self.slug, "title": self.title,
            "department": self.department, "was_revision": self.was_number, "now_revision": self.now_number,
            "differences": [{"kind": one.kind, "was": one.was, "now": one.now} for one in self.differences],
            "state": self.state.value, "found_at": self.found_at.isoformat(), "done_by": self.done_by,
            "done_at": self.done_at.isoformat() if self.done_at else None, "note": self.note,
        }


def list_callbacks(session: Session, viewer: Actor, *, state: CallbackState | None = CallbackState.OPEN,
                   department: str | None = None, slug: str | None = None, after: int = 0, limit: int = PAGE
                   ) -> list[Callback]:
    """The calls that the viewer may see, those with a reference first, then the latest; skipping ``after``."""
    where = [_is_seen(viewer)]
    if state is not None:
        where.append(CallbackEntry.state == state)
    if department is not None:
        where.append(Article.owner == department)
    if slug is not None:
        where.append(Article.slug == slug)
    rows = session.execute(
        select(CallbackEntry, AnswerRow, Article, _OLD, _NEW)
        .join(AnswerRow, AnswerRow.id == CallbackEntry.answer_id)
        .join(Article, Article.id == CallbackEntry.article_id)
        .join(_OLD, _OLD.id == CallbackEntry.old_revision_id).join(_NEW, _NEW.id == CallbackEntry.new_revision_id)
        .where(*where)
        .order_by(AnswerRow.call_ref.is_(None), AnswerRow.asked_at.desc(), CallbackEntry.id)
        .offset(after).limit(limit))
    return [_shown(viewer, *row) for row in rows]


def count_open(session: Session, viewer: Actor, now: datetime) -> int:
    """How many calls wait that the viewer may see to, in one statement."""
    _ = now
    if not may_anywhere(viewer, Action.CALL_BACK):
        return 0
    return session.scalar(select(func.count()).select_from(CallbackEntry)
                          .join(AnswerRow, AnswerRow.id == CallbackEntry.answer_id)
                          .where(CallbackEntry.state == CallbackState.OPEN, _may_set(viewer))) or 0


def set_callback(session: Session, actor: Actor, callback_id: str, state: CallbackState, *, note: str = "",
                 now: datetime, origin: str) -> None:
    """Note that the caller was told, or need not be, with the reason; or that they still must be."""
    require_person(actor, "calls back")
    row = session.scalar(select(CallbackEntry).where(CallbackEntry.id == callback_id).with_for_update()
                         .execution_options(populate_existing=True))
    answer = session.get(AnswerRow, row.answer_id) if row is not None else None
    if row is None or answer is None or not _may(actor, answer):
        raise NotFound("no_callback", "no call {callback_id} that you may see to", callback_id=callback_id[:40])
    said = mask_personal(clean_note(note, field="note", longest=LONGEST_NOTE))
    was = CallbackState(row.state)
    if was is state and said == row.note:
        raise InvalidTransition("callback_state", "the call is {state} already", state=was)
    if state is CallbackState.NOT_NEEDED and not said:
        raise Invalid("note", "say why the caller need not be told", fields={"note": "required"})
    is_open = state is CallbackState.OPEN
    row.state, row.note = state, said
    row.done_by, row.done_at = (None, None) if is_open else (actor.name, now)
    session.flush()
    record(session, actor, "set_callback", f"callback:{row.id}", now=now, origin=origin, before={"state": was.value},
           after={"state": state.value, "answer_id": row.answer_id})


def as_table(found: Iterable[Callback], heads: Sequence[str], states: dict[str, str], moment: Any) -> str:
    """The calls as CSV with these column heads, words of states, and a way to write an instant; one line a call.

    What a spreadsheet would take for a formula is written as text: questions are other people's words.
    """
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(heads)
    for one in found:
        was = "\n".join(difference.was for difference in one.differences)
        now = "\n".join(difference.now for difference in one.differences)
        table.writerow([_as_text(value) for value in (
            one.call_ref or "", moment(one.asked_at), one.question, one.title, str(one.was_number), was,
            str(one.now_number), now, states[one.state.value], one.done_by or "",
            moment(one.done_at) if one.done_at else "", one.note, one.answer_id)])
    return "\ufeff" + file.getvalue()


def _as_text(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _is_seen(viewer: Actor) -> ColumnElement[bool]:
    departments = departments_for(viewer, Action.SEE_INSIGHTS)
    if departments is None:
        return true()
    return or_(Article.owner.in_(sorted(departments)), _is_own(viewer))


def _may_set(viewer: Actor) -> ColumnElement[bool]:
    return true() if departments_for(viewer, Action.CALL_BACK) is None else _is_own(viewer)


def _is_own(viewer: Actor) -> ColumnElement[bool]:
    return AnswerRow.user_id == viewer.user_id if viewer.user_id is not None else false()


def _may(actor: Actor, answer: AnswerRow) -> bool:
    is_own = actor.user_id is not None and answer.user_id == actor.user_id
    return can(actor, Action.CALL_BACK) or (is_own and may_anywhere(actor, Action.CALL_BACK))


def _shown(viewer: Actor, row: CallbackEntry, answer: AnswerRow, article: Article, old: Revision, new: Revision
           ) -> Callback:
    is_gone = old.redacted_at is not None or new.redacted_at is not None
    changes = [] if is_gone else row.changes
    return Callback(
        row.id, row.answer_id, answer.call_ref, answer.asked_at, answer.question, article.slug, new.title,
        article.owner, old.number, new.number,
        tuple(Difference(one["kind"], _said(old, [[one["start"], one["end"]]]), _said(new, one["now"]))
              for one in changes),
        CallbackState(row.state), row.found_at, row.done_by, row.done_at, row.note, _may(viewer, answer))


def _said(revision: Revision, spans: Sequence[Sequence[int]]) -> str:
    """What a page shows of these stretches, a line each."""
    document = parse(revision.source)
    return "\n".join(document.said(start, end).strip()[:_LONGEST] for start, end in spans)
