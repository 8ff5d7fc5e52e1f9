"""How often one asker may ask, counted in the database, so that it holds over all processes that serve.

The generic cell rate algorithm (ITU-T I.371): one instant an asker is all that is kept, a quiet minute refills the
allowance, and what is refused costs nothing. Instants are seconds since 1970, for the processes may be on several
machines. Taking is one conditional UPDATE, so two processes never take the same part. A clock that was set back frees
whoever it would have made wait longer than a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from sqlalchemy import CursorResult, and_, case, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.models import Allowance
from kb.people.passwords import hash_secret

WINDOW_S = 60.0
_SLACK_S = 1.0  # by how much the clocks of two machines may differ
_EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True)
class Taken:
    """How much was taken, and where that is nothing, whole seconds until something can be."""

    units: float
    wait_s: int = 0


def take(session: Session, who: str, units: float, per_minute: int, *, at: float, at_least: float) -> Taken:
    """Take so many units of an asker's allowance; where that is too many, ``at_least``, or nothing."""
    key, spacing = hash_secret(f"allowance:{who}"), WINDOW_S / per_minute
    for wanted in dict.fromkeys((units, at_least)):
        if wanted * spacing <= WINDOW_S + _EPSILON_S and _took(session, key, wanted * spacing, at):
            return Taken(wanted)
    due = session.scalar(select(Allowance.due).where(Allowance.key == key)) or at
    return Taken(0.0, max(ceil(min(due, at + WINDOW_S) + at_least * spacing - at - WINDOW_S - _EPSILON_S), 1))


def _took(session: Session, key: str, cost: float, at: float) -> bool:
    """Whether the allowance had that much left; then it is taken."""
    if _lowered(session, key, cost, at):
        return True
    if session.scalar(select(Allowance.key).where(Allowance.key == key)) is not None:
        return _lowered(session, key, cost, at)  # another process's first may have come between the two looks
    try:
        with session.begin_nested():
            session.execute(insert(Allowance).values(key=key, due=at + cost))
    except IntegrityError:  # another process's first, in this moment
        return _lowered(session, key, cost, at)
    return True


def _lowered(session: Session, key: str, cost: float, at: float) -> bool:
    """Whether a known asker's allowance had that much left; then it is taken."""
    is_possible = or_(Allowance.due <= at + WINDOW_S - cost + _EPSILON_S, Allowance.due > at + WINDOW_S + _SLACK_S)
    is_past = or_(Allowance.due < at, Allowance.due > at + WINDOW_S + _SLACK_S)
    changed = session.execute(
        update(Allowance).where(and_(Allowance.key == key, is_possible))
        .values(due=case((is_past, at), else_=Allowance.due) + cost), execution_options={"synchronize_session": False})
    assert isinstance(changed, CursorResult)
    return changed.rowcount > 0


def prune(session: Session, *, at: float) -> int:
    """Forget the allowances that are whole again; how many."""
    done = session.execute(delete(Allowance).where(Allowance.due < at - WINDOW_S),
                           execution_options={"synchronize_session": False})
    assert isinstance(done, CursorResult)
    return done.rowcount
