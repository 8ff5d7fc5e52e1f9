"""What is said of a unit, and before it: the same words for the reader, the answer and the page."""

from __future__ import annotations

from kb.markup.parse import parse
from retriever.passages.tables import Row, rows_by_start
from retriever.records import Unit

Span = tuple[int, int]


def row_of(source: str, unit: Unit) -> Row | None:
    """The table's row that a unit is; None for any other unit."""
    return rows_by_start(source).get(unit.start) if unit.kind == "row" else None


def said(source: str, lang: str, unit: Unit) -> str:
    """A unit in words: a row with its header, anything else without what it depends on."""
    row = row_of(source, unit)
    return row.read_out(lang) if row else parse(source).said(unit.start, unit.end)


def leads_said(source: str, unit: Unit) -> tuple[Span, ...]:
    """What of a unit's leads is said before it: a row is read with its header and the cells above."""
    row = row_of(source, unit)
    return unit.leads if row is None else tuple(s for s in unit.leads if s not in (*row.headers, *row.above))
