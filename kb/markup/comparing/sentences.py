"""Which version of a text brought each of its sentences: what a page shows, sentence by sentence, a row as one.

A sentence is as old as the first version in an unbroken line that has it, wherever in the text it stood. One that was
taken out and came back is as old as its return.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.markup.alignment import same_lines
from kb.markup.comparing.building import LEAVES
from kb.markup.document import Block, Document
from kb.markup.parse import parse

_SENTENCE = re.compile(r"[^。！？；!?\n]*(?:[。！？；!?]+[”’）」』）)]*|\n|$)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as a page shows it; ``block`` numbers the paragraph, heading or row that it stands in, of ``kind`` and
    ``level`` as in the parse."""

    text: str
    block: int
    kind: str
    level: int


@dataclass(frozen=True, slots=True)
class Dated:
    """A sentence of the last version, and which version brought it (its place among those given)."""

    sentence: Sentence
    since: int


def dated(versions: Sequence[str]) -> list[Dated]:
    """The sentences of the last of these sources, oldest first, each with the version that brought it."""
    found: list[Dated] = []
    for n, source in enumerate(versions):
        sentences = list(sentences_of(parse(source)))
        since = {one.sentence.text: one.since for one in found}
        kept = {j: found[i].since for i, j in same_lines([one.sentence.text for one in found],
                                                        [one.text for one in sentences])}
        found = [Dated(one, kept.get(at, since.get(one.text, n))) for at, one in enumerate(sentences)]
    return found


def sentences_of(document: Document) -> Iterator[Sentence]:
    """The sentences of a document in reading order."""
    for n, block in enumerate(_units(document.root)):
        if block.kind in ("row", "header"):
            text = " | ".join(document.text_of(cell) for cell in block.blocks)
            if text.strip(" |"):
                yield Sentence(text, n, block.kind, 0)
            continue
        shown = document.visible(block.start, block.end)
        for part in [shown] if block.kind in ("heading", "code") else _SENTENCE.findall(shown):
            text = " ".join(part.split())
            if text:
                yield Sentence(text, n, block.kind, block.level)


def _units(block: Block) -> Iterator[Block]:
    if block.kind in LEAVES or block.kind in ("row", "header"):
        yield block
        return
    for inner in block.blocks:
        yield from _units(inner)
