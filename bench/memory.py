"""What this process and its files take; Linux's own accounting."""

from __future__ import annotations

import re
from pathlib import Path

_FIELDS = {"VmHWM": "peak", "RssAnon": "own", "RssFile": "mapped"}


def memory() -> dict[str, int]:
    """Bytes: highest resident size so far, and now what is the process's own and what are mapped files' pages.

    Mapped pages are shared with other processes and given back when memory is short.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return {name: int(m[1]) * 1024 for field, name in _FIELDS.items()
            if (m := re.search(rf"^{field}:\s+(\d+) kB", status, re.M))}


def disk_of(folder: Path) -> int:
    """Bytes of the files below a folder as the disk holds them, holes left out."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
