"""The fitted numbers: weights of ranking, evidence and confidence, read from a small file that ``kb train`` writes.

Nothing else in the retriever holds a fitted number. The file names every feature that it weighs; a file of another
version, a damaged one, or one that weighs what this release does not compute is refused, never half used.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from kb.messages.message import Message
from retriever.errors import BadModel
from retriever.ranking.features import CONFIDENCE, MORE, PASSAGE, UNIT
from retriever.ranking.fusion import BASE

FORMAT = 3
_KINDS = ("with_vectors", "words_alone")
_LARGEST = 1e6  # no fitted number comes near; sums of larger ones would overflow
PACKAGED = Path(__file__).with_name("model.json")

Weights = Mapping[str, float]
Vector = NDArray[np.float64]


def dense(weights: Weights, names: Sequence[str]) -> Vector:
    """One weight for each name, 0 for those that are not weighed."""
    return np.array([weights.get(name, 0.0) for name in names], np.float64)


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic function of some features; what is not given counts as 0."""

    intercept: float
    weights: Weights

    def __call__(self, values: Mapping[str, float]) -> float:
        total = self.intercept + sum(weight * values.get(name, 0.0) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(min(total, 50.0), -50.0)))


@dataclass(frozen=True)
class Model:
    """All that is fitted.

    ``base`` puts all candidates in a first order; ``corrections`` are added for those that are described; ``gains``
    reorder the passages of one article only, and ``reading`` those of the first by what their units say. ``evidence``
    orders the units that may answer, ``more`` is the chance that another one makes the answer better, ``with_vectors``
    and ``words_alone`` that the question can be answered.
    ``refusal`` holds for each of these two the confidence from which answers reached a precision, for rising
    precisions. ``training`` records what made the file.
    """

    base: Weights
    corrections: Weights
    gains: Weights
    evidence: Weights
    more: Logistic
    with_vectors: Logistic
    words_alone: Logistic
    reading: float = 0.0
    refusal: Mapping[str, Mapping[float, float]] = field(default_factory=lambda: {kind: {} for kind in _KINDS})
    training: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def correction_vector(self) -> Vector:
        """``corrections`` in the order of PASSAGE."""
        return dense(self.corrections, PASSAGE)

    @cached_property
    def gain_vector(self) -> Vector:
        """``gains`` in the order of PASSAGE."""
        return dense(self.gains, PASSAGE)

    @cached_property
    def evidence_vector(self) -> Vector:
        """``evidence`` in the order of UNIT."""
        return dense(self.evidence, UNIT)

    @cached_property
    def more_vector(self) -> Vector:
        """The weights of ``more`` in the order of MORE."""
        return dense(self.more.weights, MORE)

    def threshold(self, precision: float, *, words_alone: bool) -> float:
        """The confidence from which answers are given; 0 gives all answers, 1 none, between known points a line."""
        known = self.refusal[_KINDS[words_alone]]
        at, reached = zip((0.0, 0.0), *sorted(known.items()), (1.0, 1.0), strict=True)
        return float(np.interp(precision, at, reached))

    def text(self) -> str:
        """The file: equal models give equal bytes."""
        content = {
            "format": FORMAT,
            "ranking": {"base": _rounded(self.base), "corrections": _rounded(self.corrections),
                        "gains": _rounded(self.gains)},
            "evidence": {"weights": _rounded(self.evidence), "more": _logistic_json(self.more),
                         "reading": round(float(self.reading), 4)},
            "confidence": {"with_vectors": _logistic_json(self.with_vectors),
                           "words_alone": _logistic_json(self.words_alone)},
            "refusal": {kind: {f"{p:.2f}": round(t, 6) for p, t in sorted(self.refusal[kind].items())}
                        for kind in _KINDS},
            "training": dict(self.training),
        }
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _rounded(weights: Weights) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in weights.items()}


def _logistic_json(function: Logistic) -> dict[str, Any]:
    return {"intercept": round(float(function.intercept), 4), "weights": _rounded(function.weights)}


class _Twice(Exception):
    """A key that stands twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these members: JSON readers differ in which of two equal keys they take, so none may be."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1)[:40])
    return found


def load_model(path: Path) -> Model:
    """The model in a file. Raises BadModel that says what is wrong with it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_object)
    except OSError as error:
        raise BadModel("model_missing", "{path}: cannot be read ({strerror}); set search.model to a file that `kb "
                       "train` wrote, or leave it empty", path=path, strerror=error.strerror) from error
    except _Twice as error:
        raise BadModel("model_damaged", "{path}: names {error} twice; make it anew with `kb train`", path=path,
                       error=error) from error
    except (ValueError, RecursionError) as error:
        raise BadModel("model_damaged", "{path}: is damaged, not JSON; make it anew with `kb train`",
                       path=path) from error
    return _Reader(path).model(content)


@lru_cache(maxsize=1)
def packaged() -> Model:
    """The model that comes with this release."""
    return load_model(PACKAGED)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file's content and names the file in every error."""

    path: Path

    def model(self, content: Any) -> Model:
        version = content.get("format") if isinstance(content, dict) else None
        if version != FORMAT:
            raise BadModel("model_format", "{path}: is of format {version}, this release reads {format}; make it anew "
                           "with `kb train`", path=self.path, version=str(version)[:20], format=FORMAT)
        parts = self._object(content, "", ("format", "ranking", "evidence", "confidence", "refusal", "training"))
        ranking = self._object(parts["ranking"], "ranking", ("base", "corrections", "gains"))
        evidence = self._object(parts["evidence"], "evidence", ("weights", "more", "reading"))
        confidence = self._object(parts["confidence"], "confidence", _KINDS)
        refusal = self._object(parts["refusal"], "refusal", _KINDS)
        if not isinstance(parts["training"], dict):
            self._damaged(Message("training is not an object"))
        return Model(
            base=self._weights(ranking["base"], "ranking.base", BASE),
            corrections=self._weights(ranking["corrections"], "ranking.corrections", PASSAGE),
            gains=self._weights(ranking["gains"], "ranking.gains", PASSAGE),
            evidence=self._weights(evidence["weights"], "evidence.weights", UNIT),
            more=self._logistic(evidence["more"], "evidence.more", MORE),
            with_vectors=self._logistic(confidence["with_vectors"], "confidence.with_vectors", CONFIDENCE),
            words_alone=self._logistic(confidence["words_alone"], "confidence.words_alone", CONFIDENCE),
            reading=self._number(evidence["reading"], "evidence.reading"),
            refusal={kind: self._table(refusal[kind], f"refusal.{kind}") for kind in _KINDS},
            training=parts["training"])

    def _damaged(self, what: Message) -> NoReturn:
        raise BadModel("model_damaged", "{path}: {what}; make it anew with `kb train`", path=self.path, what=what)

    def _object(self, value: Any, where: str, keys: Sequence[str]) -> dict[str, Any]:
        """A JSON object with exactly these keys."""
        if not isinstance(value, dict):
            self._damaged(Message("{where} is not an object", where=where))
        prefix = f"{where}." if where else ""
        for key in keys:
            if key not in value:
                self._damaged(Message("{prefix}{key} is missing", prefix=prefix, key=key))
        for key in value:
            if key not in keys:
                self._damaged(Message("{prefix}{key} is unknown", prefix=prefix, key=key[:40]))
        return value

    def _logistic(self, value: Any, where: str, names: Sequence[str]) -> Logistic:
        parts = self._object(value, where, ("intercept", "weights"))
        return Logistic(self._number(parts["intercept"], f"{where}.intercept"),
                        self._weights(parts["weights"], f"{where}.weights", names))

    def _table(self, value: Any, where: str) -> dict[float, float]:
        """Thresholds by precision, neither of them falling."""
        if not isinstance(value, dict):
            self._damaged(Message("{where} is not an object", where=where))
        found: dict[float, float] = {}
        for key, number in value.items():
            try:
                precision = float(key)
            except ValueError:
                self._damaged(Message("{where}.{key} is not a precision", where=where, key=key[:40]))
            threshold = self._number(number, f"{where}.{key}")
            if not (max(found, default=0.0) < precision < 1 and max(found.values(), default=0.0) <= threshold <= 1):
                self._damaged(Message("{where}.{key} must lie between 0 and 1 and rise", where=where, key=key[:40]))
            found[precision] = threshold
        return found

    def _weights(self, value: Any, where: str, names: Sequence[str]) -> dict[str, float]:
        if not isinstance(value, dict):
            self._damaged(Message("{where} is not an object", where=where))
        unknown = [name for name in value if name not in names]
        if unknown:
            listed = [name[:40] for name in unknown[:5]]
            raise BadModel("model_feature", "{path}: {where} weighs {listed}, which this release does not compute; "
                           "make it anew with `kb train`", path=self.path, where=where, listed=listed, unknown=unknown)
        return {name: self._number(number, f"{where}.{name}") for name, number in value.items()}

    def _number(self, value: Any, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
            self._damaged(Message("{where} is not a number", where=where))
        return float(value)
