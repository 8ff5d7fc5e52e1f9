"""Everything the edge works with, built once at start and handed to views by :func:`edge`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import current_app

from kb.clock import utc_now, zone
from kb.db import Database
from kb.errors import Unavailable
from kb.settings import Settings
from retriever.ask import Retriever
from retriever.factory import Models, build
from web.limits import Limiter
from web.metrics import Metrics
from web.probes import Probes
from web.settings import WebSettings

_KEY_BYTES = 32


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
        return Edge(settings, database, build(settings, database, models), _secret(settings.make_data_dir()),
                    Limiter(database), clock)
    except BaseException:
        database.close()
        raise


def edge() -> Edge:
    """The parts of the process that serves this request."""
    found: Edge = current_app.extensions["kb"]
    return found


def _secret(folder: Path) -> bytes:
    """The key that form tokens are made with: random, kept in the data folder, the same for all its processes."""
    path = folder / "secret.key"
    fresh = folder / f"secret.{secrets.token_hex(4)}.new"
    try:
        if not path.exists():
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            try:
                os.link(fresh, path)  # whole or not at all; whoever comes second uses the first one's key
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        key = path.read_bytes()
    except OSError as error:
        raise Unavailable("secret", "{path}: {strerror}; check data.dir and its permissions", path=path,
                          strerror=error.strerror) from error
    if len(key) < _KEY_BYTES:
        raise Unavailable("secret", "{path} is damaged: delete it and start again; open forms must be reloaded",
                          path=path)
    return key
