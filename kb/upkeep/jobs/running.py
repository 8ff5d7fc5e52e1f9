"""Doing what is due: take a run up, hold its lease while the work goes on, note how it ended, tell of a failure.

One job at a time for each call; several threads and processes may call at once. What went wrong because the database or
the disk could not serve is tried again in a while; anything else is a failure, which administrators are told of once a
day.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from platform import node

from sqlalchemy import select

from kb.actor import Role
from kb.clock import utc_now
from kb.db import Database
from kb.errors import KbError, Unavailable
from kb.messages.message import Message
from kb.models import RoleGrant, User
from kb.upkeep import notices
from kb.upkeep.jobs import runs
from kb.upkeep.jobs.runs import LEASE, Claim, Job
from kb.upkeep.notice_choices import Kind
from kb.upkeep.notices import News

log = logging.getLogger(__name__)

MOST_IN_A_LOOK = 100  # runs of one job that were missed, before other jobs get their turn
_RENEW_S = LEASE.total_seconds() / 4


def worker_name() -> str:
    """A name that no other process has had."""
    return f"{node()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Runner:
    """Does what is due of these jobs, in the name of one process. ``clock`` is the present; ``lease`` how long a run
    is held without being renewed, which is done every ``renew_s`` seconds."""

    database: Database
    jobs: Sequence[Job]
    clock: Callable[[], datetime] = utc_now
    worker: str = field(default_factory=worker_name)
    lease: timedelta = LEASE
    renew_s: float = _RENEW_S
    stopped: threading.Event = field(default_factory=threading.Event)
    _claims: Iterator[int] = field(default_factory=count)

    def look(self) -> list[str]:
        """Do all that is due; the names of the jobs that were done here, each as often as it was."""
        return [name for job in self.jobs for name in self.look_at(job)]

    def look_at(self, job: Job) -> list[str]:
        """Do what is due of one job."""
        done: list[str] = []
        while len(done) < MOST_IN_A_LOOK and not self.stopped.is_set():
            held = runs.claim(self.database, job, worker=f"{self.worker}:{next(self._claims)}", now=self.clock(),
                              lease=self.lease)
            if held is None:
                break
            self._do(job, held)
            done.append(job.name)
        return done

    def _do(self, job: Job, held: Claim) -> None:
        as_of = held.due_at if job.makes_up is not None and not held.asked_by else self.clock()
        with self._renewed(held):
            outcome, told = self._outcome(job, as_of)
        if outcome == "again":
            if runs.put_off(self.database, held, now=self.clock()):
                return
            outcome = "failed"
        if not runs.finish(self.database, held, outcome=outcome, told=told, now=self.clock()):
            log.warning("job was taken over", extra={"job": job.name})
        elif outcome == "failed":
            self._tell(job, held, told)

    def _outcome(self, job: Job, as_of: datetime) -> tuple[str, Message | str]:
        try:
            return "done", job.work(as_of)
        except Unavailable as error:
            log.warning("job waits", extra={"job": job.name, "code": error.code})
            return "again", Message("{reason}", reason=error)
        except KbError as error:
            log.warning("job failed", extra={"job": job.name, "code": error.code})
            return "failed", Message("{reason}", reason=error)
        except Exception as error:  # one job: the others are done; what it says may quote texts
            log.exception("job failed", extra={"job": job.name})
            return "failed", Message("unexpected {kind}", kind=type(error).__name__)

    @contextmanager
    def _renewed(self, held: Claim) -> Iterator[None]:
        """Hold the lease while the block lasts, in a thread of its own."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(self.renew_s):
                try:
                    if not runs.renew(self.database, held, now=self.clock(), lease=self.lease):
                        log.warning("job was taken over", extra={"job": held.job})
                        return
                except KbError as error:  # tried again before the lease ends
                    log.warning("lease not renewed", extra={"job": held.job, "code": error.code})

        thread = threading.Thread(target=renew, name=f"lease-{held.job}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _tell(self, job: Job, held: Claim, told: Message | str) -> None:
        """Let the administrators know, once a day for each job."""
        with self.database.transaction() as session:
            admins = session.scalars(select(User.login).join(RoleGrant, RoleGrant.user_id == User.id)
                                     .where(RoleGrant.role == Role.ADMIN, User.disabled_at.is_(None)))
            news = News(Kind.JOB, Message("the job {job} failed: {reason}", job=job.name, reason=told), "/scheduler",
                        f"job:{job.name}:{held.due_at:%Y-%m-%d}")
            notices.tell(session, set(admins), news, now=self.clock())
