"""Which measures a folder of labelled texts is for: the figures in them, and the dates in them that have gone by."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from retriever.lab.evaluation.facts import FACTS, TEXTS, measure_facts


def is_of_texts(folder: Path) -> bool:
    """Whether a folder holds labelled texts, not questions."""
    return (folder / TEXTS).is_file() and (folder / FACTS).is_file()


def measure_texts(folder: Path, run_file: TextIO | None = None) -> dict[str, Any]:
    """The measures of such a folder."""
    return measure_facts(folder, run_file)
