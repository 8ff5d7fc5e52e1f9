"""The benchmark on a small corpus, without the other systems: that it generates, measures and prints."""

from __future__ import annotations

import json
import math
from itertools import islice
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import corpus, pages, quality, report, rereading, staleness
from bench.measure import as_json, question_of
from retriever.embedding.weights import packaged_weights
from retriever.reader import PACKAGED

TINY = Path(__file__).parent / "data" / "tiny"


def test_a_corpus_follows_from_its_seed_and_a_smaller_one_is_its_beginning() -> None:
    small, large = list(corpus.articles(100, seed=7)), list(corpus.articles(200, seed=7))
    assert small[:-1] == large[:len(small) - 1]
    assert small != list(corpus.articles(100, seed=8))
    assert corpus.questions(large, 20, seed=7) == corpus.questions(large, 20, seed=7)


def test_passages_are_as_many_as_wanted_and_never_alike() -> None:
    bodies = [body for history in corpus.articles(1_000) for text in history for _, _, body in text.sections]
    assert len(bodies) == len(set(bodies)) == 1_000


def test_filters_and_revisions_occur() -> None:
    made = list(corpus.articles(2_000))
    asked = corpus.questions(made, 200)
    assert any(len(history) > 1 for history in made)
    assert {history[0].lang for history in made} == {"zh", "en"}
    assert {history[0].audience for history in made} == {"public", "agent"}
    assert 0.3 < sum(q.is_filtered for q in asked) / len(asked) < 0.7
    assert all(question_of(json.loads(json.dumps(as_json(q)))) == q for q in asked)


def test_one_command_measures_and_prints_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--passages", "200", "--questions", "20", "--seconds", "1", "--words-only", "--work", str(tmp_path)]
    assert bench.main([*options, "--json"]) == 0
    size = json.loads(capsys.readouterr().out)["sizes"][0]
    ours = size["ours"]
    assert ours["build"]["passages"] >= 200  # a passage with two intervals stands twice
    assert ours["ask_ms"]["p99"] >= ours["ask_ms"]["p50"] > 0
    assert ours["memory"]["peak"] > 0
    assert ours["cold_start_s"] > 0
    assert ours["sustained"]["answered_per_s"] > 0
    assert set(size["peers"].values()) == {None}
    report.show([size], [])
    shown = capsys.readouterr().out
    assert "ask ms" in shown
    assert "not installed" in shown


def test_looking_for_staleness_is_measured_on_a_filled_base(capsys: pytest.CaptureFixture[str]) -> None:
    assert staleness.main(["--articles", "120", "--json"]) == 0
    found, = json.loads(capsys.readouterr().out)
    assert found["articles"] == 120
    assert found["raised"] > 0
    assert found["after_publication_ms"]["max"] >= found["after_publication_ms"]["p50"] > 0


def test_the_departments_pages_are_measured_on_a_filled_base(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--articles", "60", "--drafts", "10", "--waiting", "6", "--times", "2")
    monkeypatch.setattr("sys.argv", ["bench.pages", *options])
    assert pages.main() == 0
    found = json.loads(capsys.readouterr().out)["pages"]
    assert {"desk, manager", "desk search, department", "text in review", "where used"} <= found.keys()
    assert all(one["p95_ms"] >= 0 and one["statements"] > 0 for one in found.values())


def test_quality_of_systems_without_revisions_counts_documents_once_and_passages_by_overlap(tmp_path: Path) -> None:
    class Fixed:
        """A bench whose other system gives the passages in the order of the corpus; who reads knows shared words."""

        work = tmp_path

        def settings(self, folder: Path) -> bench.Settings:
            return bench.settings_of(folder, tmp_path, provider="none")

        def peer(self, _name: str, spec: dict[str, object]) -> dict[str, object]:
            texts = Path(str(spec["passages"])).read_text(encoding="utf-8").splitlines()
            asked: list[list[str]] = spec["asked"]  # type: ignore[assignment]
            return {"found": [list(islice(range(len(texts)), 50)) for _ in asked],
                    "reads": [[(float(len({*question} & {*text})), 0.0) for text in texts] for *_, question in asked]}

    found = quality.compare(Fixed(), TINY, ["fixed"], limit=None)
    assert list(found["systems"]) == ["this system", "fixed", "fixed, read"]
    own, other, read = found["systems"].values()
    assert own["ndcg@10"] > other["ndcg@10"] > 0
    assert own["passage_hit@5"] >= own["passage_hit@1"] > other["passage_hit@1"]
    assert read["ndcg@10"] > other["ndcg@10"] and read["passage_hit@1"] > other["passage_hit@1"]


@pytest.mark.parametrize("sizes", ["many", "0", "100,-1"])
def test_sizes_that_are_none_are_said(sizes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["--passages", sizes])
    assert ended.value.code == 2 and "--passages" in capsys.readouterr().err


SOURCE = "## 到哪里办\n\n到长安街9号服务站办理。\n\n## 要带什么\n\n带身份证和户口簿。\n\n## 多少钱\n\n每件收20元。\n"


@pytest.fixture(scope="module")
def rereader(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> rereading.Rereader:
    """The packaged reader over four documents: the first, one without text, and two more."""
    path = tmp_path_factory.mktemp("rereading") / "documents.jsonl"
    rereading.write_documents(path, [("居住证", "zh", SOURCE), ("空白", "zh", ""), ("护照", "zh", SOURCE),
                                     ("Ferry", "en", "## Fares\n\nA ticket costs 5 yuan.\n")])
    spec = {"file": str(PACKAGED), "model": str(model_folder), "words": str(packaged_weights()), "threads": 1,
            "most": 3, "seconds": 600.0, "sure": math.inf}
    return rereading.open_rereader(spec, path)


def test_positions_of_other_systems_are_the_passages_of_the_documents_in_their_order(
        rereader: rereading.Rereader) -> None:
    found = [text.passage for text in rereader.texts([6, 1, 3, 0])]
    assert [(p.title, p.heading_path[-1:]) for p in found] == [("Ferry", ("Fares",)), ("居住证", ("要带什么",)),
                                                               ("护照", ("到哪里办",))]  # and no more than it reads
    assert all(p.units for p in found)


def test_what_is_read_as_the_answer_comes_first_unless_the_rank_weighs_more(rereader: rereading.Rereader) -> None:
    positions = [2, 0, 1, 6]
    reads = rereader.read("办居住证要带什么材料", [], rereader.texts(positions))
    assert len(reads) == 3  # what lies further down keeps its place
    order = {"passage": 0.2, "unit": 0.1, "score": 2.0}
    assert rereading.reordered(positions, reads, order, 0.0)[0] == 1
    assert rereading.reordered(positions, reads, order, 0.0)[3] == 6
    assert rereading.reordered(positions, reads, order, 1e3) == positions
    assert rereading.reordered(positions, [], order, 0.0) == positions  # nothing was read
