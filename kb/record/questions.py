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
    """A question with its newest answer, and how often it was asked among those looked at.

    Of one revision: ``quoted`` are the stretches that the answer quoted, ``offered`` those marked in the likeliest of
    the sections that were offered to be checked, ``offered_next`` those of the second. ``is_of_article`` says that the
    answer quoted the revision's article, or that one of the offered sections is of it; ``is_elsewhere`` that it quoted
    other articles alone.
    """

    answer_id: str
    text: str
    lang: str
    audience: str
    is_answered: bool
    asked: int = 1
    quoted: tuple[tuple[int, int], ...] = ()
    offered: tuple[tuple[int, int], ...] = ()
    offered_next: tuple[tuple[int, int], ...] = ()
    is_of_article: bool = False
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
    offered: dict[str, list[list[Quoted]]] = {}
    for answer_id, text, lang, audience, abstained, choices in rows:
        key = (" ".join(text.split()).casefold(), audience)
        if key in found:
            found[key] = replace(found[key], asked=found[key].asked + 1)
        elif len(found) < most:
            found[key] = AskedBefore(answer_id, text, lang, audience, not abstained)
            offered[answer_id] = [[(choice["revision_id"], start, end) for start, end in choice.get("marked", ())]
                                  for choice in choices]
    if revision_id is None:
        return list(found.values())
    quoted = _quoted(session, [one.answer_id for one in found.values()])
    own = set(session.scalars(select(Revision.id).where(Revision.article_id == select(Revision.article_id).where(
        Revision.id == revision_id).scalar_subquery())))
    return [_resting(one, quoted.get(one.answer_id, []), offered[one.answer_id], revision_id, own)
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


def _resting(one: AskedBefore, quoted: list[Quoted], offered: list[list[Quoted]], revision_id: str,
             own: set[str]) -> AskedBefore:
    likeliest = offered[0] if offered else []
    second = offered[1] if len(offered) > 1 else []

    def of_revision(stretches: list[Quoted]) -> tuple[tuple[int, int], ...]:
        return tuple((start, end) for name, start, end in stretches if name == revision_id)

    return replace(
        one, quoted=of_revision(quoted), offered=of_revision(likeliest), offered_next=of_revision(second),
        is_of_article=any(name in own for some in (quoted, *offered) for name, _, _ in some),
        is_elsewhere=bool(quoted) and not any(name in own for name, _, _ in quoted))


def question_texts(session: Session, answer_ids: Iterable[str]) -> dict[str, str]:
    """The words that the log still keeps of these questions, by answer id."""
    ids = list(dict.fromkeys(answer_ids))
    found: dict[str, str] = {}
    for start in range(0, len(ids), _IN):
        found |= {row[0]: row[1] for row in session.execute(
            select(AnswerRow.id, AnswerRow.question).where(AnswerRow.id.in_(ids[start:start + _IN])))}
    return found
