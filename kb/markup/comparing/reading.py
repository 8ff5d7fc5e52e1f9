"""Reading a merged document: one side of it, which blocks changed, where, and the figures that did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.markup.comparing.building import LEAVES, Origin
from kb.markup.comparing.merging import Merged
from kb.markup.comparing.words import cut, is_figure
from kb.markup.document import SHOWN, Block, Document, Piece

_OF_OLD, _OF_NEW = frozenset(("gone", "from", "was")), frozenset(("come", "to", "now"))


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one changed stretch: those that went and those that came."""

    gone: tuple[str, ...]
    come: tuple[str, ...]


def old_side(merged: Merged) -> Document:
    """The old text as it stands in the merged document, what went still marked."""
    return _without(merged.document, "ins", _OF_NEW)


def new_side(merged: Merged) -> Document:
    """The new text, what came still marked."""
    return _without(merged.document, "del", _OF_OLD)


def _without(document: Document, tag: str, marks: frozenset[str]) -> Document:
    pieces: list[Piece] = []
    leaves: list[Block] = []

    def kept(block: Block) -> Block:
        if block.kind not in LEAVES:
            return replace(block, blocks=[kept(inner) for inner in block.blocks if inner.mark not in marks])
        first = len(pieces)
        pieces.extend(_outside(document.pieces[block.first:block.last], tag))
        leaves.append(replace(block, first=first, last=len(pieces)))
        return leaves[-1]

    root = kept(document.root)
    return replace(document, root=root, leaves=tuple(leaves), pieces=tuple(pieces),
                   starts=tuple(piece.start for piece in pieces))


def _outside(pieces: Sequence[Piece], tag: str) -> Iterator[Piece]:
    is_inside = False
    for piece in pieces:
        if piece.kind in ("open", "close") and piece.data[0] == tag:
            is_inside = piece.kind == "open"
        elif not is_inside:
            yield piece


def is_changed(document: Document, block: Block) -> bool:
    """Whether something of the block went, came, or stands elsewhere."""
    if block.mark:
        return True
    if block.kind in LEAVES:
        return any(piece.kind == "open" and piece.data[0] in ("del", "ins")
                   for piece in document.pieces[block.first:block.last])
    return any(is_changed(document, inner) for inner in block.blocks)


def changed_figures(document: Document, block: Block) -> list[Figures]:
    """The figures that went and came, leaf by leaf; those that only stand elsewhere in it are none."""
    found: list[Figures] = []
    for leaf in _leaves(block):
        gone, come = ([word for word in cut(_marked_text(document, leaf, tag)) if is_figure(word)]
                      for tag in ("del", "ins"))
        left = [word for word in gone if word not in come], [word for word in come if word not in gone]
        if any(left):
            found.append(Figures(tuple(left[0]), tuple(left[1])))
    return found


def _leaves(block: Block) -> Iterator[Block]:
    if block.kind in LEAVES:
        yield block
    for inner in block.blocks:
        yield from _leaves(inner)


def _marked_text(document: Document, leaf: Block, tag: str) -> str:
    parts: list[str] = []
    is_inside = False
    for piece in document.pieces[leaf.first:leaf.last]:
        if piece.kind in ("open", "close") and piece.data[0] == tag:
            is_inside = piece.kind == "open"
            parts.append(" ")
        elif is_inside and piece.kind in SHOWN:
            parts.append(piece.text)
    return "".join(parts)


def shown_at(origins: Sequence[Origin], start: int, end: int) -> tuple[int, int] | None:
    """Where a stretch of the new source stands in the merged document; None where nothing shows it."""
    found = [(max(start, o.source) - o.source + o.merged, min(end, o.source + o.length) - o.source + o.merged)
             for o in origins if o.source < end and o.source + o.length > start]
    return (found[0][0], found[-1][1]) if found else None
