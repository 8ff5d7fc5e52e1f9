"""A document's sections: a heading with the blocks below it, up to the next heading of any level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kb.markup.document import Block, Document


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands directly below it.

    ``path`` are the headings above and its own; ``start`` is where its heading begins, ``body`` where the text below it
    does (``end`` for an empty one). ``place`` counts the sections; its neighbours have the places beside it.
    """

    place: int
    path: tuple[str, ...]
    start: int
    body: int
    end: int
    blocks: tuple[Block, ...]


def sections(document: Document) -> list[Section]:
    """The sections in reading order; what stands before the first heading is one with an empty path."""
    found: list[Section] = []
    path: list[tuple[int, str]] = []
    heading: Block | None = None
    blocks: list[Block] = []

    def close() -> None:
        if heading is None and not blocks:
            return
        start = heading.start if heading else blocks[0].start
        end = blocks[-1].end if blocks else heading.end if heading else start
        body = blocks[0].start if blocks else end
        found.append(Section(len(found), tuple(title for _, title in path), start, body, end, tuple(blocks)))

    for block in document.root.blocks:
        if block.kind != "heading":
            blocks.append(block)
            continue
        close()
        heading, blocks = block, []
        path = [(n, t) for n, t in path if n < block.level] + [(block.level, document.text_of(block))]
    close()
    return found


def leaves_of(block: Block) -> Iterator[Block]:
    """What a block may be cut into: its paragraphs, its items' texts with their marks, its rows, code.

    The first text of an item or footnote begins where that does.
    """
    if block.kind in ("list", "quote", "table", "item", "footnote"):
        for n, inner in enumerate(block.blocks):
            for leaf in leaves_of(inner):
                if n == 0 and block.kind in ("item", "footnote") and leaf.start == inner.start:
                    yield Block(leaf.kind, block.start, leaf.end, first=leaf.first, last=leaf.last, blocks=leaf.blocks)
                else:
                    yield leaf
    elif block.kind != "rule":
        yield block
