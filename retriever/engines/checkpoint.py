"""The checkpoint of a generation: a small file, replaced whole, written last, after all that it promises is durable."""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path


class Checkpoint:
    """The last outbox id whose effect is durably in the generation."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "checkpoint"

    def exists(self) -> bool:
        """Whether one was ever written: the first thing that is written of a generation."""
        return self._path.exists()

    def stamp(self) -> tuple[int, int, int]:
        """Changes whenever it is written; OSError when it is gone."""
        status = self._path.stat()
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def read(self) -> int:
        """What was written last; OSError or ValueError when that cannot be told."""
        number, total = self._path.read_text(encoding="ascii").split()
        if int(total, 16) != zlib.crc32(number.encode()):
            raise ValueError("the checkpoint is damaged")
        return int(number)

    def write(self, value: int) -> None:
        """Move to this value, durably."""
        put(self._path, f"{value} {zlib.crc32(str(value).encode()):08x}\n", durably=True)


def put(path: Path, text: str, *, durably: bool = False) -> None:
    """Write a file whole or not at all; several processes may write it at once."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(text)
        if durably:
            file.flush()
            os.fsync(file.fileno())
    try:
        Path(file.name).replace(path)
    except OSError:
        Path(file.name).unlink()
        raise
    if durably:
        folder = os.open(path.parent, os.O_RDONLY)  # the name as well as the content
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
