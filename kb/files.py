"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A text file that stands at ``path`` once the block ends well; an error leaves what was there before.

    The path is tried at once. What is no plain file, such as /dev/stdout, is written to as the block goes on.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:  # raises OSError for a folder
            yield file
        return
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
