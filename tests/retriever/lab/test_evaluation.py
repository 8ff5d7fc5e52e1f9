"""``kb eval`` on a tiny set: every query is asked, and its lines scored anew by other means give the same figures."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kb.errors import Invalid
from retriever.lab.evaluation.dataset import read_dataset
from tests.retriever.shell import kb_by_words

TINY = Path(__file__).parents[2] / "data/tiny"


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True)
class Evaluated:
    """What ``kb eval`` printed and wrote."""

    result: dict[str, Any]
    lines: list[dict[str, Any]]


kb_eval = partial(kb_by_words, "eval")


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    folder = tmp_path_factory.mktemp("eval")
    done = kb_eval(folder, str(TINY), "--run", str(folder / "run.jsonl"), "--json")
    assert done.returncode == 0, done.stderr
    return Evaluated(json.loads(done.stdout), read_lines(folder / "run.jsonl"))


CORPUS = {d["id"]: d for d in read_lines(TINY / "corpus.jsonl")}
QUERIES = {q["id"]: q for q in read_lines(TINY / "queries.jsonl")}
ANSWERS = {a["query_id"]: a for a in read_lines(TINY / "answers.jsonl")}
RELEVANT = {query: document for query, document, score in (
    line.split("\t") for line in (TINY / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]) if score != "0"}


def test_every_query_has_one_line_in_order(evaluated: Evaluated) -> None:
    assert [line["query_id"] for line in evaluated.lines] == list(QUERIES)
    assert (evaluated.result["documents"], evaluated.result["queries"]) == (len(CORPUS), len(QUERIES))
    for line in evaluated.lines:
        assert set(line) >= {"query_id", "ranking", "passages", "answer", "abstained", "confidence", "citations",
                             "took_ms"}
        scores = [place["score"] for place in line["ranking"]]
        assert scores == sorted(scores, reverse=True)
        assert len({place["corpus_id"] for place in line["ranking"]}) == len(line["ranking"]) <= 20
        assert len(line["passages"]) <= 5
        assert 0 <= line["confidence"] <= 1


def test_every_quote_is_the_text_of_its_document(evaluated: Evaluated) -> None:
    cited = [c for line in evaluated.lines for c in line["citations"]]
    assert len(cited) >= len(ANSWERS)
    for citation in cited:
        assert CORPUS[citation["corpus_id"]]["text"][citation["start"]:citation["end"]] == citation["quote"] != ""


def test_an_answer_is_written_also_where_it_was_withheld(evaluated: Evaluated) -> None:
    assert all(line["answer"] for line in evaluated.lines if line["citations"])
    assert evaluated.result["quotes_checked"] == sum(len(line["citations"]) for line in evaluated.lines)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def rank_of(line: dict[str, Any]) -> int | None:
    """The place of the one relevant document, from 1."""
    ids = [place["corpus_id"] for place in line["ranking"]]
    wanted = RELEVANT[line["query_id"]]
    return ids.index(wanted) + 1 if wanted in ids else None


def span_of(query_id: str) -> tuple[str, int, int]:
    (span,) = ANSWERS[query_id]["spans"]
    start = CORPUS[span["corpus_id"]]["text"].index(span["text"])
    return span["corpus_id"], start, start + len(span["text"])


def shared(place: dict[str, Any], span: tuple[str, int, int]) -> int:
    return len(set(range(place["start"], place["end"])) & set(range(span[1], span[2]))) * (
        place["corpus_id"] == span[0])


def words(text: str, lang: str) -> Counter[str]:
    if lang == "zh":
        return Counter(c for c in text.lower() if c.isalnum())
    cut = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return Counter(w for w in cut if w not in ("a", "an", "the"))


def f1(line: dict[str, Any]) -> float:
    lang = QUERIES[line["query_id"]]["lang"]
    said, gold = words(line["answer"], lang), words(ANSWERS[line["query_id"]]["answer"], lang)
    common = (said & gold).total()
    return 2 * common / (said.total() + gold.total()) if common else 0.0


def test_the_printed_measures_are_those_of_the_written_lines(evaluated: Evaluated) -> None:
    lines = [line for line in evaluated.lines if QUERIES[line["query_id"]]["answerable"]]
    ranks = [rank_of(line) for line in lines]
    result = evaluated.result
    close = pytest.approx
    assert result["ndcg@10"] == close(mean([1 / math.log2(r + 1) if r and r <= 10 else 0 for r in ranks]), abs=1e-4)
    assert result["mrr@10"] == close(mean([1 / r if r and r <= 10 else 0 for r in ranks]), abs=1e-4)
    for k in (1, 5, 20):
        assert result[f"recall@{k}"] == close(mean([float(bool(r and r <= k)) for r in ranks]), abs=1e-4)
    assert result["answer_f1"] == close(mean([f1(line) for line in lines]), abs=1e-4)
    precision, recall, hits = [], [], {1: [], 5: []}  # type: ignore[var-annotated]
    for line in lines:
        span = span_of(line["query_id"])
        touching = [shared(c, span) > 0 for c in line["citations"]]
        precision.append(mean([float(t) for t in touching]) if touching else 0.0)
        recall.append(float(any(touching)))
        for k, found in hits.items():
            found.append(float(any(2 * shared(p, span) >= min(p["end"] - p["start"], span[2] - span[1]) > 0
                                   for p in line["passages"][:k])))
    assert result["citation_precision"] == close(mean(precision), abs=1e-4)
    assert result["citation_recall"] == close(mean(recall), abs=1e-4)
    for k, found in hits.items():
        assert result[f"passage_hit@{k}"] == close(mean(found), abs=1e-4)


def test_the_printed_refusals_are_those_of_the_written_lines(evaluated: Evaluated) -> None:
    refused = {line["query_id"] for line in evaluated.lines if line["abstained"]}
    unanswerable = {q for q, query in QUERIES.items() if not query["answerable"]}
    printed = evaluated.result["abstention"]
    assert printed["recall"] == pytest.approx(len(refused & unanswerable) / len(unanswerable), abs=1e-4)
    if refused:
        assert printed["precision"] == pytest.approx(len(refused & unanswerable) / len(refused), abs=1e-4)
    pairs = [(a["confidence"], b["confidence"]) for a in evaluated.lines for b in evaluated.lines
             if a["query_id"] not in unanswerable and b["query_id"] in unanswerable]
    area = mean([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs])
    assert evaluated.result["auroc_answerable"] == pytest.approx(area, abs=1e-3)


def test_latency_is_that_of_the_written_lines(evaluated: Evaluated) -> None:
    took = sorted(line["took_ms"] for line in evaluated.lines)
    assert evaluated.result["latency_ms"]["p50"] == pytest.approx(took[math.ceil(len(took) / 2) - 1], abs=0.1)
    assert evaluated.result["latency_ms"]["p99"] == pytest.approx(took[-1], abs=0.1)
    assert evaluated.result["passages"] >= len(CORPUS)
    assert evaluated.result["build_seconds"] > 0


def test_the_tiny_set_is_mostly_found(evaluated: Evaluated) -> None:
    assert evaluated.result["recall@5"] > 0.8
    assert evaluated.result["citation_recall"] > 0.5


def test_a_limit_asks_only_the_first_queries(tmp_path: Path) -> None:
    done = kb_eval(tmp_path, str(TINY), "--limit", "3")
    assert json.loads(done.stdout)["queries"] == 3
    assert list((tmp_path / "data").glob("*.sqlite3")) == []  # the installation's own store is not touched


# bad sets


BAD = {
    "no queries": ("queries.jsonl", None, "queries.jsonl is missing"),
    "no qrels": ("qrels.tsv", None, "qrels.tsv is missing"),
    "no corpus": ("corpus.jsonl", None, "corpus.jsonl is missing"),
    "no json": ("corpus.jsonl", "{", "line 1: not JSON"),
    "no object": ("queries.jsonl", "[1]", "line 1: not an object"),
    "no id": ("corpus.jsonl", '{"text": "a"}', "id must be text"),
    "no text": ("queries.jsonl", '{"id": "q"}', "text must be text"),
    "a text that is none": ("corpus.jsonl", '{"id": "d", "text": 7}', "text must be text"),
    "the same document twice": ("corpus.jsonl", '{"id": "d", "text": "a"}\n{"id": "d", "text": "b"}', "stands twice"),
    "a turn without role": ("queries.jsonl", '{"id": "q", "text": "a", "history": [{"text": "b"}]}', "history"),
    "a history that is none": ("queries.jsonl", '{"id": "q", "text": "a", "history": [1]}', "history"),
    "two columns": ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1", "line 2"),
    "a score that is none": ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1\thigh", "line 2"),
    "an endless score": ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1\tinf", "line 2"),
    "an empty question": ("queries.jsonl", '{"id": "q7", "text": " "}', "q7: text is empty"),
    "a span without text": ("answers.jsonl", '{"query_id": "q01", "answer": "a", "spans": [{"corpus_id": "zh-card"}]}',
                            "spans"),
    "an answer without query": ("answers.jsonl", '{"answer": "a"}', "query_id must be text"),
    "not UTF-8": ("corpus.jsonl", b"\xff\xfe\x00", "corpus.jsonl"),
    "qrels not UTF-8": ("qrels.tsv", b"\xff\xfe\x00", "qrels.tsv"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_bad_set_is_refused_with_file_and_reason(tmp_path: Path, kind: str) -> None:
    name, content, reason = BAD[kind]
    folder = shutil.copytree(TINY, tmp_path / "set")
    if content is None:
        (folder / name).unlink()
    elif isinstance(content, bytes):
        (folder / name).write_bytes(content)
    else:
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_dataset(folder)
    assert name in refused.value.message
    assert reason in refused.value.message


def test_a_bad_set_ends_in_one_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    done = kb_eval(tmp_path, str(tmp_path / "set"))
    assert done.returncode == 2
    assert done.stderr.startswith("kb: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_set_may_leave_out_answers(tmp_path: Path) -> None:
    folder = shutil.copytree(TINY, tmp_path / "set")
    (folder / "answers.jsonl").unlink()
    assert read_dataset(folder).gold == {}
