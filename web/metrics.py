"""Counts and times of this process, in the Prometheus text format (version 0.0.4).

Labels are route templates, methods and status codes: never a path as requested, a question or a name.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # a series each, and no more
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)  # an ask: p50 within 0.12, p99 0.25


class Metrics:
    """What /metrics tells. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._asks = [0] * (len(BUCKETS_S) + 1)
        self._ask_seconds = 0.0
        self._states: Counter[str] = Counter()
        self._abstained: Counter[str] = Counter()
        self._degraded: Counter[str] = Counter()

    def count_request(self, route: str, method: str, status: int) -> None:
        """One answered request of this route template; a method that is none of HTTP's counts as "other"."""
        with self._lock:
            self._requests[route, method if method in METHODS else "other", status] += 1

    def count_ask(self, took_ms: float, *, state: str, reason: str | None, degraded: tuple[str, ...]) -> None:
        """One ask; ``state`` is what the asker got, ``reason`` is why nothing was said."""
        with self._lock:
            self._asks[bisect_left(BUCKETS_S, took_ms / 1000)] += 1
            self._ask_seconds += took_ms / 1000
            # a greeting is no question that nothing is known of
            self._states["no_question" if reason == "no_question" else state] += 1
            if reason:
                self._abstained[reason] += 1
            self._degraded.update(degraded)

    def exposition(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """All figures as text; ``gauges`` maps a name to its help and its present value."""
        with self._lock:
            lines = ["# HELP kb_requests_total Requests answered.", "# TYPE kb_requests_total counter"]
            lines += [f'kb_requests_total{{route="{_label(route)}",method="{_label(method)}",status="{status}"}} {n}'
                      for (route, method, status), n in sorted(self._requests.items())]
            lines += ["# HELP kb_ask_seconds Time taken by asks.", "# TYPE kb_ask_seconds histogram"]
            total = 0
            for bound, n in zip((*BUCKETS_S, "+Inf"), self._asks, strict=True):
                total += n
                lines.append(f'kb_ask_seconds_bucket{{le="{bound}"}} {total}')
            lines += [f"kb_ask_seconds_sum {self._ask_seconds:.6f}", f"kb_ask_seconds_count {total}"]
            for name, help_text, label, counts in (
                ("kb_asks_total", "Asks by what the asker got: answered, check, unknown, no_question.", "state",
                 self._states),
                ("kb_abstentions_total", "Asks without an answer.", "reason", self._abstained),
                ("kb_degraded_total", "Asks answered with a part of the service down, or of the question cut off.",
                 "part", self._degraded),
            ):
                lines += [f"# HELP {name} {help_text}", f"# TYPE {name} counter"]
                lines += [f'{name}{{{label}="{_label(key)}"}} {n}' for key, n in sorted(counts.items())]
        for name, (help_text, value) in gauges.items():
            lines += [f"# HELP {name} {help_text}", f"# TYPE {name} gauge", f"{name} {value:g}"]
        return "\n".join(lines) + "\n"


def _label(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
