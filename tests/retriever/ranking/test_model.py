"""The file of fitted weights: what ships fits the features that are computed, what does not fit is refused by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.errors import BadModel
from retriever.ranking.features import CONFIDENCE, MORE, PASSAGE, UNIT
from retriever.ranking.fusion import BASE
from retriever.ranking.model import PACKAGED, load_model, packaged
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article, retriever_of


def test_the_shipped_file_weighs_what_is_computed() -> None:
    model = packaged()
    assert set(model.base) <= set(BASE)
    assert set(model.corrections) | set(model.gains) <= set(PASSAGE)
    assert set(model.evidence) <= set(UNIT) and set(model.more.weights) <= set(MORE)
    assert set(model.with_vectors.weights) | set(model.words_alone.weights) <= set(CONFIDENCE)
    assert all((model.base, model.corrections, model.evidence, model.more.weights, model.with_vectors.weights))


def test_the_shipped_file_is_what_is_written_for_its_model() -> None:
    assert packaged().text() == PACKAGED.read_text(encoding="utf-8")


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads(PACKAGED.read_text(encoding="utf-8"))
    change(content)
    return json.dumps(content)


def set_to(value: object, *path: str) -> str:
    def change(content: dict[str, Any]) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value
    return changed(change)


@pytest.mark.parametrize(("text", "code", "says"), [
    ("", "model_damaged", "not JSON"), ("{", "model_damaged", "not JSON"), ("[]", "model_format", "kb train"),
    (set_to(99, "format"), "model_format", "99"),
    (set_to(0.5, "ranking", "base", "luck"), "model_feature", "ranking.base weighs luck"),
    (set_to(0.5, "evidence", "weights", "luck"), "model_feature", "evidence.weights weighs luck"),
    (set_to(0.5, "confidence", "words_alone", "weights", "luck"), "model_feature", "words_alone.weights weighs luck"),
    (set_to("much", "ranking", "base", "words"), "model_damaged", "ranking.base.words is not a number"),
    (set_to(True, "evidence", "more", "intercept"), "model_damaged", "evidence.more.intercept is not a number"),
    (set_to(float("nan"), "evidence", "more", "intercept"), "model_damaged", "evidence.more.intercept is not a number"),
    (set_to(10**400, "evidence", "more", "intercept"), "model_damaged", "evidence.more.intercept is not a number"),
    (set_to(1e308, "ranking", "base", "words"), "model_damaged", "ranking.base.words is not a number"),
    (set_to("much", "evidence", "reading"), "model_damaged", "evidence.reading is not a number"),
    ("[" * 200_000, "model_damaged", "not JSON"),
    ('{"format": 1, "format": 1}', "model_damaged", "names format twice"),
    (set_to([], "ranking", "gains"), "model_damaged", "ranking.gains is not an object"),
    (set_to({}, "luck"), "model_damaged", "luck is unknown"),
    (changed(lambda c: c.pop("evidence")), "model_damaged", "evidence is missing"),
    (changed(lambda c: c["confidence"].pop("words_alone")), "model_damaged", "confidence.words_alone is missing"),
])
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path: Path, text: str, code: str, says: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadModel) as refused:
        load_model(path)
    assert refused.value.code == code
    assert says in refused.value.message and str(path) in refused.value.message


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"own\.json.*search\.model"):
        load_model(tmp_path / "own.json")


def test_the_setting_names_another_file(settings: Settings, database: Database, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    shutil.copy(PACKAGED, own)
    published_article(database, "card", "社保卡到网点申领。", title="社保卡")

    def confidence() -> float:
        named = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 0.0},
                              embedding={"provider": "none"}, search={"model": str(own)})
        retriever = retriever_of(named, database)
        try:
            return retriever.ask(AskRequest("社保卡怎么申领"), CITIZEN, now=NOW).confidence
        finally:
            retriever.close()

    before = confidence()
    own.write_text(set_to(-9.0, "confidence", "words_alone", "intercept"), encoding="utf-8")
    assert confidence() < 0.05 < before
