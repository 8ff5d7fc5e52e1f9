"""The supervisor: in one event loop with the gateway it keeps so many server processes alive, and answers for them.

- A parent loads code and models; the first process is forked alone, because it may have to make the index, and says why
  when it cannot.
- One that ends is followed by another at once, forked within a second; one that cannot start is tried again after a
  pause that grows. Neither takes the others with it, nor what they were asked. One that has said nothing for a minute
  is killed. A parent that ends is followed by another; its processes go on.
- SIGHUP starts a new parent, which reads settings and code anew, and replaces the processes one by one, each new one
  warm before an old one is told to stop. Where a new one cannot start, the old ones and their parent stay.
- SIGTERM and SIGINT let all of them finish what is under way.

How they are kept says :mod:`web.server.staff`.
"""

from __future__ import annotations

import asyncio
import contextlib
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
from web.server.processes import adopt_orphans
from web.server.staff import Staff
from web.settings import WebSettings

_LOOK_S = 0.2  # between two looks at what nobody tells: a silence, a time that is over


class Supervisor:
    """Keeps ``count`` server processes behind a gateway on a listening socket."""

    def __init__(self, listener: socket.socket, count: int, web: WebSettings, *, answers: Spoken,
                 greet: Callable[[int], None]) -> None:
        """``greet`` is called once requests are taken, with how many texts wait for a vector."""
        self._count, self._web, self._answers, self._greet = count, web, answers, greet
        self._crew = Crew(queue=web.queue * count, seconds=web.queue_seconds)
        self._staff = Staff(count, self._crew, stop_seconds=web.stop_seconds, on_ready=self._learn)
        self._gateway = Gateway(self._crew, Bounds(web.body_bytes, web.body_seconds), answers=answers)
        self._server = Connections(self._gateway, listener, idle_seconds=web.idle_seconds,
                                   connections=web.connections)
        self._stops = 0

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises Unavailable when the first process cannot become ready."""
        self._told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        adopt_orphans()
        try:
            starting = asyncio.create_task(self._staff.start())
            if await self._done(starting):
                waiting = starting.result()
                serving = asyncio.create_task(self._server.serve())
                self._greet(waiting)
                collect_seldom()
                keeping = asyncio.create_task(self._staff.keep())
                if await self._done(keeping, serving):
                    for task in (keeping, serving):
                        if task.done():
                            task.result()  # raises what it ended with
                await self._finish(serving)
        finally:
            told = self._stops
            await self._staff.end(is_urgent=lambda: self._stops > told)

    def _stop(self) -> None:
        self._stops += 1
        self._told.set()

    def _reload(self) -> None:
        self._staff.is_to_renew = True

    def _learn(self, said: Message) -> None:
        """Take on the words and bounds of a process that has just become ready."""
        self._answers.learn(said["words"])
        self._gateway.bounds = Bounds(**said["bounds"])
        self._crew.queue, self._crew.seconds = said["queue"] * self._count, said["queue_seconds"]

    async def _done(self, *tasks: asyncio.Task[object]) -> bool:
        """Wait until one of them is done; False when told to stop before, the first one then being cancelled."""
        while not any(task.done() for task in tasks) and not self._stops:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _LOOK_S)
            self._staff.look_after()
        if any(task.done() for task in tasks):
            return True
        tasks[0].cancel()
        with contextlib.suppress(asyncio.CancelledError, Unavailable):
            await tasks[0]
        return False

    async def _finish(self, serving: asyncio.Task[None]) -> None:
        """Accept nothing more, and wait until all that came in was answered, so long at most, or told to stop again."""
        told, deadline = self._stops, monotonic() + self._web.stop_seconds
        self._server.stop()  # type: ignore[no-untyped-call]
        while not (serving.done() and self._gateway.is_idle()) and monotonic() < deadline and self._stops == told:
            self._staff.look_after()
            await asyncio.sleep(0.02)
