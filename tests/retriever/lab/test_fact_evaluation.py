"""``kb eval`` of labelled texts: figures that anyone can score anew from the lines, and labels that are refused."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from kb.errors import Invalid
from retriever.lab.evaluation.texts import is_of_texts, measure_texts

DATES_GONE = Path(__file__).parents[2] / "data/dates_gone"


def write_set(folder: Path, texts: list[dict[str, Any]], facts: list[dict[str, Any]]) -> Path:
    for name, lines in (("texts.jsonl", texts), ("facts.jsonl", facts)):
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder


def text(name: str, words: str, lead: str = "") -> dict[str, Any]:
    return {"id": name, "lang": "zh", "title": "停车", "heading": "收费", "lead": lead, "text": words}


def test_right_wrong_and_missed_facts_are_counted_in_all_and_by_kind(tmp_path: Path) -> None:
    texts = [text("a", "首小时收费六元，十五分钟以内不计。"), text("b", "| 夜间 | 8 |", "| 时段 | 价格（元） |")]
    folder = write_set(tmp_path, texts, [
        {"id": "a", "facts": [{"quote": "六元", "kind": "money", "value": 6, "unit": "CNY"},
                              {"quote": "十五分钟以内", "kind": "duration", "value": 15, "unit": "minute"}]},
        {"id": "b", "facts": [{"quote": "8", "kind": "money", "value": 8.0, "unit": "CNY"}]}])
    lines = io.StringIO()
    result = measure_texts(folder, lines)
    assert (result["precision"], result["recall"]) == (round(2 / 3, 4), round(2 / 3, 4))  # the bound is not labelled
    assert result["by_kind"]["money"] == {"facts": 2, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert result["by_kind"]["duration"]["f1"] == 0.0
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert told[1] == {"id": "b", "facts": [{"quote": "8", "kind": "money", "value": 8, "unit": "CNY"}]}
    assert told[0]["facts"][1] == {"quote": "十五分钟以内", "kind": "duration", "value": 15, "unit": "minute",
                                   "op": "le"}


def test_only_facts_of_the_text_count_not_those_of_what_stands_above_it(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [text("a", "- 带身份证；", "限3日内补齐：")], [{"id": "a", "facts": []}])
    assert measure_texts(folder)["precision"] == 1.0


def test_a_label_of_a_text_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [text("a", "六元")], [{"id": "z", "facts": []}])
    assert is_of_texts(folder)
    with pytest.raises(Invalid, match="no text has the id 'z'"):
        measure_texts(folder)


def test_stretches_gone_by_are_right_where_they_overlap_a_label(tmp_path: Path) -> None:
    dates = {"effective_from": "2026-03-01", "as_of": "2027-03-01"}
    texts = [text("a", "优惠执行至2026年12月31日。") | dates, text("b", "今年起免费。") | dates,
             text("c", "自2025年1月1日起施行。") | dates]
    write_set(tmp_path, texts, [])
    (tmp_path / "facts.jsonl").unlink()
    (tmp_path / "dated.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (
        {"id": "a", "expired": ["至2026年12月31日"]}, {"id": "b", "expired": []}, {"id": "c", "expired": ["施行"]})),
        encoding="utf-8")
    lines = io.StringIO()
    result = measure_texts(tmp_path, lines)
    assert (result["expired"], result["precision"], result["recall"]) == (2, 0.5, 0.5)
    assert [json.loads(line)["expired"] for line in lines.getvalue().splitlines()] == [
        ["执行至2026年12月31日"], ["今年起"], []]
    with pytest.raises(Invalid, match="must be days"):
        write_set(tmp_path, [text("a", "今年起免费。") | {"effective_from": "soon", "as_of": "2027-03-01"}], [])
        (tmp_path / "facts.jsonl").unlink()
        (tmp_path / "dated.jsonl").write_text(json.dumps({"id": "a", "expired": []}), encoding="utf-8")
        measure_texts(tmp_path)


@pytest.mark.parametrize(("half", "precision", "recall"), [("taught", 0.98, 0.9), ("apart", 0.92, 0.84),
                                                            ("varied", 0.98, 0.88)])
def test_texts_as_offices_write_them_are_read_as_reported(half: str, precision: float, recall: float) -> None:
    result = measure_texts(DATES_GONE / half)
    assert result["precision"] >= precision
    assert result["recall"] >= recall
