"""What detectors read: the texts in force, of all articles or of some, in few statements; and evidence from them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.orm import Session

from kb.models import Article, Publication, Revision
from kb.upkeep.signals.signal import Evidence, Looking

BATCH = 500  # values of one IN list, below SQLite's limit
MOST_PLACES = 10  # stretches that one signal names: more of the same say no more
_LONGEST_KEY = 100


def in_force(looking: Looking) -> ColumnElement[bool]:
    """Whether this Publication of an Article is the text in force; a hidden article's is, for those who mend it."""
    now = looking.now
    return (Publication.superseded_at.is_(None) & (Publication.effective_from <= now)
            & or_(Publication.effective_to.is_(None), Publication.effective_to > now) & Article.retired_at.is_(None))


def live_texts(looking: Looking, *columns: Any) -> Select[*tuple[Any, ...]]:
    """The ids of article and revision of every text in force, and these columns of theirs. Whether the words are
    erased is not asked: of those nothing is kept that could be found, and reading the wide rows takes longest."""
    return (select(Publication.article_id, Publication.revision_id, *columns)
            .join(Article, Article.id == Publication.article_id).where(in_force(looking)))


def rows_of(session: Session, query: Select[*tuple[Any, ...]], articles: Collection[Any] | None,
            column: Any = Publication.article_id) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows of a query for these articles (or whatever values the column holds), or for all."""
    if articles is None:
        yield from session.execute(query)
        return
    wanted = sorted(articles)
    for start in range(0, len(wanted), BATCH):
        yield from session.execute(query.where(column.in_(wanted[start:start + BATCH])))


def local_day(looking: Looking) -> date:
    """The present day of the hotline's calendar."""
    return looking.now.astimezone(looking.tz).date()


def quoted(session: Session, places: Collection[tuple[str, int, int]]) -> dict[tuple[str, int, int], Evidence]:
    """Stretches of revisions as evidence, with their words; of erased texts none."""
    by_text: dict[str, list[tuple[int, int]]] = {}
    for revision_id, start, end in places:
        by_text.setdefault(revision_id, []).append((start, end))
    ids = sorted(by_text)
    found: dict[tuple[str, int, int], Evidence] = {}
    for at in range(0, len(ids), BATCH):
        for revision_id, source in session.execute(select(Revision.id, Revision.source).where(
                Revision.id.in_(ids[at:at + BATCH]), Revision.redacted_at.is_(None))):
            for start, end in by_text[revision_id]:
                found[revision_id, start, end] = Evidence(source[start:end], revision_id, start, end)
    return found


def whole(revision_id: str) -> Evidence:
    """A text as a whole."""
    return Evidence("", revision_id)


def key_of(*parts: str) -> str:
    """A finding's key of these parts, as long as may be."""
    joined = "#".join(part for part in parts if part)
    if len(joined) <= _LONGEST_KEY:
        return joined
    return f"{joined[:_LONGEST_KEY - 17]}~{hashlib.sha256(joined.encode()).hexdigest()[:16]}"
