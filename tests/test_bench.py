"""The benchmark on a small corpus, without the other systems: that it generates, measures and prints."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import corpus, quality, report
from bench.measure import as_json, question_of

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


def test_quality_of_systems_without_revisions_counts_documents_once_and_passages_by_overlap(tmp_path: Path) -> None:
    class Fixed:
        """A bench whose other system gives the passages in the order of the corpus."""

        work = tmp_path

        def settings(self, folder: Path) -> bench.Settings:
            return bench.settings_of(folder, tmp_path, provider="none")

        def peer(self, _name: str, spec: dict[str, object]) -> dict[str, object]:
            count = len(Path(str(spec["passages"])).read_text(encoding="utf-8").splitlines())
            return {"found": [list(islice(range(count), 50)) for _ in spec["questions"]]}  # type: ignore[attr-defined]

    found = quality.compare(Fixed(), TINY, ["fixed"], limit=None)
    own, other = found["systems"]["this system"], found["systems"]["fixed"]
    assert own["ndcg@10"] > other["ndcg@10"] > 0
    assert own["passage_hit@5"] >= own["passage_hit@1"] > other["passage_hit@1"]


@pytest.mark.parametrize("sizes", ["many", "0", "100,-1"])
def test_sizes_that_are_none_are_said(sizes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["--passages", sizes])
    assert ended.value.code == 2 and "--passages" in capsys.readouterr().err
