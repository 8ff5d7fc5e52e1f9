"""What the shell's commands share: lines in the shell's language, JSON, a progress bar."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kb.messages.catalogue import in_shell
from kb.messages.message import Message


def say(told: Message | str, /, **facts: object) -> None:
    """One line on standard output, in words."""
    line(in_shell(told, **facts))


def line(text: str) -> None:
    """One line on standard output that is the same in every language."""
    sys.stdout.write(text + "\n")


def hint(told: Message | str, /, **facts: object) -> None:
    """One line on standard error: what to know, what to do next."""
    sys.stderr.write(f"kb: {in_shell(told, **facts)}\n")


def say_json(value: Any) -> None:
    """A value as indented JSON."""
    line(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def progress_bar() -> Any:
    """A progress bar on standard error, when that is a terminal: call it with (what, done, of)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(in_shell(what))
            progress.update(tasks[what], completed=done, total=of)

        yield show
