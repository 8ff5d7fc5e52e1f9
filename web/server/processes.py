"""The processes behind the gateway, as their supervisor holds them: the parent, and the ones that it forks."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from kb.errors import Unavailable
from web.server.crew import Member
from web.server.frames import Message

log = logging.getLogger(__name__)

_CODE = Path(__file__).parents[2]
_LARGEST_LINE = 1_000_000
# Libraries that start threads when they are loaded, or at the first text: a fork would be without them. What they are
# for here is small.
_WITHOUT_THREADS = {"OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


@dataclass(eq=False, slots=True)
class Worker:
    """A server process; ``slot`` is a number that no other living one has."""

    slot: int
    pid: int
    parent: Parent
    member: Member
    heard: float
    is_ready: bool = False
    waiting: int = 0
    failed: tuple[str, str] | None = None
    leaves: bool = False  # it asked to be let go
    kill_at: float | None = None  # it was told to stop, and has so long

    def hear(self, said: Message) -> None:
        """Take in what it says of itself."""
        self.heard = monotonic()
        if "failed" in said:
            self.failed = (said["failed"], said["message"])
        self.leaves = self.leaves or "leaves" in said

    def kill(self) -> None:
        """End it at once."""
        if self.member.is_open:  # else it is gone, and its number may be somebody else's
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Parent:
    """A process that has everything loaded, and forks."""

    def __init__(self, process: subprocess.Popen[bytes], orders: socket.socket, reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter) -> None:
        self.process, self.waiting_since = process, monotonic()
        self._orders, self._reader, self._writer = orders, reader, writer
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls) -> Parent:
        """Start one, with this release's code as it is now; :meth:`ready` waits until it can fork. Raises Unavailable
        where the system has no more to give."""
        try:
            return await cls._started()
        except OSError as error:
            raise Unavailable("worker", "no process can be started: {strerror}", strerror=error.strerror) from error

    @classmethod
    async def _started(cls) -> Parent:
        ours, its = socket.socketpair()
        with its:
            code = [str(_CODE), *filter(None, [os.environ.get("PYTHONPATH")])]  # ours, whatever folder this is run in
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "web.server.parent", "--orders", str(its.fileno())],
                pass_fds=(its.fileno(),), stdin=subprocess.DEVNULL,
                env={**os.environ, **_WITHOUT_THREADS, "PYTHONPATH": os.pathsep.join(code)})
        reader, writer = await asyncio.open_connection(sock=ours, limit=_LARGEST_LINE)
        return cls(process, ours.dup(), reader, writer)

    async def ready(self) -> None:
        """Wait until it can fork; raises Unavailable when it cannot become ready."""
        said = await self._said()
        if "failed" in said:
            raise Unavailable(said["failed"], "{reason}", reason=said["message"])

    async def fork(self, slot: int, hear: Callable[[Message], None]) -> tuple[int, Member]:
        """A new server process's number, and what stands for it; raises Unavailable when the parent is gone."""
        async with self._turn:
            try:
                ours, its = socket.socketpair()
            except OSError as error:
                raise _ended() from error
            try:
                with its:
                    socket.send_fds(self._orders, [json.dumps({"slot": slot}).encode()], [its.fileno()])
                pid = (await self._said())["pid"]
            except OSError as error:
                ours.close()
                raise _ended() from error
            except Unavailable:
                ours.close()
                raise
        reader, writer = await asyncio.open_connection(sock=ours, limit=_LARGEST_LINE)
        return pid, Member(reader, writer, hear)

    async def _said(self) -> Message:
        with contextlib.suppress(OSError):
            if line := await self._reader.readline():
                found: dict[str, Any] = json.loads(line)
                return found
        raise _ended()

    def is_alive(self) -> bool:
        """Whether it can be told to fork."""
        return self.process.poll() is None

    def close(self) -> None:
        """End it; the processes that it forked go on."""
        self._orders.close()
        self._writer.close()
        if self.is_alive():
            self.process.terminate()
            self.process.wait()


def _ended() -> Unavailable:
    return Unavailable("worker", "the server process ended while it started; run `kb doctor`")


def name_process(name: str) -> None:
    """What `ps` and `top` call this process; only Linux knows how."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="ascii")


def adopt_orphans() -> None:
    """Let the processes of a parent that ended become this one's children, so that :func:`bury` finds them. Linux
    alone can; elsewhere they become the first process's, as usual."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def bury(pid: int) -> None:
    """Take note of an orphan's end, so that nothing of it is left."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
