"""Cutting a document into units: sentences, list items, table rows and code, each with all that it depends on.

A list item depends on its lead-in and on every item above it, a table row on its header rows, an answer (a paragraph,
list or table) on the question printed before it, figures on the unit of measure in their heading: they are quoted
together, because "up to 2,000 yuan" without "only for tenants who have filed" is a wrong answer. One walk.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.markup.document import Block, Document, footnotes
from retriever.passages import tables
from retriever.passages.furniture import is_furniture
from retriever.passages.parts import LONGEST, Leaves, Part
from retriever.passages.sentences import asks, clauses, is_question, marker
from retriever.passages.shown import Shown, Span
from retriever.records import Unit

_LABEL = 60  # characters of a paragraph that only names the list or table below it
_HEAD = 80  # characters of a parent item that is quoted whole with what stands below it
_DEEPEST = 12  # enumerations of running text inside one another
_MOST_NOTES = 3
_FORWARD = re.compile(r"如下|下列|以下|\b(?:the )?following\b|as follows|\bbelow\b", re.IGNORECASE)
_OPENS = (":", "：")
# How a notice opens all that follows: it is about the whole document, and no item depends on it.
_PREAMBLE = re.compile(r"(?:^|[，,。])(?:现|特)[^。；]{0,100}(?:如下|以下)[^，。；]{0,8}$")
_ENDED = re.compile(r"[。！.!；;]\W{0,9}$")


def units(document: Document, leaves: Leaves | None = None) -> list[Unit]:
    """All units of a document in reading order; ``leaves`` are the document's, where somebody else cuts them too."""
    walk = _Walk(leaves or Leaves(document))
    walk.blocks(document.root.blocks, (), None)
    return sorted(walk.found, key=lambda unit: unit.start)


@dataclass(frozen=True, slots=True)
class _Lead:
    """What the next block may depend on: a printed question, or what opens a list or table."""

    span: Span
    is_question: bool
    unit: Unit | None = None  # a question that is a unit of its own where nothing answers it


class _Walk:
    """What was found so far."""

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self._document = document = leaves.document
        self._notes = {block.label: block for block in footnotes(document.root)}
        self._headings: list[tuple[int, Span]] = []  # the headings above: level, text
        self._opened: list[tuple[str, Span | None]] = []  # enumerations of running text: (kind of mark, their lead)
        self._head: Span | None = None  # the last of their items, where it opens what stands below it
        self.found: list[Unit] = []

    def blocks(self, blocks: Sequence[Block], leads: tuple[Span, ...], lead: _Lead | None) -> None:
        """The blocks of one container, below what all of them depend on; ``lead`` is what stands right before."""
        for n, block in enumerate(blocks):
            after = blocks[n + 1] if n + 1 < len(blocks) else None
            if block.kind == "paragraph":
                lead = self._paragraph(block, leads, lead, after)
                continue
            self._opened, self._head = [], None
            opened = (*leads, lead.span) if lead else leads
            if block.kind == "list":
                self._list(block, opened)
            elif block.kind == "table":
                self._table(block, opened)
            elif block.kind == "code":
                self._code(block, opened)
            elif block.kind in ("quote", "footnote"):
                self.blocks(block.blocks, leads, lead if block.kind == "quote" else None)
            else:
                if lead and lead.unit:
                    self.found.append(lead.unit)
                if block.kind == "heading":
                    self._titled(block)
            lead = None
        if lead and lead.unit:
            self.found.append(lead.unit)

    def _titled(self, heading: Block) -> None:
        shown = self._leaves.of(heading).shown
        self._headings = [(level, span) for level, span in self._headings if level < heading.level]
        if shown.text.strip():
            self._headings.append((heading.level, shown.source_of(0, len(shown.text))))

    # running text

    def _paragraph(self, block: Block, leads: tuple[Span, ...], lead: _Lead | None, after: Block | None,
                   *, kind: str = "sentence") -> _Lead | None:
        """A paragraph's units; what the next block may depend on."""
        leaf = self._leaves.of(block)
        shown, parts = leaf.shown, leaf.parts
        if not parts or is_furniture(shown.text):
            return lead
        if len(parts) == 1 and is_question(shown.text):
            return self._question(parts[0], leads, lead, kind)
        if not marker(parts[0].text):
            self._opened, self._head = [], None
            if lead and not lead.is_question:
                lead = None
        opening = lead.span if lead else None
        for n, part in enumerate(parts):
            mark = marker(part.text)
            if mark:
                self._enumerated(part, mark.lastgroup or "", opening, leads)
            elif n == 0 and len(parts) > 1 and asks(part.text) and not marker(parts[1].text):
                opening = part.span
            else:
                if part.is_on_new_line and self._opened:  # below an enumeration, and no item of it
                    self._opened, self._head, opening = [], None, None
                above = [span for _, span in self._opened if span] + ([self._head] if self._head else [])
                self._add(part, kind, (*leads, *(above or ([opening] if opening else []))))
                if _opens(part.text):
                    opening = part.span
        return self._opening(parts, shown, after)

    def _question(self, part: Part, leads: tuple[Span, ...], lead: _Lead | None, kind: str) -> _Lead:
        """A printed question: what comes next answers it, or it is a unit like any other."""
        if lead and lead.unit:
            self.found.append(lead.unit)
        self._opened, self._head = [], None
        notes = self._notes_of(part.span[0], part.until)
        return _Lead(part.span, True, Unit(*part.span, kind, leads, notes, part.text, self._text(leads)))

    def _opening(self, parts: Sequence[Part], shown: Shown, after: Block | None) -> _Lead | None:
        """What of a paragraph opens the block after it."""
        last = parts[-1]
        if last.text.endswith(_OPENS):
            return _Lead(last.span, False) if _opens(last.text) else None
        if self._opened or after is None or after.kind not in ("list", "table"):
            return None
        is_label = len(parts) == 1 and len(shown.text) <= _LABEL and not _ENDED.search(shown.text[-20:])
        return _Lead(last.span, False) if is_label or _FORWARD.search(last.text) else None

    def _enumerated(self, part: Part, kind: str, opening: Span | None, leads: tuple[Span, ...]) -> None:
        """An item of an enumeration in running text, below the items of the other kinds of marks that are open."""
        kinds = [k for k, _ in self._opened]
        if kind in kinds:
            del self._opened[kinds.index(kind) + 1:]
        else:
            self._opened = [*self._opened[-_DEEPEST:], (kind, self._head or (None if self._opened else opening))]
        self._add(part, "item", (*leads, *(span for _, span in self._opened if span)))
        is_title = len(part.text) <= _HEAD // 2 and not _ENDED.search(part.text[-20:])
        self._head = part.span if _opens(part.text) or is_title else None

    # lists, tables, code

    def _list(self, block: Block, leads: tuple[Span, ...]) -> None:
        for item in block.blocks:
            first = item.blocks[0] if item.blocks else None
            if first is None or first.kind != "paragraph":
                self.blocks(item.blocks, leads, None)
                continue
            rest = item.blocks[1:]
            lead = self._paragraph(first, leads, None, rest[0] if rest else None, kind="item")
            self._opened, self._head = [], None
            if not rest:
                if lead and lead.unit:
                    self.found.append(lead.unit)
                continue
            if lead and lead.is_question:
                self.blocks(rest, (*leads, lead.span), None)
                continue
            head = lead.span if lead else self._head_of(first)
            self.blocks(rest, (*leads, head) if head else leads, None)

    def _head_of(self, paragraph: Block) -> Span | None:
        """What of an item is quoted with what stands below it: all of it where it is short, else its first sentence."""
        leaf = self._leaves.of(paragraph)
        if not leaf.parts:
            return None
        first = leaf.parts[0].span
        return (first[0], leaf.parts[-1].span[1]) if len(leaf.shown.text) <= _HEAD else first

    def _table(self, block: Block, leads: tuple[Span, ...]) -> None:
        heading = next((span for _, span in reversed(self._headings)
                        if tables.states_unit(self._document.said(*span))), None)
        for row in tables.rows(self._document, block):
            stated = (heading,) if heading and row.has_bare_figure else ()
            above = (*leads, *stated, *row.headers, *row.above)
            text = " ".join(cell.text for cell in row.cells)
            self.found.append(Unit(*row.span, "row", above, self._notes_of(*row.span, above), text, self._text(above)))

    def _code(self, block: Block, leads: tuple[Span, ...]) -> None:
        """Code, whole where it is short, else line by line."""
        shown = Shown.of(self._document, block)
        text = self._text(leads)
        for start, end in _lines(shown.text):
            self.found.append(Unit(*shown.source_of(start, end), "code", leads, text=shown.text[start:end],
                                   lead_text=text))

    # a unit

    def _add(self, part: Part, kind: str, leads: tuple[Span, ...]) -> None:
        notes = self._notes_of(part.span[0], part.until, leads)
        self.found.append(Unit(*part.span, kind, leads, notes, part.text, self._text(leads)))

    def _text(self, leads: tuple[Span, ...]) -> str:
        return "\n".join(self._document.said(*span) for span in leads)

    def _notes_of(self, start: int, end: int, leads: Sequence[Span] = ()) -> tuple[Span, ...]:
        """The first sentences of the footnotes that are referred to between two places, or in what stands above."""
        if not self._notes:
            return ()
        labels = [label for span in ((start, end), *leads) for label in self._labels(*span)]
        found: list[Span] = []
        for note in [self._notes[label] for label in list(dict.fromkeys(labels))[:_MOST_NOTES] if label in self._notes]:
            said = [part.span for leaf in _paragraphs(note) for part in self._leaves.of(leaf).parts]
            found += said[:_MOST_NOTES]
        return tuple(span for span in found if not start <= span[0] < end)

    def _labels(self, start: int, end: int) -> list[str]:
        """The labels of footnotes' marks between two places, or right at the second."""
        document = self._document
        near = document.pieces[bisect_left(document.starts, start):bisect_right(document.starts, end)]
        return [piece.data for piece in near if piece.kind == "note"]


def _paragraphs(block: Block) -> Iterator[Block]:
    """The paragraphs of a footnote, in its lists and quotes too; a footnote that is defined in it is another one."""
    for inner in block.blocks:
        if inner.kind == "paragraph":
            yield inner
        elif inner.kind in ("list", "item", "quote"):
            yield from _paragraphs(inner)


def _opens(sentence: str) -> bool:
    """Whether what follows depends on this sentence."""
    return sentence.endswith(_OPENS) and _PREAMBLE.search(sentence) is None


def _lines(text: str) -> Iterator[Span]:
    if len(text) <= LONGEST:
        low, high = len(text) - len(text.lstrip()), len(text.rstrip())
        if low < high:
            yield low, high
        return
    at = 0
    for line in text.split("\n"):
        inner = line.strip()
        if inner:
            start = at + line.index(inner)
            for a, b in clauses(inner, LONGEST):
                yield start + a, start + b
        at += len(line) + 1
