"""What was fitted to the packaged reader's scores: kept in a small file beside its weights, which it names.

``order`` weighs the ranking's score of a passage with the reader's; ``threshold`` is the logit from which a unit is
marked, ``near`` how far below its section's best it may lie to be marked all the same; ``confidence`` is the chance
that what is quoted is right, ``choice`` that one of the offered sections is, and ``refusal`` the confidence from which
answers reached a precision on sets that taught nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from retriever.errors import BadModel
from retriever.ranking.model import Logistic

FORMAT = 2
# What orders the passages that were read: the ranking's score, the passage's logit, its best unit's; how near its
# article lies in meaning (0 to 1), and whether that is the one that the ranking puts first.
ORDER = ("score", "passage", "unit", "article", "first")
# What confidence rests on (answering/reading.py computes it).
MARGINS = ("passage", "unit", "said", "gap", "elsewhere", "score", "lead", "above", "length", "sum")


@dataclass(frozen=True, slots=True)
class Fitted:
    """See the module. ``sure`` is the passage's logit from which no further passage is read."""

    order: Mapping[str, float]
    threshold: float
    near: float
    sure: float
    confidence: Logistic
    choice: Logistic
    offered: float  # the chance from which sections are offered to be checked
    refusal: Mapping[float, float]
    training: Mapping[str, Any] = field(default_factory=dict)

    def refused_below(self, precision: float) -> float:
        """The confidence below which an answer is withheld; between known precisions a line."""
        at, reached = zip((0.0, 0.0), *sorted(self.refusal.items()), (1.0, 1.0), strict=True)
        return float(np.interp(precision, at, reached))

    def text(self, weights: Path) -> str:
        """The file; it names the weights that it was fitted to."""
        return json.dumps({
            "format": FORMAT, "weights": digest(weights), "order": dict(self.order), "threshold": self.threshold,
            "near": self.near, "sure": self.sure, "confidence": _json(self.confidence),
            "choice": _json(self.choice), "offered": self.offered,
            "refusal": {f"{p:.2f}": t for p, t in sorted(self.refusal.items())},
            "training": dict(self.training)}, ensure_ascii=False, indent=2) + "\n"


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_fitted(path: Path) -> Fitted:
    """The file beside a reader's weights. Raises BadModel that says what is wrong with it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}, not {FORMAT}")
        for name, known in (("order", ORDER), ("confidence", MARGINS), ("choice", MARGINS)):
            weights = content[name] if name == "order" else content[name]["weights"]
            if unknown := set(weights) - set(known):
                raise ValueError(f"{name} weighs {min(unknown)}, which this release does not compute")
        return Fitted({n: float(w) for n, w in content["order"].items()}, float(content["threshold"]),
                      float(content["near"]), float(content["sure"]), _logistic(content["confidence"]),
                      _logistic(content["choice"]), float(content["offered"]),
                      {float(p): float(t) for p, t in content["refusal"].items()},
                      content["training"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadModel("reader_fitted", "{path}: does not belong to this release ({error}); install it again, or make "
                       "it with `kb train --reader`", path=path, error=error) from error


def _json(function: Logistic) -> dict[str, Any]:
    return {"intercept": round(function.intercept, 4),
            "weights": {name: round(weight, 4) for name, weight in function.weights.items()}}


def _logistic(content: Mapping[str, Any]) -> Logistic:
    return Logistic(float(content["intercept"]), {n: float(w) for n, w in content["weights"].items()})
