"""The facts of an article's source: where each stands, what it is of, and under which conditions it holds.

``attribute`` is what the figure is of: the name of its column, or the words of its clause before it. ``conditions`` are
what limits it, from far to near: headings, what opens its list, the row's first cells, the rest of its sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.markup.document import SHOWN, Block, Document
from kb.markup.facts.extract import facts_in
from kb.markup.facts.fact import BREAKS, Fact, Line
from kb.markup.parse import parse

_LONGEST = 80  # characters of an attribute or a condition that are kept
_OPENS = ("：", ":")
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a leaf, struck text left out, and where its characters stand in the source."""

    text: str
    starts: list[int]
    spans: list[tuple[int, int, bool]]

    @classmethod
    def of(cls, document: Document, leaf: Block) -> Shown:
        parts: list[str] = []
        starts: list[int] = []
        spans: list[tuple[int, int, bool]] = []
        at = 0
        for piece in document.pieces[leaf.first:leaf.last]:
            if piece.kind in SHOWN and piece.text and not piece.struck:
                parts.append(piece.text)
                starts.append(at)
                spans.append((piece.start, piece.end, piece.is_literal))
                at += len(piece.text)
        return cls("".join(parts), starts, spans)

    def source_of(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source that shows these characters."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        low, _, is_literal = self.spans[first]
        other, high, is_other = self.spans[last]
        return (low + start - self.starts[first] if is_literal else low,
                other + end - self.starts[last] if is_other else high)


@dataclass(slots=True)
class _Walk:
    document: Document
    title: str
    headings: list[tuple[int, str]] = field(default_factory=list)
    found: list[Fact] = field(default_factory=list)


def facts_of(source: str, *, title: str = "") -> tuple[Fact, ...]:
    """Every fact that the text of an article states, in its order; offsets are into ``source``."""
    walk = _Walk(parse(source), title)
    _blocks(walk, walk.document.root.blocks, ())
    return tuple(sorted(walk.found, key=lambda fact: (fact.start, fact.end)))


def _blocks(walk: _Walk, blocks: Sequence[Block], leads: tuple[str, ...]) -> None:
    lead = ""
    for block in blocks:
        above = (*leads, lead) if lead else leads
        if block.kind == "heading":
            text = walk.document.text_of(block)
            walk.headings = [above for above in walk.headings if above[0] < block.level] + [(block.level, text)]
            _leaf(walk, block, ())
            lead = ""
        elif block.kind == "table":
            _table(walk, block, above)
            lead = ""
        elif block.kind in ("paragraph", "code"):
            _leaf(walk, block, leads)
            text = walk.document.text_of(block)
            lead = text if text.endswith(_OPENS) else ""
        else:
            _blocks(walk, block.blocks, above)
            lead = lead if block.kind == "item" else ""


def _leaf(walk: _Walk, leaf: Block, leads: tuple[str, ...]) -> None:
    shown = Shown.of(walk.document, leaf)
    if not shown.text:
        return
    headings = tuple(text for _, text in walk.headings) if leaf.kind != "heading" else ()
    line = Line(shown.text)
    for fact in facts_in(shown.text):
        attribute, rest = _words_around(line, fact)
        yield_to = (*headings, *leads, *((rest,) if rest else ()))
        walk.found.append(_placed(fact, shown, attribute, yield_to))


def _table(walk: _Walk, table: Block, leads: tuple[str, ...]) -> None:
    document = walk.document
    names: list[str] = []
    headings = tuple(text for _, text in walk.headings)
    for row in table.blocks:
        cells = [document.text_of(cell) for cell in row.blocks]
        if row.kind == "header":
            names = cells
        for n, cell in enumerate(row.blocks):
            shown = Shown.of(document, cell)
            if not shown.text:
                continue
            name = names[n] if n < len(names) and row.kind != "header" else ""
            line = Line(shown.text)
            for fact in facts_in(shown.text, under=tuple(_naming(walk, name, cells, n, headings)) if name or row.kind ==
                "row" else ()):
                words, rest = _words_around(line, fact)
                others = [text for at, text in enumerate(cells[:n]) if at < 1 or not _FIGURE.search(text)]
                walk.found.append(_placed(fact, shown, " ".join(filter(None, (name, words))),
                                          (*headings, *leads, *others, *((rest,) if rest else ()))))


def _naming(walk: _Walk, name: str, cells: Sequence[str], n: int, headings: Sequence[str]) -> Iterator[str]:
    yield name
    if n:
        yield cells[0]
    yield from reversed(headings)
    yield walk.title


def _words_around(line: Line, fact: Fact) -> tuple[str, str]:
    """The words of its clause before a fact, and the rest of its sentence that stands before them."""
    start, _ = line.sentence(fact.start)
    head = line.written[start:fact.start]
    attribute = line.before(fact.start, fact.start - start).strip()
    rest = head[:len(head) - len(line.before(fact.start, fact.start - start))].strip(BREAKS + " ")
    if not attribute:  # the clause begins with it: what it is of stands after it
        attribute = line.after(fact.end).strip()
    return attribute, rest


def _placed(fact: Fact, shown: Shown, attribute: str, conditions: Sequence[str]) -> Fact:
    start, end = shown.source_of(fact.start, fact.end)
    core = shown.source_of(*fact.core) if fact.core[1] else fact.core
    kept = tuple(text[-_LONGEST:] for text in dict.fromkeys(conditions) if text)
    return replace(fact, start=start, end=end, attribute=attribute[-_LONGEST:], conditions=kept, core=core)
