"""How often one address or one user may ask: the count is in the database (kb/people/allowances.py), for all processes.

Going there with every ask would make each wait for the disk, so a process takes several asks at a time: one at an
asker's first, then twice as many with each time they are used up, up to a part of the allowance. What it does not use
within a minute is lost to the asker, which only ever makes the limit tighter, and by little. Where the database cannot
be written the process counts by itself, and goes on.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from kb.db import Database
from kb.errors import Conflict, Unavailable
from kb.people import allowances
from kb.people.allowances import WINDOW_S, Taken

log = logging.getLogger(__name__)

_MOST_KEYS = 20_000  # the longest silent ones are forgotten first
_PART = 10  # no more than this part of an allowance is taken at once
_PRUNED_EVERY_S = 60.0


@dataclass(slots=True)
class _Lease:
    """What this process may still give to one asker, and until when."""

    left: float
    size: float
    until: float


class Limiter:
    """Counts against allowances by the minute. Safe for several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._due: OrderedDict[str, float] = OrderedDict()  # while the database cannot be written
        self._lock = threading.Lock()
        self._pruned = 0.0

    def wait_s(self, key: str, per_minute: int, *, at: float, cost: float = 1.0) -> int:
        """0 when the request may go on, else whole seconds until it may; ``at`` is in seconds since 1970."""
        with self._lock:
            lease = self._leases.get(key)
            if lease is not None and not 0 <= lease.until - at <= WINDOW_S:  # over, or the clock was set back
                lease = self._leases.pop(key) and None
            if lease is not None and lease.left >= cost - 1e-9:
                lease.left -= cost
                return 0
            size = min(lease.size * 2 if lease else 1.0, max(per_minute / _PART, 1.0))
        taken = self._take(key, max(size, cost), per_minute, at, cost)
        if not taken.units:
            return taken.wait_s
        with self._lock:
            kept = self._leases.pop(key, None)
            left = taken.units - cost + (kept.left if kept else 0.0)
            self._leases[key] = _Lease(left, size, at + WINDOW_S)
            if len(self._leases) > _MOST_KEYS:
                self._leases.popitem(last=False)
        return 0

    def _take(self, key: str, units: float, per_minute: int, at: float, cost: float) -> Taken:
        try:
            with self._database.logging() as session:
                if not 0 <= at - self._pruned <= _PRUNED_EVERY_S:
                    self._pruned = at
                    allowances.prune(session, at=at)
                return allowances.take(session, key, units, per_minute, at=at, at_least=cost)
        except (Unavailable, Conflict) as error:
            log.warning("limits not kept", extra={"code": error.code})
            return self._take_here(key, per_minute, at, cost)

    def _take_here(self, key: str, per_minute: int, at: float, cost: float) -> Taken:
        """The same count, of this process alone."""
        with self._lock:
            due = min(max(self._due.get(key, at), at), at + WINDOW_S) + WINDOW_S / per_minute * cost
            if due - at - WINDOW_S > 1e-6:
                return Taken(0.0, max(ceil(due - at - WINDOW_S), 1))
            self._due[key] = due
            self._due.move_to_end(key)
            if len(self._due) > _MOST_KEYS:
                self._due.popitem(last=False)
        return Taken(cost)
