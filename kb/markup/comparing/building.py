"""Writing the merged document: leaves of both texts with marks of what came and went, at places of their own.

In the merged document ``open`` and ``close`` pieces of ``del`` and ``ins`` stand around what only one text has. Its
places count characters of a text of its own; ``origins`` tell which of them the new text's characters have become.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from kb.markup.comparing.leaves import Part, Run, Texts, Word, compared
from kb.markup.document import Block, Document, Piece

LEAVES = frozenset(("paragraph", "heading", "cell", "code"))
OLD_NOTE = "\0"  # before the label of a footnote that only the old text has
_TAGS = {"-": "del", "+": "ins"}
KEPT_OLD = "="  # the sign of words that stayed, where the old form of them is written


@dataclass(frozen=True, slots=True)
class Origin:
    """A stretch of the new source, and where it stands in the merged document."""

    source: int
    length: int
    merged: int


class Builder:
    """One merged document in the making."""

    def __init__(self, old: Texts, new: Texts) -> None:
        self.old, self.new = old, new
        self.renamed: dict[str, str] = {}  # labels of the old text's footnotes that the new one has as well
        self._text: list[str] = []
        self.at = 0
        self._pieces: list[Piece] = []
        self._leaves: list[Block] = []
        self._rows: list[int] = []
        self._row = -1
        self._origins: list[Origin] = []

    def texts(self, sign: str) -> Texts:
        """The text that a sign speaks of: what went stands in the old one, all else in the new one."""
        return self.old if sign == "-" else self.new

    def merged_leaf(self, one: Block, other: Block, mark: str = "") -> Block:
        """A leaf that became another, its words marked."""
        return self.leaf(other, compared(self.old.words(one), self.new.words(other)), mark)

    def leaf(self, like: Block, runs: Iterable[Run], mark: str = "") -> Block:
        """A leaf of these words, in the manner of another."""
        block = Block(like.kind, self.at, self.at, like.level, like.label, like.tight, len(self._pieces), mark=mark)
        self._leaves.append(block)
        self._rows.append(self._row if like.kind == "cell" else -1)
        for run in runs:
            tag = _TAGS.get(run.sign)
            if tag:
                self._add("open", data=(tag, ""))
            self._write(run)
            if tag:
                self._add("close", data=(tag, ""))
        block.last, block.end = len(self._pieces), self.at
        self._skip()
        return block

    def copied(self, block: Block, sign: str, mark: str = "", signed: Mapping[int, Sequence[Run]] | None = None
               ) -> Block:
        """A block of one text with all that it holds: marked throughout by a sign, or leaf by leaf as ``signed``."""
        if block.kind in LEAVES:
            runs = signed[id(block)] if signed is not None else [Run(sign, _uncut(self.texts(sign), block))]
            return self.leaf(block, runs if block.last > block.first else (), mark)
        if block.kind in ("row", "header"):
            self.next_row()
        start = self.at
        inner = [self.copied(one, sign, signed=signed) for one in block.blocks]
        return self.around(block, inner, start, mark, sign)

    def around(self, like: Block, inner: list[Block], start: int, mark: str = "", sign: str = " ") -> Block:
        """A block that holds others, in the manner of another."""
        label = OLD_NOTE + like.label if like.label and sign == "-" else like.label
        return Block(like.kind, start, max(self.at - 1, start), like.level, label, like.tight, blocks=inner, mark=mark)

    def next_row(self) -> None:
        """The cells that follow stand in a new row."""
        self._row += 1

    def document(self, blocks: list[Block]) -> tuple[Document, tuple[Origin, ...]]:
        """What was written."""
        text = "".join(self._text)
        pieces = tuple(self._renamed(piece) for piece in self._pieces)
        root = Block("document", 0, len(text), blocks=blocks)
        return (Document(text, root, tuple(self._leaves), pieces, tuple(p.start for p in pieces), tuple(self._rows),
                         ()), tuple(self._origins))

    def _renamed(self, piece: Piece) -> Piece:
        label = piece.data if piece.kind == "note" else ""
        if not label.startswith(OLD_NOTE):
            return piece
        return piece._replace(data=self.renamed.get(label.removeprefix(OLD_NOTE), label))

    def _write(self, run: Run) -> None:
        """Words as pieces: those in a row that have one formatting inside one pair of marks."""
        parts: list[Part | Word] = []
        for word in run.words:
            parts += word.parts if word.piece is None else [word]
        for (kind, wraps), group in groupby(parts, key=lambda part: (
                (part.kind, part.wraps) if isinstance(part, Part) else ("mark", ()))):
            if kind == "mark":
                for note in group:
                    self._mark(note, run.sign)
                continue
            for wrap in wraps:
                self._add("open", data=wrap)
            for part in group:
                self._part(part, run.sign)
            for wrap in reversed(wraps):
                self._add("close", data=wrap)

    def _part(self, part: Part | Word, sign: str) -> None:
        assert isinstance(part, Part)
        if not part.text:
            return
        if part.start >= 0 and sign in (" ", "+"):
            self._origins.append(Origin(part.start, len(part.text), self.at))
        self._add("hard" if part.text == "\n" and part.kind == "text" else part.kind, part.text, part.struck)

    def _mark(self, word: Part | Word, sign: str) -> None:
        assert isinstance(word, Word) and word.piece is not None
        is_old_note = word.piece.kind == "note" and sign in ("-", KEPT_OLD)
        self._add(word.piece.kind, data=OLD_NOTE + word.piece.data if is_old_note else word.piece.data)

    def _add(self, kind: str, text: str = "", struck: bool = False, data: object = None) -> None:
        self._pieces.append(Piece(kind, text, self.at, self.at + len(text), len(self._leaves) - 1, struck, data))
        self._text.append(text)
        self.at += len(text)

    def _skip(self) -> None:
        self._text.append("\n")
        self.at += 1


def _uncut(texts: Texts, leaf: Block) -> list[Word]:
    """The leaf's text without cutting it into words, for what is marked as a whole."""
    return [part if isinstance(part, Word) else Word(part.text, part.text, (part,)) for part in texts.parts(leaf)]
