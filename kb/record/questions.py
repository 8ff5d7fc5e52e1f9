"""The questions of the answer log, each once, with what the newest answer to it was quoted from.

What is kept of a question is masked and goes after a while (kb/upkeep/retention.py); nobody copies it from here into a
place of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import AnswerCitation, AnswerRow, Revision

_IN = 500  # values of one IN list, below SQLite's limit
Quoted = tuple[str, int, int]  # revision, start, end
_PER_QUESTION = 10  # newest answers that are looked through for each question that is wanted


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """A question with its newest answer: how often it was asked among those looked at, whether it was answered, which
    stretches of one revision were quoted or offered, and whether all that was stands in other articles."""

    answer_id: str
    text: str
    lang: str
    audience: str
    is_answered: bool
    asked: int = 1
    quoted: tuple[tuple[int, int], ...] = ()
    is_elsewhere: bool = False


def asked_before(session: Session, *, since: datetime, most: int, revision_id: str | None = None) -> list[AskedBefore]:
    """At most so many different questions, the last asked first; ``quoted`` is of this revision.

    Whoever shows one asks first whether the viewer may read it.
    """
    rows = session.execute(
        select(AnswerRow.id, AnswerRow.question, AnswerRow.lang, AnswerRow.audience, AnswerRow.abstained,
               AnswerRow.choices)
        .where(AnswerRow.question != "", AnswerRow.asked_at >= since)
        .order_by(AnswerRow.asked_at.desc(), AnswerRow.id).limit(most * _PER_QUESTION))
    found: dict[tuple[str, str], AskedBefore] = {}
    offered: dict[str, list[Quoted]] = {}
    for answer_id, text, lang, audience, abstained, choices in rows:
        key = (" ".join(text.split()).casefold(), audience)
        if key in found:
            found[key] = replace(found[key], asked=found[key].asked + 1)
        elif len(found) < most:
            found[key] = AskedBefore(answer_id, text, lang, audience, not abstained)
            offered[answer_id] = [(choice["revision_id"], start, end) for choice in choices
                                  for start, end in choice.get("marked", ())]
    quoted = _quoted(session, [one.answer_id for one in found.values()])
    own = set(session.scalars(select(Revision.id).where(Revision.article_id == select(Revision.article_id).where(
        Revision.id == revision_id).scalar_subquery()))) if revision_id else set()
    return [_resting(one, quoted.get(one.answer_id) or offered[one.answer_id], revision_id, own)
            for one in found.values()]


def _quoted(session: Session, answer_ids: list[str]) -> dict[str, list[Quoted]]:
    """What these answers quoted, by their ids."""
    found: dict[str, list[Quoted]] = {}
    for start in range(0, len(answer_ids), _IN):
        for answer_id, revision_id, first, last in session.execute(
                select(AnswerCitation.answer_id, AnswerCitation.revision_id, AnswerCitation.start, AnswerCitation.end)
                .where(AnswerCitation.answer_id.in_(answer_ids[start:start + _IN]))):
            found.setdefault(answer_id, []).append((revision_id, first, last))
    return found


def _resting(one: AskedBefore, quoted: list[Quoted], revision_id: str | None, own: set[str]) -> AskedBefore:
    return replace(one, quoted=tuple((start, end) for name, start, end in quoted if name == revision_id),
                   is_elsewhere=bool(quoted) and not any(name in own for name, _, _ in quoted))


def question_texts(session: Session, answer_ids: Iterable[str]) -> dict[str, str]:
    """The words that the log still keeps of these questions, by answer id."""
    ids = list(dict.fromkeys(answer_ids))
    found: dict[str, str] = {}
    for start in range(0, len(ids), _IN):
        found |= {row[0]: row[1] for row in session.execute(
            select(AnswerRow.id, AnswerRow.question).where(AnswerRow.id.in_(ids[start:start + _IN])))}
    return found
