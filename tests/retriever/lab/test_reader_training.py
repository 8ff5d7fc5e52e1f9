"""``kb train --reader``: what is wrong is said before the hours that learning takes; lessons hold what is right.

Nothing here learns: that needs PyTorch, which no test installs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kb.errors import Invalid
from kb.settings import load_settings
from retriever.answering import reading
from retriever.answering.fitted import load_fitted
from retriever.embedding.pieces import Pieces
from retriever.embedding.weights import packaged_weights, word_table
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.training import command
from retriever.lab.training.reader.examples import Lesson, lessons
from retriever.lab.training.reader.fit import keep
from retriever.reader.local import LocalReader
from tests.conftest import NOW
from tests.retriever.reader.untrained import untrained

ROOT = Path(__file__).parents[3]
TINY = ROOT / "tests/data/tiny"


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.train(parser)
    return parser.parse_args(arguments)


@pytest.mark.parametrize(("arguments", "says"), [
    ((), "at least one folder"), ((str(TINY), "--fit", str(TINY)), "belongs to --reader"),
    ((str(TINY), "--passes", "2"), "belongs to --reader"), ((str(TINY), "--device", "cpu"), "belongs to --reader"),
    ((str(TINY), "--reader"), "--out FILE.onnx"), ((str(TINY), "--reader", "--out", "reader.json"), "--out FILE.onnx"),
    ((str(TINY), "--reader", "--out", "r.onnx", "--measure", "x"), "--measure has no part"),
    ((str(TINY), "--reader", "--out", "r.onnx", "--ablate"), "--ablate has no part"),
    ((str(TINY), "--reader", "--out", "r.onnx", "--begin", "nowhere.pt"), "nowhere.pt: there is no such file"),
    ((str(TINY), "--reader", "--out", "r.onnx", "--passes", "-1"), "--passes"),
    ((str(TINY), "--reader", "--out", "r.onnx", "--passes", "nan"), "--passes"),
    ((str(TINY), "--reader", "--out", "r.onnx", "--processes", "100000"), "--processes"),
    ((str(TINY), "--reader", "--out", "r.onnx", "--fit", str(TINY)), "named twice"),
    (("--reader", "--out", "r.onnx", "--fit", str(TINY)), "no such reader to fit"),
    ((str(TINY), "--reader", "--out", "nowhere/r.onnx"), "its folder does not exist"),
    (("nowhere", "--reader", "--out", "r.onnx"), "nowhere"),
])
def test_wrong_use_is_said_at_once(arguments: tuple[str, ...], says: str, tmp_path: Path,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Invalid) as error:
        command._check(parsed(*arguments))
    assert says in error.value.message
    assert "\n" not in error.value.message


def test_right_use_is_not_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command._check(parsed(str(TINY), "--reader", "--out", "r.onnx", "--passes", "1.5", "--seed", "3"))


def test_a_file_of_fitted_weights_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_bytes((ROOT / "retriever/ranking/model.json").read_bytes())
    with pytest.raises(Invalid, match=r"own\.json.*name another"):
        command._check(parsed(str(TINY), "--reader", "--out", str(tmp_path / "own.onnx")))


def test_without_torch_it_says_what_to_install_and_collects_nothing(tmp_path: Path) -> None:
    code = ("import sys; sys.modules['torch'] = None; import kb.cli; "
            f"sys.exit(kb.cli.main(['train', {str(TINY)!r}, '--reader', '--out', 'own.onnx']))")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": str(ROOT), "KB__DATA__DIR": str(tmp_path / "data")})
    assert (done.returncode, done.stdout) == (3, "")
    assert "PyTorch" in done.stderr and "pip install 'hotline-kb[training]'" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data/model").exists() and not (tmp_path / "own.onnx").exists()


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> list[Lesson]:
    folder = tmp_path_factory.mktemp("lessons")
    settings = load_settings(folder, {}, data={"dir": str(folder)}, embedding={"provider": "none"})
    return lessons(settings, TINY, Pieces(model_folder), now=NOW, progress=lambda *_: None)


def test_every_question_that_can_teach_is_a_lesson(taught: list[Lesson]) -> None:
    dataset = read_dataset(TINY)
    with_spans = {q.id for q in dataset.queries if q.answerable and dataset.gold.get(q.id) and dataset.gold[q.id].spans}
    without_answer = {q.id for q in dataset.queries if not q.answerable}
    assert with_spans and without_answer
    assert [lesson.query_id for lesson in taught] == [q.id for q in dataset.queries
                                                      if q.id in with_spans | without_answer]


def test_a_lesson_says_of_each_unit_in_its_windows_whether_it_is_right(taught: list[Lesson]) -> None:
    dataset = read_dataset(TINY)
    answerable = {q.id for q in dataset.queries if q.answerable}
    for lesson in taught:
        assert all(len(example.right) == len(example.window.units) for example in lesson.examples)
        assert any(any(example.right) for example in lesson.examples) == (lesson.query_id in answerable)
        assert all(example.is_near for example in lesson.examples if any(example.right))
        assert lesson.query_id in answerable or not any(example.is_near for example in lesson.examples)


def test_a_reader_is_fitted_to_a_set_that_taught_it_nothing_and_the_file_says_what_made_it(
        tmp_path: Path, model_folder: Path) -> None:
    file = untrained(tmp_path / "city.onnx")
    settings = load_settings(tmp_path, {}, data={"dir": str(model_folder.parents[1])}, embedding={"provider": "none"})
    arguments = parsed("--reader", "--fit", str(TINY), "--out", str(file))
    command._check(arguments)
    assert command.reader.train_reader(arguments, settings) == 0
    fitted = load_fitted(file.with_suffix(".json"))
    assert [one["name"] for one in fitted.training["fitted_on"]] == ["tiny"]
    assert "sets" not in fitted.training
    assert str(tmp_path) not in file.with_suffix(".json").read_text(encoding="utf-8")


def test_what_is_kept_of_reading_belongs_to_the_passages_that_are_kept_of_finding(
        tmp_path: Path, model_folder: Path) -> None:
    """One article fills the first places, so that the best of another lies beyond what is kept."""
    terms = "".join(f"## 第{n}类停车证\n\n办理停车证须带行驶证。停车证第{n}类当日办结。\n\n" for n in range(1, 36))
    texts = {"many": ("停车证办理", terms), "further": ("门禁卡", "门禁卡坏了，找物业换。"),
             "far": ("车库租赁", "租车库的，向物业申请，" + "另付押金，" * 40 + "停车证另领。")}
    query = {"id": "q", "text": "停车证怎么办理", "answerable": True}
    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text("".join(
        json.dumps({"id": name, "title": title, "text": text}) + "\n" for name, (title, text) in texts.items()))
    (folder / "queries.jsonl").write_text(json.dumps(query) + "\n")
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\tmany\t1\n")
    (folder / "answers.jsonl").write_text(json.dumps({
        "query_id": "q", "answer": "办理停车证须带行驶证。", "must": ["行驶证"],
        "spans": [{"corpus_id": "many", "text": "办理停车证须带行驶证。"}]}) + "\n")
    settings = load_settings(tmp_path, {}, data={"dir": str(model_folder.parents[1])}, embedding={"provider": "none"})
    reader = LocalReader(untrained(tmp_path / "city.onnx"), Pieces(model_folder), word_table(packaged_weights()))
    (kept,) = keep(settings, folder, reader, now=NOW, progress=lambda *_: None)
    items = reading.to_read(kept.ranked)
    assert len({item.allowed.live.article_id for item in items}) == 1 < len(kept.reads)
    assert [len(one.units) for one in kept.reads] == [len(item.hit.passage.units) for item in items]
