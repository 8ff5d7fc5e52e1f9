"""An answer at its address: what the log holds of it, the conversation before it, and whether its texts still hold.

An answer's address is for its asker and for the staff. What nobody signed in asked is for whoever has the address: its
id is random and as long as a password. To anybody else the answer does not exist. What it cites is read anew, and only
what may be shown now. Of what is done with it the log notes one thing: which section was taken of those it offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from kb.actor import Actor
from kb.articles.live import Moment, live_revisions
from kb.errors import NotFound
from kb.models import AnswerCitation, AnswerRow, Article, Revision
from kb.people.permissions import Action, can
from kb.reading import opening
from kb.reading.standing import Standing, Status
from kb.record.answers import CitedSpan

_COUNTED = 100  # answers of a conversation that are looked at


@dataclass(frozen=True, slots=True)
class Cited:
    """A revision that an answer rests on: what names it, and when it holds by itself."""

    article_id: str
    slug: str
    number: int
    title: str
    department: str
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as the log holds it. ``question`` is empty where it was not kept, or no longer is; ``shown`` are the
    further parts of the answer, None once the question is removed. ``places`` are the revisions that are cited or
    offered, or in which its section stands, by id; ``call_ref`` is the call's, for whoever took it."""

    id: str
    asked_at: datetime
    question: str
    as_of: datetime
    known_at: datetime
    audience: str
    state: str
    reason: str | None
    confidence: float
    sentences: tuple[dict[str, Any], ...]
    citations: tuple[CitedSpan, ...]
    choices: tuple[dict[str, Any], ...]
    nearest: tuple[dict[str, Any], ...]
    degraded: tuple[str, ...]
    engine: str
    composer: str
    took_ms: float
    follows: str | None
    taken: int | None
    shown: dict[str, Any] | None
    is_own: bool
    call_ref: str
    places: dict[str, Cited]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of the conversation and what was said to it; empty where nothing was."""

    question: str
    said: str


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A revision that an answer rests on and that would not be answered from now. ``title`` and ``standing`` are None
    where the viewer may not read it any more."""

    slug: str
    number: int
    title: str | None
    standing: Standing | None
    live_number: int | None


def open_answer(session: Session, viewer: Actor, answer_id: str) -> KeptAnswer:
    """The answer of this id; NotFound where there is none for this viewer."""
    row = session.scalar(select(AnswerRow).where(AnswerRow.id == answer_id, readable(viewer)))
    if row is None:
        raise NotFound("no_answer", "there is no such answer, or it is not for you")
    cited = tuple(CitedSpan(c.n, c.revision_id, c.start, c.end, c.quote) for c in session.scalars(
        select(AnswerCitation).where(AnswerCitation.answer_id == row.id).order_by(AnswerCitation.n)))
    wanted = {c.revision_id for c in cited} | {choice["revision_id"] for choice in row.choices}
    is_own = row.user_id is not None and row.user_id == viewer.user_id
    return KeptAnswer(
        row.id, row.asked_at, row.question, row.as_of, row.known_at, row.audience, row.state, row.reason,
        row.confidence, tuple(row.sentences), cited, tuple(row.choices), tuple(row.nearest), tuple(row.degraded),
        row.engine, row.composer, row.took_ms, row.follows, row.taken, row.shown,
        is_own, row.call_ref or "" if is_own else "", _places(session, wanted))


def earlier(session: Session, viewer: Actor, answer: KeptAnswer, *, limit: int) -> tuple[Exchange, ...]:
    """The conversation before it, latest first, as far back as its questions are kept: at most ``limit`` exchanges."""
    if answer.follows is None or limit < 1:
        return ()
    chain = select(AnswerRow.id, AnswerRow.follows, literal(1).label("depth")).where(
        AnswerRow.id == answer.follows).cte("chain", recursive=True)
    before = aliased(AnswerRow)
    chain = chain.union_all(select(before.id, before.follows, chain.c.depth + 1).where(
        before.id == chain.c.follows, chain.c.depth < min(limit, _COUNTED)))
    rows = session.scalars(select(AnswerRow).join(chain, chain.c.id == AnswerRow.id).where(readable(viewer))
                           .order_by(chain.c.depth))
    found: list[Exchange] = []
    for row in rows:
        if not row.question:
            break
        found.append(Exchange(row.question, _said(row)))
    return tuple(found)


def overtaken(session: Session, viewer: Actor, answer: KeptAnswer, moments: Iterable[datetime], *, now: datetime
              ) -> tuple[Overtaken, ...]:
    """What the answer rests on and would not be answered from, were it asked for these moments again now."""
    rests_on = _rests_on(answer)
    missing = dict.fromkeys(rests_on)
    for moment in moments:
        if missing:
            for found in live_revisions(session, viewer, Moment(moment, now), missing):
                del missing[found]
    return tuple(_overtaken(session, viewer, answer.places[revision_id], now) for revision_id in missing)


def take_choice(session: Session, viewer: Actor, answer_id: str, revision_id: str, start: int, end: int) -> bool:
    """Let the answer's own address show this section, which was offered, as what was taken; whether it was offered.

    It is the log that learns of it, as of the answer: nothing of the domain changes.
    """
    row = session.scalar(select(AnswerRow).where(AnswerRow.id == answer_id, readable(viewer)).with_for_update())
    places = [(c["revision_id"], c["start"], c["end"]) for c in row.choices] if row else []
    if row is None or (revision_id, start, end) not in places:
        return False
    row.taken = places.index((revision_id, start, end))
    session.flush()
    return True


def readable(viewer: Actor) -> ColumnElement[bool]:
    """Whether this AnswerRow is for the viewer: the asker's own, nobody's, or for the staff any."""
    if can(viewer, Action.READ_HISTORY):
        return true()
    nobodys = AnswerRow.user_id.is_(None)
    return or_(nobodys, AnswerRow.user_id == viewer.user_id) if viewer.user_id else nobodys


def _said(row: AnswerRow) -> str:
    """What was said: the sentences of the answer, or the headings of the section that was taken."""
    if row.taken is not None and row.taken < len(row.choices):
        return " › ".join(row.choices[row.taken]["heading_path"])
    said: Sequence[dict[str, Any]] = () if row.abstained else row.sentences
    return "".join(sentence["text"] for sentence in said)


def _places(session: Session, revision_ids: Iterable[str]) -> dict[str, Cited]:
    query = (select(Revision.id, Article.id, Article.slug, Revision.number, Revision.title, Article.owner,
                    Revision.effective_from, Revision.effective_to)
             .join(Article, Article.id == Revision.article_id).where(Revision.id.in_(list(revision_ids))))
    return {row[0]: Cited(*row[1:]) for row in session.execute(query)} if revision_ids else {}


def _rests_on(answer: KeptAnswer) -> tuple[str, ...]:
    if answer.taken is not None and answer.taken < len(answer.choices):
        return (answer.choices[answer.taken]["revision_id"],)
    cited = tuple(c.revision_id for c in answer.citations)
    return cited or tuple(choice["revision_id"] for choice in answer.choices)


def _overtaken(session: Session, viewer: Actor, cited: Cited, now: datetime) -> Overtaken:
    slug, number = cited.slug, cited.number
    try:
        page = opening.open_revision(session, viewer, slug, number, now=now)
    except NotFound:
        return Overtaken(slug, number, None, None, None)
    # in force for others, and out of sight for answers: hidden
    is_out = page.hidden is not None or page.standing.status is Status.IN_FORCE
    return Overtaken(slug, number, page.title, None if is_out else page.standing, page.live_number)
