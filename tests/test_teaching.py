"""What teaches the reader is whole: licensed, read by the product, and every answer a quote of the text it names."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from retriever.lab.evaluation.dataset import Dataset, read_dataset

ROOT = Path(__file__).parents[1]
TEACHING = ROOT / "teaching"
FOLDERS = sorted(path for path in TEACHING.iterdir() if (path / "queries.jsonl").is_file())
PAIRS = TEACHING / "pairs"
KINDS = {"fee", "amount", "percent", "deadline", "age", "quantity", "phone", "address", "hours", "date", "document",
         "person", "allowed", "competence"}
_ROW = re.compile(r"^\| `(\w+)` \| ([\d,]+|`articles/`) \| ([\d,]+) \| ([\d,]+) \|", re.MULTILINE)


def _lines(folder: Path, name: str) -> list[dict[str, Any]]:
    with (folder / name).open(encoding="utf-8") as file:  # lines end at \n alone: a text may hold other separators
        return [json.loads(line) for line in file]


@cache
def _dataset(folder: Path) -> Dataset:
    return read_dataset(folder)


def _texts(folder: Path) -> dict[tuple[str, int], str]:
    """Texts by id and revision; a document of a corpus has one."""
    if (folder / "corpus.jsonl").is_file():
        return {(document["id"], 1): document["text"] for document in _lines(folder, "corpus.jsonl")}
    found = {}
    for path in (ROOT / "articles").glob("*/*.md"):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        number = re.search(r"^revision: (\d+)$", front, re.MULTILINE)
        assert number, path
        found[path.name.split(".")[0], int(number[1])] = body
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_answer_is_quoted_from_a_text_of_its_set(folder: Path) -> None:
    texts, answerable = _texts(folder), {q["id"] for q in _lines(folder, "queries.jsonl") if q["answerable"]}
    answers = _lines(folder, "answers.jsonl")
    assert {answer["query_id"] for answer in answers} == answerable
    for answer in answers:
        assert answer["spans"] and answer["must"], answer["query_id"]
        for span in answer["spans"]:
            assert span["text"] in texts[span["corpus_id"], span.get("revision", 1)], answer["query_id"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_set_is_licensed_and_can_be_learned_from(folder: Path) -> None:
    first = (folder / "LICENCE").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("Apache-2.0")
    dataset = _dataset(folder)
    assert all(dataset.relevant[query.id] for query in dataset.queries if query.answerable)


def test_the_table_counts_what_is_there() -> None:
    told = {name: (int(questions), int(answered)) for name, _, questions, answered in _ROW.findall(
        (TEACHING / "README.md").read_text(encoding="utf-8"))}
    sets = {folder.name: _dataset(folder).queries for folder in FOLDERS}
    assert told == {name: (len(queries), sum(q.answerable for q in queries)) for name, queries in sets.items()}
    every = sum(questions for questions, _ in told.values())
    assert (TEACHING / "README.md").read_text(encoding="utf-8").splitlines()[2].startswith(f"{every:,} questions")


def test_it_is_no_package_and_small() -> None:
    assert not list(TEACHING.rglob("*.py"))
    assert sum(path.stat().st_size for path in TEACHING.rglob("*")) < 18_000_000


def test_pairs_quote_their_texts_and_hold_every_kind_and_class() -> None:
    pairs = _lines(PAIRS, "conflicts.jsonl")
    assert len({pair["id"] for pair in pairs}) == len(pairs)
    assert {(pair["kind"], pair["class"]) for pair in pairs} == {
        (kind, of) for kind in KINDS for of in ("conflict", "reason", "agree")}
    for pair in pairs:
        assert pair["conflict"] == (pair["class"] == "conflict") and pair["why"], pair["id"]
        for side in "ab":
            assert pair["quote_" + side] in pair[side]["text"], pair["id"]
            assert all(pair[side][name] for name in ("title", "department", "heading")), pair["id"]
    assert f"{len(pairs):,} pairs" in (TEACHING / "README.md").read_text(encoding="utf-8")
    assert (PAIRS / "LICENCE").read_text(encoding="utf-8").startswith("Apache-2.0")
