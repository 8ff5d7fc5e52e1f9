"""How much time a check may take: what it works counts, so that as much is found on a busy machine as on an idle one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter, process_time

_AT_ONCE = 2  # threads that work for one check at most, as models use two


@dataclass(frozen=True, slots=True)
class Allowance:
    """Time that begins now: so many ``seconds``, longer where this process did not get them to work, but no longer
    than ``patience``. What other threads work meanwhile counts too, so that it ends too early rather than too late."""

    seconds: float
    patience: float
    began: float = field(default_factory=perf_counter)
    began_working: float = field(default_factory=process_time)

    def is_left(self, *, share: float = 1.0) -> bool:
        """Whether there is time, of this share of it."""
        passed, allowed = perf_counter() - self.began, share * self.seconds
        if passed <= allowed:
            return True
        return passed <= share * self.patience and process_time() - self.began_working <= allowed * _AT_ONCE
