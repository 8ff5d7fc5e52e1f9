"""Signals that no longer hold, notices of long ago and what was sent: kept a while as history, then removed.

What is open stays, however old: a signal that holds, a mail or a call that is still to be made, with its notice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, Delete, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from kb.models import Notice, NoticeDelivery, SignalEvidence, SignalRow
from kb.settings import RetentionSettings

_IN = 500  # values of one IN list


def count_past(session: Session, kept: RetentionSettings, now: datetime) -> dict[str, int]:
    """How much there is to remove."""
    def count(table: type[Notice | NoticeDelivery | SignalRow], where: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(table).where(where)) or 0

    return {"notices": count(Notice, _is_old_notice(kept, now)),
            "deliveries": count(NoticeDelivery, _is_old_delivery(kept, now)),
            "signals": count(SignalRow, _is_old_signal(kept, now))}


def remove_notices(session: Session, kept: RetentionSettings, now: datetime) -> dict[str, int]:
    """Remove what was sent, and notices with what is left of theirs; how much that was."""
    deliveries = _run(session, delete(NoticeDelivery).where(_is_old_delivery(kept, now)))
    return {"deliveries": deliveries, "notices": _run(session, delete(Notice).where(_is_old_notice(kept, now)))}


def remove_signals(session: Session, kept: RetentionSettings, now: datetime, limit: int) -> int:
    """Remove so many signals that were cleared long ago, with the places that they speak of; how many that were."""
    ids = session.scalars(select(SignalRow.id).where(_is_old_signal(kept, now)).order_by(SignalRow.cleared_at)
                          .limit(limit)).all()
    for start in range(0, len(ids), _IN):
        part = ids[start:start + _IN]
        _run(session, delete(SignalEvidence).where(SignalEvidence.signal_id.in_(part)))
        _run(session, delete(SignalRow).where(SignalRow.id.in_(part)))
    return len(ids)


def _is_old_signal(kept: RetentionSettings, now: datetime) -> ColumnElement[bool]:
    return SignalRow.cleared_at < now - timedelta(days=kept.signal_days)


def _is_old_delivery(kept: RetentionSettings, now: datetime) -> ColumnElement[bool]:
    """Of a webhook what was given up has no notice to go with."""
    return or_(and_(NoticeDelivery.state == "sent", NoticeDelivery.ended_at < now - timedelta(days=kept.delivery_days)),
               and_(NoticeDelivery.state == "dead", NoticeDelivery.webhook_id.is_not(None),
                    NoticeDelivery.ended_at < now - timedelta(days=kept.notice_days)))


def _is_old_notice(kept: RetentionSettings, now: datetime) -> ColumnElement[bool]:
    waits = select(NoticeDelivery.id).where(NoticeDelivery.notice_id == Notice.id,
                                            NoticeDelivery.state == "waiting").exists()
    return and_(Notice.told_at < now - timedelta(days=kept.notice_days), ~waits)


def _run(session: Session, statement: Delete) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount
