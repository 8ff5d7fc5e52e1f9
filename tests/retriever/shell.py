"""Running a command as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def kb_by_words(command: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``kb COMMAND …`` in a folder and with data of its own, without a model."""
    environment = {**os.environ, "KB__DATA__DIR": str(folder / "data"), "KB__EMBEDDING__PROVIDER": "none"}
    return subprocess.run([sys.executable, "-m", "kb", command, *arguments], cwd=folder, env=environment, text=True,
                          capture_output=True, check=False)
