"""Reading: question and passage together, one score for the passage and one for each of its units.

Two readers serve the protocol: the packaged one on this machine (local.py), and any OpenAI-compatible chat endpoint
(endpoint.py). Neither writes a word of an answer: they say which units belong to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retriever.records import Passage

PACKAGED = Path(__file__).with_name("reader.onnx")  # its fitted numbers stand beside it, in reader.json


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a reader says of one passage.

    ``passage`` is the logit that it answers; ``units`` (n,) float64 are the logits that each of the passage's units
    belongs to the answer, ``-inf`` for one that was not read.
    """

    passage: float
    units: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReadableText:
    """A passage with the source that its units' offsets count in."""

    passage: Passage
    source: str


class Reader(Protocol):
    """Reads passages for a question. Implementations are safe for several threads."""

    @property
    def name(self) -> str:
        """What an answer says of who read it: ``local``, or the endpoint's model."""
        ...

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText], *,
             seconds: float) -> list[Read]:
        """The passages read, in their order, until the time is spent or the reader is sure: at least one, perhaps
        fewer than given.

        ``earlier`` are the caller's turns before the question, oldest first. Raises ReaderDown when it cannot read.
        """
        ...
