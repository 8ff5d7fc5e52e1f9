"""Everything the edge works with, built once at start and handed to views by :func:`edge`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app

from kb.clock import utc_now, zone
from kb.db import Database
from kb.key_files import kept_key
from kb.settings import Settings
from retriever.ask import Retriever
from retriever.factory import Models, build
from web.error_replies import own_address
from web.limits import Limiter
from web.metrics import Metrics
from web.probes import Probes
from web.settings import WebSettings

_KEY = "secret.key"  # that form tokens are made with


@dataclass(frozen=True)
class Edge:
    """The parts of one server process. ``clock`` gives the present instant; only views ask it."""

    settings: Settings
    database: Database
    retriever: Retriever
    secret: bytes
    limiter: Limiter
    clock: Callable[[], datetime] = utc_now
    probes: Probes = field(default_factory=Probes)
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def web(self) -> WebSettings:
        return self.settings.section(WebSettings)

    @property
    def tz(self) -> ZoneInfo:
        """The hotline's calendar."""
        return zone(self.settings.hotline.timezone)

    def close(self) -> None:
        """Stop background work and release files."""
        self.retriever.close()
        self.database.close()


def build_edge(settings: Settings, *, threads: int | None = None, clock: Callable[[], datetime] = utc_now,
               models: Models | None = None) -> Edge:
    """Open database and index, for so many request threads, and the models where they are not open; raises Unavailable
    or a RetrieverError that says what to do."""
    database = Database(settings, connections=threads or settings.section(WebSettings).threads)
    try:
        return Edge(settings, database, build(settings, database, models), kept_key(settings.make_data_dir() / _KEY),
                    Limiter(database), clock)
    except BaseException:
        database.close()
        raise


def edge() -> Edge:
    """The parts of the process that serves this request."""
    found: Edge = current_app.extensions["kb"]
    return found


def site_address() -> str:
    """Where this site is: as configured, else as it was asked."""
    return edge().web.base_url.rstrip("/") or own_address()
