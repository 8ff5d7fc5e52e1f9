"""The callback list: answers that told a text which has been replaced since by one that says something else.

When a revision comes into force, at once or on a day that it names, the answers of the last weeks are looked through
that rest on an older revision of the article. An answer is named where a stretch that its caller was told no longer
holds in substance; what was worded better, and what the caller was not told, names nobody. What holds no longer is
found elsewhere, for this package knows no language (:mod:`retriever.callbacks`); here it is decided whom it concerns.

A caller is told the newest: of an answer that waits still, the entry follows the text; when the old words are in force
again, it goes. Once somebody has called, a later change is an entry of its own, on what was told then.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, or_, select
from sqlalchemy.orm import Session

from kb.actor import SYSTEM
from kb.models import AnswerCitation, AnswerRow, Article, CallbackEntry, CallbackLook, Publication, Revision, State
from kb.record.journal import record

_SAME_DAY = timedelta(days=1)  # an answer as of a day before that was asked about the past
_SETTLES = timedelta(minutes=1)  # by then a question that was under way at the publication is answered
_OLDER = 20  # revisions of an article, the newest, whose answers are looked for
_MOST = 50_000  # citations of one article that are looked through
_IN = 500  # values of one IN list, below SQLite's limit

Span = tuple[int, int]
Key = tuple[str, str]  # an answer and the revision that it told


class CallbackState(StrEnum):
    """Whether the caller was told."""

    OPEN = "open"
    CALLED = "called"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Changed:
    """A stretch of an older revision that no longer holds in substance, and what stands for it in the newer one (none:
    it is gone). ``kind`` is figure, denial, duty, bound, dropped or moved."""

    kind: str
    start: int
    end: int
    now: tuple[Span, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "start": self.start, "end": self.end, "now": [list(span) for span in self.now]}


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer told of a revision: the stretches that it quoted, or that were marked in the section taken."""

    answer_id: str
    revision_id: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class OldText:
    """A text that was replaced."""

    revision_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Replacing:
    """A revision that has come into force and was not looked at yet, and the older ones of its article, newest first.
    """

    revision_id: str
    article_id: str
    source: str
    effective_from: datetime
    older: tuple[OldText, ...]


def concerned(told: Iterable[Told], changed: Mapping[str, Sequence[Changed]]) -> dict[Key, tuple[Changed, ...]]:
    """Which answers told something that no longer holds, and what of it, by answer and revision; decides, and touches
    nothing. ``changed`` has a revision's changes by its id."""
    found: dict[Key, tuple[Changed, ...]] = {}
    for one in told:
        gone = tuple(change for change in changed.get(one.revision_id, ())
                     if any(start < change.end and change.start < end for start, end in one.spans))
        if gone:
            found[one.answer_id, one.revision_id] = gone
    return found


def next_replacing(session: Session, *, since: datetime, now: datetime) -> Replacing | None:
    """A revision that came into force in this time, replaced others, and was not looked at yet; the oldest first."""
    row = session.execute(
        select(Revision.id, Revision.article_id, Revision.source, Revision.effective_from, Revision.number)
        .join(Publication, Publication.revision_id == Revision.id)
        .outerjoin(CallbackLook, CallbackLook.revision_id == Revision.id)
        .where(CallbackLook.revision_id.is_(None), Revision.number > 1, Revision.redacted_at.is_(None),
               *_came_into_force(since, now - _SETTLES))
        .order_by(Publication.published_at, Publication.id).limit(1)).first()
    if row is None:
        return None
    older = session.execute(
        select(Revision.id, Revision.source).where(
            Revision.article_id == row.article_id, Revision.number < row.number, Revision.state == State.PUBLISHED,
            Revision.redacted_at.is_(None)).order_by(Revision.number.desc()).limit(_OLDER))
    return Replacing(row.id, row.article_id, row.source, row.effective_from, tuple(OldText(*old) for old in older))


def would_replace(session: Session, slug: str, edits: Sequence[tuple[str, str]], *, now: datetime) -> Replacing:
    """The last text of an article with these words replaced, as if it came into force now: for rehearsals."""
    old = session.scalars(select(Revision).join(Article, Article.id == Revision.article_id).where(
        Article.slug == slug, Revision.state == State.PUBLISHED).order_by(Revision.number.desc()).limit(1)).one()
    source = old.source
    for was, becomes in edits:
        source = source.replace(was, becomes, 1)
    return Replacing("", old.article_id, source, now, (OldText(old.id, old.source),))


def told_of(session: Session, replacing: Replacing, *, since: datetime, now: datetime) -> list[Told]:
    """What answers of this time told of the older texts, those about days that the new text does not touch left out;
    and what callers were told when they were called back."""
    ids = [old.revision_id for old in replacing.older]
    if not ids:
        return []
    rows = session.execute(
        select(AnswerRow.id, AnswerRow.asked_at, AnswerRow.as_of, AnswerCitation.revision_id, AnswerCitation.start,
               AnswerCitation.end)
        .join(AnswerRow, AnswerRow.id == AnswerCitation.answer_id)
        .where(AnswerCitation.revision_id.in_(ids), AnswerRow.asked_at >= since, AnswerRow.asked_at <= now,
               AnswerRow.abstained.is_(False))
        .order_by(AnswerRow.asked_at.desc(), AnswerRow.id, AnswerCitation.n).limit(_MOST))
    found: dict[Key, list[Span]] = {}
    for answer_id, asked_at, as_of, revision_id, start, end in rows:
        if _concerns(asked_at, as_of, replacing.effective_from):
            found.setdefault((answer_id, revision_id), []).append((start, end))
    for answer_id, revision_id, spans in _taken(session, replacing, ids, since, now):
        found.setdefault((answer_id, revision_id), []).extend(spans)
    for entry in session.scalars(select(CallbackEntry).where(
            CallbackEntry.new_revision_id.in_(ids), CallbackEntry.state == CallbackState.CALLED)):
        found.setdefault((entry.answer_id, entry.new_revision_id), []).extend(
            (start, end) for one in entry.changes for start, end in one["now"])
    return [Told(answer_id, revision_id, tuple(spans)) for (answer_id, revision_id), spans in found.items()]


def note_look(session: Session, replacing: Replacing, told: Sequence[Told], changed: Mapping[str, Sequence[Changed]], *,
              now: datetime, origin: str) -> int:
    """Name the answers concerned, let what waits follow the text, and note that the revision was looked at; how many
    are new. Nothing where another process was first."""
    session.scalars(select(Article.id).where(Article.id == replacing.article_id).with_for_update()).one()
    if session.get(CallbackLook, replacing.revision_id) is not None:
        return 0
    found = concerned(told, changed)
    waiting, settled = _entries(session, replacing, told)
    named = 0
    for key, all_gone in found.items():  # of what was settled before, the words told then are looked at instead
        gone = [one for one in all_gone if (one.start, one.end) not in settled.get(key, ())]
        if gone and key in waiting:
            entry = waiting.pop(key)
            entry.new_revision_id, entry.changes = replacing.revision_id, [one.as_dict() for one in gone]
        elif gone:
            session.add(CallbackEntry(
                id=str(uuid.uuid4()), answer_id=key[0], article_id=replacing.article_id, old_revision_id=key[1],
                new_revision_id=replacing.revision_id, changes=[one.as_dict() for one in gone],
                state=CallbackState.OPEN, found_at=now))
            named += 1
    for entry in waiting.values():  # what was told holds again
        session.delete(entry)
    session.add(CallbackLook(revision_id=replacing.revision_id, looked_at=now, named=named))
    session.flush()
    if named or waiting:
        record(session, SYSTEM, "callbacks", f"revision:{replacing.revision_id}", now=now, origin=origin,
               after={"named": named, "settled": len(waiting)})
    return named


def _came_into_force(since: datetime, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Publication.superseded_at.is_(None), Publication.published_at <= now, Publication.effective_from <= now,
            or_(Publication.effective_to.is_(None), Publication.effective_to > now),
            or_(Publication.published_at >= since, Publication.effective_from >= since))


def _concerns(asked_at: datetime, as_of: datetime, effective_from: datetime) -> bool:
    """Whether an answer as of that day is one about the present or what comes, or about days that the new text rules.
    """
    return as_of >= effective_from or as_of >= asked_at - _SAME_DAY


def _taken(session: Session, replacing: Replacing, ids: Sequence[str], since: datetime, now: datetime
           ) -> Iterable[tuple[str, str, list[Span]]]:
    """What was taken of the sections that answers offered: its marked places, or all of it."""
    offers = or_(*(cast(AnswerRow.choices, Text).contains(revision_id) for revision_id in ids))
    for answer_id, asked_at, as_of, choices, taken in session.execute(
            select(AnswerRow.id, AnswerRow.asked_at, AnswerRow.as_of, AnswerRow.choices, AnswerRow.taken)
            .where(and_(AnswerRow.taken.is_not(None), AnswerRow.asked_at >= since, AnswerRow.asked_at <= now), offers)
            .limit(_MOST)):
        choice = choices[taken] if taken < len(choices) else {}
        if choice.get("revision_id") in ids and _concerns(asked_at, as_of, replacing.effective_from):
            marked = choice.get("marked") or [[choice["start"], choice["end"]]]
            yield answer_id, choice["revision_id"], [(start, end) for start, end in marked]


def _entries(session: Session, replacing: Replacing, told: Sequence[Told]
             ) -> tuple[dict[Key, CallbackEntry], dict[Key, set[Span]]]:
    """The entries of these answers that wait still; and of those that were settled, the stretches that were told of."""
    waiting: dict[Key, CallbackEntry] = {}
    settled: dict[Key, set[Span]] = {}
    ids = list(dict.fromkeys(one.answer_id for one in told))
    for at in range(0, len(ids), _IN):
        for entry in session.scalars(select(CallbackEntry).where(
                CallbackEntry.article_id == replacing.article_id, CallbackEntry.answer_id.in_(ids[at:at + _IN]))):
            key = (entry.answer_id, entry.old_revision_id)
            if entry.state == CallbackState.OPEN:
                waiting[key] = entry
            else:
                settled.setdefault(key, set()).update((one["start"], one["end"]) for one in entry.changes)
    return waiting, settled
