"""A text in the pieces that are compared: each quotable unit with its wording and where it stands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from kb.markup.parse import parse
from retriever.checking.wording import Wording, wording
from retriever.language.analysis import Analyser
from retriever.passages.sections import sections
from retriever.passages.tables import rows_by_start
from retriever.passages.units import units
from retriever.records import Unit


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A unit, its wording, the headings above it, and what it hangs on: lead-ins, a table's header.

    ``section`` is the stretch of the text that its section takes up, ``cells`` are a row's, ``lead_cells`` the names of
    its columns.
    """

    unit: Unit
    path: tuple[str, ...]
    wording: Wording
    heading: Wording
    lead: Wording
    section: tuple[int, int]
    cells: tuple[Wording, ...] = ()
    lead_cells: tuple[Wording, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What two pieces share that say the same; of a row, cell by cell."""
        return tuple(cell.key for cell in self.cells) or self.wording.key

    @property
    def context(self) -> tuple[object, ...]:
        """What two pieces share that stand below the same words."""
        return (self.heading.key, self.lead.key)

    @property
    def name(self) -> Wording | None:
        """What a row is called: its first cell."""
        return self.cells[0] if self.cells else None


def pieces(source: str, analyser: Analyser) -> list[Piece]:
    """The pieces of a text in reading order."""
    document = parse(source)
    parts = sections(document)
    starts = [part.start for part in parts]
    rows = rows_by_start(source)
    words: dict[str, Wording] = {}

    def worded(text: str) -> Wording:
        if text not in words:
            words[text] = wording(text, analyser)
        return words[text]

    found = []
    for unit in units(document):
        at = bisect_right(starts, unit.start) - 1
        path, section = (parts[at].path, (parts[at].start, parts[at].end)) if at >= 0 else ((), (0, unit.end))
        row = rows.get(unit.start) if unit.kind == "row" else None
        cells = tuple(worded(cell.text) for cell in row.cells) if row else ()
        text = " | ".join(cell.text for cell in row.cells) if row else unit.text
        found.append(Piece(unit, path, worded(text), worded(path[-1] if path else ""), worded(unit.lead_text),
                           section, cells, tuple(worded(name) for name in row.names) if row else ()))
    return found
