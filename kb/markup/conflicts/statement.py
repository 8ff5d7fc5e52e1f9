"""A text cut into what it states: clauses and table cells, each with the words that say of what and when it holds."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.markup.document import Block, Document
from kb.markup.facts.fact import Fact
from kb.markup.facts.stated import Shown, facts_of
from kb.markup.parse import parse

_SENTENCE = re.compile(r"[^。；！？;!?\n]+[。；！？;!?\n]*|[。；！？;!?\n]+")
_ENGLISH = re.compile(r".+?(?:[;!?](?=\s)|\.(?=\s+[A-Z0-9\"(*])|\n|$)", re.DOTALL)
_CLAUSE = re.compile(r"(?:[^，,：:]|(?<=\d)[,:：](?=\d))+[，,：:]*|[，,：:]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_OPENS = ("：", ":")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, or a cell of a table with its row's and column's names.

    ``start`` to ``end`` is its place in the source; ``facts`` are the figures in it. ``names`` are a cell's row and
    column, ``lead`` what opens its list, ``path`` the headings above it, ``before`` the sentence before it.
    """

    text: str
    start: int
    end: int
    facts: tuple[Fact, ...] = ()
    path: tuple[str, ...] = ()
    lead: str = ""
    names: tuple[str, ...] = ()
    before: str = ""
    clauses: tuple[tuple[int, int, str], ...] = ()
    shown: Shown | None = field(default=None, repr=False, compare=False)
    begin: int = 0  # where it begins in what is shown

    def source_of(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source that shows these characters of ``text``."""
        assert self.shown
        return self.shown.source_of(self.begin + start, self.begin + end)

    @property
    def is_cell(self) -> bool:
        """Whether it is a cell of a table."""
        return bool(self.names)

    @property
    def whole(self) -> str:
        """What it says, with the names of its row and column or what opens its list."""
        return " ".join(filter(None, (*self.names, self.lead, self.text)))

    def clause_at(self, at: int) -> tuple[int, int, str]:
        """The clause around a place of the source."""
        starts = [start for start, _, _ in self.clauses]
        return self.clauses[max(0, bisect_right(starts, at) - 1)]


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is compared: its title and what it states."""

    title: str
    source: str
    statements: tuple[Statement, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """The title and all headings."""
        return tuple(dict.fromkeys((self.title, *(name for one in self.statements for name in one.path))))


def read(source: str, *, title: str = "") -> Text:
    """What a text states, in its order."""
    document = parse(source)
    facts = facts_of(source, title=title)
    found = list(_blocks(document, document.root.blocks, [], ()))
    return Text(title, source, tuple(_with_facts(found, facts)))


def _with_facts(found: Sequence[Statement], facts: Sequence[Fact]) -> Iterator[Statement]:
    for one in found:
        own = tuple(fact for fact in facts if one.start <= fact.start < one.end)
        yield replace(one, facts=own)


def _blocks(document: Document, blocks: Sequence[Block], path: list[tuple[int, str]],
            leads: tuple[str, ...]) -> Iterator[Statement]:
    lead = ""
    for block in blocks:
        above = (*leads, lead) if lead else leads
        if block.kind == "heading":
            text = document.text_of(block)
            path[:] = [(level, name) for level, name in path if level < block.level] + [(block.level, text)]
            lead = ""
        elif block.kind == "table":
            yield from _table(document, block, tuple(name for _, name in path), " ".join(above))
        elif block.kind in ("paragraph", "code"):
            text = document.text_of(block)
            yield from _sentences(document, block, tuple(name for _, name in path), " ".join(leads))
            lead = text if text.endswith(_OPENS) else ""
        else:
            yield from _blocks(document, block.blocks, path, above)
            lead = lead if block.kind == "item" else ""


def _sentences(document: Document, leaf: Block, path: tuple[str, ...], lead: str) -> Iterator[Statement]:
    shown = Shown.of(document, leaf)
    before = ""
    cut = _SENTENCE if _HAN.search(shown.text) else _ENGLISH
    for found in _lines(document, leaf, shown, cut):
        if not found[0].strip():
            continue
        start, end = shown.source_of(*found.span())
        clauses = []
        for clause in _CLAUSE.finditer(found[0]):
            if clause[0].strip():
                low, high = shown.source_of(found.start() + clause.start(), found.start() + clause.end())
                clauses.append((low, high, clause[0]))
        text = found[0].strip()
        yield Statement(text, start, end, (), path, lead, (), before, tuple(clauses), shown,
                        found.start() + found[0].index(text))
        before = text


def _table(document: Document, table: Block, path: tuple[str, ...], lead: str) -> Iterator[Statement]:
    names: list[str] = []
    for row in table.blocks:
        cells = [document.text_of(cell) for cell in row.blocks]
        if row.kind == "header":
            names = cells
            continue
        for n, cell in enumerate(row.blocks):
            shown = Shown.of(document, cell)
            if not shown.text.strip() or not n:
                continue
            text = shown.text.strip()
            start, end = shown.source_of(0, len(shown.text))
            others = " ".join(text for at, text in enumerate(cells) if at not in (0, n))
            yield Statement(text, start, end, (), path, lead, (cells[0], names[n] if n < len(names) else ""), others,
                            ((start, end, text),), shown, shown.text.index(text))


def _lines(document: Document, leaf: Block, shown: Shown, cut: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The sentences of a leaf; what goes on below a list item without being set in is another sentence."""
    begin = 0
    for at in _breaks(document, leaf):
        yield from cut.finditer(shown.text, begin, at)
        begin = at
    yield from cut.finditer(shown.text, begin)


def _breaks(document: Document, leaf: Block) -> Iterator[int]:
    if not leaf.tight:
        return
    at = 0
    for piece in document.pieces[leaf.first:leaf.last]:
        if piece.kind == "soft" and document.source[piece.end:piece.end + 1] not in (" ", ""):
            yield at
        at += len(piece.text) if piece.kind in ("text", "code", "soft", "hard") and not piece.struck else 0
