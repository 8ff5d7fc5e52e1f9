"""Commands of the edge: serve, doctor."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields

from kb.cli.arguments import whole_number
from kb.clock import utc_now
from kb.db import Database
from kb.errors import KbError
from kb.messages.catalogue import in_shell
from kb.messages.message import Message
from kb.settings import Settings
from retriever.settings import EmbeddingSettings
from web import logs
from web.settings import WebSettings

_LEAST_DISK_MB = 500


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def serve(parser: argparse.ArgumentParser) -> None:
    """kb serve [--host H] [--port P] [--workers N]"""
    parser.epilog = "example: kb serve --host 0.0.0.0 --port 8000"
    parser.add_argument("--host", help="address to listen on; default web.host")
    parser.add_argument("--port", type=_number("port"), help="port to listen on; default web.port")
    parser.add_argument("--workers", type=_number("workers"), metavar="N",
                        help="server processes; default web.workers")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        web = settings.section(WebSettings)
        _check_initialised(database)
        return _serve(settings, args.host or web.host, args.port or web.port, args.workers or web.workers)

    parser.set_defaults(run=run)


def _number(name: str) -> Callable[[str], int]:
    """Takes an argument in place of this setting, within the setting's own limits."""
    limits = next(f.metadata for f in fields(WebSettings) if f.name == name)
    return whole_number(limits["min"], limits["max"])  # the system would listen on a port modulo 65536


def _check_initialised(database: Database) -> None:
    from kb import schema

    schema.check(database)


def _serve(settings: Settings, host: str, port: int, workers: int) -> int:
    from web.metrics import FOLDER, NUMBER, Metrics
    from web.server.answers import Spoken
    from web.server.listening import listening
    from web.server.supervisor import Supervisor

    web = settings.section(WebSettings)
    logs.configure(web.log_format)
    with listening(host, port) as listener, tempfile.TemporaryDirectory(prefix="kb-metrics-") as figures:
        os.environ.update({FOLDER: figures, NUMBER: "gateway"})  # the processes that it starts have others' numbers
        supervisor = Supervisor(listener, workers, web, answers=Spoken(Metrics()),
                                greet=lambda waiting: _greet(settings, host, port, waiting))
        asyncio.run(supervisor.run())
    return 0


def _greet(settings: Settings, host: str, port: int, waiting: int) -> None:
    """The address, and what is still under way."""
    shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
    _say(f"{settings.hotline.name_zh} · {settings.hotline.name_en}")
    _say(f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/    {in_shell('(stop with Ctrl-C)')}")
    if waiting and settings.section(EmbeddingSettings).provider != "none":
        _say(in_shell("{waiting} texts are still without a vector: found by words at once, by meaning in some minutes",
                      waiting=waiting))


def run_jobs(_args: argparse.Namespace, settings: Settings, database: Database) -> int:
    """``kb scheduler run``: the jobs by the clock, until a signal; what is under way then has some seconds to end."""
    from kb.upkeep.jobs.clock import Clock
    from retriever.flowback import opened_work

    _check_initialised(database)
    logs.configure(settings.section(WebSettings).log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with opened_work(settings, database) as more:
        clock = Clock(settings, database, more=more)
        clock.start()
        _say(in_shell("jobs run by the clock (stop with Ctrl-C)"))
        stop.wait()
        clock.close()
    return 0


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of the doctor; ``advice`` says what to do when it is not ok, or a warning: that fails nothing."""

    name: str
    ok: bool
    detail: Message | str
    advice: Message | str = ""
    is_warning: bool = False


def doctor(parser: argparse.ArgumentParser) -> None:
    """kb doctor [--json]"""
    parser.epilog = "example: kb doctor --json"
    parser.add_argument("--json", action="store_true")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        checks = examine(settings, database)
        if args.json:
            told = [asdict(c) | {"detail": in_shell(c.detail), "advice": in_shell(c.advice)} for c in checks]
            _say(json.dumps({"ok": all(c.ok for c in checks), "checks": told}, ensure_ascii=False, indent=2))
        else:
            for check in checks:
                mark = "BAD" if not check.ok else "WARN" if check.is_warning else "ok"
                _say(f"{mark:<4} {check.name:<11} {in_shell(check.detail)}"
                     + (f"\n     → {in_shell(check.advice)}" if check.advice and mark != "ok" else ""))
        return 0 if all(c.ok for c in checks) else 3

    parser.set_defaults(run=run)


def examine(settings: Settings, database: Database) -> list[Check]:
    """Everything a server needs, each looked at by itself."""
    return [_examined(name, check, settings, database) for name, check in _CHECKS.items()]


def _examined(name: str, check: Callable[[Settings, Database], Check], settings: Settings, database: Database) -> Check:
    from retriever.errors import RetrieverError

    try:
        return check(settings, database)
    except (KbError, RetrieverError) as error:
        return Check(name, False, error.code, Message(error.template, **error.facts))
    except OSError as error:
        return Check(name, False, f"{type(error).__name__}: {error.strerror}",
                     Message("check the data folder's permissions"))


def _settings(settings: Settings, _database: Database) -> Check:
    from kb.upkeep.jobs.schedule import schedules_of

    schedules_of(settings)
    count = sum(len(fields(section)) for section in settings.sections.values())
    return Check("settings", True, Message("{count} settings hold; data in {folder}", count=count,
                                           folder=settings.data_dir))


def _disk(settings: Settings, _database: Database) -> Check:
    folder = settings.make_data_dir()
    probe = folder / ".doctor"
    probe.write_bytes(b"")
    probe.unlink()
    free = shutil.disk_usage(folder).free // 1_000_000
    return Check("disk", free >= _LEAST_DISK_MB, Message("{free} MB free in {folder}", free=free, folder=folder),
                 Message("free some space"))


def _privacy(settings: Settings, _database: Database) -> Check:
    folder = settings.make_data_dir()
    if folder.stat().st_mode & stat.S_IRWXO:
        return Check("privacy", True, Message("everybody on this machine can look into {folder}, which holds password "
                                              "hashes and callers' questions", folder=folder),
                     f"chmod 700 {folder}", is_warning=True)
    return Check("privacy", True, Message("the data folder is closed to others"))


def _database(_settings: Settings, database: Database) -> Check:
    from kb.actor import OPERATOR
    from kb.reading.browsing import list_departments

    with database.reading() as session:
        departments = list_departments(session, OPERATOR, now=utc_now())
    live = sum(d.live_articles for d in departments)
    return Check("database", True, Message("{name}, {live} live articles of {count} departments", live=live,
                                           name=database.engine.dialect.name, count=len(departments)))


def _migrations(_settings: Settings, database: Database) -> Check:
    from kb.migrations import pending

    waiting = pending(database)
    told = Message("{count} to come", count=len(waiting)) if waiting else Message("schema up to date")
    return Check("migrations", not waiting, told, Message("run `kb init`"))


def _model(settings: Settings, _database: Database) -> Check:
    from retriever.factory import build_embedder

    embedder = build_embedder(settings)
    if embedder is None:
        return Check("model", True, Message("none: questions are matched by words alone"))
    recipe = embedder.recipe
    return Check("model", True, Message("{model}, {dimension} dimensions", model=recipe.model,
                                        dimension=recipe.dimension))


def _index(settings: Settings, database: Database) -> Check:
    from retriever.factory import build

    retriever = build(settings, database)
    try:
        health, lag, waiting = retriever.health(), retriever.lag(), retriever.pending_vectors()
    finally:
        retriever.close()
    told = Message("{passages} passages, {waiting} vectors to come, {lag} events behind", passages=health.passages,
                   waiting=waiting, lag=lag)
    return Check("index", health.ok, Message("{told}; {detail}", told=told, detail=health.detail) if health.detail
                 else told, Message("run `kb index rebuild`"))


_CHECKS: dict[str, Callable[[Settings, Database], Check]] = {
    "settings": _settings, "disk": _disk, "privacy": _privacy, "database": _database, "migrations": _migrations,
    "model": _model, "index": _index,
}
