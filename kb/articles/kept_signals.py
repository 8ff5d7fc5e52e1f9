"""Signals keep words of the texts that they rest on: with an erased text they go; what still holds is found anew."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.models import SignalEvidence, SignalRow

_IN = 500  # values of one IN list, below SQLite's limit


def forget_signals(session: Session, revision_ids: Collection[str]) -> int:
    """Remove the signals, open and cleared, whose evidence stands in one of these revisions; how many."""
    ids = list(session.scalars(select(SignalEvidence.signal_id).distinct().where(
        SignalEvidence.revision_id.in_(revision_ids))))
    for start in range(0, len(ids), _IN):
        part = ids[start:start + _IN]
        for row, column in ((SignalEvidence, SignalEvidence.signal_id), (SignalRow, SignalRow.id)):
            session.execute(delete(row).where(column.in_(part)).execution_options(synchronize_session=False))
    return len(ids)
