"""Collecting garbage seldom: a full collection walks every object kept, and a question asked meanwhile waits for it.

With 100,000 passages known that takes 100 to 210 ms. What survives one is long-lived (caches, code, the index's
objects) and need not be walked again; reference counts free it all the same.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (5_000, 10, 50)  # Python's own are 700, 10, 10
_GROWN = 2  # times as many objects set aside as after the last walk over all: time for another such walk


class _Freezer:
    """Sets aside what a full collection leaves. Cycles that die there stay until all is walked again, so that what is
    kept for nothing never exceeds what is of use."""

    def __init__(self) -> None:
        self._all_walked = True
        self._kept = 0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase != "stop" or info["generation"] != 2:
            return
        gc.freeze()
        frozen = gc.get_freeze_count()
        if self._all_walked:
            self._kept, self._all_walked = frozen, False
        elif frozen > _GROWN * self._kept:
            gc.unfreeze()  # the next full collection walks all
            self._all_walked = True


def collect_seldom() -> None:
    """For a process that serves, once it is ready: from now on full collections are few and short."""
    if any(isinstance(known, _Freezer) for known in gc.callbacks):
        return
    gc.set_threshold(*_THRESHOLDS)
    gc.callbacks.append(_Freezer())
    gc.collect()


@contextmanager
def none_while_loading() -> Iterator[None]:
    """No collection while code and models are loaded: all of it stays, and walking it again and again took a sixth of
    the time. It is set aside afterwards, so that no later collection walks it either."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
