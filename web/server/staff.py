"""So many server processes, of the newest parent that works: who is started, replaced, told to stop, and buried."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from time import monotonic

from kb.errors import Unavailable
from web.server.crew import Crew
from web.server.frames import Message
from web.server.processes import Parent, Worker, bury

log = logging.getLogger(__name__)

_SILENT_S = 60.0  # without a word from a process: it hangs
_STARTING_S = 300.0  # for a process to become ready: it may make an index first
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before a process that could not start is tried again
_KILLED_AFTER_S = 5.0  # beyond the time that a process has for stopping
_LOOK_S = 0.05


class Staff:
    """Keeps ``count`` processes, and gives each to the crew once it is warm."""

    def __init__(self, count: int, crew: Crew, *, stop_seconds: float, on_ready: Callable[[Message], None]) -> None:
        self._count, self._crew, self._stop_seconds, self._on_ready = count, crew, stop_seconds, on_ready
        self._workers: list[Worker] = []
        self._followed: set[asyncio.Task[None]] = set()
        self._parent: Parent | None = None
        self._coming: Parent | None = None
        self._failures, self._next_start = 0, 0.0
        self.is_to_renew = False

    async def start(self) -> int:
        """Start the first process, and wait until it is ready; how many texts wait for a vector.

        Raises Unavailable when it cannot become ready.
        """
        self._coming = await Parent.start()
        await self._coming.ready()
        worker = await self._ready(self._coming)
        self._parent, self._coming = self._coming, None
        return worker.waiting

    async def keep(self) -> None:
        """Keep the numbers until cancelled."""
        while True:
            if self.is_to_renew:
                self.is_to_renew = False
                await self._renew()
            if monotonic() >= self._next_start:
                with contextlib.suppress(Unavailable):  # it was logged, and is tried again
                    await self._fill()
            self._replace_one()
            await asyncio.sleep(_LOOK_S)

    async def _fill(self) -> None:
        """Start as many as are missing; one more while old ones are to be replaced."""
        assert self._parent
        if not self._parent.is_alive():
            log.error("parent ended", extra={"pid": self._parent.process.pid})
            self._parent = await self._another(self._parent)
        parent = self._parent
        wanted = self._count + any(worker.parent is not parent for worker in self._serving())
        while len(self._serving()) < wanted:
            try:
                await self._fork(parent)
            except Unavailable as error:
                self._pause(error.code)
                raise

    async def _another(self, ended: Parent) -> Parent:
        """Another parent in the place of one that ended, whose processes are as good as the new one's."""
        ended.close()
        try:
            new = await Parent.start()
            await new.ready()
        except Unavailable as error:
            self._pause(error.code)
            raise
        for worker in self._workers:
            if worker.parent is ended:
                worker.parent = new
        return new

    async def _renew(self) -> None:
        """A new parent and its first process; from then on the old ones are replaced. Where they cannot start, all
        stays as it is."""
        log.info("reload")
        assert self._parent
        try:
            self._coming = await Parent.start()
            await self._coming.ready()
            await self._ready(self._coming)
        except Unavailable as error:
            log.error("worker cannot start", extra={"code": error.code})
            if self._coming:
                self._coming.close()
        else:
            self._parent.close()
            self._parent = self._coming
        finally:
            self._coming = None

    def _replace_one(self) -> None:
        """One of the old ones less, where one more than wanted is warm."""
        serving = self._serving()
        old = [worker for worker in serving if worker.parent is not self._parent]
        if old and len(serving) > self._count and all(worker.is_ready for worker in serving):
            self._tell_to_stop(old[0])

    async def _ready(self, parent: Parent) -> Worker:
        """A new process, warm; raises Unavailable with its own words when it cannot become so."""
        worker = await self._fork(parent)
        while not worker.is_ready:
            if not worker.member.is_open:
                if worker.failed is None:
                    raise Unavailable("worker", "the server process ended while it started; run `kb doctor`")
                code, reason = worker.failed
                raise Unavailable(code, "{reason}", reason=reason)
            await asyncio.sleep(_LOOK_S)
        return worker

    async def _fork(self, parent: Parent) -> Worker:
        """A new process, which takes requests once it says that it is warm; raises Unavailable."""
        taken = {worker.slot for worker in self._workers}
        slot = next(n for n in range(len(taken) + 1) if n not in taken)
        heard: list[Worker] = []
        pid, member = await parent.fork(slot, lambda said: self._hear(heard[0], said))
        worker = Worker(slot, pid, parent, member, monotonic())
        heard.append(worker)
        self._workers.append(worker)
        follows = asyncio.create_task(member.follow())
        self._followed.add(follows)
        follows.add_done_callback(self._followed.discard)
        follows.add_done_callback(lambda _: self.look_after())
        return worker

    def _hear(self, worker: Worker, said: Message) -> None:
        worker.hear(said)
        if worker.kill_at is not None:
            return
        if "ready" in said:
            worker.is_ready, worker.waiting, worker.member.free = True, said["waiting"], said["free"]
            self._failures = 0
            self._on_ready(said)
            self._crew.add(worker.member)
            log.info("worker ready", extra={"pid": worker.pid, "took_ms": said["took_ms"]})
        elif worker.leaves:
            self._tell_to_stop(worker)

    def look_after(self) -> None:
        """Bury those that have ended, and kill those that hang or take too long to stop."""
        now = monotonic()
        for worker in list(self._workers):
            if not worker.member.is_open:
                self._bury(worker)
            elif now > (worker.kill_at or worker.heard + (_SILENT_S if worker.is_ready else _STARTING_S)):
                log.error("worker hangs", extra={"pid": worker.pid})
                worker.kill()

    def _bury(self, worker: Worker) -> None:
        self._workers.remove(worker)
        self._crew.remove(worker.member)
        bury(worker.pid)
        if worker.kill_at is not None:
            log.info("worker stopped", extra={"pid": worker.pid})
        elif worker.is_ready:
            log.error("worker ended", extra={"pid": worker.pid})
        elif worker.parent is not self._coming:  # whoever waits for that one's first process tells of it
            self._pause(worker.failed[0] if worker.failed else None, worker.pid)

    def _pause(self, code: str | None, pid: int | None = None) -> None:
        """Something could not start: wait before the next try, the longer the more often it was so."""
        self._next_start = monotonic() + _PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)]
        self._failures += code is not None  # else somebody killed it, and the next one may be spared
        log.error("worker cannot start", extra={"pid": pid, "code": code})

    def _serving(self) -> list[Worker]:
        return [worker for worker in self._workers if worker.kill_at is None and worker.member.is_open]

    def _tell_to_stop(self, worker: Worker) -> None:
        self._crew.remove(worker.member)
        worker.kill_at = monotonic() + self._stop_seconds + _KILLED_AFTER_S
        worker.member.tell({"stop": True})

    async def end(self, *, is_urgent: Callable[[], bool]) -> None:
        """Let all finish and end; at once as soon as it ``is_urgent``."""
        for worker in self._serving():
            self._tell_to_stop(worker)
        for parent in (self._parent, self._coming):
            if parent:
                parent.close()
        while self._workers:
            if is_urgent():
                for worker in self._workers:
                    worker.kill()
            self.look_after()
            await asyncio.sleep(_LOOK_S)
