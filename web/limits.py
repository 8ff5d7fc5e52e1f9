"""How often one address or one user may ask, counted in this process.

The generic cell rate algorithm (ITU-T I.371): one instant a key is all it keeps, a quiet minute refills the allowance,
and a refused request costs nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from math import ceil

_MOST_KEYS = 20_000  # the longest silent ones are forgotten first, which only ever favours the asker


class Limiter:
    """Counts against allowances by the minute. Safe for several threads."""

    def __init__(self) -> None:
        self._due: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str, per_minute: int, *, at: float, cost: float = 1.0) -> int:
        """0 when the request may go on, else whole seconds until it may; ``at`` is a monotonic clock's seconds."""
        spacing = 60.0 / per_minute * cost
        with self._lock:
            due = max(self._due.get(key, at), at)
            early = due + spacing - at - 60.0
            if early > 1e-9:
                return max(ceil(early), 1)
            self._due[key] = due + spacing
            self._due.move_to_end(key)
            if len(self._due) > _MOST_KEYS:
                self._due.popitem(last=False)
            return 0
