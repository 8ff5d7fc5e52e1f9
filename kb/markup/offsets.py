"""Places of bytes as places of characters: the parser counts the ones, everybody else the others."""

from __future__ import annotations

from itertools import accumulate

_BLOCK = 256
_INNER = bytes(range(0x80, 0xC0))  # bytes that continue a character


class Offsets:
    """Places of bytes in UTF-8 as places of characters: of each block of bytes it is known how many begin before it."""

    def __init__(self, text: str) -> None:
        self._bytes = text.encode()
        counts = (len(self._bytes[at:at + _BLOCK].translate(None, _INNER)) for at in range(0, len(self._bytes), _BLOCK))
        self._before = (0, *accumulate(counts))

    def __call__(self, byte: int) -> int:
        block = byte // _BLOCK
        return self._before[block] + len(self._bytes[block * _BLOCK:byte].translate(None, _INNER))
