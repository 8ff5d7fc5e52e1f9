"""What the commands of the registers share: rows that are listed, what is given of an entry and what was done to it, a
table that is rehearsed or taken in."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from kb.cli.output import hint, line, note, say, say_json
from kb.db import Database, local_time
from kb.errors import Invalid
from kb.messages.message import Message
from kb.registers import fields
from kb.registers.history import RowChange
from kb.registers.sheets import LARGEST, SheetReport

_OUTCOMES = {"created": Message("new"), "changed": Message("changed"), "refused": Message("refused")}


class Row(Protocol):
    """An entry of a register."""

    def as_dict(self) -> dict[str, Any]:
        """The entry for programs."""
        ...


R = TypeVar("R", bound=Row)


def tell_rows(rows: Sequence[R], args: argparse.Namespace, row: Callable[[R], str],
                      table: Callable[[Sequence[R]], str], nothing: Message) -> int:
    """The entries found, a line each, or as ``args`` ask for them; 1 and the word for nothing where there is none."""
    if args.json:
        say_json([one.as_dict() for one in rows])
    elif args.csv:
        line(table(rows).rstrip("\r\n"))
    else:
        for one in rows:
            line(row(one))
    if not rows:
        hint(nothing)
    return 0 if rows else 1


def given_in(args: argparse.Namespace, texts: Sequence[str], days: Sequence[str]) -> dict[str, Any]:
    """What the command gives of an entry; what is not named stays as it is."""
    given = {name: value for name in (*texts, *days) if (value := getattr(args, name)) is not None}
    return given | {name: fields.day(given[name], name) for name in days if name in given}


def add_sheet(parser: argparse.ArgumentParser) -> None:
    """The arguments of an import."""
    parser.add_argument("file", type=Path, help="CSV, in UTF-8 or GBK; the first line names the columns")
    parser.add_argument("--rehearse", action="store_true", help="say what would come of each line; change nothing")


def sheet_in(path: Path) -> bytes:
    """The file's bytes; raises Invalid where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise Invalid("unreadable", "{path}: cannot be read: {strerror}", path=path, strerror=error.strerror) from error


def tell_report(report: SheetReport, args: argparse.Namespace) -> int:
    """Every line that is not as it stands, and the counts; 1 where nothing could be taken in."""
    counts = {outcome: report.count(outcome) for outcome in ("created", "changed", "unchanged", "refused")}
    if args.json:
        say_json({**counts, "done": report.is_done, "lines": [
            {"line": one.line, "outcome": one.outcome, "name": one.name, "changed": list(one.changed),
             "reason": str(one.reason) if one.reason else None} for one in report.lines]})
    else:
        for one in report.lines:
            if one.reason is not None:
                note("line {line}: {name}: {reason}", line=one.line, name=one.name, reason=one.reason)
            elif one.outcome != "unchanged":
                say("line {line}: {name}: {outcome} {changed}", line=one.line, name=one.name,
                    outcome=_OUTCOMES[one.outcome], changed=", ".join(one.changed))
        say("{created} new, {changed} changed, {unchanged} as they stand, {refused} refused", **counts)
    if not report.is_sound:
        hint("nothing was taken in, since a line is refused")
    elif not report.is_done:
        hint("nothing was changed; without --rehearse it is taken in")
    return 0 if report.is_sound else 1


def tell_changes(changes: Sequence[RowChange], args: argparse.Namespace, database: Database) -> int:
    """What was done to an entry, the newest first."""
    if args.json:
        say_json([change.as_dict() for change in changes])
        return 0
    with database.reading() as session:
        for change in changes:
            parts = (f"{one.field}: {one.before or '–'} → {one.after or '–'}" for one in change.changes)
            line(f"{local_time(session, change.at):%Y-%m-%d %H:%M}  {change.actor:<16} {change.action:<16} "
                 f"{'; '.join(parts)}")
    return 0
