"""Which measures a folder of labelled texts is for: the figures in them, and the dates in them that have gone by."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from kb.errors import Invalid
from retriever.lab.evaluation.dated import DATED, measure_dated
from retriever.lab.evaluation.facts import FACTS, TEXTS, measure_facts


def is_of_texts(folder: Path) -> bool:
    """Whether a folder holds labelled texts, not questions."""
    return (folder / TEXTS).is_file() and any((folder / name).is_file() for name in (FACTS, DATED))


def measure_texts(folder: Path, run_file: TextIO | None = None) -> dict[str, Any]:
    """The measures of such a folder, which holds labels of one of the two kinds."""
    if (folder / FACTS).is_file() and (folder / DATED).is_file():
        raise Invalid("eval_set", "{folder}: {facts} and {dated} in one folder; measure each in its own", folder=folder,
                      facts=FACTS, dated=DATED)
    return (measure_facts if (folder / FACTS).is_file() else measure_dated)(folder, run_file)
