"""``kb eval`` on a set of edits: each is checked as a draft, and the figures follow from the lines of the run."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kb.errors import Invalid
from retriever.lab.evaluation.edits import Checked, Edit, measures, read_edits
from tests.retriever.shell import kb_by_words

TINY = Path(__file__).parents[2] / "data/tiny"
EDITS: list[dict[str, Any]] = [
    {"id": "e1", "doc": "zh-card", "edits": [["工本费20元", "工本费200元"]], "kind": "figure slip", "harmful": True,
     "questions": ["q02"]},
    {"id": "e2", "doc": "zh-card", "edits": [["有效期7天", "有效期为七天"]], "kind": "figures in another form",
     "harmful": False, "questions": []},
]
kb_eval = partial(kb_by_words, "eval")


def folder_of(folder: Path, edits: list[dict[str, Any]]) -> Path:
    (folder / "set.yaml").write_text(f"of: {TINY}\n", encoding="utf-8")
    (folder / "edits.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in edits),
                                        encoding="utf-8")
    return folder


def test_edits_are_checked_and_measured(tmp_path: Path) -> None:
    done = kb_eval(tmp_path, str(folder_of(tmp_path, EDITS)), "--run", str(tmp_path / "run.jsonl"))
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [sorted(line) for line in lines] == [["callbacks", "contradictions", "id", "took_ms", "warned"]] * 2
    assert [line["id"] for line in lines] == ["e1", "e2"]
    assert lines[1]["warned"] == []
    assert (result["edits"], result["harmful"], result["harmless"]) == (2, 1, 1)
    assert result["rightly_warned"] == float("q02" in lines[0]["warned"])
    assert result["false_per_harmless"] == 0
    assert lines[1]["callbacks"] == [] and "q02" in lines[0]["callbacks"]
    assert (result["callbacks"]["named_of_changed"], result["callbacks"]["harmless_that_name"]) == (1.0, 0)


def checked(name: str, warned: tuple[str, ...], questions: set[str], *, other: str = "", told: str = "") -> Checked:
    edit = Edit(name, "d", (), "kind", bool(questions), frozenset(questions), other)
    return Checked(edit, warned, 10.0, contradictions=((told, "…"),) if told else ())


def test_the_figures_are_those_of_the_definition() -> None:
    found = measures([checked("a", ("q1", "q9"), {"q1", "q2"}), checked("b", (), {"q3"}), checked("c", ("q4",), set()),
                      checked("d", (), set()), checked("e", (), {"q5"}, other="x", told="x"),
                      checked("f", (), set(), told="y")])
    assert (found["rightly_warned"], found["precision"], found["recall"]) == (0.6667, 0.3333, 0.25)
    assert (found["false_per_harmless"], found["alone"]["rightly_warned"]) == (0.3333, 0.5)
    assert found["contradictions"] == {"wanted": 1, "found": 1, "others": 1}
    assert found["took_ms"] == {"p50": 10.0, "p95": 10.0, "max": 10.0}


@pytest.mark.parametrize(("changed", "says"), [
    ({"doc": "none"}, "no document"), ({"edits": [["not there", "x"]]}, "does not hold what is replaced")])
def test_a_set_that_does_not_fit_its_corpus_is_refused(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_edits(folder_of(tmp_path, [EDITS[0] | changed]))
