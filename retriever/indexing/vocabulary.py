"""The spellers in use: one for each set of audiences, made of the words that those may see, made anew when they change.

Making one takes a second at a hundred thousand passages. Where a background thread follows the outbox, that thread does
it and questions go on with the last one; elsewhere the question does that needs it. A citizen's knows the words and the
names of public texts only: how an internal text is worded must not change how a citizen's question is read.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import partial
from time import monotonic

from kb.articles.feed import published_titles
from kb.db import Database
from retriever.embedding import Embedder
from retriever.engines import ALL, PUBLIC, Engine
from retriever.errors import EngineDown
from retriever.language.analysis import Analyser, normalise
from retriever.language.spelling import MOST_TERMS, Speller

log = logging.getLogger(__name__)

EVERYONE = (PUBLIC, ALL)
_PAUSE = 30.0  # making spellers takes at most a thirtieth of a background thread's time


@dataclass(frozen=True, slots=True)
class _Made:
    speller: Speller
    engine: Engine
    checkpoint: int
    rest_until: float


class Vocabulary:
    """Keeps the spellers. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[frozenset[str], _Made] = {}

    def speller(self, audiences: frozenset[str]) -> Speller | None:
        """The last one made."""
        made = self._made.get(audiences)
        return made.speller if made else None

    def refresh(self, database: Database, engine: Engine, analyser: Analyser, embedder: Embedder | None,
                audiences: frozenset[str], *, rests: bool = False) -> None:
        """Make the speller of the present state, unless it is; ``rests`` leaves others their time in between.

        An engine that is down leaves the speller as it is.
        """
        try:
            with self._lock:
                checkpoint, last = engine.checkpoint(), self._made.get(audiences)
                if last and ((last.engine is engine and last.checkpoint == checkpoint)
                             or (rests and monotonic() < last.rest_until)):
                    return
                began = monotonic()
                with database.reading() as session:
                    names = {normalise(name) for row in published_titles(session) if row.audience in audiences
                             for name in (row.title, *row.names)}
                speller = Speller(engine.words(MOST_TERMS, audiences), sorted(names), analyser,
                                  idf=partial(engine.idf, audiences=audiences),
                                  is_common=embedder.is_word if embedder else None)
                self._made[audiences] = _Made(speller, engine, checkpoint, monotonic() + _PAUSE * (monotonic() - began))
        except EngineDown as error:
            log.warning("no speller: %s", error.code)
