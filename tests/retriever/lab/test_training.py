"""``kb train``: the same command gives the same bytes, a user's folder works, and what cannot be learned is said."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.lab.training import refusal
from retriever.lab.training.fitted import GROUPS, NEVER_AGAINST, Subset
from retriever.lab.training.logistic import Examples, fit_logistic
from retriever.ranking.features import CONFIDENCE, MORE, PASSAGE, UNIT
from retriever.ranking.fusion import BASE
from retriever.ranking.model import load_model, packaged
from retriever.settings import AskSettings
from tests.retriever.shell import kb_by_words

ROOT = Path(__file__).parents[3]
TINY, DEV = ROOT / "tests/data/tiny", ROOT / "tests/data/questions/dev"


kb_train = partial(kb_by_words, "train")


@pytest.fixture(scope="module")
def dev_part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every ninth of the callers' questions, over the whole sample."""
    folder = tmp_path_factory.mktemp("part") / "callers"
    folder.mkdir()
    (folder / "corpus.yaml").write_text(f"articles: {ROOT / 'articles'}\n", encoding="utf-8")
    for name in ("queries.jsonl", "answers.jsonl", "qrels.tsv"):
        shutil.copy(DEV / name, folder / name)
    lines = (DEV / "queries.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "queries.jsonl").write_text("".join(lines[::9]), encoding="utf-8")
    (folder / "LICENCE").write_text("CC0 1.0\n", encoding="utf-8")
    return folder


def test_the_same_command_gives_the_same_bytes_whatever_model_is_in_use(tmp_path: Path, dev_part: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    done = kb_train(tmp_path, str(dev_part), "--out", str(first), "--folds", "2", "--json")
    assert done.returncode == 0, done.stderr
    (tmp_path / "config.yaml").write_text(f"search:\n  model: {first}\n", encoding="utf-8")
    again = kb_train(tmp_path, str(dev_part), "--out", str(second), "--folds", "2", "--json")
    assert again.returncode == 0, again.stderr
    assert first.read_bytes() == second.read_bytes()
    model = load_model(first)
    assert model.text() == first.read_text(encoding="utf-8")
    told = json.loads(done.stdout)
    assert told["model"] == json.loads(first.read_text(encoding="utf-8"))
    judged = told["figures"][0]["callers"]
    assert set(judged) == {"before", "all", "unseen"}
    assert judged["all"]["ndcg@10"] >= judged["before"]["ndcg@10"] - 0.02
    record = model.training["sets"][0]
    assert (record["name"], record["licence"], record["questions"]) == ("callers", "CC0 1.0", 67)
    assert set(record["sha256"]) == {"corpus.yaml", "queries.jsonl", "qrels.tsv", "answers.jsonl", "articles"}
    assert str(tmp_path) not in first.read_text(encoding="utf-8")


def test_a_users_folder_trains_and_its_weights_are_used(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    done = kb_train(tmp_path, str(TINY), "--out", str(own), "--folds", "2")
    assert done.returncode == 0, done.stderr
    for word in ("tiny", "before", "all", "unseen", "nDCG@10", "AUROC", str(own)):
        assert word in done.stdout, word
    environment = {**os.environ, "KB__DATA__DIR": str(tmp_path / "data"), "KB__EMBEDDING__PROVIDER": "none",
                   "KB__SEARCH__MODEL": str(own)}
    measured = subprocess.run([sys.executable, "-m", "kb", "eval", str(TINY)], cwd=tmp_path, env=environment, text=True,
                              capture_output=True, check=True)
    result = json.loads(measured.stdout)
    asked_for = load_model(own).threshold(AskSettings().precision, words_alone=True)
    assert result["threshold"] == pytest.approx(asked_for, abs=1e-4)


def test_a_folder_without_spans_or_unanswerable_questions_teaches_what_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in ("corpus.jsonl", "qrels.tsv"):
        shutil.copy(TINY / name, folder / name)
    lines = (TINY / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if json.loads(line).get("answerable", True)]
    (folder / "queries.jsonl").write_text("\n".join(kept) + "\n", encoding="utf-8")
    done = kb_train(tmp_path, str(folder), "--folds", "2", "--out", str(tmp_path / "bare.json"))
    assert done.returncode == 0, done.stderr
    assert "bare: no answers: nothing for evidence; no unanswerable questions: nothing for refusal" in done.stderr
    model = load_model(tmp_path / "bare.json")
    assert (model.evidence, model.more, model.with_vectors, model.words_alone, model.refusal) == (
        packaged().evidence, packaged().more, packaged().with_vectors, packaged().words_alone, packaged().refusal)


@pytest.mark.parametrize(("arguments", "says"), [
    ((str(TINY), "--folds", "1"), "--folds"), ((str(TINY), "--seeds", "0"), "--seeds"),
    ((str(TINY), str(TINY)), "twice"), ((str(TINY), "--seed", "-1"), "--seed"),
    ((str(TINY), "--weigh", "other=2"), "other"), ((str(TINY), "--out", "."), "is a folder"),
    ((str(TINY), "--measure", str(TINY)), "twice"), ((str(TINY), "--out", "nowhere/own.json"), "nowhere/own.json"),
    (("nowhere",), "nowhere"),
])
def test_wrong_use_is_said_at_once(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = kb_train(tmp_path, *arguments)
    assert done.returncode == 2 and says in done.stderr and done.stdout == ""
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("weigh", ["tiny", "tiny=", "tiny=many", "tiny=0", "tiny=-1", "tiny=nan", "tiny=1000",
                                   "tiny=5e-324", "=2"])
def test_a_weight_is_a_name_and_a_number(tmp_path: Path, weigh: str) -> None:
    done = kb_train(tmp_path, str(TINY), "--weigh", weigh)
    assert done.returncode == 2 and "--weigh" in done.stderr and done.stdout == ""


def test_a_folder_that_is_weighed_twice_is_refused(tmp_path: Path) -> None:
    done = kb_train(tmp_path, str(TINY), "--weigh", "tiny=2", "--weigh", "tiny=3")
    assert done.returncode == 2 and "given twice" in done.stderr


def test_a_question_that_stands_twice_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "twice"
    shutil.copytree(TINY, folder)
    lines = (TINY / "queries.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "queries.jsonl").write_text("".join([*lines, lines[0]]), encoding="utf-8")
    done = kb_train(tmp_path, str(folder))
    assert done.returncode == 2 and "stands twice" in done.stderr


def test_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "tiny")
    done = kb_train(tmp_path, str(TINY), str(tmp_path / "tiny"))
    assert done.returncode == 2 and "named tiny" in done.stderr


def test_the_file_says_how_much_a_set_weighed(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "other")
    out = tmp_path / "own.json"
    done = kb_train(tmp_path, str(TINY), str(tmp_path / "other"), "--weigh", "other=3", "--folds", "2",
                    "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert [s.get("weighed") for s in load_model(out).training["sets"]] == [None, 3.0]


def test_a_folder_that_teaches_nothing_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    shutil.copy(TINY / "corpus.jsonl", folder)
    (folder / "qrels.tsv").write_text("query\tdocument\tscore\n", encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"id": "1", "text": "hello"}\n', encoding="utf-8")
    done = kb_train(tmp_path, str(folder))
    assert done.returncode == 2 and "nothing can be learned" in done.stderr


def test_the_fitted_features_and_the_groups_are_features_that_are_computed() -> None:
    subset = Subset()
    assert set(subset.base) <= set(BASE) and set(subset.corrections) | set(subset.gains) <= set(PASSAGE)
    assert set(subset.evidence) <= set(UNIT) and set(subset.more) <= set(MORE)
    assert set(subset.with_vectors) | set(subset.words_alone) <= set(CONFIDENCE)
    fitted = {name for part in subset.__dataclass_fields__ for name in getattr(subset, part)}
    grouped = frozenset().union(*GROUPS.values())
    assert fitted <= grouped
    assert grouped | NEVER_AGAINST <= {*BASE, *PASSAGE, *UNIT, *MORE, *CONFIDENCE, "reading"}


def test_a_logistic_function_is_found_again() -> None:
    random_numbers = np.random.default_rng(5)
    rows = random_numbers.normal(size=(4000, 2))
    targets = 1 / (1 + np.exp(-(0.5 + rows @ np.array([2.0, -1.0]))))
    found = fit_logistic([Examples(rows, targets, 4000)], ("a", "b"), penalty=1e-9)
    assert found is not None
    assert (found.intercept, found.weights["a"], found.weights["b"]) == pytest.approx((0.5, 2.0, -1.0), abs=1e-3)
    kept = fit_logistic([Examples(rows, targets, 4000)], ("a", "b"), penalty=1e-9, never_against=frozenset({"b"}))
    assert kept is not None and set(kept.weights) == {"a"}


def test_large_sets_weigh_the_same_and_small_ones_less() -> None:
    rows = np.zeros((300, 1))
    rows[::2] = 1.0
    yes, no = np.ones(300), np.zeros(100)

    def intercept(questions: int) -> float:
        found = fit_logistic([Examples(rows, yes, 300), Examples(rows[:100], no, questions)], ("a",), penalty=1e-3)
        assert found is not None
        return found.intercept

    assert intercept(100) == pytest.approx(0.0, abs=1e-3)
    assert intercept(50) == pytest.approx(math.log(4), abs=1e-2)
    thrice = fit_logistic([Examples(rows, yes, 300, 3.0), Examples(rows[:100], no, 100)], ("a",), penalty=1e-3)
    assert thrice is not None and thrice.intercept == pytest.approx(math.log(3), abs=1e-2)


KNOWN = st.lists(st.tuples(st.floats(0, 0.9999), st.booleans()), min_size=1, max_size=60)


@given(st.lists(KNOWN, min_size=1, max_size=3))
@settings(deadline=None)
def test_thresholds_never_fall_and_are_those_of_the_set_that_needs_the_highest(
        sets: list[list[tuple[float, bool]]]) -> None:
    sets = [[(round(c, 4), a) for c, a in known] for known in sets]
    table = list(refusal.thresholds(sets).values())
    assert table == sorted(table) and all(0 <= t <= refusal.NEVER for t in table)
    for known, (confidence, precision, error) in zip(sets, refusal.curves(sets), strict=True):
        assert np.isfinite(precision).all() and (error >= 0).all() and ((precision >= 0) & (precision <= 1)).all()
        assert (np.diff(confidence) <= 0).all() and len(confidence) == sum(c > 0 for c, _ in known)
        for at, wished in zip(table, refusal.PRECISIONS, strict=True):
            own = refusal.lowest(confidence, precision, error, wished)
            assert at >= own
            given = confidence >= own
            assert own == refusal.NEVER or precision[given][-1] >= wished


@pytest.mark.parametrize(("questions", "wished"), [(150, 0.85), (400, 0.9), (2000, 0.9)])
def test_a_threshold_holds_on_other_questions_of_the_kind_about_nineteen_times_in_twenty(
        questions: int, wished: float) -> None:
    drawn = np.random.default_rng(17)

    def chance(confidence: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        odds = confidence / (1 - confidence)
        return np.asarray(odds ** 1.3 / (0.8 + odds ** 1.3))

    def some(count: int) -> list[tuple[float, bool]]:
        confidence = drawn.uniform(0.3, 0.99, count)
        return list(zip(confidence.tolist(), (drawn.random(count) < chance(confidence)).tolist(), strict=True))

    found = [refusal.lowest(*refusal.curves([some(questions)])[0], wished) for _ in range(300)]
    assert max(found) < refusal.NEVER
    true = np.linspace(0.3, 0.99, 5000)
    held = [chance(true[true >= t]).mean() >= wished for t in found]
    assert sum(held) / len(held) >= 0.88
    needed = next(t for t in true if chance(true[true >= t]).mean() >= wished)
    assert np.median(found) < needed + 2 / questions ** 0.5  # it asks for not much more than is needed


def test_a_small_set_borrows_from_what_the_sets_have_in_common() -> None:
    drawn = np.random.default_rng(3)

    def some(count: int) -> list[tuple[float, bool]]:
        confidence = drawn.uniform(0.3, 0.99, count)
        return list(zip(confidence.tolist(), (drawn.random(count) < confidence).tolist(), strict=True))

    large, small = some(1000), some(60)
    (_, _, beside), (_, _, alone) = refusal.curves([large, small])[1], refusal.curves([small])[0]
    assert beside.mean() < alone.mean()
    assert np.abs(refusal.curves([large, small])[0][1] - refusal.curves([large])[0][1]).max() < 0.01


def test_a_threshold_lies_on_the_line_between_known_precisions(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    assert kb_train(tmp_path, str(TINY), "--out", str(own), "--folds", "2").returncode == 0
    model = load_model(own)
    known = model.refusal["words_alone"]
    at = [model.threshold(p / 1000, words_alone=True) for p in range(1001)]
    assert at == sorted(at) and (at[0], at[-1]) == (0.0, 1.0)
    assert all(model.threshold(p, words_alone=True) == pytest.approx(t) for p, t in known.items())
    middle = (known[0.8] + known[0.81]) / 2
    assert model.threshold(0.805, words_alone=True) == pytest.approx(middle)
