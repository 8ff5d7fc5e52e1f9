"""A document's leaves cut into sentences, each leaf once however many passages and units ask for it.

A footnote is asked for by every unit that refers to it, a long paragraph by the passages and by the units: cut anew
each time, a text of a few pages with one long footnote took seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.markup.document import Block, Document
from retriever.passages.sentences import clauses, sentences
from retriever.passages.shown import Shown, Span

LONGEST = 400  # characters of one unit; a longer sentence is cut at its commas
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence of a leaf, and its place in the source."""

    text: str
    span: Span
    until: int  # in the source, where the next one begins: a footnote's mark may stand behind the full stop
    is_on_new_line: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a page shows of a leaf block, and its sentences: none longer than LONGEST, but where one holds a longer
    stretch that the source spells otherwise."""

    shown: Shown
    parts: tuple[Part, ...]


class Leaves:
    """The leaves of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._cut: dict[tuple[int, int, int], Leaf] = {}

    def of(self, block: Block) -> Leaf:
        """The leaf that this block is; an item's first text is one block with its mark and without."""
        key = (block.first, block.last, block.end)
        found = self._cut.get(key)
        if found is None:
            shown = Shown.of(self.document, block)
            found = self._cut[key] = Leaf(shown, tuple(_parts(shown, block.end)))
        return found


def _clauses(shown: Shown, start: int, stop: int) -> list[Span]:
    """A long sentence cut at its commas, where both sides have places of their own in the source."""
    found: list[Span] = []
    for a, b in clauses(shown.text[start:stop], LONGEST):
        if found and shown.is_inside(start + a):
            found[-1] = (found[-1][0], start + b)
        else:
            found.append((start + a, start + b))
    return found


def _parts(shown: Shown, end: int) -> list[Part]:
    """The sentences of a leaf that ends at ``end``."""
    found: list[tuple[int, int, Span]] = []
    for start, stop in sentences(shown.text, shown.wrapped, shown.whole):
        cut = [(start, stop)] if stop - start <= LONGEST else _clauses(shown, start, stop)
        found += [(a, b, shown.source_of(a, b)) for a, b in cut if _WORD.search(shown.text, a, b)]
    lines, ends = set(shown.wrapped), [*(span[0] for _, _, span in found[1:]), end][:len(found)]
    return [Part(" ".join(shown.text[a:b].split()), span, until, a in lines)
            for (a, b, span), until in zip(found, ends, strict=True)]
