"""What a parsed text consists of: blocks, and the pieces of text that a page shows, each with its place in the source.

Values alone; kb/markup/parse.py makes them. Offsets count characters of the source.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SHOWN = frozenset(("text", "code", "soft", "hard"))  # kinds of pieces that are text on a page


class Piece(NamedTuple):
    """A run of a leaf block: shown text, or where formatting opens and closes.

    ``kind`` is text, code, soft (the end of a wrapped line: a blank, or nothing between Chinese characters), hard (a
    line break), note (a footnote's mark; ``data`` its label), task (a box; ``data`` whether it is ticked), open or
    close (``data`` is (tag, address)); inline code's ``data`` is its range with its marks. Where ``end - start ==
    len(text)``, ``text[i]`` stands at ``start + i``; else the source spells it otherwise (``&amp;``) and all of it
    stands for all of that stretch.
    """

    kind: str
    text: str
    start: int
    end: int
    leaf: int
    struck: bool
    data: Any = None

    @property
    def is_literal(self) -> bool:
        """Whether each character has a place of its own."""
        return self.end - self.start == len(self.text)


@dataclass(slots=True)
class Block:
    """A block: its kind, its source range, what it holds.

    ``kind`` is document, heading (``level`` 1 to 6), paragraph, list (``level`` its first number, -1 with bullets),
    item, quote, table, header (the table's head), row, cell, code, rule or footnote (``label``). Leaves hold the pieces
    ``first`` to ``last`` of the document; the others hold blocks. A ``tight`` paragraph is an item's own text. ``mark``
    is empty but in a document that two texts were merged into: what became of the block (see ``comparing.merging``).
    """

    kind: str
    start: int
    end: int
    level: int = 0
    label: str = ""
    tight: bool = False
    first: int = 0
    last: int = 0
    blocks: list[Block] = field(default_factory=list)
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A stretch of a source that its author should be warned about.

    ``kind`` is comment or definition (of a link), which are on no page; hidden_element, which asks browsers to hide it
    and is shown, as text; or unclosed_comment, which inside a line is shown and as a block is not.
    """

    kind: str
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed source. ``leaves`` are its leaf blocks in order; a piece names its leaf by its place there."""

    source: str
    root: Block
    leaves: Sequence[Block]
    pieces: Sequence[Piece]
    starts: Sequence[int]  # of the pieces
    rows: Sequence[int]  # for each leaf, the number of the row it is a cell of; -1 for none
    hidden: tuple[Hidden, ...]

    def between(self, start: int, end: int) -> Iterator[Piece]:
        """The shown pieces that touch this range, cut to it where their characters have places; struck ones too."""
        at = bisect_right(self.starts, start)
        while at and self.pieces[at - 1].end > start:
            at -= 1
        for piece in self.pieces[at:bisect_left(self.starts, end)]:
            if piece.kind not in SHOWN or piece.end <= start:
                continue
            if piece.is_literal and (piece.start < start or piece.end > end):
                low, high = max(start, piece.start), min(end, piece.end)
                piece = piece._replace(text=piece.text[low - piece.start:high - piece.start], start=low, end=high)
            yield piece

    def visible(self, start: int, end: int, *, struck: bool = False) -> str:
        """What a page shows of a range, without what is struck out: blocks and broken lines on lines of their own, a
        row's cells with blanks between them."""
        parts: list[str] = []
        leaf = -1
        for piece in self.between(start, end):
            if piece.struck and not struck:
                continue
            if leaf not in (-1, piece.leaf):
                parts.append(" " if self.rows[leaf] == self.rows[piece.leaf] != -1 else "\n")
            leaf = piece.leaf
            parts.append(piece.text)
        return "".join(parts)

    def said(self, start: int, end: int) -> str:
        """What a page shows of a range, on one line."""
        return " ".join(self.visible(start, end).split())

    def text_of(self, block: Block) -> str:
        """What a page shows of a block, on one line."""
        return self.said(block.start, block.end)


def footnotes(block: Block) -> Iterator[Block]:
    """The footnotes that are defined in a block, in quotes and lists too."""
    for inner in block.blocks:
        if inner.kind == "footnote":
            yield inner
        yield from footnotes(inner)


def numbers_of_footnotes(document: Document) -> dict[str, int]:
    """Footnotes' numbers by label: in the order in which the text refers to them, then the others."""
    written = [note.label for note in footnotes(document.root)]
    met = [p.data for p in document.pieces if p.kind == "note" and p.data in set(written)]
    return {label: n for n, label in enumerate(dict.fromkeys((*met, *written)), 1)}
