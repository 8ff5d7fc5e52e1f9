"""The shell of the measuring programs beside ``kb eval``: a folder in, the figures out as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kb.errors import KbError


def print_measures(module: str, description: str | None, measure: Callable[[Path], dict[str, Any]],
                   argv: Sequence[str] | None) -> int:
    """Measure the folder that the arguments name and print the figures; a folder that is none ends with its fault."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("dir", type=Path, metavar="DIR", help="folder in the format of kb eval")
    folder = parser.parse_args(argv).dir
    try:
        sys.stdout.write(json.dumps(measure(folder), ensure_ascii=False, indent=1) + "\n")
    except KbError as error:
        parser.error(error.message)
    return 0
