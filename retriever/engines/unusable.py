"""In place of an engine whose files cannot be opened: everything it is asked for is refused with the reason.

So a server starts, answers by the database's own search, says so in every answer and in /readyz, and takes the next
index into use as soon as one is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from retriever.engines import ALL
from retriever.errors import EngineDown
from retriever.records import EngineQuery, Passage


class UnusableEngine:
    """See :class:`retriever.engines.Engine`; each call but closing raises the error that kept it from opening."""

    name = "embedded"

    def __init__(self, error: EngineDown) -> None:
        self._error = error

    def _refuse(self) -> NoReturn:
        raise EngineDown(self._error.code, self._error.template, **self._error.facts)

    def put(self, articles: Iterable[tuple[str, Sequence[Passage]]], *, checkpoint: int) -> None:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def remove(self, article_ids: Iterable[str], *, checkpoint: int) -> None:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def propose(self, query: EngineQuery) -> NoReturn:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def fetch(self, ids: Sequence[str]) -> NoReturn:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def idf(self, terms: Sequence[str], audiences: frozenset[str]) -> NoReturn:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def words(self, limit: int, audiences: frozenset[str]) -> NoReturn:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def checkpoint(self) -> NoReturn:
        """See the protocol."""
        self._refuse()

    def pending_texts(self, limit: int) -> NoReturn:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def put_vectors(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def pending_vectors(self) -> NoReturn:
        """See the protocol."""
        self._refuse()

    def articles(self) -> NoReturn:
        """See the protocol."""
        self._refuse()

    def damage(self) -> NoReturn:
        """See the protocol."""
        self._refuse()

    def health(self, audiences: frozenset[str] = ALL) -> NoReturn:  # noqa: ARG002
        """See the protocol."""
        self._refuse()

    def close(self) -> None:
        """See the protocol."""
