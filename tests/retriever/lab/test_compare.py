"""Two runs of one set compared: the right measures, an interval that knows chance, and the questions that moved."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import Invalid
from retriever.answer import State
from retriever.lab.evaluation.compare import Difference, compare, differences, main
from retriever.lab.evaluation.dataset import Dataset, Document, Gold, Query
from retriever.lab.evaluation.metrics import Score, means
from retriever.lab.evaluation.outcomes import Outcome, read_run
from retriever.lab.evaluation.scores import scores

TEXT = "每户每年收费120元。\n材料：身份证、户口簿。\n节假日不办理。"
FEE, PAPERS, HOLIDAY = "每户每年收费120元。", "材料：身份证、户口簿。", "节假日不办理。"


def place(text: str, document: str = "a") -> tuple[str, int, int, str]:
    start = TEXT.index(text)
    return (document, start, start + len(text), text)


def a_set(count: int = 4) -> Dataset:
    """Questions on the fee, which the first sentence answers; the last one cannot be answered."""
    queries = [Query(f"q{i}", "收多少钱", "zh", (), answerable=i < count - 1) for i in range(count)]
    gold = {q.id: Gold(FEE, (place(FEE),), ("收费120元",)) for q in queries if q.answerable}
    relevant = {q.id: {"a": 1.0} for q in queries if q.answerable}
    return Dataset("made", {d: Document(d, d, TEXT, "", "zh") for d in "ab"}, queries, relevant, gold)


def outcome(query: Query, *quotes: str, abstained: bool = False, ranking: str = "ab",
            confidence: float = 0.5) -> Outcome:
    cited = [place(quote) for quote in quotes]
    return Outcome(query, [(d, 1.0) for d in ranking], [c[:3] for c in cited] or [("b", 0, 3)], " ".join(quotes),
                   State.UNKNOWN if abstained else State.ANSWERED, confidence, cited, 1.0, "zh")


def by_measure(found: list[Difference]) -> dict[str, Difference]:
    return {d.measure: d for d in found}


def test_a_line_of_a_run_scores_as_the_outcome_that_wrote_it(tmp_path: Path) -> None:
    dataset = a_set()
    asked = [outcome(q, FEE, PAPERS) for q in dataset.queries]
    (tmp_path / "run.jsonl").write_text("\n".join(o.line() for o in asked) + "\n", encoding="utf-8")
    read = read_run(tmp_path / "run.jsonl", dataset)
    assert [scores(dataset, o) for o in read] == [scores(dataset, o) for o in asked]


@pytest.mark.parametrize(("quotes", "core", "excess", "beside"), [
    ((FEE,), 1, 0, 0), ((FEE, PAPERS), 1, 1, 0), ((PAPERS,), 0, 0, 1), ((), 0, 0, 1),
])
def test_an_answer_is_whole_right_and_no_longer_than_the_ideal(quotes: tuple[str, ...], core: int, excess: int,
                                                               beside: int) -> None:
    dataset = a_set()
    found = scores(dataset, outcome(dataset.queries[0], *quotes))
    assert (found["core"].value, found["complete"].value, found["beside"].value) == (core, core, beside)
    assert found["excess"].value == pytest.approx(excess, abs=0.1)


def test_marks_spaces_and_colons_do_not_hide_what_an_answer_must_say() -> None:
    dataset = a_set()
    query = dataset.queries[0]
    marked = replace(dataset, gold={query.id: Gold(FEE, (place(FEE),), ("**收费 120元**：",))})
    assert scores(marked, outcome(query, FEE))["core"].value == 1


def test_right_of_given_counts_given_answers_to_the_unanswerable_too() -> None:
    dataset = a_set()
    first, second, third, unanswerable = dataset.queries
    run = [outcome(first, FEE), outcome(second, PAPERS), outcome(third, FEE, abstained=True),
           outcome(unanswerable, FEE)]
    found = means(scores(dataset, o) for o in run)
    assert (found["given"], found["given_unanswerable"]) == (0.6667, 1)
    assert (found["right_of_given"], found["beside"], found["core"]) == (0.3333, 0.3333, 0.6667)


def test_a_run_compared_with_itself_does_not_move() -> None:
    dataset = a_set(30)
    run = [outcome(q, FEE) for q in dataset.queries]
    changes, questions = compare(dataset, run, run)
    assert not questions
    assert all((d.difference, d.low, d.high, d.falls) == (0, 0, 0, False) for d in changes)


def test_a_fall_on_most_questions_is_beyond_chance_and_one_question_is_not() -> None:
    dataset = a_set(41)
    before = [outcome(q, FEE) for q in dataset.queries]
    for changed, falls in ((1, False), (20, True)):
        after = [outcome(q, PAPERS if i < changed else FEE, ranking="ba" if i < changed else "ab")
                 for i, q in enumerate(dataset.queries)]
        found = by_measure(compare(dataset, before, after)[0])
        told = ("ndcg@10", "passage_hit@1", "answer_f1", "core", "right_of_given", "beside")
        assert {found[m].falls for m in told} == {falls}
        assert not any(d.falls for d in compare(dataset, after, before)[0])


def test_longer_answers_are_a_fall_and_fewer_given_are_none_by_themselves() -> None:
    dataset = a_set(30)
    before = [outcome(q, FEE) for q in dataset.queries]
    longer = by_measure(compare(dataset, before, [outcome(q, FEE, PAPERS, HOLIDAY) for q in dataset.queries])[0])
    assert longer["excess"].falls
    fewer = [outcome(q, FEE, abstained=i % 2 == 0) for i, q in enumerate(dataset.queries)]
    assert not by_measure(compare(dataset, before, fewer)[0])["given"].falls


def test_the_interval_is_that_of_pairs() -> None:
    """Every question falls by the same tenth: however far apart the questions lie, there is no doubt."""
    before = [{"ndcg@10": Score(i / 10)} for i in range(2, 11)]
    after = [{"ndcg@10": Score(i / 10 - 0.1)} for i in range(2, 11)]
    (found,) = differences(before, after)
    assert (found.low, found.high) == (pytest.approx(-0.1), pytest.approx(-0.1))
    assert found.falls


def test_the_interval_of_a_share_is_that_of_the_binomial_distribution() -> None:
    """A hundred questions of which twenty fall from 1 to 0: ± 1.96 √(0.2 · 0.8 / 100)."""
    (found,) = differences([{"core": Score(1.0)}] * 100, [{"core": Score(float(i >= 20))} for i in range(100)])
    assert (found.low, found.high) == (pytest.approx(-0.28, abs=0.011), pytest.approx(-0.12, abs=0.011))


def test_the_area_of_right_falls_where_wrong_answers_come_to_be_the_surer_ones() -> None:
    dataset = a_set(60)
    before = [outcome(q, FEE if i % 2 else PAPERS, confidence=0.9 if i % 2 else 0.2)
              for i, q in enumerate(dataset.queries)]
    after = [replace(o, confidence=1 - o.confidence) for o in before]
    found = by_measure(compare(dataset, before, after)[0])["auroc_right"]
    assert found.before > 0.95
    assert found.after == pytest.approx(1 - found.before)
    assert found.falls
    assert not by_measure(compare(dataset, after, before)[0])["auroc_right"].falls


def test_the_area_of_right_is_not_compared_where_all_are_wrong() -> None:
    dataset = a_set(10)
    run = [outcome(q, PAPERS) for q in dataset.queries]
    assert "auroc_right" not in by_measure(compare(dataset, run, run)[0])


def test_more_answers_to_the_unanswerable_are_a_fall() -> None:
    dataset = a_set(40)
    dataset = replace(dataset, queries=[replace(q, answerable=i < 20) for i, q in enumerate(dataset.queries)])
    before = [outcome(q, FEE, abstained=not q.answerable) for q in dataset.queries]
    after = [outcome(q, FEE) for q in dataset.queries]
    assert by_measure(compare(dataset, before, after)[0])["given_unanswerable"].falls


def test_a_measure_that_no_question_has_is_not_compared() -> None:
    assert differences([{"right_of_given": Score(1.0, weight=0.0)}], [{"right_of_given": Score(1.0)}]) == []


def test_questions_that_moved_stand_worst_first() -> None:
    dataset = a_set(6)
    before = [outcome(q, FEE if i else PAPERS, abstained=i == 3) for i, q in enumerate(dataset.queries)]
    changed = {0: (FEE,), 1: (PAPERS,), 2: (FEE, PAPERS)}
    after = [outcome(q, *changed.get(i, (FEE,)), abstained=i == 3) for i, q in enumerate(dataset.queries)]
    found = compare(dataset, before, after)[1]
    assert [m.query_id for m in found] == ["q1", "q2", "q0"]
    assert found[0].measures["core"] == (1, 0)
    assert (found[0].answer_before, found[0].answer_after) == (FEE, PAPERS)


def test_runs_in_another_order_are_paired_by_question() -> None:
    dataset = a_set(6)
    run = [outcome(q, FEE if i % 2 else PAPERS) for i, q in enumerate(dataset.queries)]
    assert not compare(dataset, run, run[::-1])[1]


def test_runs_of_other_questions_are_not_compared() -> None:
    dataset = a_set(6)
    run = [outcome(q, FEE) for q in dataset.queries]
    with pytest.raises(Invalid, match="same questions"):
        compare(dataset, run, run[:-1])
    with pytest.raises(Invalid, match="same questions"):
        compare(dataset, run, [*run[:-1], run[0]])


def test_a_file_that_is_no_run_of_the_set_is_named_with_its_line(tmp_path: Path) -> None:
    dataset = a_set()
    good = outcome(dataset.queries[0], FEE).line()
    for bad in ("{", "[]", "{}", good.replace('"q0"', '"other"'), "1"):
        (tmp_path / "run.jsonl").write_text(f"{good}\n{bad}\n", encoding="utf-8")
        with pytest.raises(Invalid, match="line 2"):
            read_run(tmp_path / "run.jsonl", dataset)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The set of :func:`a_set` as files, with a run that answers and one that does not."""
    dataset = a_set(30)

    def write(name: str, lines: list[object]) -> None:
        (tmp_path / name).write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines) + "\n",
                                     encoding="utf-8")

    write("corpus.jsonl", [{"id": d.id, "title": d.title, "text": d.text} for d in dataset.documents.values()])
    write("queries.jsonl", [{"id": q.id, "text": q.text, "lang": "zh", "history": [], "answerable": q.answerable}
                            for q in dataset.queries])
    write("qrels.tsv", ["query-id\tcorpus-id\tscore", *(f"{q}\ta\t1" for q in dataset.relevant)])
    write("answers.jsonl", [{"query_id": q, "answer": g.answer, "spans": [{"corpus_id": "a", "text": FEE}],
                             "must": list(g.must)} for q, g in dataset.gold.items()])
    write("good.jsonl", [outcome(q, FEE).line() for q in dataset.queries])
    write("bad.jsonl", [outcome(q, PAPERS).line() for q in dataset.queries])
    return tmp_path


def test_the_program_ends_with_1_when_a_measure_falls(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = str(folder / "good.jsonl"), str(folder / "bad.jsonl")
    assert main([good, bad, str(folder), "--most", "2"]) == 1
    printed = capsys.readouterr().out
    assert "falls beyond chance" in printed
    assert printed.count("收多少钱") == 2
    assert main([bad, good, str(folder), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    told = {"core", "complete", "excess", "given", "right_of_given", "beside"}
    assert {m["measure"] for m in whole["measures"]} >= told
    assert len(whole["moved"]) == 29


def test_a_missing_file_ends_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(folder / "none.jsonl"), str(folder / "good.jsonl"), str(folder)])
    assert stopped.value.code == 2
    assert "none.jsonl: cannot be read" in capsys.readouterr().err
