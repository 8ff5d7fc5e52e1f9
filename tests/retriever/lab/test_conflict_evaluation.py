"""``kb eval`` of pairs of texts: figures that anyone can score anew from the lines, and weights that pairs teach."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from kb.errors import Invalid
from kb.settings import load_settings
from retriever.checking.contradicting import Contradicting, Weights
from retriever.checking.own_words import OwnWords
from retriever.lab.evaluation.conflicts import (
    build_contradicting,
    is_of_conflicts,
    labelled_candidates,
    measure_conflicts,
)
from retriever.lab.training.contradictions import among, fit
from retriever.language.analysis import Analyser
from retriever.ranking.model import Logistic
from tests.fakes import FakeEmbedder

TABLE = "| 科目 | 补考费 |\n|---|---|\n| 科目三 | {} |\n"


def pair(name: str, one: str, other: str, *, conflict: bool, kind: str = "fee") -> dict[str, Any]:
    """Two tables of one row: their cells are about the same, whatever figure stands in them."""
    sides = {key: {"title": "考试", "department": "市车管所", "heading": "收费", "text": TABLE.format(fee)}
             for key, fee in (("a", one), ("b", other))}
    return {"id": name, "lang": "zh", **sides, "conflict": conflict, "kind": kind, "quote_a": one, "quote_b": other}


PAIRS = [pair("c1", "115元", "125元", conflict=True), pair("c2", "115元", "一百一十五元", conflict=False),
         pair("c3", "30元", "40元", conflict=False), pair("c4", "3份", "4份", conflict=True, kind="quantity")]


def write_set(folder: Path, pairs: list[dict[str, Any]]) -> Path:
    (folder / "conflicts.jsonl").write_text("".join(json.dumps(one) + "\n" for one in pairs), encoding="utf-8")
    return folder


@pytest.fixture
def check() -> Contradicting:
    return Contradicting(FakeEmbedder(), OwnWords(Analyser()), Weights(Logistic(1.0, {}), 0.6, {}))


def test_told_and_missed_pairs_are_counted_in_all_and_by_kind(check: Contradicting, tmp_path: Path) -> None:
    folder, lines = write_set(tmp_path, PAIRS), io.StringIO()
    result = measure_conflicts(check, folder, run_file=lines)
    assert is_of_conflicts(folder)
    assert (result["pairs"], result["conflicts"], result["quotes"]) == (4, 2, 1.0)
    assert (result["precision"], result["recall"], result["f1"]) == (0.5, 0.5, 0.5)
    assert result["by_kind"]["quantity"] == {"conflicts": 1, "precision": 1.0, "recall": 0.0, "f1": 0.0}
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert told[0] == {"id": "c1", "conflict": True, "score": 0.7311, "quote_a": "115元", "quote_b": "125元"}
    assert told[1] == {"id": "c2", "conflict": False, "score": 0.0, "quote_a": "", "quote_b": ""}
    assert measure_conflicts(check, folder, limit=1)["pairs"] == 1


def test_a_pair_without_a_text_is_refused(check: Contradicting, tmp_path: Path) -> None:
    folder = write_set(tmp_path, [{"id": "c1", "a": {"title": "狗证"}, "b": {"text": "免费。"}}])
    with pytest.raises(Invalid, match="c1: a and b must have a text"):
        measure_conflicts(check, folder)


def test_without_a_model_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"embedding\.provider"):
        build_contradicting(load_settings(tmp_path, {}, embedding={"provider": "none"}))


def test_pairs_and_articles_that_agree_teach_the_weights(check: Contradicting, tmp_path: Path) -> None:
    pairs = [*PAIRS, pair("c5", "6元", "8元", conflict=True)]
    labelled = list(labelled_candidates(check, write_set(tmp_path, pairs)))
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps({
        "id": name, "title": "考试", "lang": "zh", "text": TABLE.format(fee)}) + "\n"
        for name, fee in (("d1", "7元"), ("d2", "9元"))), encoding="utf-8")
    for name, text in (("queries.jsonl", ""), ("qrels.tsv", "query-id\tcorpus-id\tscore\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    apart = list(among(check, tmp_path))
    assert len(apart) == 1
    weights = fit(labelled, apart, precision=0.95)
    assert weights.training == {"pairs": 5, "contradictions": 3, "candidates": 3, "agreeing": 1, "apart": 1,
                                "precision": 0.95}
    assert 0.5 <= weights.told <= 1.0
    assert json.loads(weights.text())["weights"] == dict(weights.chance.weights)


def test_pairs_without_a_contradiction_teach_nothing(check: Contradicting, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is a contradiction"):
        fit(list(labelled_candidates(check, write_set(tmp_path, PAIRS[1:3]))), [], precision=0.95)
