"""Publishing: from an approved revision to one that answers, with audit and outbox in the same transaction.

Valid time is divided among an article's revisions: a newer revision answers from its own effective_from on, the older
ones keep the dates before it. A revision approved ahead for a later date keeps that date. When a revision with an end
date ends, nothing older comes back: an expired rule must be renewed by a person. Cutting is done by closing rows in
system time and opening shorter ones, so what was held live at any past instant can always be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.settling import Outcome, settle_review
from kb.articles.acts.signatures import is_imported, waiting_for
from kb.articles.acts.workflow import Move, check_move, make_move
from kb.articles.live import review_date
from kb.articles.owners import held_article
from kb.articles.revisions import newest_published
from kb.clock import contains
from kb.errors import Conflict, Invalid, InvalidTransition
from kb.models import Article, Confirmation, CoOwner, Publication, Revision
from kb.people.permissions import Action, can, require, require_person
from kb.record.journal import Change, record
from kb.text import clean_note

_LONGEST_REASON = 500  # characters of why an article was retired


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


def publish(session: Session, actor: Actor, revision: Revision, *, now: datetime, origin: str,
            published_at: datetime | None = None) -> None:
    """Make an approved revision live from ``now`` in system time, for its own dates in valid time.

    Who may import history publishes what was signed elsewhere, and may state when that was. Raises InvalidTransition
    unless approved, Conflict when a later revision is already published or the text does not rest on the last one,
    Invalid when the time lies ahead or before the last publication.
    """
    article = held_article(session, revision.article_id)
    if not (can(actor, Action.IMPORT_HISTORY) and is_imported(session, revision)):
        require(actor, Action.PUBLISH, article)
        require_person(actor, "publishes")
    at = _system_time(actor, "published_at", published_at, now)
    session.refresh(revision, ["state"])
    check_move(session, revision, Move.PUBLISH)
    missing = waiting_for(session, revision)
    if missing:
        raise Conflict("not_signed", "revision {number} waits for signatures of {missing}", number=revision.number,
                       missing=missing)
    make_live(session, actor, article, revision, Move.PUBLISH, at=at, now=now, origin=origin, told={})


def make_live(session: Session, actor: Actor, article: Article, revision: Revision, move: Move, *, at: datetime,
              now: datetime, origin: str, told: Mapping[str, Any]) -> None:
    """Put a revision, whose right and signatures were checked, into force from ``at`` in system time.

    ``told`` is what else the log tells of it. Raises what :func:`publish` does.
    """
    if article.retired_at is not None:
        raise InvalidTransition("retired", "article {slug} is retired; start a new article", slug=article.slug)
    session.refresh(revision, ["redacted_at"])
    if revision.redacted_at is not None:
        raise InvalidTransition("redacted", "the words of revision {number} were erased; write a new text",
                                number=revision.number)
    newest = _check_overtaken(session, revision, article)
    rows = {row.id: row for row in _open_rows(session, article, "published_at", at)}
    plan = plan_publication(
        [Slot(r.id, r.effective_from, r.effective_to) for r in rows.values()],
        revision.effective_from, revision.effective_to, at,
    )
    for row_id in plan.close:
        rows[row_id].superseded_at = at
    session.flush()  # closed before others open, for databases that hold no two open at once
    for row_id, start, end in plan.reopen:
        session.add(Publication(revision_id=rows[row_id].revision_id, article_id=article.id, effective_from=start,
                                effective_to=end, published_at=at, review_by=rows[row_id].review_by))
    confirmed = None
    if revision.is_minor and newest is not None:
        confirmed = _confirmed_as(session, revision, newest)
        told = {**told, **_told(session, revision)}
    session.add(Publication(revision_id=revision.id, article_id=article.id, effective_from=plan.effective_from,
                            effective_to=plan.effective_to, published_at=at,
                            review_by=review_date(revision.review_by, confirmed)))
    make_move(session, revision, move)
    if not revision.is_minor:  # what is minor states nothing that a review could have asked for
        settle_review(session, actor, article.id, Outcome.REVISED, revision_id=revision.id, now=now, origin=origin)
    record(session, actor, "publish", f"revision:{revision.id}", now=now, origin=origin,
           after={"article": article.slug, "number": revision.number, "sha256": revision.sha256,
                  "published_at": at.isoformat(), "effective_from": revision.effective_from.isoformat(),
                  "effective_to": plan.effective_to.isoformat() if plan.effective_to else None, **told},
           change=Change(article.id, "published"))


def _confirmed_as(session: Session, revision: Revision, former: Revision) -> datetime | None:
    """A minor edit takes over what was confirmed of the text before it; until when."""
    last = session.scalar(select(Confirmation).where(Confirmation.revision_id == former.id)
                          .order_by(Confirmation.review_by.desc()).limit(1))
    if last is None:
        return None
    session.add(Confirmation(revision_id=revision.id, confirmed_by=last.confirmed_by,
                             confirmed_at=last.confirmed_at, review_by=last.review_by, note=last.note))
    return last.review_by


def _told(session: Session, revision: Revision) -> dict[str, Any]:
    """Who co-owns what a minor edit changes is told, not asked."""
    co_owners = session.scalars(select(CoOwner.department).where(CoOwner.revision_id == revision.id)
                                .order_by(CoOwner.department)).all()
    return {"minor": True, "told": list(co_owners)}


def retire(session: Session, actor: Actor, article: Article, *, reason: str, successor: Article | None,
           now: datetime, origin: str, retired_at: datetime | None = None) -> None:
    """Take the article out of every answer from ``now`` on; what was known before stays replayable.

    Who may import history may state when it was retired instead.
    """
    require_person(actor, "retires")
    require(actor, Action.RETIRE, article)
    _check_stands(session, article, successor, now)
    _retire(session, actor, article, reason=reason, successor=successor,
            at=_system_time(actor, "retired_at", retired_at, now), now=now, origin=origin)


def import_retirement(session: Session, actor: Actor, article: Article, *, reason: str, successor: Article | None,
                      now: datetime, origin: str, retired_at: datetime | None = None) -> None:
    """State that an article was retired in the system that its history comes from."""
    require(actor, Action.IMPORT_HISTORY)
    _retire(session, actor, article, reason=reason, successor=successor,
            at=_system_time(actor, "retired_at", retired_at, now), now=now, origin=origin)


def _check_stands(session: Session, article: Article, successor: Article | None, now: datetime) -> None:
    """Refuse a successor that does not answer now, retired, expired or still to come: callers would be led to what is
    not. History may tell of such."""
    if successor is None or successor.id == article.id:
        return
    if successor.retired_at is not None:
        raise Invalid("successor", "{slug} is retired itself and cannot take its place", slug=successor.slug,
                      fields={"retired": "successor retired"})
    held = session.execute(
        select(Publication.effective_from, Publication.effective_to)
        .where(Publication.article_id == successor.id, Publication.superseded_at.is_(None))).all()
    if not held or any(contains(start, end, now) for start, end in held):
        return
    if any(start > now for start, _ in held):
        raise Invalid("successor", "{slug} is not in force yet: retire this article when it is", slug=successor.slug,
                      fields={"retired": "successor not in force yet"})
    raise Invalid("successor", "{slug} has expired and cannot take its place", slug=successor.slug,
                  fields={"retired": "successor expired"})


def _retire(session: Session, actor: Actor, article: Article, *, reason: str, successor: Article | None, at: datetime,
            now: datetime, origin: str) -> None:
    article = held_article(session, article.id)
    if article.retired_at is not None:
        raise InvalidTransition("retired", "article {slug} is already retired", slug=article.slug)
    said = clean_note(reason, field="reason", longest=_LONGEST_REASON)
    if not said and successor is None:
        raise Invalid("reason", "retiring names a successor or a reason", fields={"retired": "reason required"})
    if successor is not None and successor.id == article.id:
        raise Invalid("successor", "an article cannot take its own place",
                      fields={"retired": "circle of successors"})
    if successor is not None and newest_published(session, successor.id) is None:
        raise Invalid("successor", "{slug} has no published text and cannot take its place", slug=successor.slug,
                      fields={"retired": "successor not published"})
    heir = successor
    while heir is not None:  # ends: no chain of successors that was ever stored leads back to itself
        if heir.id == article.id:
            raise Invalid("successor", "the successors of {slug} lead back to it", slug=article.slug,
                          fields={"retired": "circle of successors"})
        heir = session.get(Article, heir.successor_id) if heir.successor_id else None
    rows = _open_rows(session, article, "retired_at", at)
    article.retired_at = at
    article.retired_reason = said or None
    article.successor_id = successor.id if successor else None
    for row in rows:
        row.superseded_at = at
    session.flush()
    settle_review(session, actor, article.id, Outcome.RETIRED, evidence=said, now=now, origin=origin)
    record(session, actor, "retire", f"article:{article.id}", now=now, origin=origin,
           after={"slug": article.slug, "retired_at": at.isoformat(), "reason": article.retired_reason,
                  "successor": successor.slug if successor else None},
           change=Change(article.id, "retired"))


def _check_overtaken(session: Session, revision: Revision, article: Article) -> Revision | None:
    """Refuse a text that would undo what was published since it was begun; the newest published revision."""
    newest = newest_published(session, article.id)
    if newest is not None and newest.number > revision.number:
        raise Conflict("newer_published", "revision {number} of {slug} is already published", number=newest.number,
                       slug=article.slug)
    if not is_imported(session, revision) and revision.base_id != (newest.id if newest else None):
        raise Conflict("overtaken", "revision {number} was written before revision {newest} of {slug} was published; "
                       "withdraw it and take its text up again", number=revision.number, slug=article.slug,
                       newest=newest.number if newest else 0)
    return newest


def _system_time(actor: Actor, field: str, stated: datetime | None, now: datetime) -> datetime:
    """The instant of the act in system time: now, unless the actor may state another that has passed."""
    if stated is None:
        return now
    require(actor, Action.IMPORT_HISTORY)
    if stated > now:
        raise Invalid(field, "{field} lies in the future", field=field, fields={field: "future"})
    return stated


def _open_rows(session: Session, article: Article, field: str, at: datetime) -> list[Publication]:
    """The article's rows open in system time, in order of valid time; raises Invalid if one was published after ``at``.
    """
    rows = list(session.scalars(
        select(Publication).where(Publication.article_id == article.id).order_by(Publication.effective_from)))
    if any(row.published_at > at for row in rows):
        raise Invalid("clock_back", "{slug}: {field} lies before the last publication of this article",
                      slug=article.slug, field=field,
                      fields={field.removesuffix("_at") if field == "retired_at" else field: "too early"})
    return [row for row in rows if row.superseded_at is None]
