"""The clock inside `kb serve`: which jobs there are, and the thread that looks every half minute whether one is due."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from platform import node

from kb.actor import SYSTEM
from kb.articles.kept_facts import keep_facts
from kb.clock import utc_now, zone
from kb.db import Database
from kb.errors import KbError
from kb.record import audit, checkpoints
from kb.settings import RetentionSettings, Settings, UpkeepSettings
from kb.upkeep import jobs, retention
from kb.upkeep.signals.scanning import scan_all, scan_changed

log = logging.getLogger(__name__)

_PAUSE_S = 30
_FACTS_MINUTES = 1
_SIGNALS_MINUTES = 1


def jobs_of(settings: Settings, database: Database) -> list[jobs.Job]:
    """What is done by the clock in this installation."""
    options = settings.section(UpkeepSettings)
    tz = zone(settings.hotline.timezone)

    def prune(now: datetime) -> str:
        done = retention.prune(database, SYSTEM, settings.section(RetentionSettings), now=now, origin="scheduler")
        return f"{done.total} rows"

    return [jobs.Job("prune", jobs.daily(options.prune_hour, tz), prune),
            jobs.Job("facts", jobs.every(_FACTS_MINUTES), lambda _now: f"{keep_facts(database)} texts"),
            jobs.Job("signals", jobs.every(_SIGNALS_MINUTES), lambda now: str(scan_changed(database, now, tz))),
            jobs.Job("scan", jobs.daily(options.scan_hour, tz), lambda now: str(scan_all(database, now, tz))),
            jobs.Job("audit_checkpoint", jobs.every(options.checkpoint_minutes),
                     lambda now: str(write_checkpoint(settings, database, now=now) or "nothing new"))]


def checkpoint_folder(settings: Settings) -> Path:
    """Where checkpoints of the audit log are put."""
    named = settings.section(UpkeepSettings).checkpoint_dir
    return (settings.root / named).resolve() if named else settings.data_dir / "checkpoints"


def write_checkpoint(settings: Settings, database: Database, *, now: datetime, folder: Path | None = None,
                     ) -> Path | None:
    """Sign the log's head and put it into the folder; None where it has one already."""
    with database.reading() as session:
        head = audit.head(session)
    key = checkpoints.signing_key(settings.make_data_dir())
    return checkpoints.write(head, folder or checkpoint_folder(settings), key, now=now)


class Clock:
    """Looks now and then whether a job is due, in a thread of its own, until :meth:`close`."""

    def __init__(self, settings: Settings, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database, self._jobs, self._clock = database, jobs_of(settings, database), clock
        self._worker = f"{node()}:{os.getpid()}"[:100]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Begin; the first look is at once."""
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                jobs.run_due(self._database, self._jobs, worker=self._worker, now=self._clock())
            except KbError as error:  # the database is away or busy: the next look tries again
                log.warning("clock waits: %s", error.code)
            except Exception:
                log.exception("clock failed")
            self._stop.wait(_PAUSE_S)

    def close(self) -> None:
        """Stop after the job under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
