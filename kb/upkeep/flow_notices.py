"""A department hears of what flows back to it: calls that were told a text which changed, gaps, signals of staleness.

Callbacks are told of by the revision that made them; of gaps and signals a department is told once a day that there are
new ones, and its lists say which. Who looked already that day sees the others there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Role
from kb.messages.message import Message
from kb.models import Article, CallbackLook, GapRow, Revision, SignalRow
from kb.people.duty.roster import local_day, roster_of
from kb.upkeep import notices
from kb.upkeep.notice_choices import Kind
from kb.upkeep.notices import News

_LOOKED_BACK = timedelta(days=1)
_ForDepartment = tuple[str, News]  # its code, and what it is told


def tell_flow(session: Session, *, now: datetime) -> int:
    """Tell editors and approvers of each department what came for it since yesterday; to how many it was news."""
    found = [*_callbacks(session, now), *_gaps(session, now), *_signals(session, now)]
    if not found:  # most minutes
        return 0
    roster = roster_of(session, today=local_day(session, now), departments=sorted({one[0] for one in found}))
    return sum(notices.tell(session, roster.holders.get((Role.EDITOR, code), frozenset())
                            | roster.holders.get((Role.APPROVER, code), frozenset()), news, now=now)
               for code, news in found)


def _callbacks(session: Session, now: datetime) -> Iterator[_ForDepartment]:
    rows = session.execute(
        select(Article.owner, Article.id, Revision.id, Revision.title, CallbackLook.named)
        .join(Revision, Revision.id == CallbackLook.revision_id).join(Article, Article.id == Revision.article_id)
        .where(CallbackLook.looked_at > now - _LOOKED_BACK, CallbackLook.named > 0, Revision.redacted_at.is_(None)))
    for owner, article_id, revision_id, title, named in rows:
        message = Message("{count} answers told what {title} no longer says: see who is to be called back",
                          count=named, title=title)
        yield owner, News(Kind.CALLBACK, message, "/callbacks", f"callback:{revision_id}", article_id)


def _gaps(session: Session, now: datetime) -> Iterator[_ForDepartment]:
    rows = session.execute(
        select(GapRow.department, func.count()).where(
            GapRow.state == "open", GapRow.found_at > now - _LOOKED_BACK, GapRow.department.is_not(None))
        .group_by(GapRow.department))
    today = local_day(session, now)
    for department, count in rows:
        message = Message("callers ask what your department's articles do not answer: {count} new gaps", count=count)
        yield str(department), News(Kind.GAP, message, "/gaps", f"gaps:{department}:{today}")


def _signals(session: Session, now: datetime) -> Iterator[_ForDepartment]:
    rows = session.execute(
        select(Article.owner, func.count()).select_from(SignalRow).join(Article, Article.id == SignalRow.article_id)
        .where(SignalRow.raised_at > now - _LOOKED_BACK, SignalRow.cleared_at.is_(None), Article.retired_at.is_(None))
        .group_by(Article.owner))
    today = local_day(session, now)
    for owner, count in rows:
        message = Message("articles of your department may be out of date: {count} new signals", count=count)
        yield owner, News(Kind.SIGNAL, message, "/edit?signals=any", f"signals:{owner}:{today}")
