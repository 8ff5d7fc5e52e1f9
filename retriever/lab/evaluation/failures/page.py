"""The failures of a run as one HTML page that loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from retriever.lab.evaluation.failures.causes import CAUSES
from retriever.lab.evaluation.failures.collect import Failures
from retriever.lab.evaluation.failures.side_by_side import visible

_HERE = Path(__file__).parent
_WHOLE = (("helped", "helped"), ("core", "core"), ("complete", "complete"), ("given", "given"),
          ("right of given", "right_of_given"), ("beside", "beside"), ("to check", "check"),
          ("AUROC of right", "auroc_right"))  # of sets that say what must not lack in an answer


def write_page(out: TextIO, failures: Failures, result: Mapping[str, Any]) -> None:
    """The page; ``result`` holds the run's measures."""
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters["visible"] = visible
    out.write(environment.get_template("page.html").render(
        result=result, failures=failures.worst_first, causes=CAUSES, bars=failures.bars(),
        curve=failures.curve(result["threshold"]), measures=_measures(result), script=script,
        script_hash=_digest(script)))


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _measures(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The run's main figures, as percentages; what the set does not measure is left out."""
    refusals = result["abstention"]
    named = [
        *((name, result.get(key)) for name, key in _WHOLE), ("nDCG@10", result["ndcg@10"]),
        ("passage_hit@1", result["passage_hit@1"]), ("passage_hit@5", result["passage_hit@5"]),
        ("answer F1", result["answer_f1"]), ("AUROC answerable", result["auroc_answerable"]),
        ("answered", refusals["answered"]), ("unanswerable refused", refusals["recall"]),
        ("wrongly refused", refusals["wrongly_refused"])]
    return [(name, f"{100 * value:.1f}") for name, value in named if value is not None]
