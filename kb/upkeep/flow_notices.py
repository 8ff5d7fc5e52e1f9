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

_LOOKED_BACK = timedelta(days=1)
_Telling = tuple[str, Kind, Message, str, str, str | None]  # department, kind, what, link, key, article


def tell_flow(session: Session, *, now: datetime) -> int:
    """Tell editors and approvers of each department what came for it since yesterday; to how many it was news."""
    found = [*_callbacks(session, now), *_gaps(session, now), *_signals(session, now)]
    if not found:  # most minutes
        return 0
    roster = roster_of(session, today=local_day(session, now), departments=sorted({one[0] for one in found}))
    return sum(notices.tell(
        session, sorted(roster.holders.get((Role.EDITOR, code), frozenset())
                        | roster.holders.get((Role.APPROVER, code), frozenset())),
        kind, message, link=link, key=key, now=now, article_id=article_id)
        for code, kind, message, link, key, article_id in found)


def _callbacks(session: Session, now: datetime) -> Iterator[_Telling]:
    rows = session.execute(
        select(Article.owner, Article.id, Revision.id, Revision.title, CallbackLook.named)
        .join(Revision, Revision.id == CallbackLook.revision_id).join(Article, Article.id == Revision.article_id)
        .where(CallbackLook.looked_at > now - _LOOKED_BACK, CallbackLook.named > 0, Revision.redacted_at.is_(None)))
    for owner, article_id, revision_id, title, named in rows:
        yield (owner, Kind.CALLBACK, Message("{count} answers told what {title} no longer says: see who is to be "
                                             "called back", count=named, title=title),
               "/callbacks", f"callback:{revision_id}", article_id)


def _gaps(session: Session, now: datetime) -> Iterator[_Telling]:
    rows = session.execute(
        select(GapRow.department, func.count()).where(
            GapRow.state == "open", GapRow.found_at > now - _LOOKED_BACK, GapRow.department.is_not(None))
        .group_by(GapRow.department))
    for department, count in rows:
        yield (str(department), Kind.GAP,
               Message("callers ask what your department's articles do not answer: {count} new gaps", count=count),
               "/gaps", f"gaps:{department}:{local_day(session, now)}", None)


def _signals(session: Session, now: datetime) -> Iterator[_Telling]:
    rows = session.execute(
        select(Article.owner, func.count()).select_from(SignalRow).join(Article, Article.id == SignalRow.article_id)
        .where(SignalRow.raised_at > now - _LOOKED_BACK, SignalRow.cleared_at.is_(None), Article.retired_at.is_(None))
        .group_by(Article.owner))
    for owner, count in rows:
        yield (owner, Kind.SIGNAL, Message("articles of your department may be out of date: {count} new signals",
                                           count=count),
               "/edit?signals=any", f"signals:{owner}:{local_day(session, now)}", None)
