"""Where one reader cannot read the next one does, and the answer can say who read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from retriever.errors import BadResponse, ReaderDown, RetrieverError
from retriever.reader import Read, ReadableText
from retriever.reader.fallback import FallingBack, Timed
from tests.retriever.reader.texts import CARD, readable


class Stub:
    """A reader that says its own number of every unit, or fails; keeps the time that it was given."""

    def __init__(self, name: str, logit: float, error: RetrieverError | None = None) -> None:
        self.name, self.logit, self.error = name, logit, error
        self.seconds: list[float] = []

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText], *,  # noqa: ARG002
             seconds: float) -> list[Read]:
        self.seconds.append(seconds)
        if self.error:
            raise self.error
        return [Read(self.logit, np.full(len(text.passage.units), self.logit)) for text in texts]


DOWN = ReaderDown("timeout", "no reply")


def test_the_first_reader_reads_as_long_as_it_can() -> None:
    first, second = Stub("far", 2.0), Stub("local", 1.0)
    reading = FallingBack(Timed(first, 4.0), Timed(second, 0.2)).read("补卡", [], readable(CARD))
    assert (reading.by, reading.fell_back, reading.reads[0].passage) == ("far", False, 2.0)
    assert (first.seconds, second.seconds) == ([4.0], [])


def test_the_second_reads_in_its_own_time_where_the_first_cannot(caplog: pytest.LogCaptureFixture) -> None:
    second = Stub("local", 1.0)
    reading = FallingBack(Timed(Stub("far", 2.0, DOWN), 4.0), Timed(second, 0.2)).read("补卡", [], readable(CARD))
    assert (reading.by, reading.fell_back, reading.reads[0].passage) == ("local", True, 1.0)
    assert second.seconds == [0.2]
    assert caplog.messages == ["reader down: timeout"]


def test_where_none_can_read_the_last_says_why() -> None:
    last = ReaderDown("no_weights", "there is no file of weights")
    readers = FallingBack(Timed(Stub("far", 2.0, DOWN), 4.0), Timed(Stub("local", 1.0, last), 0.2))
    with pytest.raises(ReaderDown) as caught:
        readers.read("补卡", [], readable(CARD))
    assert caught.value is last


def test_what_must_not_fall_back_does_not() -> None:
    broken = BadResponse("shape", "another number of units")
    readers = FallingBack(Timed(Stub("far", 2.0, broken), 4.0), Timed(Stub("local", 1.0), 0.2))
    with pytest.raises(BadResponse):
        readers.read("补卡", [], readable(CARD))
