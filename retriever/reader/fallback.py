"""Readers in the order in which they are asked: the first that can read does, and the answer says which one it was."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from retriever.errors import ReaderDown
from retriever.reader import Read, ReadableText, Reader

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timed:
    """A reader and the seconds that it may take for one question."""

    reader: Reader
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read, and by whom; ``fell_back`` when it was not the reader that is wanted."""

    reads: list[Read]
    by: str
    fell_back: bool


class FallingBack:
    """Reads with the first reader, and with the next where it cannot. Safe for several threads, as its readers are."""

    def __init__(self, first: Timed, *others: Timed) -> None:
        self._readers = (first, *others)

    @property
    def local(self) -> Reader | None:
        """The one on this machine, whose scores others were fitted to; None where there is none."""
        return next((timed.reader for timed in self._readers if timed.reader.name == "local"), None)

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText]) -> Reading:
        """The passages read (see Reader), each reader within its own time. Raises ReaderDown when none can read."""
        for at, timed in enumerate(self._readers):
            try:
                reads = timed.reader.read(question, earlier, texts, seconds=timed.seconds)
            except ReaderDown as error:
                log.warning("reader down: %s", error.code)
                down = error
                continue
            return Reading(reads, timed.reader.name, at > 0)
        raise down
