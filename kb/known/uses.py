"""What agents do with an answer: taking another section than the one shown proposes the question for that section.

The question is the one that the answer log holds, numbers already masked there. One that may tell who called is not
proposed, nor one that the log does not keep. What is proposed waits for the owner department.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.known import known
from kb.known.known import KnownState
from kb.known.sections import sections_of
from kb.markup.headings import Path, below_title, places
from kb.markup.parse import parse
from kb.models import AnswerCitation, AnswerRow, Article, Revision
from kb.people.permissions import Action, can, may_anywhere
from kb.personal import personal_in


class Use(StrEnum):
    """What an agent did with a section."""

    OPENED = "opened"
    COPIED = "copied"
    CHOSEN = "chosen"  # taken among the sections that were offered to be checked


@dataclass(frozen=True, slots=True)
class Section:
    """A section as an answer names it."""

    article_id: str
    heading_path: Path


@dataclass(frozen=True, slots=True)
class Noted:
    """The known question of the section that was used, or why there is none: shown, not_kept, personal, not_yours,
    full or unfit."""

    known: known.Known | None
    reason: str | None = None


def note_use(session: Session, actor: Actor, answer_id: str, use: Use, used: Section | int, *, now: datetime,
             origin: str) -> Noted:
    """Note that the asker of an answer used this section, or the one that this citation stands in.

    NotFound for an answer that is not the actor's, a section or a citation that there is not.
    """
    if not may_anywhere(actor, Action.PROPOSE_KNOWN):
        raise Denied("denied", "{actor} may not {action}", actor=actor.name, action=Action.PROPOSE_KNOWN)
    answer = session.get(AnswerRow, answer_id)
    if answer is None or answer.user_id is None or answer.user_id != actor.user_id:
        raise NotFound("no_answer", "no answer {answer_id!r} that was given to you", answer_id=answer_id[:40])
    cited = _cited(session, answer_id)
    if isinstance(used, int):
        if used not in cited:
            raise NotFound("no_citation", "the answer has no citation {used}", used=used)
        section = cited[used]
    else:
        section = used
    article = session.get(Article, section.article_id)
    if article is None:
        raise NotFound("no_article", "no article {article_id!r} that you may read", article_id=section.article_id[:40])
    there = sections_of(session, actor, article.slug, now=now)
    path = there.path(section.heading_path)
    if use is not Use.CHOSEN and Section(article.id, path) in cited.values():
        return Noted(None, "shown")
    if not can(actor, Action.PROPOSE_KNOWN, article):
        return Noted(None, "not_yours")
    if not answer.question:
        return Noted(None, "not_kept")
    if personal_in(answer.question):
        return Noted(None, "personal")
    try:
        found = known.propose(session, actor, article.slug, path, answer.question, now=now, origin=origin,
                              answer_id=answer_id)
        if found.state is KnownState.DROPPED and found.dropped_at is not None and found.dropped_at < answer.asked_at:
            found = known.propose_again(session, actor, found.id, answer_id=answer_id, now=now, origin=origin)
        return Noted(found)
    except (Conflict, Invalid) as error:
        return Noted(None, "full" if isinstance(error, Conflict) else "unfit")


def _cited(session: Session, answer_id: str) -> dict[int, Section]:
    """The section that each citation of an answer stands in."""
    rows = session.execute(
        select(AnswerCitation.n, AnswerCitation.start, Revision.article_id, Revision.title, Revision.source)
        .join(Revision, Revision.id == AnswerCitation.revision_id).where(AnswerCitation.answer_id == answer_id))
    return {n: Section(article_id, _path_at(source, title, start)) for n, start, article_id, title, source in rows}


def _path_at(source: str, title: str, offset: int) -> Path:
    """The headings above an offset."""
    path: Sequence[str] = ()
    for place in places(parse(source)):
        if place.start > offset:
            break
        path = place.path
    return below_title(path, title)
