"""What commands say: results on standard output, progress and reasons on standard error, in the shell's language.

What is said is a text with named places, as :mod:`kb.messages` has it; ``line`` writes what is data already.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from kb.messages.catalogue import in_shell
from kb.messages.message import Message

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but the tabulator and the end of a line
Show = Callable[[int, int], None]  # called with how many are done, of how many


def say(told: Message | str, /, **facts: object) -> None:
    """A line of the command's result, in words."""
    line(in_shell(told, **facts))


def line(text: str) -> None:
    """A line of the command's result that is the same in every language: a row of a table, a file."""
    sys.stdout.write(harmless(text) + "\n")


def harmless(text: str) -> str:
    """The text without what a terminal would obey: control characters as \\x1b, whoever's words they stand in."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


def padded(text: str, width: int) -> str:
    """The text filled up to so many columns of a terminal, where a Chinese character takes two."""
    from rich.cells import cell_len

    return text + " " * max(0, width - cell_len(text))


def say_json(value: Any) -> None:
    """The command's result as one JSON document."""
    told = json.dumps(value, ensure_ascii=False, indent=2)
    line(_CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", told))  # JSON itself escapes those below a space


def iso(instant: datetime | None) -> str | None:
    """An instant as programs read it."""
    return instant.isoformat() if instant else None


def note(told: Message | str, /, **facts: object) -> None:
    """A line that is no result: of which file it speaks, it says itself."""
    sys.stderr.write(harmless(in_shell(told, **facts)) + "\n")


def hint(told: Message | str, /, **facts: object) -> None:
    """A word of the shell itself beside the result: what to know, what to do next."""
    sys.stderr.write(harmless(f"kb: {in_shell(told, **facts)}") + "\n")


@contextmanager
def progress_bar(what: str) -> Iterator[Show]:
    """A progress bar on standard error, when that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(in_shell(what), total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
