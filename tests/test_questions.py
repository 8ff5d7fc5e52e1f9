"""The callers' questions rest on the articles as they stood on the day of each question."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "tests/data/questions"
HALVES = ("dev", "test")
SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS = {"plain", "colloquial", "typo", "homophone", "dialect", "mixed", "follow_up", "dated", "number", "table",
         "agent", "condition"}


def _lines(half: str, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (QUESTIONS / half / name).read_text(encoding="utf-8").splitlines()]


def _grades(half: str) -> list[tuple[str, str, int]]:
    head, *rows = (QUESTIONS / half / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    assert head == "query-id\tcorpus-id\tscore"
    return [(query, slug, int(score)) for query, slug, score in (row.split("\t") for row in rows)]


def _articles() -> dict[str, dict[int, tuple[dict[str, Any], str]]]:
    """Front matter and body by slug and revision."""
    found: dict[str, dict[int, tuple[dict[str, Any], str]]] = defaultdict(dict)
    for path in (ROOT / "articles").glob("*/*.md"):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        meta = yaml.safe_load(front)
        found[re.sub(r"\.r\d+$", "", path.stem)][meta["revision"]] = (meta, body)
    return dict(found)


ARTICLES = _articles()
QUERIES = {half: {query["id"]: query for query in _lines(half, "queries.jsonl")} for half in HALVES}
ANSWERS = {half: {answer["query_id"]: answer for answer in _lines(half, "answers.jsonl")} for half in HALVES}
GRADES = {half: _grades(half) for half in HALVES}


def _instant(value: date | datetime) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), SHANGHAI)
    return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)


def _in_force(slug: str, as_of: str) -> int | None:
    """The revision that answers at midnight of that day; none once the article has been retired."""
    moment = _instant(date.fromisoformat(as_of))
    begun = [(_instant(meta["effective_from"]), number) for number, (meta, _) in ARTICLES[slug].items()
             if _instant(meta["effective_from"]) <= moment and _instant(meta["published_at"]) <= moment]
    if not begun or any("retired" in meta for meta, _ in ARTICLES[slug].values()):
        return None
    number = max(begun)[1]
    ends = ARTICLES[slug][number][0]["effective_to"]
    return number if ends is None or moment < _instant(ends) else None


def test_there_are_enough_questions_and_each_stands_once() -> None:
    every = [query for half in HALVES for query in _lines(half, "queries.jsonl")]
    assert len(every) >= 300
    assert sum(not query["answerable"] for query in every) >= 60
    assert len({query["id"] for query in every}) == len(every)
    assert len({(query["text"], str(query["history"]), query["as_of"]) for query in every}) == len(every)


def test_every_question_is_complete() -> None:
    for half in HALVES:
        for query in QUERIES[half].values():
            assert set(query) == {"id", "text", "lang", "history", "answerable", "as_of", "audience", "kinds"}
            assert query["text"] == query["text"].strip() != "", query["id"]
            assert query["lang"] in ("zh", "en") and query["audience"] in ("public", "agent"), query["id"]
            assert date.fromisoformat(query["as_of"]).isoformat() == query["as_of"], query["id"]
            assert all(set(turn) == {"role", "text"} for turn in query["history"]), query["id"]
            assert all(turn["role"] in ("user", "agent") for turn in query["history"]), query["id"]
            assert bool(query["history"]) == ("follow_up" in query["kinds"]), query["id"]


def test_the_halves_share_no_gold_article_and_each_has_every_kind() -> None:
    gold = [{slug for _, slug, score in GRADES[half] if score == 2} for half in HALVES]
    assert gold[0] and gold[1] and not gold[0] & gold[1]
    for half in HALVES:
        asked = {kind for query in QUERIES[half].values() if query["answerable"] for kind in query["kinds"]}
        assert asked == KINDS


def test_queries_grades_and_answers_agree() -> None:
    for half in HALVES:
        assert set(QUERIES[half]) == {query["id"] for query in _lines(half, "queries.jsonl")}
        answerable = {query["id"] for query in QUERIES[half].values() if query["answerable"]}
        gold = [(query, slug) for query, slug, score in GRADES[half] if score == 2]
        assert {score for _, _, score in GRADES[half]} == {1, 2}
        assert {query for query, _, _ in GRADES[half]} == answerable == set(ANSWERS[half])
        assert len(gold) == len(answerable) == len(_lines(half, "answers.jsonl"))
        assert len({(query, slug) for query, slug, _ in GRADES[half]}) == len(GRADES[half])
        for query, slug in gold:
            answer = ANSWERS[half][query]
            assert answer["answer"].strip() and answer["spans"], query
            assert {span["corpus_id"] for span in answer["spans"]} == {slug}, query


def test_every_span_stands_verbatim_in_the_revision_in_force() -> None:
    for half in HALVES:
        for answer in ANSWERS[half].values():
            as_of = QUERIES[half][answer["query_id"]]["as_of"]
            for span in answer["spans"]:
                assert span["revision"] == _in_force(span["corpus_id"], as_of), answer["query_id"]
                body = ARTICLES[span["corpus_id"]][span["revision"]][1]
                assert span["text"].strip() and "\n" not in span["text"], answer["query_id"]
                assert span["text"] in body, (answer["query_id"], span["text"])


def test_the_asker_may_read_every_graded_article() -> None:
    for half in HALVES:
        for id_, slug, _ in GRADES[half]:
            query = QUERIES[half][id_]
            number = _in_force(slug, query["as_of"])
            assert number is not None, (id_, slug)
            assert ARTICLES[slug][number][0]["audience"] in ("public", query["audience"]), (id_, slug)


def test_the_corpus_is_the_sample_articles() -> None:
    for half in HALVES:
        corpus = yaml.safe_load((QUESTIONS / half / "corpus.yaml").read_text(encoding="utf-8"))
        assert list(corpus) == ["articles"]
        assert (QUESTIONS / half / corpus["articles"]).resolve() == ROOT / "articles"
