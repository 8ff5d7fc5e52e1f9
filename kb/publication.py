"""Publishing: from an approved revision to one that answers, with audit and outbox in the same transaction.

Valid time is divided among an article's revisions: a newer revision answers from its own effective_from on, the older
ones keep the dates before it. A revision approved ahead for a later date keeps that date. When a revision with an end
date ends, nothing older comes back: an expired rule must be renewed by a person. Cutting is done by closing rows in
system time and opening shorter ones, so what was held live at any past instant can always be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb import audit, outbox
from kb.errors import Conflict, Invalid, InvalidTransition
from kb.models import Article, Publication, Revision, State
from kb.permissions import Action, Actor, require


@dataclass(frozen=True, slots=True)
class Slot:
    """A live publication's valid interval, with its row id."""

    row_id: int
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing does to the live rows: which close, which reopen shorter, and the new row's interval."""

    close: tuple[int, ...]
    reopen: tuple[tuple[int, datetime, datetime], ...]  # (row id, effective_from, new effective_to)
    effective_from: datetime
    effective_to: datetime | None


def plan_publication(slots: Sequence[Slot], effective_from: datetime, effective_to: datetime | None,
                     now: datetime) -> Plan:
    """Decide how a new revision's interval takes its place among the live ones; touches nothing.

    Rows that begin after both ``now`` and the new revision were approved ahead: they stay and bound the new one. Of
    the others, what lies before ``effective_from`` stays, the rest closes.
    """
    close: list[int] = []
    reopen: list[tuple[int, datetime, datetime]] = []
    end = effective_to
    for slot in slots:
        if slot.effective_from > now and slot.effective_from > effective_from:
            end = slot.effective_from if end is None else min(end, slot.effective_from)
        elif slot.effective_to is None or slot.effective_to > effective_from:
            close.append(slot.row_id)
            if slot.effective_from < effective_from:
                reopen.append((slot.row_id, slot.effective_from, effective_from))
    return Plan(tuple(close), tuple(reopen), effective_from, end)


def live_rows(session: Session, article_id: str) -> list[Publication]:
    """The article's rows that are open in system time, in order of valid time."""
    return list(session.scalars(
        select(Publication).where(Publication.article_id == article_id, Publication.superseded_at.is_(None))
        .order_by(Publication.effective_from)
    ))


def publish(session: Session, actor: Actor, revision: Revision, *, now: datetime, origin: str) -> None:
    """Make an approved revision live from ``now`` in system time, for its own dates in valid time.

    Raises InvalidTransition unless approved, Conflict when a later revision is already published, Invalid when
    ``now`` lies before the article's last publication.
    """
    require(actor, Action.APPROVE, department=revision.owner)
    if revision.state != State.APPROVED:
        raise InvalidTransition("not_approved", f"revision {revision.number} is {revision.state}, not approved")
    article = session.get_one(Article, revision.article_id)
    if article.retired_at is not None:
        raise InvalidTransition("retired", f"article {article.slug} is retired; start a new article")
    newest = session.scalar(
        select(func.max(Revision.number))
        .where(Revision.article_id == article.id, Revision.state == State.PUBLISHED)
    )
    if newest is not None and newest > revision.number:
        raise Conflict("newer_published", f"revision {newest} of {article.slug} is already published")
    latest = session.scalar(select(func.max(Publication.published_at)).where(Publication.article_id == article.id))
    if latest is not None and latest > now:
        raise Invalid("clock_back", f"{article.slug}: published_at lies before the last publication of this article")
    rows = {row.id: row for row in live_rows(session, article.id)}
    plan = plan_publication(
        [Slot(r.id, r.effective_from, r.effective_to) for r in rows.values()],
        revision.effective_from, revision.effective_to, now,
    )
    for row_id in plan.close:
        rows[row_id].superseded_at = now
    for row_id, start, end in plan.reopen:
        session.add(Publication(revision_id=rows[row_id].revision_id, article_id=article.id, effective_from=start,
                                effective_to=end, published_at=now))
    session.add(Publication(revision_id=revision.id, article_id=article.id, effective_from=plan.effective_from,
                            effective_to=plan.effective_to, published_at=now))
    revision.state = State.PUBLISHED
    session.flush()
    audit.append(session, actor, "publish", f"revision:{revision.id}", now=now, origin=origin,
                 after={"article": article.slug, "number": revision.number, "sha256": revision.sha256,
                        "effective_from": revision.effective_from.isoformat(),
                        "effective_to": plan.effective_to.isoformat() if plan.effective_to else None})
    outbox.append(session, article.id, "published", now=now)


def retire(session: Session, actor: Actor, article: Article, *, reason: str, successor: Article | None,
           now: datetime, origin: str) -> None:
    """Take the article out of every answer from ``now`` on; what was known before stays replayable."""
    require(actor, Action.RETIRE, department=article.owner)
    if article.retired_at is not None:
        raise InvalidTransition("retired", f"article {article.slug} is already retired")
    if not reason.strip() and successor is None:
        raise Invalid("reason", "retiring names a successor or a reason", fields={"reason": "required"})
    article.retired_at = now
    article.retired_reason = reason.strip()[:500] or None
    article.successor_id = successor.id if successor else None
    for row in live_rows(session, article.id):
        row.superseded_at = now
    session.flush()
    audit.append(session, actor, "retire", f"article:{article.id}", now=now, origin=origin,
                 after={"slug": article.slug, "reason": article.retired_reason,
                        "successor": successor.slug if successor else None})
    outbox.append(session, article.id, "retired", now=now)
