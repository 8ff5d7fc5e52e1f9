"""A leaf block's shown text as one string, and the way back from its characters to the source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.markup.document import SHOWN, Block, Document, Piece

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a leaf block, struck text left out: ``pieces[i]`` begins at ``starts[i]`` of ``text``."""

    text: str
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]
    formats: Mapping[int, Sequence[tuple[int, Span]]]  # first piece inside -> (piece after the last, range with marks)
    wrapped: tuple[int, ...]  # where in the text its source begins a new line

    @property
    def whole(self) -> list[Span]:
        """Where inline code stands in the text, and what the source spells otherwise."""
        return [(at, at + len(piece.text)) for at, piece in zip(self.starts, self.pieces, strict=True)
                if not piece.is_literal or (piece.kind == "code" and piece.data)]

    def is_inside(self, at: int) -> bool:
        """Whether this place lies inside a piece whose characters have no places of their own."""
        n = bisect_right(self.starts, at) - 1
        return n >= 0 and self.starts[n] < at < self.starts[n] + len(self.pieces[n].text) and \
            not self.pieces[n].is_literal

    @classmethod
    def of(cls, document: Document, leaf: Block) -> Shown:
        """The shown text of a leaf."""
        pieces: list[Piece] = []
        starts, wrapped = [], []
        formats: dict[int, list[tuple[int, Span]]] = {}
        opened: list[tuple[int, int]] = []
        at = 0
        for piece in document.pieces[leaf.first:leaf.last]:
            if piece.kind in SHOWN:
                if piece.kind == "soft":
                    wrapped.append(at + len(piece.text))
                if not piece.text or piece.struck:
                    continue
                if piece.kind == "code" and piece.data:
                    formats.setdefault(len(pieces), []).append((len(pieces) + 1, piece.data))
                pieces.append(piece)
                starts.append(at)
                at += len(piece.text)
            elif piece.kind == "open":
                opened.append((len(pieces), piece.start))
            elif piece.kind == "close":
                first, opens = opened.pop()
                formats.setdefault(first, []).append((len(pieces), (opens, piece.end)))
        return cls("".join(p.text for p in pieces), tuple(pieces), tuple(starts), formats, tuple(wrapped))

    def source_of(self, start: int, end: int) -> Span:
        """The stretch of the source that shows these characters, with the formatting that lies within it whole."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        one, other = self.pieces[first], self.pieces[last]
        low = one.start + start - self.starts[first] if one.is_literal else one.start
        high = other.start + end - self.starts[last] if other.is_literal else other.end
        if self.starts[first] < start:
            first += 1  # begun before: what it opens with is not whole
        if end < self.starts[last] + len(other.text):
            last -= 1
        for n in range(first, last + 1) if self.formats else ():
            for after, (opens, closes) in self.formats.get(n, ()):
                if n < after <= last + 1:
                    low, high = min(low, opens), max(high, closes)
        return low, high
