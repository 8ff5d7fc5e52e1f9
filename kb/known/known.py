"""Known questions: callers' questions that a section answers, proposed by anyone on the staff, released by its owner.

They are beside the article and outside its revisions' hashes: a new revision keeps them as long as the heading stands,
and a question whose heading is gone is listed as orphaned and moves nothing. Equal questions of one section are one.
Nothing here is ever said to a caller.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Conflict, InvalidTransition, NotFound
from kb.known.sections import Sections, sections_of
from kb.known.wording import checked_text, section_hash, wording_hash
from kb.markup.headings import Path, below_title
from kb.markup.language import language
from kb.models import Article, KnownQuestion
from kb.people.permissions import Action, can, require
from kb.record.journal import Change, record
from kb.text import clean_note

MOST = 50  # of a section, proposed and released each: a flood of proposals keeps no department out
MOST_BYTES = 15_000  # of an article's released questions: they must fit into the front matter of an export


class KnownState(StrEnum):
    """Where a known question stands: searched once it is released, and no more when it is dropped."""

    PROPOSED = "proposed"
    RELEASED = "released"
    DROPPED = "dropped"


_MOVES = {KnownState.RELEASED: (KnownState.PROPOSED, KnownState.DROPPED),
          KnownState.DROPPED: (KnownState.PROPOSED, KnownState.RELEASED),
          KnownState.PROPOSED: (KnownState.DROPPED,)}  # to: from


@dataclass(frozen=True, slots=True)
class Known:
    """A known question as the staff sees one. ``is_orphaned``: no text in force or ahead has its heading."""

    id: str
    article_id: str
    slug: str
    heading_path: Path
    text: str
    lang: str
    state: KnownState
    answer_id: str | None
    proposer: str
    proposed_at: datetime
    releaser: str | None
    released_at: datetime | None
    dropper: str | None
    dropped_at: datetime | None
    is_orphaned: bool = False
    title: str = ""  # of its article, in a list

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, the same in the shell and the API."""
        return {
            "id": self.id, "article_id": self.article_id, "slug": self.slug, "heading_path": list(self.heading_path),
            "text": self.text, "lang": self.lang, "state": self.state.value, "answer_id": self.answer_id,
            "proposer": self.proposer, "proposed_at": self.proposed_at.isoformat(), "releaser": self.releaser,
            "released_at": self.released_at.isoformat() if self.released_at else None, "dropper": self.dropper,
            "dropped_at": self.dropped_at.isoformat() if self.dropped_at else None, "is_orphaned": self.is_orphaned,
        }


def propose(session: Session, actor: Actor, slug: str, section: str | Sequence[str], text: str, *, now: datetime,
            origin: str, answer_id: str | None = None) -> Known:
    """Propose a question for a section, named by its nearest heading or by its path; one that is there stays as it is.

    Raises Invalid for a section that the article does not have, and for a text that is no question to keep.
    """
    sections = sections_of(session, actor, slug, now=now)
    require(actor, Action.PROPOSE_KNOWN, sections.article)
    row = _put(session, actor, sections, section, text, now=now, origin=origin, answer_id=answer_id)
    return _view(row, sections.article)


def propose_again(session: Session, actor: Actor, known_id: str, *, answer_id: str, now: datetime, origin: str
                  ) -> Known:
    """Let a dropped question wait for its department anew, because of an answer that was given since; InvalidTransition
    for one that is not dropped. Searches use it no more than before: what dropped it stays noted until it is released.
    """
    row, article = _row(session, known_id)
    sections_of(session, actor, article.slug, now=now)
    require(actor, Action.PROPOSE_KNOWN, article)
    _check_room(session, row.section, KnownState.PROPOSED)
    was = _move(row, KnownState.PROPOSED)
    row.proposer, row.proposed_at, row.answer_id = actor.name, now, answer_id
    session.flush()
    record(session, actor, "propose_known", f"known_question:{row.id}", now=now, origin=origin,
           before={"state": was.value},
           after={"article": article.slug, "heading_path": list(row.heading_path), "wording": row.wording,
                  "answer_id": answer_id})
    return _view(row, article)


def known_question(session: Session, viewer: Actor, known_id: str, *, now: datetime) -> Known:
    """One known question; NotFound where the viewer may not know its article."""
    row, article = _row(session, known_id)
    sections = sections_of(session, viewer, article.slug, now=now)
    return _view(row, article, is_orphaned=tuple(row.heading_path) not in sections.paths)


def add(session: Session, actor: Actor, slug: str, section: str | Sequence[str], text: str, *, now: datetime,
        origin: str) -> Known:
    """Propose and release a question in one act."""
    sections = sections_of(session, actor, slug, now=now)
    require(actor, Action.RELEASE_KNOWN, sections.article)
    row = _put(session, actor, sections, section, text, now=now, origin=origin)
    if row.state != KnownState.RELEASED:
        _release(session, actor, row, now=now, origin=origin)
    return _view(row, sections.article)


def bring(session: Session, actor: Actor, slug: str, section: str | Sequence[str], text: str, *, is_released: bool,
          now: datetime, origin: str) -> None:
    """Put on record what a file says beside its text: released with history that was published, else proposed."""
    sections = sections_of(session, actor, slug, now=now)
    if is_released or not can(actor, Action.IMPORT_DRAFTS, sections.article):
        require(actor, Action.IMPORT_HISTORY)
    row = _put(session, actor, sections, section, text, now=now, origin=origin)
    if is_released and row.state != KnownState.RELEASED:
        _release(session, actor, row, now=now, origin=origin)


def release(session: Session, actor: Actor, known_id: str, *, now: datetime, origin: str) -> Known:
    """Let searches use a proposed or a dropped question. InvalidTransition when it is released already or orphaned."""
    row, article = _row(session, known_id)
    sections = sections_of(session, actor, article.slug, now=now)
    require(actor, Action.RELEASE_KNOWN, article)
    if tuple(row.heading_path) not in sections.paths:
        raise InvalidTransition("orphaned", "{slug} has no such section any more: drop the question, or add it to the "
                                "section that answers it now", slug=article.slug)
    _release(session, actor, row, now=now, origin=origin)
    return _view(row, article)


def drop(session: Session, actor: Actor, known_id: str, *, reason: str = "", now: datetime, origin: str) -> Known:
    """Let searches use the question no more; it stays on record, where no file brings it back, but what is asked
    later may propose it again. The log keeps the reason."""
    row, article = _row(session, known_id)
    sections = sections_of(session, actor, article.slug, now=now)
    require(actor, Action.RELEASE_KNOWN, article)
    said = clean_note(reason, field="reason")
    was = _move(row, KnownState.DROPPED)
    row.dropper, row.dropped_at = actor.name, now
    event_id = record(session, actor, "drop_known", f"known_question:{row.id}", now=now, origin=origin,
                      before={"state": was.value}, after={"article": article.slug,
                                                          "heading_path": list(row.heading_path),
                                                          **({"reason": said} if said else {})},
                      change=Change(row.article_id, "known") if was == KnownState.RELEASED else None)
    row.event_id = event_id or row.event_id
    session.flush()
    return _view(row, article, is_orphaned=tuple(row.heading_path) not in sections.paths)


def list_known(session: Session, viewer: Actor, slug: str | None = None, *, state: KnownState | None = None,
               departments: Sequence[str] | None = None, after: str = "", limit: int = 200, now: datetime
               ) -> list[Known]:
    """The known questions of an article, or of all that the viewer may read, by article, section and time.

    With ``departments`` only those of articles that these own. ``after`` is the id of the last one of the page before.
    NotFound when the viewer may not know the article.
    """
    require(viewer, Action.READ_HISTORY)
    query = select(KnownQuestion, Article).join(Article, Article.id == KnownQuestion.article_id)
    if slug is not None:
        query = query.where(Article.id == sections_of(session, viewer, slug, now=now).article.id)
    if state is not None:
        query = query.where(KnownQuestion.state == state)
    if departments is not None:
        query = query.where(Article.owner.in_(departments))
    rows = list(session.execute(query.order_by(Article.slug, KnownQuestion.section, KnownQuestion.proposed_at,
                                               KnownQuestion.id)))
    first = next((n for n, (row, _) in enumerate(rows, 1) if row.id == after), 0)
    found: list[Known] = []
    sections: dict[str, Sections | None] = {}
    for row, article in rows[first:]:
        if article.slug not in sections:
            try:
                sections[article.slug] = sections_of(session, viewer, article.slug, now=now)
            except NotFound:
                sections[article.slug] = None
        there = sections[article.slug]
        if there is not None:
            found.append(replace(_view(row, article, is_orphaned=tuple(row.heading_path) not in there.paths),
                                 title=there.title))
        if len(found) == limit:
            break
    return found


def state_of(session: Session, article_id: str, path: Path, text: str) -> KnownState | None:
    """Where this question of this section stands; None when it is not on record."""
    row = _stored(session, article_id, path, text)
    return KnownState(row.state) if row else None


def asks_of(session: Session, article_id: str) -> list[tuple[Path, str]]:
    """The released questions of an article with their sections, for an export; in the order of their release."""
    rows = session.execute(
        select(KnownQuestion.heading_path, KnownQuestion.text)
        .where(KnownQuestion.article_id == article_id, KnownQuestion.state == KnownState.RELEASED)
        .order_by(KnownQuestion.event_id))
    return [(tuple(path), text) for path, text in rows]


def _put(session: Session, actor: Actor, sections: Sections, section: str | Sequence[str], text: str, *, now: datetime,
         origin: str, answer_id: str | None = None) -> KnownQuestion:
    """The row of this question; a new proposal where there is none.

    What is on record is found before its heading is looked for: importing an old file again changes nothing.
    """
    article, cleaned = sections.article, checked_text(text)
    given = None if isinstance(section, str) else below_title(section, sections.title)
    row = _stored(session, article.id, given, cleaned) if given is not None else None
    if row is not None:
        return row
    path = sections.path(section)
    row = _stored(session, article.id, path, cleaned)
    if row is not None:
        return row
    key = section_hash(article.id, path)
    _check_room(session, key, KnownState.PROPOSED)
    row = KnownQuestion(
        id=str(uuid.uuid4()), article_id=article.id, heading_path=list(path), section=key, text=cleaned,
        wording=wording_hash(cleaned), lang=language(cleaned), state=KnownState.PROPOSED, answer_id=answer_id,
        proposer=actor.name, proposed_at=now)
    session.add(row)
    session.flush()
    record(session, actor, "propose_known", f"known_question:{row.id}", now=now, origin=origin,
           after={"article": article.slug, "heading_path": list(path), "wording": row.wording,
                  "answer_id": answer_id})
    return row


def _release(session: Session, actor: Actor, row: KnownQuestion, *, now: datetime, origin: str) -> None:
    _check_room(session, row.section, KnownState.RELEASED)
    _check_bytes(session, row)
    was = _move(row, KnownState.RELEASED)
    row.releaser, row.released_at, row.dropper, row.dropped_at = actor.name, now, None, None
    row.event_id = record(session, actor, "release_known", f"known_question:{row.id}", now=now, origin=origin,
                          before={"state": was.value},
                          after={"heading_path": list(row.heading_path), "wording": row.wording},
                          change=Change(row.article_id, "known"))
    session.flush()


def _move(row: KnownQuestion, state: KnownState) -> KnownState:
    """Change the state as the table of moves allows; the state before."""
    was = KnownState(row.state)
    if was not in _MOVES[state]:
        raise InvalidTransition(f"already_{state}", "the question is {state} already", state=state)
    row.state = state
    return was


def _check_room(session: Session, section: str, state: KnownState) -> None:
    there = session.scalar(select(func.count()).select_from(KnownQuestion).where(
        KnownQuestion.section == section, KnownQuestion.state == state)) or 0
    if there >= MOST:
        raise Conflict("full", "the section has {most} {state} questions: drop those that say what others say",
                       most=MOST, state=state)


def _check_bytes(session: Session, row: KnownQuestion) -> None:
    texts = session.scalars(select(KnownQuestion.text).where(
        KnownQuestion.article_id == row.article_id, KnownQuestion.state == KnownState.RELEASED))
    if sum(len(text.encode()) for text in (*texts, row.text)) > MOST_BYTES:
        raise Conflict("full", "the article's known questions have more than {most_bytes} bytes together: drop those "
                       "that say what others say", most_bytes=MOST_BYTES)


def _stored(session: Session, article_id: str, path: Path, text: str) -> KnownQuestion | None:
    return session.scalar(select(KnownQuestion).where(KnownQuestion.section == section_hash(article_id, path),
                                                      KnownQuestion.wording == wording_hash(text)))


def _row(session: Session, known_id: str) -> tuple[KnownQuestion, Article]:
    found = session.execute(select(KnownQuestion, Article).join(Article, Article.id == KnownQuestion.article_id)
                            .where(KnownQuestion.id == known_id)).first()
    if found is None:
        raise NotFound("no_known_question", "no known question {known_id!r}; see `kb known list`",
                       known_id=known_id[:40])
    return found[0], found[1]


def _view(row: KnownQuestion, article: Article, *, is_orphaned: bool = False) -> Known:
    return Known(
        id=row.id, article_id=row.article_id, slug=article.slug, heading_path=tuple(row.heading_path), text=row.text,
        lang=row.lang, state=KnownState(row.state), answer_id=row.answer_id, proposer=row.proposer,
        proposed_at=row.proposed_at, releaser=row.releaser, released_at=row.released_at, dropper=row.dropper,
        dropped_at=row.dropped_at, is_orphaned=is_orphaned)
