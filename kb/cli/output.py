"""What commands say: results on standard output, progress and reasons on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

Show = Callable[[int, int], None]  # called with how many are done, of how many


def say(text: str) -> None:
    """A line of the command's result."""
    sys.stdout.write(text + "\n")


def say_json(value: Any) -> None:
    """The command's result as one JSON document."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


def iso(instant: datetime | None) -> str | None:
    """An instant as programs read it."""
    return instant.isoformat() if instant else None


def note(text: str) -> None:
    """A line that is no result: a reason, a hint."""
    sys.stderr.write(text + "\n")


@contextmanager
def progress_bar(what: str) -> Iterator[Show]:
    """A progress bar on standard error, when that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
