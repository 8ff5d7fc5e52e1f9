"""Looks at parts that may hang: each in a thread of its own, waited for so long and no longer.

While a look is under way nobody starts another at the same thing: they wait for that one, so a part that hangs for an
hour holds one thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

Found = dict[str, Any]

SECONDS = 1.5
HANGS: Found = {"ok": False, "code": "no_reply"}


class _Look:
    """One look under way, or done."""

    def __init__(self, check: Callable[[], Found]) -> None:
        self._found: Found = {"ok": False, "code": "internal"}
        self._check = check
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._found = self._check()

    def found_by(self, deadline: float) -> Found:
        self._thread.join(max(0.0, deadline - monotonic()))
        return HANGS if self._thread.is_alive() else self._found

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()


class Probes:
    """Safe for several threads."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._under_way: dict[str, _Look] = {}
        self._lock = threading.Lock()

    def look(self, checks: Mapping[str, Callable[[], Found]]) -> dict[str, Found]:
        """What each check found, or that it hangs; the names say which looks are the same."""
        deadline = monotonic() + self._seconds
        with self._lock:
            for name, check in checks.items():
                if name not in self._under_way or self._under_way[name].is_over:
                    self._under_way[name] = _Look(check)
            looks = {name: self._under_way[name] for name in checks}
        return {name: look.found_by(deadline) for name, look in looks.items()}
