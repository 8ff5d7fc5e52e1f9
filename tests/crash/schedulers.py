"""Schedulers that are killed and started again at random, by a clock that runs a day a second, stands, and jumps.

``python -m tests.crash 120`` lets three of them live through two minutes and says what became of it; with
``postgresql`` after the seconds on a server of its own, with an address of an empty PostgreSQL database on that.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from multiprocessing.process import BaseProcess
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.errors import KbError
from kb.messages.message import Message
from kb.migrations import migrate
from kb.models import JobRun, Notice
from kb.people import people
from kb.settings import Settings, load_settings
from kb.upkeep import notices
from kb.upkeep.jobs.running import Runner
from kb.upkeep.jobs.runs import Job
from kb.upkeep.jobs.schedule import Schedule
from kb.upkeep.notice_choices import Kind
from tests.postgres import our_own

TZ = ZoneInfo("America/New_York")
RATIO = 86_400  # seconds of the clock in one of the world
LEASE = timedelta(seconds=6 * RATIO)  # six seconds of the world, longer than a run waits for the processor
WINDOW = timedelta(days=400)
MADE_UP = {"sixth": "0 */6 * * *", "night": "30 2 * * *", "one": "30 1 * * *", "month": "0 0 1 * *",
           "last": "45 23 last * *"}
LATEST = {"half": "*/30 * * * *"}
SERVER = multiprocessing.get_context("forkserver")


def schedule(name: str) -> Schedule:
    return Schedule({**MADE_UP, **LATEST}[name], TZ)


@dataclass(frozen=True)
class Clock:
    """A clock that all processes share by a file: an instant of the world, and what it is there."""

    file: Path

    def set(self, shown: datetime, *, stands: bool = False) -> None:
        """Let the clock show this from now on."""
        new = self.file.with_suffix(f".{os.getpid()}")
        new.write_text(f"{time.time()} {shown.timestamp()} {0 if stands else RATIO}")
        new.replace(self.file)

    def __call__(self) -> datetime:
        at, shown, ratio = map(float, self.file.read_text().split())
        return datetime.fromtimestamp(shown + (time.time() - at) * ratio, UTC)


def settings_of(folder: Path, url: str) -> Settings:
    return load_settings(folder, {}, data={"dir": str(folder / "data")}, database={"url": url})


def work_until_killed(folder: Path, url: str) -> None:
    """A scheduler: its jobs tell one person of each due time, and note where they met themselves."""
    database, clock = Database(settings_of(folder, url)), Clock(folder / "clock")

    def job(name: str) -> Job:
        def work(at: datetime) -> str:
            mark = folder / f"at-{name}"
            met = mark.exists() and _lives(mark.read_text())
            mark.write_text(str(os.getpid()))
            if met:
                (folder / f"met-{name}-{time.time_ns()}").touch()
            with database.transaction() as session:
                news = notices.News(Kind.REMINDER, Message("{at}", at=at), "/", f"{name}:{at.isoformat()}")
                notices.tell(session, ["li"], news, now=clock())
            mark.unlink(missing_ok=True)
            return "told"

        return Job(name, schedule(name), work, WINDOW if name in MADE_UP else None)

    runner = Runner(database, [job(name) for name in (*MADE_UP, *LATEST)], clock, lease=LEASE, renew_s=0.3)
    while True:
        with suppress(KbError):
            runner.look()
        time.sleep(0.01)


def _lives(pid: str) -> bool:
    """Whether another process of this number works; a killed one that nobody waited for does not."""
    with suppress(OSError, ValueError, IndexError):
        return int(pid) != os.getpid() and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@dataclass(frozen=True)
class Outcome:
    """What became of it: due times by what is wrong with them, and how much there was."""

    missing: list[str]
    doubled: list[str]
    strange: list[str]
    met: list[str]
    runs: int
    notices: int
    taken_over: int
    kills: int


def live_through(folder: Path, url: str, *, start: datetime, seconds: float, seed: int) -> Outcome:
    """Three schedulers for so many seconds, killed at random; a clock set back two hours, and two days without any."""
    SERVER.set_forkserver_preload(["tests.crash.schedulers"])
    chance, clock = random.Random(seed), Clock(folder / "clock")
    clock.set(start)
    with Database(settings_of(folder, url)).transaction() as session:
        people.create_user(session, OPERATOR, login="li", name="li", grants=[(Role.AGENT, None)], password=None,
                           now=start)
    living = [_started(folder, url) for _ in range(3)]
    kills, end, phase = 0, time.monotonic() + seconds, 0
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.2, 0.9))
        which = chance.randrange(len(living))
        _kill(living[which])
        kills += 1
        living[which] = _started(folder, url)
        if phase == 0 and time.monotonic() > end - seconds * 2 / 3:
            clock.set(clock() - timedelta(hours=2))
            phase = 1
        if phase == 1 and time.monotonic() > end - seconds / 3:
            for process in living:
                _kill(process)
            clock.set(clock() + timedelta(days=2))
            living = [_started(folder, url) for _ in range(3)]
            kills, phase = kills + 3, 2
    for process in living:
        _kill(process)
    over = clock()
    clock.set(over + LEASE, stands=True)  # nobody's lease lasts, and no new one ends
    living = [_started(folder, url) for _ in range(3)]
    database = Database(settings_of(folder, url))
    wanted = {(name, due) for name in MADE_UP
              for due in takewhile(lambda due: due <= over, schedule(name).after(start))} - _first(database, start)
    _wait(lambda: wanted <= _done(database), 120 + seconds)
    for process in living:
        _kill(process)
    return _examined(database, folder, wanted, kills + 6)


def _started(folder: Path, url: str) -> BaseProcess:
    process = SERVER.Process(target=work_until_killed, args=(folder, url), daemon=True)
    process.start()
    return process


def _kill(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def _wait(is_so: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.2)


def _first(database: Database, start: datetime) -> set[tuple[str, datetime]]:
    """Due times before the first process had seen the job: they are nobody's."""
    with database.reading() as session:
        rows = session.execute(select(JobRun.job, func.min(JobRun.due_at).label("at")).group_by(JobRun.job))
        first = {row.job: row.at for row in rows}
    return {(name, due) for name in MADE_UP if name in first for due in takewhile(
        lambda due, name=name: due < first[name], schedule(name).after(start))}  # type: ignore[misc]


def _done(database: Database) -> set[tuple[str, datetime]]:
    with database.reading() as session:
        return {(row.job, row.due_at) for row in session.scalars(select(JobRun).where(JobRun.outcome == "done"))}


def _examined(database: Database, folder: Path, wanted: set[tuple[str, datetime]], kills: int) -> Outcome:
    with database.reading() as session:
        runs = list(session.scalars(select(JobRun)))
        told = Counter(session.scalars(select(Notice.key)))
        count = session.scalar(select(func.count()).select_from(Notice)) or 0
    done = {(run.job, run.due_at) for run in runs if run.outcome == "done"}
    strange = [f"{run.job} {run.due_at}" for run in runs
               if schedule(run.job).next(run.due_at - timedelta(seconds=1)) != run.due_at
               or (run.job in MADE_UP and run.outcome == "failed")]
    unsaid = [f"{name} {due}" for name, due in wanted if told[f"{name}:{due.isoformat()}"] != 1]
    return Outcome([f"{name} {due}" for name, due in sorted(wanted - done)] + unsaid,
                   [key for key, times in told.items() if times > 1], strange,
                   sorted(path.name for path in folder.glob("met-*")), len(runs), count,
                   sum(run.attempts > 1 for run in runs), kills)


def main() -> None:
    """So many seconds; what was found, and 1 where anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("seconds", type=float, help="how long they live")
    parser.add_argument("database", nargs="?", default="", help="postgresql, or an address; SQLite if none")
    parser.add_argument("--seed", type=int, default=1, help="of the random kills")
    given = parser.parse_args()
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        url = held.enter_context(our_own()).create() if given.database == "postgresql" else given.database
        migrate(Database(settings_of(folder, url)))
        found = live_through(folder, url, start=datetime(2026, 2, 20, tzinfo=UTC), seconds=given.seconds,
                             seed=given.seed)
    sys.stdout.write(f"{found.runs} runs of jobs, {found.taken_over} taken over, {found.notices} notices, "
                     f"{found.kills} processes killed; missing {len(found.missing)}, doubled {len(found.doubled)}, "
                     f"at no due time {len(found.strange)}, met themselves {len(found.met)}\n")
    sys.exit(any((found.missing, found.doubled, found.strange, found.met)))


if __name__ == "__main__":
    sys.exit("python -m tests.crash 120")
