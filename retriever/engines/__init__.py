"""The engine protocol: propose passages, nothing more. Every implementation passes tests/contracts/test_engine.py.

An engine is fed from the outbox: what an article shows to one audience is always replaced whole, so replaying or
repeating an event is harmless. The checkpoint is written last, after everything that it promises is durable. What an
engine returns is only a proposal until scope.py has passed it; how its scores are weighed is not its business
(ranking/fusion.py). All statistics that it uses are of texts whose audience the asker belongs to: a hidden text moves
no score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.messages.message import Message
from retriever.records import EngineQuery, Health, Passage, PendingText, Proposals

PUBLIC = frozenset({"public"})  # what citizens may see; whoever may see more searches all
ALL = PUBLIC | {"agent"}


class Engine(Protocol):
    """A search engine over passages."""

    name: str

    def put(self, articles: Iterable[tuple[str, Sequence[Passage]]], *, checkpoint: int) -> None:
        """Replace each article's passages (an empty sequence removes them), then move to ``checkpoint``.

        What did not change is left as it is. When it ends early, the checkpoint tells that it must be done again.
        """

    def remove(self, article_ids: Iterable[str], *, checkpoint: int) -> None:
        """Forget these articles, then move to ``checkpoint``."""

    def propose(self, query: EngineQuery) -> Proposals:
        """What the filters let through of the best by words, by vectors and by whole articles, with raw scores.

        EmbeddingDown when a stored vector is damaged: words can still be searched.
        """

    def fetch(self, ids: Sequence[str]) -> dict[str, Passage]:
        """The passages that were just proposed under these ids; one that has been replaced since may be missing."""

    def idf(self, terms: Sequence[str], audiences: frozenset[str]) -> dict[str, float]:
        """Inverse document frequency of each term over the passages of these audiences (BM25's, never negative)."""

    def words(self, limit: int, audiences: frozenset[str]) -> list[tuple[str, int]]:
        """At most ``limit`` index terms with how many passages of these audiences hold each, the most frequent first.

        Passages that were replaced lately may still count.
        """

    def checkpoint(self) -> int:
        """The last outbox id whose effect is durably in this engine; 0 for an empty one."""

    def pending_texts(self, limit: int) -> list[PendingText]:
        """At most ``limit`` texts that have no vector yet, newest first."""

    def put_vectors(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep the vectors of these pending texts; EmbeddingDown when one is not of length 1."""

    def pending_vectors(self) -> int:
        """How many texts are searchable by words but have no vector yet."""

    def articles(self) -> dict[str, tuple[str, ...]]:
        """Article id -> sorted passage ids, for ``kb index verify``."""

    def damage(self) -> list[Message]:
        """What is damaged of the engine's own storage, one line each, for ``kb index verify``; reads all of it."""

    def health(self, audiences: frozenset[str] = ALL) -> Health:
        """Whether it can answer, and how much it holds of what these audiences may see; looks at a part of the vectors
        each time."""

    def close(self) -> None:
        """Release files and locks; the engine is not used afterwards."""
