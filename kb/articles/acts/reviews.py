"""The list of what waits for signatures: in review, approved before a rule asked for more, or live and owing them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer

from kb.actor import Actor
from kb.articles.acts.owing import is_unpaid, refusals_of
from kb.articles.acts.signatures import unpaid_successor, waiting_for
from kb.articles.revisions import knowable
from kb.models import Article, Revision, State, Urgency


@dataclass(frozen=True, slots=True)
class InReview:
    """A revision that waits for signatures: of which departments, the owner first.

    ``due_at`` is until when, for one that was published urgently already; ``refused_by`` who would not sign that.
    """

    slug: str
    number: int
    title: str
    author: str
    sha256: str
    submitted_at: datetime
    waiting_for: tuple[str, ...]
    is_minor: bool = False
    due_at: datetime | None = None
    refused_by: tuple[str, ...] = ()

    def is_overdue(self, now: datetime) -> bool:
        """Whether signatures are owed since longer than they may be."""
        return self.due_at is not None and self.due_at <= now

    def as_dict(self, now: datetime) -> dict[str, Any]:
        """Its JSON form at this instant."""
        return {"slug": self.slug, "revision": self.number, "title": self.title, "author": self.author,
                "sha256": self.sha256, "submitted_at": self.submitted_at.isoformat(),
                "waiting_for": list(self.waiting_for), "minor": self.is_minor,
                "owed_by": self.due_at.isoformat() if self.due_at else None, "overdue": self.is_overdue(now),
                "refused_by": list(self.refused_by)}


def list_in_review(session: Session, viewer: Actor, *, department: str | None = None, slug: str | None = None
                   ) -> list[InReview]:
    """What waits for signatures, of those texts that the viewer may know: first what was published urgently and
    owes them, by when it is due, then the longest waiting.

    With a ``department`` only what waits for it, with a ``slug`` only that article's. What was replaced unpaid stays
    until its successor pays for it.
    """
    rows = session.execute(
        select(Revision, Article.slug, Urgency.due_at)
        .join(Article, Article.id == Revision.article_id)
        .join(Urgency, Urgency.revision_id == Revision.id, isouter=True)
        .options(defer(Revision.source))
        .where(or_(Revision.state.in_((State.IN_REVIEW, State.APPROVED)), is_unpaid()), knowable(viewer),
               *(() if slug is None else (Article.slug == slug,)))
        .order_by(Urgency.due_at.is_(None), Urgency.due_at, Revision.created_at, Revision.id))
    found = [InReview(slug, row.number, row.title, row.author, row.sha256, row.created_at,
                      tuple(still_waiting(session, row)), row.is_minor, due_at,
                      tuple(dict.fromkeys(r.department for r in refusals_of(session, row.id))))
             for row, slug, due_at in rows]
    return [one for one in found if one.waiting_for and (department is None or department in one.waiting_for)]


def still_waiting(session: Session, revision: Revision) -> list[str]:
    """What a text waits for; of one that was replaced unpaid, those that have not signed its successor either."""
    missing = waiting_for(session, revision)
    successor = unpaid_successor(session, revision) if revision.state == State.PUBLISHED else None
    later = waiting_for(session, successor) if successor is not None else missing
    return [department for department in missing if department in later]
