"""Tables that people keep elsewhere, as CSV: read from whatever their program saved, written so that none runs them.

What is read may be UTF-8, UTF-16 or GBK, with or without a mark at its beginning, its columns set apart by commas,
semicolons or tabs; the first line names the columns, in either language. What is written is UTF-8 with the mark that
spreadsheets look for, and a cell that a spreadsheet would take for a formula begins with an apostrophe, which is taken
off again when it is read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.errors import Invalid
from kb.messages.message import Message

LARGEST = 8_000_000  # bytes of a file
MOST_ROWS = 20_000
_LONGEST_CELL = 2_000  # characters
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DELIMITERS = (",", "\t", ";", "，")

Columns = Mapping[str, tuple[str, ...]]  # a field's name: what its column may be called


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row and the line of the file that it begins at; only the fields that the file has a column for."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LineReport:
    """What comes of a line: ``created``, ``changed``, ``unchanged`` or ``refused``, with the reason or what changes."""

    line: int
    outcome: str
    name: str
    reason: Message | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What an import did, or would do: nothing at all where a line is refused."""

    lines: tuple[LineReport, ...]
    is_done: bool

    def count(self, outcome: str) -> int:
        """How many lines came to this."""
        return sum(line.outcome == outcome for line in self.lines)

    @property
    def is_sound(self) -> bool:
        """Whether no line is refused."""
        return not self.count("refused")


def rows_of(data: bytes, columns: Columns, *, needed: Sequence[str]) -> list[SheetRow]:
    """The rows of a file; raises Invalid, naming the line, where it is no such table."""
    if len(data) > LARGEST:
        raise Invalid("sheet_large", "the file is larger than {largest} bytes", largest=LARGEST)
    whole = decoded(data)
    text = whole.lstrip("\r\n")
    skipped = whole[:len(whole) - len(text)].count("\n")
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=lambda sign: (head.count(sign), -_DELIMITERS.index(sign)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[SheetRow] = []
    try:
        names = _names(next(reader, []), columns, needed)
        start = reader.line_num + 1
        for cells in reader:
            line, start = start + skipped, reader.line_num + 1
            if any(cell.strip() for cell in cells):
                rows.append(SheetRow(line, _values(line, cells, names)))
            if len(rows) > MOST_ROWS:
                raise Invalid("sheet_rows", "the file has more than {most} rows; import it in parts", most=MOST_ROWS)
    except csv.Error as error:
        raise Invalid("sheet_csv", "line {line}: no table that can be read: {error}", line=reader.line_num + skipped,
                      error=str(error)) from error
    return rows


def decoded(data: bytes) -> str:
    """The file's text; raises Invalid for what is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codings: tuple[str, ...] = ("utf-16",)
    else:
        codings = ("utf-8-sig", "gb18030")
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("sheet_text", "the file is no text: save it as CSV (a workbook cannot be read)")


def written(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV, with the mark at the beginning that spreadsheets look for."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return "\ufeff" + out.getvalue()


def _names(head: Sequence[str], columns: Columns, needed: Sequence[str]) -> list[str | None]:
    """The field of each column, None for one that is not ours; raises Invalid where a needed one is missing."""
    by_name = {_plain(name): field for field, names in columns.items() for name in (field, *names)}
    found = [by_name.get(_plain(cell)) for cell in head]
    for field in columns:
        if found.count(field) > 1:
            raise Invalid("sheet_head", "line 1: two columns are called {column}", column=field)
    missing = [field for field in needed if field not in found]
    if missing:
        raise Invalid("sheet_head", "line 1 must name the columns; missing: {missing}; known: {known}",
                      missing=missing, known=list(columns))
    return found


def _values(line: int, cells: Sequence[str], names: Sequence[str | None]) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(names):]):
        raise Invalid("sheet_cells", "line {line}: more cells than the first line has columns", line=line)
    found = {}
    for name, cell in zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=False):
        if len(cell) > _LONGEST_CELL:
            raise Invalid("sheet_cells", "line {line}: a cell of more than {longest} characters", line=line,
                          longest=_LONGEST_CELL)
        if name is not None:
            value = cell.strip()
            found[name] = value[1:] if value[:1] == "'" and value[1:].startswith(_FORMULA) else value
    return found


def _plain(name: str) -> str:
    return "".join(name.replace("_", "").split()).casefold()
