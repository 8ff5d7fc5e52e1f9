"""Which articles rest on a document: those whose texts name its number among their basis documents.

A basis is no part of a text and is never quoted; but whoever asks for a document by its number is led to what rests on
it. What out of sight is stays so here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.live import Moment, answerable, in_sight
from kb.markup.facts.numerals import in_chinese
from kb.models import Basis, Publication, Revision

_MOST = 400  # rows that are looked at


@dataclass(frozen=True, slots=True)
class Resting:
    """An article one of whose texts rests on a document of this number; ``is_now`` where that text is in force."""

    article_id: str
    number: str
    is_now: bool


def resting_on(session: Session, viewer: Actor, moment: Moment, numbers: Sequence[tuple[str, str]], *,
               narrowed_to: str | None = None) -> list[Resting]:
    """The articles with a text that this viewer may see and that names a document of one of these numbers (year or
    "", figure); those in force first, then the latest. Which of them it is tells whoever compares the numbers whole."""
    if not numbers:
        return []
    now = answerable(viewer, moment, narrowed_to=narrowed_to)
    is_now = case((now, 1), else_=0)
    query = (
        select(Revision.article_id, Basis.number, is_now)
        .join(Revision, Revision.id == Basis.revision_id).join(Publication, Publication.revision_id == Revision.id)
        .where(in_sight(viewer, moment, narrowed_to=narrowed_to), or_(*(_holds(*number) for number in numbers)))
        .order_by(is_now.desc(), Publication.effective_from.desc(), Revision.article_id).limit(_MOST))
    found = [Resting(article_id, number, bool(holds)) for article_id, number, holds in session.execute(query)]
    return list(dict.fromkeys(found))


def _holds(year: str, figure: str) -> ColumnElement[bool]:
    """Whether a number may be of this year and figure: its brackets and blanks are anybody's."""
    written = [Basis.number.contains(figure)]
    if int(figure):
        written.append(Basis.number.contains(in_chinese(int(figure))))
    return and_(or_(*written), Basis.number.contains(year)) if year else or_(*written)
