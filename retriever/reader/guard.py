"""When an endpoint may be called: not while it fails, and not beyond what it may cost.

Both count within one process, and tell their time by the clock that they are given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from retriever.errors import ReaderDown

Clock = Callable[[], float]  # seconds, never set back

_HOUR = 3600.0


class Breaker:
    """Lets nobody through for a while after several failures in a row; then one, whose luck decides for all."""

    def __init__(self, failures: int, pause_seconds: float, clock: Clock) -> None:
        self._most, self._pause, self._clock = failures, pause_seconds, clock
        self._failures = 0
        self._opens_at: float | None = None  # None: whoever comes may pass
        self._is_tried = False
        self._lock = Lock()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """What is raised inside is a failure, unless it is ``over_budget``; ``rate_limited`` is enough for a pause.

        Raises ReaderDown, and lets nothing inside happen, during a pause.
        """
        self._enter()
        try:
            yield
        except BaseException as error:
            self._failed(error.code if isinstance(error, ReaderDown) else "")
            raise
        with self._lock:
            self._failures, self._opens_at, self._is_tried = 0, None, False

    def _enter(self) -> None:
        with self._lock:
            if self._opens_at is None:
                return
            if self._is_tried or self._clock() < self._opens_at:
                raise ReaderDown("resting", "the reader's endpoint failed and is not called for now: see the log for "
                                 "why; it is tried again after reader.pause_seconds")
            self._is_tried = True

    def _failed(self, code: str) -> None:
        with self._lock:
            if code == "over_budget":  # ours, not the endpoint's: who comes next may try
                self._is_tried = False
                return
            self._failures += 1
            if code == "rate_limited" or self._is_tried or self._failures >= self._most:
                self._opens_at, self._is_tried = self._clock() + self._pause, False


class Spending:
    """Counts the characters sent within the last hour."""

    def __init__(self, hour_chars: int, clock: Clock) -> None:
        self._most, self._clock = hour_chars, clock
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._lock = Lock()

    def take(self, chars: int) -> None:
        """Note that so many are about to be sent. Raises ReaderDown where that is more than may be."""
        now = self._clock()
        with self._lock:
            while self._spent and self._spent[0][0] <= now - _HOUR:
                self._sum -= self._spent.popleft()[1]
            if self._sum + chars > self._most:
                raise ReaderDown("over_budget", "the reader's endpoint was sent as much as it may be within an hour: "
                                 "raise reader.hour_chars if it may cost more")
            self._spent.append((now, chars))
            self._sum += chars
