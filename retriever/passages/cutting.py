"""Cutting a revision's text into passages that follow its structure: ``text == source[start:end]`` always.

A passage is a section where the model can read it whole, else a run of its paragraphs, items and rows, about as long as
the model reads well; the first one below a heading begins at that heading. Whatever the first unit of a passage depends
on (a table's header row, a list's lead-in, the question printed above an answer) is carried along as context, and a
question is not parted from the beginning of its answer. Linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from kb.markup.document import Block, Document
from kb.markup.parse import parse
from retriever.passages.parts import Leaves
from retriever.passages.sections import Section, leaves_of, sections
from retriever.passages.units import units
from retriever.records import Unit

# Characters: the model reads 512 tokens, which are about 700 characters of Chinese or 2,000 of English. A section up to
# WHOLE stays whole; a longer one is cut into about TARGET. A paragraph longer than twice that is cut at sentence ends.
# Chinese sections of 500 to 650 characters kept whole cost the policy notices a point of answer_f1 (docs/quality.md).
TARGET_HAN, WHOLE_HAN = 500, 500
TARGET_LATIN, WHOLE_LATIN = 1_100, 1_700
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Cut:
    """One passage of a source: its place, the headings above it, its text as shown below its headings, what is matched
    but not quoted, and its units."""

    heading_path: tuple[str, ...]
    start: int
    end: int
    body: str
    context: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class _Atom:
    """The smallest piece, never cut further: its place and the length of its shown text."""

    start: int
    end: int
    size: int


def split(source: str) -> list[Cut]:
    """The passages of a source in reading order; they do not overlap and each says something."""
    cutter = _Cutter(parse(source))
    for section in sections(cutter.document):
        cutter.section(section)
    return cutter.cuts


def embedding_text(title: str, heading_path: tuple[str, ...], context: str, body: str) -> str:
    """What the model reads of a passage: where it stands, then what it says."""
    headings = [h for h in heading_path if h != title]
    return "\n".join(part for part in (" › ".join((title, *headings)), context, body) if part)


class _Cutter:
    """The passages so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.cuts: list[Cut] = []
        shown = document.visible(0, len(document.source))
        is_han = len(_HAN.findall(shown)) * 4 > len(shown)
        self._target, self._whole = (TARGET_HAN, WHOLE_HAN) if is_han else (TARGET_LATIN, WHOLE_LATIN)
        self._leaves = Leaves(document)
        self._units = units(document, self._leaves)
        self._starts = [u.start for u in self._units]
        self._headed: int | None = None  # where the headings begin that no passage has yet

    def section(self, section: Section) -> None:
        """The passages of one section; headings without text begin the next one's first."""
        if self._headed is None:
            self._headed = section.start
        atoms = [atom for block in section.blocks for leaf in leaves_of(block) for atom in self._atoms(leaf)]
        if not atoms:
            return
        sizes = [0]
        for atom in atoms:
            sizes.append(sizes[-1] + atom.size)
        first = 0
        if sizes[-1] > self._whole:
            for n in range(1, len(atoms)):
                if sizes[n + 1] - sizes[first] > self._target and n > first:
                    at = self._cut_before(atoms, first, n, sizes)
                    self._close(section, atoms[first:at])
                    first = at
        self._close(section, atoms[first:])

    def _atoms(self, leaf: Block) -> list[_Atom]:
        """The leaf, or its sentences in runs where it is very long."""
        shown = self.document.visible(leaf.start, leaf.end)
        size = len(shown)
        if not shown.strip():
            return []
        if size <= 2 * self._target or leaf.kind in ("row", "header"):
            return [_Atom(leaf.start, leaf.end, size)]
        found: list[_Atom] = []
        start, size = leaf.start, 0
        parts = self._leaves.of(leaf).parts
        for n, part in enumerate(parts, 1):
            size += len(part.text)
            if n == len(parts) or size + len(parts[n].text) > self._target:
                written = self.document.source[start:part.until if n < len(parts) else leaf.end]
                found.append(_Atom(start, start + len(written.rstrip()), size))
                start, size = part.until, 0
        return found

    def _cut_before(self, atoms: Sequence[_Atom], first: int, n: int, sizes: Sequence[int]) -> int:
        """Where to cut before atom ``n``: before what its first unit depends on, where that stands right above it."""
        leads = self._leads(atoms[n].start, atoms[n].end)
        if not leads or _WORD.search(self.document.visible(leads[-1][1], atoms[n].start)):
            return n
        at = bisect_right([atom.start for atom in atoms[first:n]], leads[0][0]) - 1 + first
        return at if at > first and sizes[n + 1] - sizes[at] <= 2 * self._target else n

    def _leads(self, start: int, end: int) -> list[tuple[int, int]]:
        """What the first unit that begins between two places depends on, of what stands before them."""
        at = bisect_left(self._starts, start)
        if at == len(self._units) or self._starts[at] >= end:
            return []
        return [lead for lead in self._units[at].leads if lead[0] < start]

    def _close(self, section: Section, atoms: Sequence[_Atom]) -> None:
        """End the passage: these atoms, with the headings waiting above them."""
        body, end = atoms[0].start, atoms[-1].end
        start = body if self._headed is None else self._headed
        self._headed = None
        inside = self._units[bisect_left(self._starts, body):bisect_left(self._starts, end)]
        context = "\n".join(self.document.said(*lead)[:self._target] for lead in self._leads(body, end)
                            if lead[0] < start)
        self.cuts.append(Cut(section.path, start, end, self.document.visible(body, end).strip(), context,
                             tuple(u for u in inside if u.end <= end)))
