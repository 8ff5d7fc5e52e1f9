"""Tables: which rows are headers, what an empty cell stands for, and how a row is read out as "column: value".

The first row is the header, by Markdown. A row right below it is one too where it only goes on with what the header
left open: it states no figure, and its first cell is empty, or repeats the header's, or names what the header left
empty above columns of figures. An empty cell at the left of a
row (not of a sum), or one that says "as above", stands for the nearest one above it that says something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from kb.markup.document import Block, Document
from kb.markup.parse import parse
from retriever.passages.sentences import clauses

Span = tuple[int, int]

_EMPTY = frozenset(("", "……", "…"))  # what is not read out; a dash is: it says that there is none
_TELLS_NOTHING = re.compile(r"[\s:：|/\\.…·_=*~－―‐-‒–—-]*")  # alone in all cells of a row: dashes, a rule between rows
_ABOVE = re.compile(r"同上|〃|″|\"|ditto|do\.|(?:same )?as above", re.IGNORECASE)
_SUM = re.compile(r"(?:合|总|小|共)\s*计|sub-?total|total|sum", re.IGNORECASE)
_FIGURE = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d(?:\s*年度?)?")
_BARE = re.compile(r"[¥$£€]?\s*\d[\d,.]*(?:\s*[-–—~～至到]\s*\d[\d,.]*)?")
_UNIT = re.compile(
    r"单位\s*[：:]|[（(][^（()）]{0,20}(?:元|角|分|％|%|天|日|周|月|年|小时|分钟|岁|人|公里|米|平方|吨|度|立方|次|件|份|学时|课时|分贝|公斤|千克|克"
    r"|yuan|USD|RMB|dollars?|euros?|pounds?|days?|weeks?|months?|years?|hours?|minutes?|km|kg|dB|miles?|per ?cent|each)"
    r"[^（()）]{0,20}[）)]"
    r"|\bin (?:yuan|dollars|US dollars|euros|pounds|days|weeks|months|years|hours|minutes|kg|km|miles|dB|per cent)\b",
    re.IGNORECASE)
_MOST_HEADERS = 3
_KEPT = 64  # sources whose rows are cached


def states_unit(text: str) -> bool:
    """Whether a heading or caption states the unit of measure of the figures below it."""
    return bool(_UNIT.search(text))


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says and where: its own place, or that of the cell that it stands for."""

    text: str
    span: Span
    is_own: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, with what its header names its cells."""

    span: Span
    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    headers: tuple[Span, ...]  # of the header rows that say something
    group: Cell | None = None  # a row above that names those below it, and says nothing else

    @property
    def above(self) -> tuple[Span, ...]:
        """The cells further up that this row's empty ones stand for, and what names its group."""
        named = (self.group.span,) if self.group else ()
        return named + tuple(cell.span for cell in self.cells if not cell.is_own and cell.text not in _EMPTY)

    @property
    def has_bare_figure(self) -> bool:
        """Whether a figure stands in a cell without a unit, in a column whose name states none."""
        named = zip(self.names, self.cells, strict=False)
        return any(_BARE.fullmatch(cell.text) and not states_unit(name) for name, cell in named)

    def read_out(self, lang: str, most: int | None = None) -> str:
        """The row in words: each column's name with its value, a dash too, empty cells left out; with ``most``, whole
        columns as far as so many characters go, or the beginning of the first."""
        colon, comma = ("：", "；") if lang == "zh" else (": ", "; ")
        told = self.group.text if self.group else ""
        for n, cell in enumerate(self.cells):
            if cell.text in _EMPTY:
                continue
            name = self.names[n] if n < len(self.names) else ""
            part = f"{name}{colon}{cell.text}" if name and name != cell.text else cell.text
            longer = f"{told}{comma}{part}" if told else part
            if most is not None and len(longer) > most:
                return told or part[:clauses(part, max(most, 1))[0][1]]
            told = longer
        return told


@lru_cache(maxsize=_KEPT)
def rows_by_start(source: str) -> Mapping[int, Row]:
    """All rows of a source's tables, by where they begin."""
    document = parse(source)
    return {row.span[0]: row for table in _tables(document.root) for row in rows(document, table)}


def _tables(block: Block) -> Iterator[Block]:
    for inner in block.blocks:
        if inner.kind == "table":
            yield inner
        else:
            yield from _tables(inner)


def rows(document: Document, table: Block) -> Iterator[Row]:
    """The rows of a table that state something, each with the header rows and cells above that it needs."""
    header, *body = table.blocks
    body = [row for row in body if not all(map(_TELLS_NOTHING.fullmatch, _texts(document, row)))]
    heads = [header]
    texts = [[document.text_of(cell) for cell in header.blocks]]
    while body and len(heads) < _MOST_HEADERS and len(body) > 1 and _is_header(
            texts, _texts(document, body[0]), [_texts(document, row) for row in body[1:]]):
        texts.append(_texts(document, body[0]))
        heads.append(body.pop(0))
    names = _names(texts)
    spans = tuple((head.start, head.end) for head, said in zip(heads, texts, strict=True) if any(said))
    group: Cell | None = None
    groups = _groups([(row.start, _texts(document, row)) for row in body])
    above: list[Cell | None] = [None] * max((len(row.blocks) for row in (header, *body)), default=0)
    for row in body:
        cells = []
        is_left = not any(_SUM.fullmatch(text) for text in _texts(document, row))
        for n, block in enumerate(row.blocks):
            cell = Cell(document.text_of(block), (block.start, block.end), True)
            is_left &= cell.text == ""
            kept = above[n]
            if kept is not None and (is_left or _ABOVE.fullmatch(cell.text)):
                cell = Cell(kept.text, kept.span, False)
            elif cell.text:
                above[n] = cell
            cells.append(cell)
        own = [cell for cell in cells if cell.is_own and not _TELLS_NOTHING.fullmatch(cell.text)]
        if row.start in groups:
            group = cells[0]
            above = [None] * len(above)
        if own:
            yield Row((row.start, row.end), names, tuple(cells), spans, None if row.start in groups else group)


def _texts(document: Document, row: Block) -> list[str]:
    return [document.text_of(cell) for cell in row.blocks]


def _groups(body: list[tuple[int, list[str]]]) -> frozenset[int]:
    """Where the rows begin that only name the rows below them. That a row says nothing beside its name does not tell,
    for a value may be missing; that the same names come again below another such row does."""
    found: list[int] = []
    seen: set[tuple[str, int]] = set()
    names: set[str] = set()
    is_repeated = False
    for start, (first, *rest) in body:
        if rest and first and not any(rest):
            found.append(start)
        elif found and first:
            is_repeated |= first in names and (first, len(found)) not in seen
            names.add(first)
            seen.add((first, len(found)))
    return frozenset(found) if is_repeated and len(found) > 1 else frozenset()


def _is_header(above: list[list[str]], row: list[str], below: list[list[str]]) -> bool:
    """Whether a row below these header rows, and above the other ones, goes on with them."""
    head = above[-1]
    if not any(row) or _states_figure(row):
        return False
    if row[0] not in ("", head[0]) and (head[0] or not all(map(_states_figure, below))):
        return False
    spread = any(text == "" or text == before for before, text in pairwise(head))
    return spread and sum(map(bool, row)) > (row[0] != "")


def _states_figure(row: list[str]) -> bool:
    return any(_FIGURE.search(_YEAR.sub("", text)) for text in row)


def _names(texts: list[list[str]]) -> tuple[str, ...]:
    """The columns' names: what the header rows say from top to bottom; an upper one holds for empty cells beside it."""
    if len(texts) == 1:
        return tuple(texts[0])
    names: list[list[str]] = [[] for _ in texts[0]]
    for depth, row in enumerate(texts):
        last = ""
        for n, text in enumerate(row):
            last = text or (last if depth < len(texts) - 1 and n else "")
            if last and last not in names[n]:
                names[n].append(last)
    return tuple(" ".join(parts) for parts in names)
