"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TextIO


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A text file that is written to ``path`` once the block ends well; an error leaves what was there before.

    The path is tried at once. What is no plain file, such as a pipe, is written to as the block goes on.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:  # raises OSError for a folder
            yield file
        return
    is_new = not path.exists()
    path.open("a").close()
    try:
        with TemporaryFile("w+", encoding="utf-8") as kept:
            yield kept
            kept.seek(0)
            # in place, not by renaming: a link stays one, and the file keeps its mode
            with path.open("w", encoding="utf-8") as file:
                copyfileobj(kept, file)
    except BaseException:
        if is_new:
            path.unlink(missing_ok=True)
        raise
