"""Statements compiled once for all the databases that tests make.

SQLAlchemy keeps what it has compiled with each engine, under the engine's dialect; as every test has an engine of its
own, two fifths of a test's time went into compiling what the one before it had compiled. Here the first dialect of a
kind serves all engines of that kind, as one serves all statements of a running installation.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.util import LRUCache

_MOST = 2000  # statements; an installation of one engine keeps 500
_dialects: dict[tuple[str, str], Dialect] = {}
_compiled: LRUCache[Any, Any] = LRUCache(_MOST)


def compile_once() -> None:
    """From now on, in this process."""
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    engine = connection.engine
    shared = _dialects.setdefault((engine.dialect.name, engine.dialect.driver), engine.dialect)
    connection.dialect = engine.dialect = shared
    connection.execution_options(compiled_cache=_compiled)
