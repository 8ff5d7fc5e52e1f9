"""Which process keeps the index current: one of all that serve from a data folder, for as long as it lives.

The kernel holds the lease, a lock on an open file, and gives it back when its holder ends, however it ends; the others
try again with every look at what was published. Without it each process would index every change and compute every
vector. It is no lock on the index: that is taken for each batch (see engines/store.py), so two holders, after somebody
deleted the file, only do the same work twice.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO


class Lease:
    """The lease that lies in this file; one thread asks for it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def is_held(self) -> bool:
        """Whether this process has it, after trying; also where the file cannot be made, for then the index tells what
        is wrong with its folder."""
        if self._file is not None:
            return True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a")
        except OSError:
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give it to whoever asks next."""
        if self._file is not None:
            self._file.close()
            self._file = None
