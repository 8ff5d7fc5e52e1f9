"""Which jobs there are, and what wakes them: inside `kb serve`, or in a process of its own (`kb scheduler run`).

APScheduler is the clock and nothing else: at each due time it names the job to threads that look whether the run is
still to be had, as every process does. They look at all jobs twice a minute besides, whatever the clock on the wall
does: a run that somebody asks for, one whose process died, and the time after a clock was set back need no due time.
What this process commits about people and departments is looked at without waiting for a due time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from kb.actor import SYSTEM
from kb.articles.kept_facts import keep_facts
from kb.clock import utc_now, zone
from kb.db import Database
from kb.errors import KbError
from kb.messages.message import Message
from kb.record import audit, checkpoints
from kb.settings import RetentionSettings, Settings, UpkeepSettings
from kb.upkeep import retention
from kb.upkeep.delivery import deliver
from kb.upkeep.flow_notices import tell_flow
from kb.upkeep.jobs.running import Runner
from kb.upkeep.jobs.runs import Job, Work
from kb.upkeep.jobs.schedule import Schedule, schedules_of
from kb.upkeep.registering import look_at_pages
from kb.upkeep.reviews.daily import follow_signals, tend_tasks
from kb.upkeep.sign_notices import tell_texts
from kb.upkeep.signals.scanning import Scanned, scan_all, scan_changed
from kb.upkeep.signals.staffing import scan_staff
from kb.upkeep.webhooks import sending

log = logging.getLogger(__name__)

_PAUSE_S = 30.0
_THREADS = 3  # a job that takes long holds up one of them
_STOP_S = 10.0  # for the jobs under way to end
_CHANGED = Job("changed", None, lambda _now: "")  # no job of the table: that something was committed


def jobs_of(settings: Settings, database: Database, more: Mapping[str, Work] | None = None) -> list[Job]:
    """What is done by the clock in this installation; raises Invalid naming the setting whose expression is none.

    ``more`` is the work of packages that this one may not know; a job whose work nobody brings is not there.
    """
    def prune(now: datetime) -> Message:
        done = retention.prune(database, SYSTEM, settings.section(RetentionSettings), now=now, origin="scheduler")
        return Message("{count} rows removed", count=done.total)

    def checkpoint(now: datetime) -> Message:
        made = write_checkpoint(settings, database, now=now)
        return Message("written: {name}", name=made.name) if made else Message("nothing new")

    def looked(done: Scanned) -> Message:
        return Message("{raised} raised, {cleared} cleared", raised=done.raised, cleared=done.cleared)

    def tell(now: datetime) -> Message:
        with database.transaction() as session:
            tell_texts(session, now=now)
            tell_flow(session, now=now)
        return deliver(database, settings, now=now)

    tz = zone(settings.hotline.timezone)
    work: dict[str, Work] = {
        "prune": prune,
        "facts": lambda _now: Message("{count} texts read", count=keep_facts(database)),
        "signals": lambda now: looked(scan_changed(database, now, tz) + scan_staff(database, now, tz)),
        "scan": lambda now: looked(scan_all(database, now, tz)),
        "review_tasks": lambda now: tend_tasks(database, now=now),
        "review_signals": lambda now: follow_signals(database, now=now),
        "links": lambda now: look_at_pages(database, settings, now=now, origin="scheduler").told,
        "audit_checkpoint": checkpoint,
        "notices": tell,
        "webhooks": lambda now: sending.deliver(database, settings, now=now),
    }
    work |= more or {}
    return [Job(name, schedule, work[name]) for name, schedule in schedules_of(settings).items() if name in work]


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


class _Due(BaseTrigger):  # type: ignore[misc]  # untyped
    """Our own due times, as APScheduler asks for them."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        """The next due time: those that have passed are found by whoever looks."""
        return self._schedule.next(now)


class Clock:
    """Wakes the jobs of one process until :meth:`close`."""

    def __init__(self, settings: Settings, database: Database, *, more: Mapping[str, Work] | None = None,
                 clock: Callable[[], datetime] = utc_now) -> None:
        self._runner = Runner(database, jobs_of(settings, database, more), clock)
        self._tz = zone(settings.hotline.timezone)
        self._changed = threading.Event()
        self._named: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._run, name=f"clock-{n}", daemon=True) for n in range(_THREADS)]
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = BackgroundScheduler(timezone=UTC, executors={"default": DebugExecutor()}, job_defaults={
            "coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        for job in self._runner.jobs:
            if job.schedule is not None:
                self._scheduler.add_job(self._named.put, _Due(job.schedule), args=[job], id=job.name)

    def start(self) -> None:
        """Begin; the first look, at all of them, is at once."""
        self._named.put(None)
        self._scheduler.start()
        for thread in self._threads:
            thread.start()
        self._runner.database.on_change(self._wake)

    def _wake(self) -> None:
        """Something was committed that others must hear of."""
        if not self._changed.is_set():
            self._changed.set()
            self._named.put(_CHANGED)

    def _run(self) -> None:
        """Look at the job that the clock names, and at all of them where it names none for a while."""
        while not self._runner.stopped.is_set():
            try:
                job = self._next()
                if job is _CHANGED:
                    self._changed.clear()
                    scan_staff(self._runner.database, self._runner.clock(), self._tz)
                else:
                    self._runner.look() if job is None else self._runner.look_at(job)
            except KbError as error:  # the database is away or busy: the next look tries again
                log.warning("clock waits", extra={"code": error.code})
            except Exception:
                log.exception("clock failed")

    def _next(self) -> Job | None:
        try:
            return self._named.get(timeout=_PAUSE_S)
        except Empty:
            return None

    def close(self) -> None:
        """Stop after the jobs under way, without waiting long for them: a lease that ends frees what is left."""
        self._runner.stopped.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for _ in self._threads:
            self._named.put(None)  # wakes a thread, which sees that it is to stop
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=_STOP_S)
