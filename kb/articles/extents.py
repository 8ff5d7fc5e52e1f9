"""When each revision answers or has answered, and when it is out of sight: the predicate's facts for many.

For whoever decides in memory by :func:`kb.articles.live.is_answerable`, or hands the intervals to an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Audience
from kb.articles.live import Rectangle
from kb.models import Hiding, Publication, Revision, State


@dataclass(frozen=True, slots=True)
class Sight:
    """What takes articles out of sight: the intervals in which they are hidden, and their internal texts."""

    hidden: dict[str, tuple[tuple[datetime, datetime | None], ...]]
    internal: dict[str, tuple[tuple[int, datetime], ...]]  # number, and from when on it is in force

    @classmethod
    def load(cls, session: Session, article_ids: Sequence[str] | None = None) -> Sight:
        """Of these articles, or of all."""
        hidings = select(Hiding.article_id, Hiding.hidden_at, Hiding.until).order_by(Hiding.id)
        texts = select(Revision.article_id, Revision.number, Revision.effective_from).where(
            Revision.state == State.PUBLISHED, Revision.audience != Audience.PUBLIC).order_by(Revision.number)
        if article_ids is not None:
            hidings = hidings.where(Hiding.article_id.in_(article_ids))
            texts = texts.where(Revision.article_id.in_(article_ids))
        hidden: dict[str, tuple[tuple[datetime, datetime | None], ...]] = {}
        for article_id, start, end in session.execute(hidings):
            hidden[article_id] = (*hidden.get(article_id, ()), (start, end))
        internal: dict[str, tuple[tuple[int, datetime], ...]] = {}
        for article_id, number, start in session.execute(texts):
            internal[article_id] = (*internal.get(article_id, ()), (number, start))
        return cls(hidden, internal)

    def closed_at(self, article_id: str, number: int) -> datetime | None:
        """From when on citizens do not see this revision, because a later one is internal."""
        return min((start for later, start in self.internal.get(article_id, ()) if later > number), default=None)


def extents(session: Session, article_ids: Sequence[str]) -> dict[str, list[Rectangle]]:
    """When each revision of these articles (at most live.BATCH) answers or has answered, by revision id."""
    sight = Sight.load(session, article_ids)
    found: dict[str, list[Rectangle]] = {}
    rows = session.execute(
        select(Publication, Revision.number, Revision.redacted_at)
        .join(Revision, Revision.id == Publication.revision_id)
        .where(Publication.article_id.in_(article_ids)).order_by(Publication.id))
    for p, number, redacted_at in rows:
        if p.superseded_at is None or p.superseded_at > p.published_at:
            found.setdefault(p.revision_id, []).append(Rectangle(
                p.effective_from, p.effective_to, p.published_at, p.superseded_at, sight.hidden.get(p.article_id, ()),
                sight.closed_at(p.article_id, number), redacted_at is not None))
    return found
