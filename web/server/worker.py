"""One server process: the application, its background work, and its connections, until it is told to stop.

It is started by the supervisor, and says to it in lines of JSON whether it is ready or why it cannot be; after that it
says once a second that its event loop turns. When the supervisor dies its pipe closes, and the process stops as if it
had been told to.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from time import monotonic

from kb.errors import KbError
from kb.messages.catalogue import say, shell_language
from kb.garbage import collect_seldom
from kb.settings import Settings, UpkeepSettings, load_settings
from kb.upkeep.clock import Clock
from retriever.errors import RetrieverError
from web import create_app, logs
from web.server.answers import Spoken
from web.server.connections import Connections
from web.server.gateway import WATCHING, Bounds, Gateway
from web.settings import WebSettings
from web.wiring import Edge

BEAT_S = 1.0
_TURN_S = 0.001  # of a busy thread before another's: the event loop, which answers /healthz, waits for as many as ask
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)  # the supervisor's, blocked in it


def main() -> int:
    """Serve until told to stop; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's goes to the supervisor too, who decides
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    parser = argparse.ArgumentParser()
    for name in ("listen", "reports", "life", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    args = parser.parse_args()
    try:
        settings = load_settings()
        web = settings.section(WebSettings)
        logs.configure(web.log_format)
        app = create_app(settings, threads=args.threads + WATCHING)
    except (KbError, RetrieverError) as error:
        _report(args.reports, failed=error.code, message=say(error, shell_language()))
        return 3
    parts: Edge = app.extensions["kb"]
    try:
        bounds = Bounds(args.threads, web.queue, web.queue_seconds, web.body_bytes, web.body_seconds)
        gateway = Gateway(app, bounds, answers=Spoken(app))
        with socket.socket(fileno=args.listen) as listener:
            asyncio.run(_serve(gateway, listener, args, settings, parts))
    finally:
        parts.close()
    return 0


async def _serve(gateway: Gateway, listener: socket.socket, args: argparse.Namespace, settings: Settings,
                 parts: Edge) -> None:
    web, loop, stop = settings.section(WebSettings), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(args.life, stop.set)
    server = Connections(gateway, listener, idle_seconds=web.idle_seconds, connections=web.connections)
    serving = asyncio.create_task(server.serve())
    parts.retriever.start_background()
    clock = Clock(settings, parts.database) if settings.section(UpkeepSettings).enabled else None
    if clock:
        clock.start()
    collect_seldom()
    sys.setswitchinterval(_TURN_S)
    _report(args.reports, ready=True, waiting=_waiting(parts))
    while not stop.is_set() and not serving.done():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), BEAT_S)
        _report(args.reports)
    loop.remove_reader(args.life)
    if serving.done():
        serving.result()  # raises what it ended with
    await _stop(server, serving, gateway, web.stop_seconds)
    if clock:
        clock.close()


async def _stop(server: Connections, serving: asyncio.Task[None], gateway: Gateway, seconds: float) -> None:
    """Accept nothing more, and end when all that came in was answered, or after so long."""
    deadline = monotonic() + seconds
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(serving), seconds)
    while not gateway.is_idle() and monotonic() < deadline:
        await asyncio.sleep(0.02)
    gateway.close()


def _waiting(parts: Edge) -> int:
    """How many texts wait for a vector; 0 where the index cannot be opened, which answers and /readyz tell."""
    try:
        return parts.retriever.pending_vectors()
    except RetrieverError:
        return 0


def _report(reports: int, **said: object) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more: that shows by the other pipe
        os.write(reports, (json.dumps(said) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
