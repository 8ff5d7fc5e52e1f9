"""Whole answers: a small set that says what must not lack, asked, and its lines scored anew by other means."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest

from retriever.answer import State
from retriever.lab.evaluation.dataset import Dataset, Document, Gold, Query, read_dataset
from retriever.lab.evaluation.metrics import means
from retriever.lab.evaluation.outcomes import Outcome, read_run
from retriever.lab.evaluation.scores import is_right, scores, summarise
from retriever.lab.evaluation.whole_answers import VERDICTS, Verdict, verdict
from retriever.records import Turn
from tests.retriever.lab.test_evaluation import kb_eval, read_lines

DOCUMENTS = {
    "card": ("社会保障卡补办", "# 社会保障卡补办\n\n## 费用\n\n补办社会保障卡，工本费**20元**。\n\n"
             "## 材料\n\n补办要带：\n\n- 居民身份证\n- 近期照片一张\n"),
    "water": ("自来水报修", "# 自来水报修\n\n## 报修\n\n水管爆裂拨打96116，两小时内到场。\n"),
    "dogs": ("Dog licence", "# Dog licence\n\n## Fee\n\nA dog licence costs $15 a year.\n\n## Papers\n\n"
             "Bring a rabies certificate and proof of address.\n"),
}
# id, question, kinds, the ideal answer's document, its spans, what must not lack, earlier turns
ASKED = [
    ("fee", "补办社会保障卡工本费多少", ["specific"], "card", ["补办社会保障卡，工本费**20元**。"], ["20 元"], []),
    ("papers", "补办社会保障卡要带哪些材料", ["broad"], "card", ["- 居民身份证", "- 近期照片一张"],
     ["居民身份证", "近期照片"], ["社会保障卡丢了"]),
    ("burst", "水管爆裂了打什么电话", ["story", "specific"], "water", ["水管爆裂拨打96116，两小时内到场。"],
     ["96116"], []),
    ("dog", "how much is a dog licence", ["specific"], "dogs", ["A dog licence costs $15 a year."], ["$15"], []),
    ("proof", "what do I bring for a dog licence", ["broad"], "dogs",
     ["Bring a rabies certificate and proof of address."], ["rabies certificate", "proof of address"],
     ["how much is a dog licence"]),
]
UNANSWERABLE = [("moon", "火星移民在哪里登记"), ("card2", "社会保障卡可以送给月球上的亲戚吗")]


def write_lines(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


@dataclass(frozen=True)
class Evaluated:
    """The set's folder, what ``kb eval`` printed, the lines and the failures that it wrote."""

    folder: Path
    result: dict[str, Any]
    lines: list[dict[str, Any]]
    failures: str


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    folder = tmp_path_factory.mktemp("whole")
    write_lines(folder / "corpus.jsonl", [{"id": d, "title": title, "text": text}
                                          for d, (title, text) in DOCUMENTS.items()])
    write_lines(folder / "queries.jsonl", [
        *({"id": q, "text": text, "answerable": True, "kinds": kinds,
           "history": [{"role": "user", "text": turn} for turn in earlier]}
          for q, text, kinds, _, _, _, earlier in ASKED),
        *({"id": q, "text": text, "answerable": False, "kinds": ["unanswerable"]} for q, text in UNANSWERABLE)])
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(
        f"{q}\t{document}\t1\n" for q, _, _, document, _, _, _ in ASKED), encoding="utf-8")
    write_lines(folder / "answers.jsonl", [
        {"query_id": q, "answer": "\n".join(spans), "must": must,
         "spans": [{"corpus_id": document, "text": span} for span in spans]}
        for q, _, _, document, spans, must, _ in ASKED])
    done = kb_eval(folder, str(folder), "--run", str(folder / "run.jsonl"), "--errors", str(folder / "errors.txt"))
    assert done.returncode == 0, done.stderr
    return Evaluated(folder, json.loads(done.stdout), read_lines(folder / "run.jsonl"),
                     (folder / "errors.txt").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    return "".join(c for c in text if not c.isspace() and c not in "*_|`:：")


def test_the_printed_measures_are_those_of_the_written_lines(evaluated: Evaluated) -> None:
    lines = {line["query_id"]: line for line in evaluated.lines}
    core, complete, excess, given, first = {}, {}, {}, {}, {}
    for q, _, _, _, spans, must, _ in ASKED:
        quoted = "".join(plain(c["quote"]) for c in lines[q]["citations"])
        core[q], complete[q] = plain(must[0]) in quoted, all(plain(text) in quoted for text in must)
        excess[q] = max(0.0, len(quoted) / len(plain("".join(spans))) - 1)
        given[q] = lines[q]["state"] == "answered"
        first[q] = any(plain(must[0]) in plain(DOCUMENTS[p["corpus_id"]][1][p["start"]:p["end"]])
                       for p in lines[q]["passages"][:3])
    result = evaluated.result
    others = [lines[q]["state"] == "answered" for q, _ in UNANSWERABLE]
    assert any(core.values())
    assert result["core"] == pytest.approx(mean(core.values()), abs=1e-4)
    assert result["complete"] == pytest.approx(mean(complete.values()), abs=1e-4)
    assert result["excess"] == pytest.approx(mean(excess.values()), abs=1e-4)
    assert result["excess_median"] == pytest.approx(median(excess.values()), abs=1e-4)
    assert result["given"] == pytest.approx(mean(given.values()), abs=1e-4)
    assert result["given_unanswerable"] == pytest.approx(mean(others), abs=1e-4)
    assert result["helped"] == pytest.approx(mean(given[q] and core[q] for q in core), abs=1e-4)
    assert result["passage_core@3"] == pytest.approx(mean(first.values()), abs=1e-4)
    all_given = sum(given.values()) + sum(others)
    right = sum(given[q] and core[q] for q in core)
    assert result["right_of_given"] == (pytest.approx(right / all_given, abs=1e-4) if all_given else None)
    sure = {q: line["confidence"] for q, line in lines.items()}
    pairs = [(sure[a], sure[b]) for a in sure for b in sure if core.get(a, False) and not core.get(b, False)]
    assert result["auroc_right"] == pytest.approx(mean((a > b) + (a == b) / 2 for a, b in pairs), abs=1e-4)


def test_every_question_has_one_verdict(evaluated: Evaluated) -> None:
    assert sum(evaluated.result["verdicts"].values()) == len(ASKED) + len(UNANSWERABLE)


def test_kinds_and_turns_have_tables_of_their_own(evaluated: Evaluated) -> None:
    kinds, turns = evaluated.result["by_kind"], evaluated.result["by_turn"]
    assert {kind: row["questions"] for kind, row in kinds.items()} == {"broad": 2, "specific": 3, "story": 1}
    assert (turns["first"]["questions"], turns["later"]["questions"]) == (3, 2)
    assert evaluated.result["core"] == pytest.approx((3 * turns["first"]["core"] + 2 * turns["later"]["core"]) / 5,
                                                     abs=1e-3)
    assert turns["core_later_of_first"] == pytest.approx(turns["later"]["core"] / turns["first"]["core"], abs=1e-3)


def test_a_line_tells_state_and_choices_and_one_of_an_older_run_reads_as_well(evaluated: Evaluated) -> None:
    for line in evaluated.lines:
        assert (line["state"] == "answered") is not line["abstained"]
        assert line["choices"] == [] or line["state"] == "check"
    old = [{k: v for k, v in line.items() if k not in ("state", "choices")} for line in evaluated.lines]
    write_lines(evaluated.folder / "old.jsonl", old)
    dataset = read_dataset(evaluated.folder)
    read = read_run(evaluated.folder / "old.jsonl", dataset)
    assert [o.abstained for o in read] == [line["abstained"] for line in evaluated.lines]
    assert summarise(dataset, read)["core"] == evaluated.result["core"]


def test_the_failures_are_written_as_text_where_the_file_ends_so(evaluated: Evaluated) -> None:
    lacking = [q for q, _, _, _, _, _, _ in ASKED if verdict_of(evaluated, q) not in (Verdict.RIGHT, Verdict.OFFERED)]
    assert lacking
    for q in lacking:
        assert f"── {q} · {VERDICTS[verdict_of(evaluated, q)]} · " in evaluated.failures
    assert "<html" not in evaluated.failures


def verdict_of(evaluated: Evaluated, query_id: str) -> Verdict:
    dataset = read_dataset(evaluated.folder)
    (outcome,) = [o for o in read_run(evaluated.folder / "run.jsonl", dataset) if o.query.id == query_id]
    found = verdict(dataset, outcome)
    assert found is not None
    return found


# single outcomes

TEXT = "申请低保的条件：月收入低于870元。材料：户口簿、收入证明。受理窗口在二楼。"
INCOME, PAPERS, WINDOW = "月收入低于870元。", "材料：户口簿、收入证明。", "受理窗口在二楼。"
QUERY = Query("q", "低保要什么条件和材料", "zh", (), answerable=True, kinds=("broad",))
DATASET = Dataset("made", {"d": Document("d", "低保", TEXT, "", "zh")}, [QUERY], {"q": {"d": 1.0}},
                  {"q": Gold("", tuple(("d", TEXT.index(t), TEXT.index(t) + len(t), t) for t in (INCOME, PAPERS)),
                             ("低于870元", "收入证明"))})


def outcome(state: State, *quotes: str, choices: tuple[str, ...] = (), answerable: bool = True,
            query: Query = QUERY) -> Outcome:
    return Outcome(replace(query, answerable=answerable), [("d", 1.0)], [("d", 0, len(TEXT))], " ".join(quotes), state,
                   0.5, [("d", TEXT.index(q), TEXT.index(q) + len(q), q) for q in quotes], 1.0, "zh",
                   tuple(("d", TEXT.index(c), TEXT.index(c) + len(c), c) for c in choices))


@pytest.mark.parametrize(("given", "expected"), [
    (outcome(State.ANSWERED, INCOME, PAPERS), Verdict.RIGHT),
    (outcome(State.ANSWERED, INCOME), Verdict.INCOMPLETE),
    (outcome(State.ANSWERED, PAPERS), Verdict.NEAR),
    (outcome(State.ANSWERED, WINDOW), Verdict.BESIDE),
    (outcome(State.CHECK, WINDOW, choices=(WINDOW, INCOME)), Verdict.OFFERED),
    (outcome(State.CHECK, INCOME, choices=(WINDOW, PAPERS)), Verdict.OFFERED_OTHERS),
    (outcome(State.UNKNOWN, INCOME, PAPERS), Verdict.REFUSED),
    (outcome(State.ANSWERED, WINDOW, answerable=False), Verdict.ANSWERED_UNANSWERABLE),
    (outcome(State.CHECK, choices=(WINDOW,), answerable=False), Verdict.OFFERED_UNANSWERABLE),
    (outcome(State.UNKNOWN, answerable=False), Verdict.REFUSED_UNANSWERABLE),
])
def test_each_outcome_has_the_verdict_of_what_the_asker_got(given: Outcome, expected: Verdict) -> None:
    assert verdict(DATASET, given) is expected


@pytest.mark.parametrize(("given", "helped", "check", "core"), [
    (outcome(State.ANSWERED, INCOME), 1, 0, 1),
    (outcome(State.CHECK, WINDOW, choices=(PAPERS, INCOME)), 1, 1, 0),
    (outcome(State.CHECK, INCOME, choices=(PAPERS,)), 0, 1, 1),  # the core was the best answer, and not offered
    (outcome(State.UNKNOWN, INCOME), 0, 0, 1),
    (outcome(State.ANSWERED, PAPERS), 0, 0, 0),
])
def test_one_is_helped_by_a_right_answer_or_by_a_choice_that_holds_the_core(given: Outcome, helped: int, check: int,
                                                                            core: int) -> None:
    found = scores(DATASET, given)
    assert (found["helped"].value, found["check"].value, found["core"].value) == (helped, check, core)


def test_what_is_offered_or_withheld_is_not_beside_the_matter() -> None:
    shares = {state: scores(DATASET, outcome(state, WINDOW, choices=(WINDOW,)))["beside"].value for state in State}
    assert shares == {State.ANSWERED: 1, State.CHECK: 0, State.UNKNOWN: 0}


def test_an_unanswerable_question_counts_in_what_was_given_and_in_nothing_else() -> None:
    found = scores(DATASET, outcome(State.ANSWERED, WINDOW, answerable=False))
    assert set(found) == {"right_of_given", "given_unanswerable", "check_unanswerable"}
    assert means([found, scores(DATASET, outcome(State.ANSWERED, INCOME))])["right_of_given"] == 0.5


def test_an_answer_without_its_core_is_wrong_though_it_touches_the_ideal() -> None:
    assert is_right(DATASET, outcome(State.ANSWERED, INCOME))
    assert not is_right(DATASET, outcome(State.ANSWERED, PAPERS))


def test_a_choice_survives_the_line_that_holds_it() -> None:
    offered = outcome(State.CHECK, WINDOW, choices=(PAPERS, INCOME))
    assert Outcome.read(json.loads(offered.line()), offered.query) == offered


def test_a_call_without_a_right_first_turn_has_no_share_of_it() -> None:
    later = replace(QUERY, history=(Turn("user", "低保"),))
    run = [outcome(State.ANSWERED, WINDOW), outcome(State.ANSWERED, INCOME, query=later)]
    assert summarise(DATASET, run)["by_turn"]["core_later_of_first"] is None
