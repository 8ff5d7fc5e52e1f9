"""The values that the extractor gives, and the form in which a text is read by it.

A value is written in one way however the text writes it: 二十五元 and 25 元 are 25 CNY, 半年 is 6 month, 9折 is 90
percent, 7月1日前 is ``/--07-01``. Offsets count characters of what was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

KINDS = ("money", "percent", "duration", "age", "quantity", "phone", "hours", "date", "document", "clause", "address",
         "free")
MEASURES = frozenset(("money", "percent", "duration", "age", "quantity"))  # kinds whose value is a number
BREAKS = "，。；：、！？（）()|,;:!?\n\t《》“”\"【】"  # where a clause ends
HAN = "\u3400-\u9fff〇"

_WIDTHS: dict[int, str] = {0xFF01 + n: chr(0x21 + n) for n in range(94) if chr(0x21 + n) not in "!(),:;?"}
_WIDTHS |= dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-") | dict.fromkeys(map(ord, "～〜"), "~")
_WIDTHS |= {0x3000: " ", 0xA0: " ", 0xFFE5: "¥", 0xFFE1: "£"}
_LATIN = re.compile("[A-Za-z]{2}")
_TO_BREAKS = dict.fromkeys(map(ord, BREAKS), "\n")
_SENTENCE = re.compile(r"[。；！？;!?\n|]|\.(?=\s)")


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure as a text states it.

    ``kind`` is one of :data:`KINDS`; ``value`` is a decimal numeral for :data:`MEASURES`, else the number, span of time
    or name in its one form; ``op`` is eq, le, lt, ge or gt. ``free`` says that nothing is charged, and has value 0.
    ``attribute`` is what the figure is of, ``conditions`` are the words that say when it holds.
    """

    kind: str
    value: str
    start: int
    end: int
    unit: str = ""
    op: str = "eq"
    attribute: str = ""
    conditions: tuple[str, ...] = ()
    core: tuple[int, int] = (0, 0)  # the figure itself without the words that bound it; (0, 0): all of it

    @property
    def figure(self) -> tuple[int, int]:
        """Where the figure itself stands, which another may take the place of."""
        return self.core if self.core[1] else (self.start, self.end)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is the same wherever the same figure is stated."""
        return self.kind, self.value, self.unit, self.op

    @property
    def number(self) -> Decimal:
        """The value of a measure."""
        return Decimal(self.value)


class Line:
    """A stretch of text that is read as one, its characters folded one by one, and what of it is spoken for."""

    def __init__(self, text: str) -> None:
        self.written = text
        self.text = text.translate(_WIDTHS)
        self._taken = bytearray(len(text))
        self._broken = self.text.translate(_TO_BREAKS)

    def take(self, start: int, end: int) -> None:
        """Nobody else reads these characters."""
        self._taken[start:end] = b"\1" * (end - start)

    def is_free(self, start: int, end: int) -> bool:
        """Whether nobody has read any of these characters."""
        return 1 not in self._taken[start:end]

    def before(self, at: int, longest: int = 40) -> str:
        """The clause up to a place."""
        return self._broken[max(0, at - longest):at].rpartition("\n")[2]

    def after(self, at: int, longest: int = 40) -> str:
        """The clause from a place on."""
        return self._broken[at:at + longest].partition("\n")[0]

    @property
    def has_latin(self) -> bool:
        """Whether there are letters that English words are made of."""
        return _LATIN.search(self.text) is not None

    def sentence(self, at: int) -> tuple[int, int]:
        """The sentence around a place."""
        start, end = 0, len(self.text)
        for found in _SENTENCE.finditer(self.text):
            if found.end() <= at:
                start = found.end()
            else:
                end = found.start()
                break
        return start, end


def written(value: Decimal) -> str:
    """A number in its one form: no exponent, no trailing noughts."""
    text = format(value.normalize(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
