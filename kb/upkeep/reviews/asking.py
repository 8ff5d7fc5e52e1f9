"""What asks for a look at an article now: open signals, its review date, or an earlier look that was agreed on.

For a batch of articles in a handful of statements. Only texts in force are asked about: one that has ended
answers nothing, and what is to be done about it was asked before it did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from kb.articles.live import REVIEW_BY
from kb.clock import start_of_day, zone
from kb.db import settings_of
from kb.models import Article, Category, Confirmation, Publication, ReviewTask, Revision, SignalRow
from kb.people.duty.roster import parts
from kb.upkeep.reviews.deciding import AGAIN, REVIEW_DATE, Reason, Reviewing, at_least, is_clean, reasons_of
from kb.upkeep.reviews.settings import ReviewSettings
from kb.upkeep.signals.signal import Severity

_REMEMBERED = 20  # reviews of one article that its record is read from


@dataclass(frozen=True, slots=True)
class Asked:
    """An article whose text in force somebody should look at, and why; no reasons: nothing asks for it."""

    article_id: str
    slug: str
    department: str
    risk: str
    review_on: date | None
    reasons: tuple[Reason, ...]


def asked_of(session: Session, article_ids: Collection[str], *, review_before: date, now: datetime,
             settings: ReviewSettings) -> list[Asked]:
    """Each of these articles that has a text in force; ``review_before`` is the day before which a review date asks
    already."""
    tz = zone(settings_of(session).hotline.timezone)
    return [one for part in parts(sorted(article_ids))
            for one in _asked(session, Article.id.in_(part), review_before, now, tz, settings)]


def may_be_asked(session: Session, *, review_before: date, now: datetime, settings: ReviewSettings) -> set[str]:
    """The ids of all articles that something may ask for: three statements, however many there are."""
    tz = zone(settings_of(session).hotline.timezone)
    signalled = select(SignalRow.article_id).where(SignalRow.cleared_at.is_(None),
                                                   SignalRow.severity.in_(at_least(Severity(settings.opens_from))))
    dated = select(Publication.article_id).join(Revision, Revision.id == Publication.revision_id).where(
        _in_force(now), start_of_day(review_before, tz) > REVIEW_BY)
    again = select(ReviewTask.article_id).where(ReviewTask.next_on <= now.astimezone(tz).date())
    return {id_ for query in (signalled, dated, again) for id_ in session.scalars(query)}


def reviewing_of(session: Session, task: ReviewTask, settings: ReviewSettings, base_days: int) -> Reviewing:
    """What the time to the next review rests on, were the task's text confirmed now."""
    risk, days = _category_of(session, task.article_id)
    done = session.scalars(select(ReviewTask).where(
        ReviewTask.article_id == task.article_id, ReviewTask.outcome.is_not(None), ReviewTask.outcome != "cleared")
        .order_by(ReviewTask.outcome_at.desc()).limit(_REMEMBERED)).all()
    confirmed = session.scalar(select(func.max(Confirmation.confirmed_at)).join(
        Revision, Revision.id == Confirmation.revision_id).where(Revision.article_id == task.article_id))
    last = max((at for at in (done[0].outcome_at if done else None, confirmed) if at is not None), default=None)
    signals = session.scalar(select(func.count()).select_from(SignalRow).where(
        SignalRow.article_id == task.article_id, SignalRow.kind != REVIEW_DATE,
        SignalRow.severity.in_(at_least(Severity(settings.opens_from))),
        SignalRow.raised_at > last if last is not None else true())) or 0
    clean = 0
    for outcome, reasons in [("confirmed", task.reasons), *((one.outcome or "", one.reasons) for one in done)]:
        if not is_clean(outcome, reasons_of(reasons)):
            break
        clean += 1
    return Reviewing(days or base_days, risk, signals, clean)


def _asked(session: Session, which: ColumnElement[bool], review_before: date, now: datetime, tz: ZoneInfo,
           settings: ReviewSettings) -> list[Asked]:
    rows = session.execute(
        select(Article.id, Article.slug, Article.owner, func.coalesce(Category.risk, "normal"), REVIEW_BY)
        .select_from(Revision).join(Publication, Publication.revision_id == Revision.id)
        .join(Article, Article.id == Revision.article_id)
        .join(Category, Category.name == Revision.category, isouter=True)
        .where(which, _in_force(now), Article.retired_at.is_(None)).order_by(Article.id)).all()
    ids = [row[0] for row in rows]
    signals, again = _signals(session, ids, settings), _again(session, ids, now.astimezone(tz).date())
    found = []
    for article_id, slug, owner, risk, review_by in rows:
        review_on = review_by.astimezone(tz).date() if review_by is not None else None
        reasons = [*signals.get(article_id, ()), *((Reason(AGAIN, Severity.INFO),) if article_id in again else ())]
        if review_on is not None and review_on < review_before:
            reasons.append(Reason(REVIEW_DATE, Severity.WARNING if review_by <= now else Severity.INFO))
        found.append(Asked(article_id, slug, owner, risk, review_on, tuple(reasons)))
    return found


def _in_force(now: datetime) -> ColumnElement[bool]:
    return and_(Publication.superseded_at.is_(None), Publication.effective_from <= now,
                or_(Publication.effective_to.is_(None), Publication.effective_to > now))


def _signals(session: Session, article_ids: Collection[str], settings: ReviewSettings) -> dict[str, list[Reason]]:
    """The open signals that are enough to open a task, by article; the review date counts by the calendar alone."""
    found: defaultdict[str, list[Reason]] = defaultdict(list)
    query = select(SignalRow.article_id, SignalRow.kind, SignalRow.severity, SignalRow.key, SignalRow.id).where(
        SignalRow.article_id.in_(article_ids), SignalRow.cleared_at.is_(None), SignalRow.kind != REVIEW_DATE,
        SignalRow.severity.in_(at_least(Severity(settings.opens_from))))
    for row in session.execute(query.order_by(SignalRow.raised_at, SignalRow.id)):
        found[row[0]].append(Reason(row[1], Severity(row[2]), row[3], row[4]))
    return found


def _again(session: Session, article_ids: Collection[str], today: date) -> set[str]:
    """The articles whose last review agreed on an earlier look than their date asks for, where that day has come."""
    later = aliased(ReviewTask)
    is_last = ~select(later.id).where(later.article_id == ReviewTask.article_id, later.outcome != "cleared",
                                      later.outcome_at > ReviewTask.outcome_at).exists()
    return set(session.scalars(select(ReviewTask.article_id).where(
        ReviewTask.article_id.in_(article_ids), ReviewTask.next_on <= today, is_last)))


def _category_of(session: Session, article_id: str) -> tuple[str, int | None]:
    """Risk and review days of the category of the article's newest published text."""
    row = session.execute(
        select(Category.risk, Category.review_days).join(Revision, Revision.category == Category.name)
        .where(Revision.article_id == article_id, Revision.state == "published").order_by(Revision.number.desc())
        .limit(1)).first()
    return (row[0], row[1]) if row else ("normal", None)
