"""The speller in use: made of the index's words and the articles' names, made anew when either changes.

Making one takes a second at a hundred thousand passages. Where a background thread follows the outbox, that thread does
it and questions go on with the last one; elsewhere the question does that needs it.
"""

from __future__ import annotations

import logging
import threading
from time import monotonic

from kb.db import Database
from kb.feed import published_titles
from retriever.embedding import Embedder
from retriever.engines import Engine
from retriever.errors import EngineDown
from retriever.language.analysis import Analyser, normalise
from retriever.language.spelling import MOST_TERMS, Speller

log = logging.getLogger(__name__)

_PAUSE = 30.0  # making spellers takes at most a thirtieth of a background thread's time


class Vocabulary:
    """Keeps the speller. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._speller: Speller | None = None
        self._made_of: tuple[int, int] = (0, -1)  # engine, its checkpoint
        self._rest_until = 0.0

    @property
    def speller(self) -> Speller | None:
        """The last one made."""
        return self._speller

    def refresh(self, database: Database, engine: Engine, analyser: Analyser, embedder: Embedder | None, *,
                rests: bool = False) -> None:
        """Make the speller of the present state, unless it is; ``rests`` leaves others their time in between.

        An engine that is down leaves the speller as it is.
        """
        try:
            with self._lock:
                state = (id(engine), engine.checkpoint())
                if state == self._made_of or (rests and monotonic() < self._rest_until):
                    return
                began = monotonic()
                with database.reading() as session:
                    names = {normalise(name) for row in published_titles(session) for name in (row.title, *row.names)}
                self._speller = Speller(engine.words(MOST_TERMS), sorted(names), analyser, rarity=engine.rarity,
                                        is_common=embedder.is_word if embedder else None)
                self._made_of = state
                self._rest_until = monotonic() + _PAUSE * (monotonic() - began)
        except EngineDown as error:
            log.warning("no speller: %s", error.code)
