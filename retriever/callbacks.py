"""Filling the callback list: what of an older text no longer holds in the one that replaced it.

The comparison is that of the check before submitting (checking/pairing.py), without a model; whom it concerns the
domain decides (kb/upkeep/callbacks.py). One revision a transaction, so that whatever ends a run loses nothing that is
done; what comes into force later is found by the next run.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from kb.db import Database
from kb.upkeep.callbacks import Changed, next_replacing, note_look, told_of
from retriever.checking.pairing import Change, compare
from retriever.checking.pieces import Piece, pieces
from retriever.checking.substance import Difference
from retriever.language.analysis import Analyser

_ORDER = list(Difference)  # what is told where a change differs in several ways: the first
_MOST = 4  # stretches of the new text that stand for one of the old


def find_callbacks(database: Database, analyser: Analyser, *, days: int, now: datetime, origin: str) -> int:
    """Look through the answers of the last days for every revision that came into force since it was last done; how
    many calls have to be made."""
    since, named = now - timedelta(days=days), 0
    while days:
        with database.reading() as session:
            replacing = next_replacing(session, since=since, now=now)
            if replacing is None:
                break
            told = told_of(session, replacing, since=since, now=now)
        told_from = {one.revision_id for one in told}
        new = pieces(replacing.source, analyser) if told else []
        changed = {old.revision_id: changes_of(pieces(old.source, analyser), new) for old in replacing.older
                   if old.revision_id in told_from}
        with database.transaction() as session:
            named += note_look(session, replacing, told, changed, now=now, origin=origin)
    return named


def changes_of(old: list[Piece], new: list[Piece]) -> tuple[Changed, ...]:
    """The stretches of the old text that no longer hold, in reading order."""
    return tuple(_changed(change) for change in compare(old, new).changes)


def _changed(change: Change) -> Changed:
    kind = min((one.kind for one in change.differs), key=_ORDER.index)
    return Changed(kind.value, change.old.unit.start, change.old.unit.end,
                   tuple((piece.unit.start, piece.unit.end) for piece in change.new[:_MOST]))
