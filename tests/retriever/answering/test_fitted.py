"""The file of what was fitted to a reader's scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retriever.answering.fitted import Fitted, load_fitted
from retriever.errors import BadModel
from retriever.ranking.model import Logistic

FITTED = Fitted({"score": 2.0, "passage": 0.5}, -1.0, 1.5, 4.0, Logistic(-0.5, {"passage": 0.4, "gap": 0.3}),
                Logistic(0.1, {"passage": 0.2}), 0.4, {0.8: 0.6, 0.9: 0.75}, {"sets": ["one"]})


@pytest.fixture
def written(tmp_path: Path) -> Path:
    weights = tmp_path / "own.onnx"
    weights.write_bytes(b"layers")
    path = tmp_path / "own.json"
    path.write_text(FITTED.text(weights), encoding="utf-8")
    return path


def changed(path: Path, **values: Any) -> Path:
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")
    return path


def test_what_was_written_is_read(written: Path) -> None:
    assert load_fitted(written) == FITTED


def test_between_known_precisions_the_threshold_rises_in_a_line(written: Path) -> None:
    fitted = load_fitted(written)
    assert fitted.refused_below(0.8) == pytest.approx(0.6)
    assert fitted.refused_below(0.85) == pytest.approx(0.675)
    assert (fitted.refused_below(0.0), fitted.refused_below(1.0)) == (0.0, 1.0)


@pytest.mark.parametrize("values", [
    {"format": 99}, {"order": {"moon": 1.0}}, {"order": []}, {"threshold": "high"}, {"choice": {"intercept": 0}},
    {"confidence": {"intercept": 0, "weights": {"stars": 1.0}}}, {"refusal": {"much": 1}}])
def test_a_file_of_another_release_is_refused_by_name(written: Path, values: dict[str, Any]) -> None:
    with pytest.raises(BadModel, match=r"own\.json"):
        load_fitted(changed(written, **values))


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"format": 1}'])
def test_a_damaged_file_is_refused(written: Path, content: str) -> None:
    written.write_text(content, encoding="utf-8")
    with pytest.raises(BadModel, match=r"kb train --reader"):
        load_fitted(written)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel):
        load_fitted(tmp_path / "none.json")
