"""The engine protocol: propose passages, nothing more. Every implementation passes tests/contracts/test_engine.py.

An engine is fed from the outbox: an article's passages are always replaced whole, together with the checkpoint, so
replaying or repeating an event is harmless. What an engine returns is only a proposal until authority.py has passed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from retriever.records import Candidate, EngineQuery, Health, Passage


class Engine(Protocol):
    """A search engine over passages."""

    name: str

    def index(self, articles: Iterable[tuple[str, Sequence[Passage]]], *, checkpoint: int) -> None:
        """Replace each article's passages (an empty sequence removes them) and move to ``checkpoint``, atomically."""

    def remove(self, article_ids: Iterable[str], *, checkpoint: int) -> None:
        """Forget these articles and move to ``checkpoint``, atomically."""

    def search(self, query: EngineQuery) -> list[Candidate]:
        """Candidates inside the filters, best of words and of vectors; each with both scores where it has them."""

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term over all passages (BM25's, natural logarithm, never negative)."""

    def words(self, limit: int) -> list[tuple[str, int]]:
        """At most ``limit`` index terms with how many passages hold each, the most frequent first.

        Passages that were replaced lately may still count.
        """

    def checkpoint(self) -> int:
        """The last outbox id whose effect is durably in this engine; 0 for an empty one."""

    def embed_pending(self, limit: int | None = None) -> int:
        """Compute missing vectors, newest first, at most ``limit``; how many were done. Safe to stop and resume."""

    def pending_vectors(self) -> int:
        """How many passages are searchable by words but have no vector yet."""

    def articles(self) -> dict[str, tuple[str, ...]]:
        """Article id -> sorted passage ids, for ``kb index verify``."""

    def health(self) -> Health:
        """Whether it can answer, and how much it holds."""

    def close(self) -> None:
        """Release files and locks; the engine is not used afterwards."""
