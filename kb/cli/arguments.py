"""Kinds of argument that several commands take."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from kb.messages.catalogue import in_shell


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Takes a whole number within these bounds."""
    def number(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(in_shell("{text} is outside {low} to {high}", text=text, low=low,
                                                      high=high))
        return value
    return number
