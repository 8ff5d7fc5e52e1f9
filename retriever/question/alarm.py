"""Emergencies told in words that no sign knows: a question that lies near what people say in one.

Signs (signs.py) are sure and know their words; a caller has others. A softmax over the question's vector, the one that
finding uses, says which kind it is most like, or none; it was taught by teaching/emergencies.yaml and by ordinary
questions as callers put them. It warns from a chance at which hardly an ordinary question was taken for one. Pure but
for reading its file.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Embedder
from retriever.errors import BadModel

FORMAT = 1
PACKAGED = Path(__file__).with_name("alarm.json")
NONE = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Alarm:
    """``weights`` (kinds, d) and ``bias`` (kinds,) give each kind's logit; ``fingerprint`` names the vectors' model."""

    kinds: Sequence[str]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    threshold: float
    fingerprint: str
    training: Mapping[str, object]

    def chances(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, kinds) the chance of each kind, rows adding up to 1, of (n, d) unit vectors."""
        logits = (vectors @ self.weights.T + self.bias).astype(np.float64)
        exped = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exped / exped.sum(axis=1, keepdims=True))

    def kind(self, vector: NDArray[np.float32]) -> str | None:
        """The kind of emergency that is told of; None where it is more likely an ordinary question."""
        chances = self.chances(vector[None])[0]
        alarm = 1 - float(chances[list(self.kinds).index(NONE)])
        if alarm < self.threshold:
            return None
        return max((chance, kind) for chance, kind in zip(chances.tolist(), self.kinds, strict=True) if kind != NONE)[1]

    def text(self) -> str:
        """The file."""
        packed = base64.b64encode(self.weights.astype("<f2").tobytes()).decode()
        return json.dumps({
            "format": FORMAT, "fingerprint": self.fingerprint, "kinds": list(self.kinds), "threshold": self.threshold,
            "bias": [round(float(value), 4) for value in self.bias], "weights": packed,
            "training": dict(self.training)},
            ensure_ascii=False, indent=1) + "\n"


def load_alarm(path: Path = PACKAGED) -> Alarm:
    """The packaged file, or another; raises BadModel where it is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}")
        kinds, bias = tuple(data["kinds"]), np.array(data["bias"], np.float32)
        weights = np.frombuffer(base64.b64decode(data["weights"], validate=True), "<f2").astype(np.float32)
        alarm = Alarm(kinds, weights.reshape(len(kinds), -1), bias, float(data["threshold"]),
                      str(data["fingerprint"]), dict(data["training"]))
        if NONE not in kinds or bias.shape != (len(kinds),) or not np.isfinite(weights).all() \
                or not np.isfinite(bias).all():
            raise ValueError("numbers and kinds do not fit")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadModel("alarm", "{path}: no usable file of emergencies: {error}", path=path,
                       error=str(error)[:200]) from error
    return alarm


def alarm_for(embedder: Embedder | None) -> Alarm | None:
    """The packaged alarm, where this embedder makes the vectors that taught it."""
    alarm = load_alarm() if embedder is not None else None
    return alarm if alarm and embedder and alarm.fingerprint == embedder.recipe.fingerprint else None
