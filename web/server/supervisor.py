"""The supervisor: it owns the listening socket and keeps so many server processes alive, and serves nothing itself.

- The first process starts alone, because it may have to make the index and the model, and says why when it cannot.
- One that ends is started again at once; one that cannot start is tried again after a pause that grows. Neither takes
  the others with it. One that has said nothing for a minute is killed.
- SIGHUP replaces them one by one, each new one ready before the old one is told to stop: settings and code are read
  anew. Where a new one cannot start, the old ones stay.
- SIGTERM and SIGINT let all of them finish what is under way.

Signals are blocked and waited for, so that none interrupts anything.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from kb.errors import Unavailable

log = logging.getLogger(__name__)

BACKLOG = 2048  # connections that wait to be accepted
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
_CODE = Path(__file__).parents[2]
_LOOK_S = 0.1  # between two looks at what the processes say
_SILENT_S = 60.0  # without a word from a process that was ready: it hangs
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before a process that could not start is tried again
_KILLED_AFTER_S = 5.0  # beyond the time that a process has for stopping


@dataclass(slots=True)
class _Worker:
    """A server process; ``slot`` is a number that no other living one has."""

    slot: int
    process: subprocess.Popen[bytes]
    reports: int
    heard: float
    is_ready: bool = False
    waiting: int = 0
    failed: tuple[str, str] | None = None
    kill_at: float | None = None
    unread: bytes = b""


@dataclass
class Supervisor:
    """Keeps ``count`` server processes of so many threads each on a listening socket."""

    listener: socket.socket
    count: int
    threads: int
    stop_seconds: float
    _workers: list[_Worker] = field(default_factory=list)
    _outdated: list[_Worker] = field(default_factory=list)
    _failures: int = 0
    _next_start: float = 0.0

    def run(self, greet: Callable[[int], None]) -> None:
        """Serve until SIGTERM or SIGINT; ``greet`` is called once the first process is ready, with how many texts wait
        for a vector. Raises Unavailable when it cannot become ready."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._life, self._alive = os.pipe()
        try:
            with tempfile.TemporaryDirectory(prefix="kb-metrics-") as folder:
                self._metrics = folder
                try:
                    if self._first(greet):
                        self._keep()
                finally:
                    self._stop_all()
        finally:
            os.close(self._alive)
            os.close(self._life)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _first(self, greet: Callable[[int], None]) -> bool:
        """Start the first process; whether serving goes on."""
        worker = self._start()
        while not worker.is_ready:
            if self._told_to_stop(signal.sigtimedwait(_SIGNALS, _LOOK_S)):
                return False
            self._listen(worker)
            if worker.failed or worker.process.poll() is not None:
                self._listen(worker)
                if worker.failed is None:
                    raise Unavailable("worker", "the server process ended while it started; run `kb doctor`")
                code, reason = worker.failed
                raise Unavailable(code, "{reason}", reason=reason)
        greet(worker.waiting)
        return True

    def _keep(self) -> None:
        """Keep the processes alive until told to stop."""
        while True:
            self._fill()
            received = signal.sigtimedwait(_SIGNALS, _LOOK_S)
            if self._told_to_stop(received):
                return
            if received is not None and received.si_signo == signal.SIGHUP:
                log.info("reload")
                self._outdated = [w for w in self._workers if w.kill_at is None]
            for worker in list(self._workers):
                self._listen(worker)
                self._look_after(worker)
            self._replace()

    @staticmethod
    def _told_to_stop(received: signal.struct_siginfo | None) -> bool:
        return received is not None and received.si_signo in (signal.SIGTERM, signal.SIGINT)

    def _start(self) -> _Worker:
        taken = {worker.slot for worker in self._workers}
        slot = next(n for n in range(len(taken) + 1) if n not in taken)
        reports, writes = os.pipe()
        os.set_blocking(reports, False)
        command = [sys.executable, "-P", "-m", "web.server.worker", "--listen", str(self.listener.fileno()),
                   "--reports", str(writes), "--life", str(self._life), "--threads", str(self.threads)]
        code = [str(_CODE), *filter(None, [os.environ.get("PYTHONPATH")])]  # ours, whatever folder this is run in
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(code), "PROMETHEUS_MULTIPROC_DIR": self._metrics,
                       "KB_WORKER": str(slot)}
        process = subprocess.Popen(command, pass_fds=(self.listener.fileno(), writes, self._life), env=environment,
                                   stdin=subprocess.DEVNULL)
        os.close(writes)
        worker = _Worker(slot, process, reports, monotonic())
        self._workers.append(worker)
        return worker

    def _listen(self, worker: _Worker) -> None:
        """Take in what the process said."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(worker.reports, 65_536):
                worker.unread += data
        *lines, worker.unread = worker.unread.split(b"\n")
        for line in lines:
            worker.heard = monotonic()
            said: dict[str, Any] = json.loads(line)
            if "failed" in said:
                worker.failed = (said["failed"], said["message"])
            if "ready" in said:
                worker.is_ready, worker.waiting = True, said["waiting"]
                self._failures = 0
                log.info("worker ready", extra={"pid": worker.process.pid})

    def _look_after(self, worker: _Worker) -> None:
        """Bury it when it has ended; kill it when it hangs or takes too long to stop."""
        now = monotonic()
        code = worker.process.poll()
        if code is not None:
            self._bury(worker, code)
        elif (worker.kill_at is not None and now > worker.kill_at) or (
                worker.is_ready and worker.kill_at is None and now - worker.heard > _SILENT_S):
            log.error("worker hangs", extra={"pid": worker.process.pid})
            worker.process.kill()

    def _bury(self, worker: _Worker, code: int) -> None:
        self._workers.remove(worker)
        os.close(worker.reports)
        if worker.kill_at is not None:
            log.info("worker stopped", extra={"pid": worker.process.pid})
            return
        if not worker.is_ready:
            self._next_start = monotonic() + _PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)]
            self._failures += code > 0  # below, somebody killed it, and the next one may be spared
            self._outdated = []  # what cannot start replaces nothing
        log.error("worker ended" if worker.is_ready else "worker cannot start",
                  extra={"pid": worker.process.pid, "exit": code, "code": worker.failed[0] if worker.failed else None})

    def _fill(self) -> None:
        """Start as many as are missing."""
        while monotonic() >= self._next_start and len(self._serving()) < self.count:
            self._start()

    def _replace(self) -> None:
        """After SIGHUP: one more process than wanted, and for each that is ready one of the old ones less."""
        self._outdated = [w for w in self._outdated if w in self._workers and w.kill_at is None]
        if not self._outdated or monotonic() < self._next_start:
            return
        serving = self._serving()
        if len(serving) <= self.count:
            self._start()
        elif all(worker.is_ready for worker in serving):
            self._tell_to_stop(self._outdated[0])

    def _serving(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.kill_at is None]

    def _tell_to_stop(self, worker: _Worker) -> None:
        worker.kill_at = monotonic() + self.stop_seconds + _KILLED_AFTER_S
        worker.process.send_signal(signal.SIGTERM)

    def _stop_all(self) -> None:
        """Let all finish; a second signal ends them at once."""
        for worker in self._serving():
            self._tell_to_stop(worker)
        while self._workers:
            if self._told_to_stop(signal.sigtimedwait(_SIGNALS, _LOOK_S)):
                for worker in self._workers:
                    worker.process.kill()
            for worker in list(self._workers):
                self._look_after(worker)


@contextlib.contextmanager
def listening(host: str, port: int, backlog: int) -> Iterator[socket.socket]:
    """The socket; raises Unavailable when it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM,
                                                      flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=backlog)
    except (OSError, OverflowError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else str(error)  # Python's own words repeat the address
        raise Unavailable("port", f"cannot listen on {host} port {port}: {why}; choose another with --port, or "
                          "`make run PORT=…`") from error
    with listener:
        listener.setblocking(False)
        yield listener
