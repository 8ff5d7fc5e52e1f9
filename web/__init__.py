"""The edge: HTTP, HTML, sessions. Views parse, call one service, and render.

The imports of :func:`create_app` are inside it: the shell reads this package's settings with every command, and most
commands serve nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from kb.clock import utc_now
from kb.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from retriever.factory import Models


def create_app(settings: Settings, *, threads: int | None = None, clock: Callable[[], datetime] = utc_now,
               models: Models | None = None) -> Flask:
    """The WSGI application over this installation's database and index, for so many request threads (web.threads), with
    these models or else its own.

    Its parts are ``app.extensions["kb"]`` (see wiring.Edge): who makes the app starts its background work and closes
    it. Raises RuntimeError when a route declares no permission.
    """
    from web.application import assemble
    from web.wiring import build_edge

    return assemble(build_edge(settings, threads=threads, clock=clock, models=models))
