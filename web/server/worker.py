"""One server process: the application, its background work, and the threads that answer what the gateway hands over.

It is forked by a parent that has loaded all code and models (:mod:`web.server.parent`), opens what must not be shared
(database, index, threads), answers a question to itself so that no caller is its first, and then says that it is ready.
When the gateway's process dies its socket closes, and this one ends after what it is doing.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from time import monotonic

from flask import Flask

from kb.actor import CITIZEN
from kb.clock import utc_now
from kb.errors import KbError
from kb.garbage import collect_seldom
from kb.messages.catalogue import say, shell_language
from kb.settings import Settings, UpkeepSettings
from kb.upkeep.jobs.clock import Clock
from retriever.errors import RetrieverError
from retriever.factory import Models
from retriever.flowback import work_of
from retriever.records import AskRequest
from web import create_app, uploads
from web.metrics import NUMBER
from web.server.answers import Spoken
from web.server.calling import call, environ_of
from web.server.crew import Lane
from web.server.environ import Reply
from web.server.frames import Channel, Message
from web.server.gateway import Bounds
from web.server.processes import name_process
from web.server.wording import wording
from web.settings import WebSettings
from web.wiring import Edge

log = logging.getLogger(__name__)

BEAT_S = 1.0
WATCHING = 2  # threads for what machines watch
_TURN_S = 0.001  # of a busy thread before another's
# Where all processors are busy answering, the gateway, which speaks for all, and a process that starts go first: three
# times as often as one that answers.
_MODESTY = 5
_COMPARE_MINUTES = 10
_WARMING = "请问热线电话是多少"


@dataclass(frozen=True)
class Answering:
    """The application, and who calls it: so many threads for each lane."""

    app: Flask
    channel: Channel
    lanes: dict[Lane, ThreadPoolExecutor]
    failing: Spoken

    def answer(self, asked: Message, body: bytes) -> None:
        """Say that it is begun, and then the reply; the gateway is gone where that fails."""
        with suppress(OSError):
            self.channel.send({"id": asked["id"], "begun": True})
            reply = self._reply(asked, body)
            self.channel.send({"id": asked["id"], "status": reply.status, "headers": [
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.headers]}, reply.body)

    def _reply(self, asked: Message, body: bytes) -> Reply:
        try:
            return call(self.app, environ_of(asked["environ"], body, again=asked["again"]))
        except Exception as error:  # the application answers its own errors: this one came before or after it
            return self.failing.failed(error, {"method": asked["environ"]["REQUEST_METHOD"]})

    def serve(self) -> None:
        """Answer until told to stop, or until the gateway is gone; what is under way is finished."""
        for said, body in self.channel.received():
            if "stop" in said:
                break
            self.lanes[said["lane"]].submit(self.answer, said, body)
        for threads in self.lanes.values():
            threads.shutdown()


def run(channel: Channel, slot: int, settings: Settings, models: Models) -> int:
    """Serve what comes over the channel; returns the exit code."""
    os.environ[NUMBER] = str(slot)
    web = settings.section(WebSettings)
    began = monotonic()
    try:
        app = create_app(settings, threads=web.threads + WATCHING, models=models)
    except (KbError, RetrieverError) as error:
        channel.send({"failed": error.code, "message": say(error, shell_language())})
        return 3
    parts: Edge = app.extensions["kb"]
    clock = Clock(settings, parts.database, more=work_of(settings, parts.database, parts.retriever)) \
        if settings.section(UpkeepSettings).enabled else None
    try:
        _serve(app, channel, clock, began)
    finally:
        if clock:
            clock.close()
        parts.close()
    return 0


def _serve(app: Flask, channel: Channel, clock: Clock | None, began: float) -> None:
    parts: Edge = app.extensions["kb"]
    web, words, failing = parts.web, wording(app), Spoken(parts.metrics)
    failing.learn(words)
    answering = Answering(app, channel, {"ask": ThreadPoolExecutor(web.threads, "request"),
                                         "watch": ThreadPoolExecutor(WATCHING, "watch")}, failing)
    parts.retriever.start_background()
    _warm(parts)
    if clock:
        clock.start()
    collect_seldom()
    sys.setswitchinterval(_TURN_S)
    channel.send({
        "ready": True, "waiting": _waiting(parts), "took_ms": round((monotonic() - began) * 1000), "words": words,
        "free": {"ask": web.threads, "watch": WATCHING}, "queue": web.queue, "queue_seconds": web.queue_seconds,
        "bounds": asdict(Bounds(web.body_bytes, web.body_seconds, uploads.largest(parts.settings.limits)))})
    signal.signal(signal.SIGTERM, lambda *_: channel.send({"leaves": True}))  # this thread sends nothing any more
    threading.Thread(target=_beat, args=(channel,), name="beat", daemon=True).start()
    name_process("kb-worker")
    os.nice(_MODESTY)
    answering.serve()


def _warm(parts: Edge) -> None:
    """Find something once: statements are compiled, words read and pages of the index fetched by it."""
    with suppress(KbError, RetrieverError):
        parts.retriever.find(AskRequest(_WARMING), CITIZEN, now=utc_now())


def _beat(channel: Channel) -> None:
    """Say once a second that threads get their turn here."""
    stopped = threading.Event()
    with suppress(OSError):
        while not stopped.wait(BEAT_S):
            channel.send({"beat": True})


def _waiting(parts: Edge) -> int:
    """How many texts wait for a vector; 0 where the index cannot be opened, which answers and /readyz tell."""
    try:
        return parts.retriever.pending_vectors()
    except RetrieverError:
        return 0
