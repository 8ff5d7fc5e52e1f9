"""Counts and times for Prometheus, of this process, or of all processes that a supervisor keeps.

Labels are route templates, methods, status codes and constant names: never a path as requested, a question or a name,
so that there are only so many series. Several processes keep their figures in files of one folder
(``PROMETHEUS_MULTIPROC_DIR``), each under the number that the supervisor gave it; whichever is asked adds them up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # a series each, and no more
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)  # an ask: p50 within 0.12, p99 0.25
FOLDER, NUMBER = "PROMETHEUS_MULTIPROC_DIR", "KB_WORKER"  # set by web/server: the folder, and the process's number


class Metrics:
    """What /metrics tells. Safe for several threads."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._folder = os.environ.get(FOLDER)
        if self._folder:  # a process that takes a dead one's place goes on with its figures
            number = os.environ.get(NUMBER, str(os.getpid()))
            values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]
        self._own = CollectorRegistry()
        self._requests = Counter("kb_requests", "Requests answered.", ("route", "method", "status"), registry=self._own)
        self._asks = Histogram("kb_ask_seconds", "Time taken by asks.", buckets=BUCKETS_S, registry=self._own)
        self._states = Counter("kb_asks", "Asks by what the asker got: answered, check, unknown, no_question.",
                               ("state",), registry=self._own)
        self._abstained = Counter("kb_abstentions", "Asks without an answer.", ("reason",), registry=self._own)
        self._degraded = Counter("kb_degraded", "Asks answered with a part of the service down, or of the question cut "
                                 "off.", ("part",), registry=self._own)

    def count_request(self, route: str, method: str, status: int) -> None:
        """One answered request of this route template; a method that is none of HTTP's counts as "other"."""
        self._requests.labels(route, method if method in METHODS else "other", str(status)).inc()

    def count_ask(self, took_ms: float, *, state: str, reason: str | None, degraded: tuple[str, ...]) -> None:
        """One ask; ``state`` is what the asker got, ``reason`` is why nothing was said."""
        self._asks.observe(took_ms / 1000)
        # a greeting is no question that nothing is known of
        self._states.labels("no_question" if reason == "no_question" else state).inc()
        if reason:
            self._abstained.labels(reason).inc()
        for part in degraded:
            self._degraded.labels(part).inc()

    def exposition(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """All figures as text; ``gauges`` maps a name to its help and its present value."""
        registry = CollectorRegistry() if self._folder else self._own
        if self._folder:
            MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call]
        now = CollectorRegistry()
        now.register(_Gauges(gauges))
        return (generate_latest(registry) + generate_latest(now)).decode()


class _Gauges(Collector):
    """Values of this moment."""

    def __init__(self, gauges: Mapping[str, tuple[str, float]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        for name, (help_text, value) in self._gauges.items():
            yield GaugeMetricFamily(name, help_text, value)
