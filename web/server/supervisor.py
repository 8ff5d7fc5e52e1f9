"""The supervisor: in one event loop with the gateway it keeps so many server processes alive, and answers for them.

- A parent loads code and models; the first process is forked alone, because it may have to make the index, and says why
  when it cannot.
- One that ends is followed by another at once, forked within a second; one that cannot start is tried again after a
  pause that grows. Neither takes the others with it, nor what they were asked. One that has said nothing for a minute
  is killed. A parent that ends is followed by another; its processes go on.
- SIGHUP starts a new parent, which reads settings and code anew, and replaces the processes one by one, each new one
  warm before an old one is told to stop. Where a new one cannot start, the old ones and their parent stay.
- SIGTERM and SIGINT let all of them finish what is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable
from time import monotonic

from kb.errors import Unavailable
from kb.garbage import collect_seldom
from web.server.answers import Spoken
from web.server.connections import Connections
from web.server.crew import Crew
from web.server.frames import Message
from web.server.gateway import Bounds, Gateway
from web.server.processes import Parent, Worker, adopt_orphans, bury
from web.settings import WebSettings

log = logging.getLogger(__name__)

_LOOK_S = 0.2  # between two looks at what nobody tells: a silence, a time that is over
_SILENT_S = 60.0  # without a word from a process: it hangs
_STARTING_S = 300.0  # for a process to become ready: it may make an index first
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before a process that could not start is tried again
_KILLED_AFTER_S = 5.0  # beyond the time that a process has for stopping


class Supervisor:
    """Keeps ``count`` server processes behind a gateway on a listening socket."""

    def __init__(self, listener: socket.socket, count: int, web: WebSettings, *, answers: Spoken,
                 greet: Callable[[int], None]) -> None:
        """``greet`` is called once requests are taken, with how many texts wait for a vector."""
        self._count, self._web, self._greet = count, web, greet
        self._answers = answers
        self._crew = Crew(queue=web.queue * count, seconds=web.queue_seconds)
        self._gateway = Gateway(self._crew, Bounds(web.body_bytes, web.body_seconds), answers=answers)
        self._server = Connections(self._gateway, listener, idle_seconds=web.idle_seconds,
                                   connections=web.connections)
        self._workers: list[Worker] = []
        self._followed: set[asyncio.Task[None]] = set()
        self._failures, self._next_start = 0, 0.0
        self._stops = 0
        self._is_told_to_reload = False

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises Unavailable when the first process cannot become ready."""
        self._wake = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        adopt_orphans()
        self._parent = await Parent.start()
        self._coming: Parent | None = None
        try:
            if await self._first():
                serving = asyncio.create_task(self._server.serve())
                self._greet(self._workers[0].waiting)
                collect_seldom()
                await self._keep(serving)
                await self._finish(serving)
        finally:
            await self._end_all()

    def _stop(self) -> None:
        self._stops += 1
        self._wake.set()

    def _reload(self) -> None:
        self._is_told_to_reload = True
        self._wake.set()

    async def _look(self) -> None:
        """Until something happens, or some time is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _LOOK_S)
        self._wake.clear()

    async def _first(self) -> bool:
        """Start the first process; whether serving goes on."""
        starting = asyncio.create_task(self._start_first())
        while not starting.done():
            await self._look()
            if self._stops:
                starting.cancel()
                with contextlib.suppress(asyncio.CancelledError, Unavailable):
                    await starting
                return False
        starting.result()
        return True

    async def _start_first(self) -> None:
        await self._parent.ready()
        worker = await self._fork(self._parent)
        while not worker.is_ready:
            if not worker.member.is_open:
                if worker.failed is None:
                    raise Unavailable("worker", "the server process ended while it started; run `kb doctor`")
                code, reason = worker.failed
                raise Unavailable(code, "{reason}", reason=reason)
            await asyncio.sleep(0.02)

    async def _keep(self, serving: asyncio.Task[None]) -> None:
        """Keep the processes alive until told to stop."""
        keeping = asyncio.create_task(self._keep_numbers())
        try:
            while not self._stops and not serving.done():
                await self._look()
                for worker in list(self._workers):
                    self._look_after(worker)
                if keeping.done():
                    keeping.result()  # raises what nobody foresaw
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping

    async def _keep_numbers(self) -> None:
        """As many processes as are wanted, of the newest parent that works."""
        while True:
            if self._is_told_to_reload:
                self._is_told_to_reload = False
                await self._renew()
            if monotonic() >= self._next_start:
                with contextlib.suppress(Unavailable):  # it was logged, and is tried again
                    await self._fill()
            self._replace_one()
            await asyncio.sleep(0.05)

    async def _fill(self) -> None:
        """Start as many as are missing; one more while old ones are to be replaced."""
        if not self._parent.is_alive():
            log.error("parent ended", extra={"pid": self._parent.process.pid})
            await self._restart_parent()
        wanted = self._count + any(worker.parent is not self._parent for worker in self._serving())
        while len(self._serving()) < wanted:
            await self._fork(self._parent)

    async def _restart_parent(self) -> None:
        """Another parent in the place of one that ended; its processes are as good as the new one's."""
        self._parent.close()
        try:
            new = await Parent.start()
            await new.ready()
        except Unavailable as error:
            self._pause(error.code)
            raise
        for worker in self._workers:
            if worker.parent is self._parent:
                worker.parent = new
        self._parent = new

    async def _renew(self) -> None:
        """After SIGHUP: a new parent and its first process; from then on the old ones are replaced."""
        log.info("reload")
        self._coming = await Parent.start()
        try:
            await self._coming.ready()
            worker = await self._fork(self._coming)
            while worker.member.is_open and not worker.is_ready:
                await asyncio.sleep(0.02)
            if not worker.is_ready:
                code, reason = worker.failed or ("worker", "it ended")
                raise Unavailable(code, "{reason}", reason=reason)
        except Unavailable as error:
            log.error("worker cannot start", extra={"code": error.code})
            self._coming.close()
        else:
            self._parent.close()
            self._parent = self._coming
        finally:
            self._coming = None

    def _replace_one(self) -> None:
        """One of the old ones less, where one more than wanted is warm."""
        serving = self._serving()
        old = [worker for worker in serving if worker.parent is not self._parent and worker.parent is not self._coming]
        if old and len(serving) > self._count and all(worker.is_ready for worker in serving):
            self._tell_to_stop(old[0])

    async def _fork(self, parent: Parent) -> Worker:
        """A new process, which takes requests once it says that it is warm; raises Unavailable."""
        taken = {worker.slot for worker in self._workers}
        slot = next(n for n in range(len(taken) + 1) if n not in taken)
        heard: list[Worker] = []
        try:
            pid, member = await parent.fork(slot, lambda said: self._hear(heard[0], said))
        except Unavailable as error:
            if parent is not self._coming:
                self._pause(error.code)
            raise
        worker = Worker(slot, pid, parent, member, monotonic())
        heard.append(worker)
        self._workers.append(worker)
        follows = asyncio.create_task(member.follow())
        self._followed.add(follows)
        follows.add_done_callback(self._followed.discard)
        follows.add_done_callback(lambda _: self._wake.set())
        return worker

    def _hear(self, worker: Worker, said: Message) -> None:
        worker.hear(said)
        if "ready" in said:
            worker.is_ready, worker.waiting, worker.member.free = True, said["waiting"], said["free"]
            self._failures = 0
            self._answers.learn(said["words"])
            self._gateway.bounds = Bounds(**said["bounds"])
            self._crew.queue, self._crew.seconds = said["queue"] * self._count, said["queue_seconds"]
            self._crew.add(worker.member)
            log.info("worker ready", extra={"pid": worker.pid, "took_ms": said["took_ms"]})
        elif worker.leaves and worker.kill_at is None:
            self._tell_to_stop(worker)

    def _look_after(self, worker: Worker) -> None:
        """Bury it when it has ended; kill it when it hangs or takes too long to stop."""
        now = monotonic()
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
        elif worker.parent is self._parent:
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
        worker.kill_at = monotonic() + self._web.stop_seconds + _KILLED_AFTER_S
        worker.member.tell({"stop": True})

    async def _finish(self, serving: asyncio.Task[None]) -> None:
        """Accept nothing more, and wait until all that came in was answered, so long at most, or told to stop again."""
        told, deadline = self._stops, monotonic() + self._web.stop_seconds
        if serving.done():
            serving.result()  # raises what it ended with
        self._server.stop()  # type: ignore[no-untyped-call]
        while not (serving.done() and self._gateway.is_idle()) and monotonic() < deadline and self._stops == told:
            for worker in list(self._workers):
                self._look_after(worker)
            await asyncio.sleep(0.02)

    async def _end_all(self) -> None:
        """Let all end; once more told to stop: at once."""
        told = self._stops
        for worker in self._serving():
            self._tell_to_stop(worker)
        self._parent.close()
        if self._coming:
            self._coming.close()
        while self._workers:
            for worker in list(self._workers):
                if self._stops > told:
                    worker.kill()
                self._look_after(worker)
            await asyncio.sleep(0.02)
        self._parent.process.wait()
