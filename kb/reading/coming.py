"""What is published and not yet in force: several texts of an article may stand one behind the other.

Publishing a later one takes nothing from an earlier one that is still to come: that applies until the later begins.
Whoever writes, signs or publishes is told so, from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from kb.models import Article, Publication, Revision


@dataclass(frozen=True, slots=True)
class Coming:
    """A published revision whose dates have not come; ``instead`` is the one that applies until then and, left alone,
    would go on: None where nothing does."""

    number: int
    title: str
    effective_from: datetime
    effective_to: datetime | None
    instead: int | None = None


def coming_of(session: Session, slug: str, now: datetime) -> tuple[Coming, ...]:
    """The published revisions of an article that are still to come, in the order of their dates."""
    return coming([(text, row) for text, row in session.execute(
        select(Revision, Publication).join(Publication, Publication.revision_id == Revision.id)
        .join(Article, Article.id == Publication.article_id)
        .options(load_only(Revision.number, Revision.title, Revision.effective_to, Revision.redacted_at))
        .where(Article.slug == slug, Publication.superseded_at.is_(None)))], now)


def coming(texts: Iterable[tuple[Revision, Publication]], now: datetime) -> tuple[Coming, ...]:
    """The same of one article's texts, each with a row of its publications."""
    held = sorted((one for one in texts if one[1].superseded_at is None), key=lambda one: one[1].effective_from)
    going_on = {row.effective_to: text.number for text, row in held
                if row.effective_to is not None and text.redacted_at is None
                and (text.effective_to is None or text.effective_to > row.effective_to)}
    return tuple(Coming(text.number, text.title, row.effective_from, row.effective_to,
                        going_on.get(row.effective_from)) for text, row in held if row.effective_from > now)


def first_applying(found: Sequence[Coming], start: datetime) -> tuple[Coming, ...]:
    """Those that would apply before a text that begins at ``start``, each with the end that it would then have."""
    return tuple(replace(one, effective_to=start if one.effective_to is None else min(one.effective_to, start))
                 for one in found if one.effective_from < start)
