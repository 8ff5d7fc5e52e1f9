"""A watchdog against hangs: far above what the work takes on a busy machine, far below what a bad pattern takes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def watchdog(seconds: float = 10) -> Iterator[None]:
    """Fail when the block does not end; regular expressions are interrupted too."""
    def bark(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"not done after {seconds} seconds")

    previous = signal.signal(signal.SIGALRM, bark)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
