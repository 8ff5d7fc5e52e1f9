"""Explanations: the parts add up to what was decided, losers lost by what they say, and nothing hidden is told."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from kb.actor import CITIZEN, OPERATOR
from kb.articles.writing.intake import article_id
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.answer import Answer
from retriever.answering.explain_shell import print_explanation
from retriever.answering.labels import LABELS, label, verdict
from retriever.ask import Retriever
from retriever.ranking.features import CONFIDENCE, PASSAGE, UNIT
from retriever.ranking.model import packaged
from retriever.records import AskRequest, Span, Turn
from tests.conftest import NOW
from tests.retriever.conftest import Sample
from tests.retriever.factories import LONG_AGO, published_article, retriever_of

QUESTIONS = ("社保卡丢了怎么补办", "租房押金不退怎么办", "坐轮渡多少钱", "How do I get a new social security card?")


def explained(retriever: Retriever, question: str, **fields: Any) -> tuple[Answer, dict[str, Any]]:
    answer = retriever.ask(AskRequest(question, explain=True, **fields), OPERATOR, now=NOW)
    assert answer.explain is not None
    found: dict[str, Any] = json.loads(json.dumps(answer.explain))  # it travels as JSON
    return answer, found


@pytest.fixture(params=QUESTIONS)
def told(sample: Sample, request: pytest.FixtureRequest) -> Iterator[tuple[Answer, dict[str, Any]]]:
    yield explained(sample.retriever, request.param)


Told = tuple[Answer, dict[str, Any]]


def test_a_candidates_contributions_add_up_to_its_score(told: Told) -> None:
    answer, why = told
    assert [c["place"] for c in why["candidates"]] == list(range(1, 11))
    for hit, candidate in zip(answer.hits, why["candidates"], strict=False):
        assert candidate["score"] == pytest.approx(hit.score, abs=1e-4)
        assert sum(candidate["contributions"].values()) == pytest.approx(hit.score, abs=1e-3)
        weights = {**packaged().base, **packaged().corrections}
        for name, weight in weights.items():
            assert candidate["contributions"][name] == pytest.approx(weight * candidate["features"][name], abs=1e-3)


def test_what_reorders_within_an_article_is_nothing_where_no_passage_of_it_gains(told: Told) -> None:
    answer, why = told
    gaining = {h.passage.article_id for h in answer.hits
               if any(h.features[name] for name in packaged().gains)}
    first = answer.hits[0].passage.article_id
    for hit, candidate in zip(answer.hits, why["candidates"], strict=False):
        if hit.passage.article_id not in {*gaining, first}:
            assert candidate["contributions"]["within_article"] == 0.0
        assert hit.passage.article_id == first or \
            candidate["contributions"]["within_article"] <= sum(packaged().gains.values())
    moved = [c["contributions"]["within_article"]
             for h, c in zip(answer.hits, why["candidates"], strict=False) if h.passage.article_id == first]
    assert first in gaining or len(moved) == why["candidates"][-1]["place"] or sum(moved) == pytest.approx(0, abs=1e-3)


def test_a_loser_names_the_contributions_that_cost_it_most(told: Told) -> None:
    _, why = told
    first, *losers = why["candidates"]
    assert (first["lost_by"], first["behind"]) == ([], 0.0)
    for loser in losers:
        costs = {n: v - loser["contributions"][n] for n, v in first["contributions"].items()}
        assert sum(costs.values()) == pytest.approx(loser["behind"], abs=1e-3)
        named = [r["feature"] for r in loser["lost_by"]]
        assert 1 <= len(named) <= 3 or loser["behind"] < 0.03
        for reason in loser["lost_by"]:
            assert reason["by"] == pytest.approx(costs[reason["feature"]], abs=1e-3)
        left_out = [v for n, v in costs.items() if n not in named]
        assert len(named) < 3 or max(left_out) <= min(r["by"] for r in loser["lost_by"]) + 1e-3


def test_evidence_shows_what_was_quoted_and_the_likeliest_of_the_rest(told: Told) -> None:
    answer, why = told
    quoted = [c.quote for c in answer.citations]
    evidence = why["evidence"]
    spans = {(c.start, c.end) for c in answer.citations}
    assert {(one["start"], one["end"]) for one in evidence["chosen"]} <= spans
    assert evidence["chosen"] and quoted
    told_of = [*evidence["chosen"], *evidence["not_chosen"]]
    assert 0 < sum(one["chance"] for one in told_of) <= 1 + 1e-3
    first = max(told_of, key=lambda one: one["chance"])
    assert first in evidence["chosen"]
    for one in told_of:  # chances are to each other as the contributions say
        behind = sum(first["contributions"].values()) - sum(one["contributions"].values())
        assert one["chance"] == pytest.approx(first["chance"] * math.exp(-behind), abs=2e-3)
    chances = [one["chance"] for one in evidence["not_chosen"]]
    assert chances == sorted(chances, reverse=True)
    assert not spans & {(one["start"], one["end"]) for one in evidence["not_chosen"]}


def test_confidence_is_the_logistic_of_its_parts(told: Told) -> None:
    answer, why = told
    parts = why["confidence"]
    odds = parts["intercept"] + sum(parts["contributions"].values())
    assert parts["value"] == pytest.approx(1 / (1 + math.exp(-odds)), abs=2e-3)
    assert parts["value"] == pytest.approx(answer.confidence, abs=1e-4)
    assert parts["threshold"] == 0.0
    assert f"{answer.confidence:.2f}" in parts["summary"]["zh"]
    assert f"{answer.confidence:.2f}" in parts["summary"]["en"]


def test_each_feature_and_stage_has_a_name_in_both_languages(told: Told) -> None:
    for name in (*PASSAGE, *UNIT, *CONFIDENCE, "within_article", *told[1]["stages_ms"]):
        assert name in LABELS, name
        assert label(name, "zh") != label(name, "en")
    assert label("a_new_one", "zh") == "a_new_one"


def test_words_that_are_said_nowhere_are_named(retriever: Retriever, database: Database) -> None:
    published_article(database, "lease", "## 押金\n\n房东无故不退押金，可先拨0540-8810500。", title="房屋租赁")
    published_article(database, "parcel", "包裹丢了向快递公司索赔。", title="快递赔偿")
    _, why = explained(retriever, "押金 宠物")
    assert why["candidates"][0]["slug"] == "lease"
    assert why["candidates"][0]["missing"] == why["confidence"]["missing"] == ["宠物"]
    _, why = explained(retriever, "不退押金")
    assert why["confidence"]["missing"] == []


def test_a_refusal_says_which_words_are_missing_and_which_article_is_as_near(settings: Settings,
                                                                            database: Database) -> None:
    for slug, title in (("lease", "房屋租赁"), ("car", "汽车租赁")):
        published_article(database, slug, f"{title}的押金最多一个月。", title=title)
    strict = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, embedding={"provider": "none"},
                           ask={"precision": 1.0})
    answer, why = explained(retriever_of(strict, database), "押金 宠物")
    assert answer.reason == why["confidence"]["reason"] == "not_sure"
    summary = why["confidence"]["summary"]
    assert "把握不足" in summary["zh"] and "宠物" in summary["zh"]
    assert "Not confident" in summary["en"] and "宠物" in summary["en"]
    rival = why["confidence"]["rival"]["title"]
    assert rival in {"房屋租赁", "汽车租赁"}
    assert f"“{rival}”" in summary["zh"]


def test_a_verdict_does_not_contradict_itself() -> None:
    given = verdict(None, 0.49, 0.45, short=["said"], strong=[], missing=["放风筝", "200"], rival="")
    assert given["zh"] == "有把握（0.49，门槛 0.45），但引文未涉及问题里的“放风筝”“200”。"
    assert given["en"] == ('Confident (0.49, at least 0.45 is needed), but the quotes do not say the question\'s '
                           '"放风筝", "200".')
    assert "0.4467，不到 0.4512" in verdict("not_sure", 0.4467, 0.4512, short=[], strong=[], missing=[], rival="")["zh"]


def test_an_endless_word_is_told_in_short(sample: Sample) -> None:
    _, why = explained(sample.retriever, "社保卡 " + "x" * 1900)
    assert [word for word in why["confidence"]["missing"] if "x" in word] == ["x" * 39 + "…"]
    assert len(why["confidence"]["summary"]["zh"]) < 300


def test_terms_tell_where_they_come_from(sample: Sample) -> None:
    history = (Turn("user", "社保卡丢了怎么补办"), Turn("agent", "请问在本市参保吗？"))
    _, why = explained(sample.retriever, "邮寄", history=history)
    origin = {t["term"]: t["from"] for t in why["terms"]}
    assert origin["邮寄"] == "question"
    assert origin["补办"] == "dialogue"
    assert origin["社会保障卡"] == "other_name"
    assert why["dialogue"]["used"] and why["dialogue"]["leans_on_it"]
    assert "社保卡丢了怎么补办" in why["dialogue"]["model_reads"]
    _, alone = explained(sample.retriever, "社保卡丢了怎么补办")
    assert {t["from"] for t in alone["terms"]} == {"question", "other_name"}
    assert alone["dialogue"] == {"used": False, "new_topic": False, "leans_on_it": False,
                                 "model_reads": "社保卡丢了怎么补办"}


def test_a_typing_error_is_told_with_what_it_was_read_as(sample: Sample) -> None:
    _, why = explained(sample.retriever, "租房押今不退怎么办")
    assert why["read_as"] == [{"said": "押今", "read": "押金"}]
    assert {t["term"]: t["from"] for t in why["terms"]}["押金"] == "spelling"
    out = io.StringIO()
    print_explanation(why, out)
    assert "“押今”可能是“押金”" in out.getvalue()


def test_where_nothing_is_found_the_explanation_says_so(retriever: Retriever, database: Database) -> None:
    published_article(database, "lease", "房东无故不退押金。")
    _, why = explained(retriever, "火星签证")
    assert why["candidates"] == [] and why["evidence"] == {"chosen": [], "not_chosen": []}
    assert why["confidence"]["summary"] == {"zh": "没有找到任何条目。", "en": "No article was found."}
    out = io.StringIO()
    print_explanation(why, out)
    assert out.getvalue().startswith("没有找到任何条目。")


def test_a_candidate_that_the_check_drops_is_counted_and_not_told(retriever: Retriever, database: Database) -> None:
    for slug in ("kept", "torn"):
        published_article(database, slug, "押金最多一个月租金。", title=f"租赁{slug}")
    _, before = explained(retriever, "押金")
    assert (before["proposed"], before["dropped"]) == (2, 0)
    engine, torn = retriever._current.parts.engine, article_id("torn")
    hits = retriever.ask(AskRequest("押金"), OPERATOR, now=NOW).hits
    wrong = [replace(h.passage, text=h.passage.text.replace("一", "二"), spans=(Span(LONG_AGO, None, LONG_AGO, None),))
             for h in hits if h.passage.article_id == torn]
    engine.put([(torn, wrong)], checkpoint=engine.checkpoint())
    _, after = explained(retriever, "押金")
    assert (after["proposed"], after["dropped"]) == (2, 1)
    assert "torn" not in json.dumps(after, ensure_ascii=False)


def test_a_citizens_explanation_holds_nothing_of_internal_articles(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", "补办社保卡工本费20元。", title="社保卡补办")
    published_article(database, "desk", "社保卡补办投诉转人社局三科。", title="坐席指引", audience="agent")
    answer = retriever.ask(AskRequest("社保卡补办投诉转哪个科", explain=True), CITIZEN, now=NOW)
    told = json.dumps(answer.explain, ensure_ascii=False)
    assert "card" in told
    assert not [word for word in ("desk", "坐席指引", "三科") if word in told]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_shell_shows_it_in_columns_and_without_colours(sample: Sample, question: str) -> None:
    _, why = explained(sample.retriever, question)
    out = io.StringIO()
    print_explanation(why, out)
    lines = out.getvalue().splitlines()
    assert why["confidence"]["summary"][why["lang"]][:20] in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert not [line for line in lines if line != line.rstrip()]
    assert max(map(cell_len, lines)) <= 110
    columns = {cell_len(line[:line.index(sign)]) for place, sign in ((2, "−"), (3, "−"))
               for line in lines if line.strip().startswith(f"{place} ") and "−" in line
               for sign in (label(why["candidates"][place - 1]["lost_by"][0]["feature"], why["lang"]),)}
    assert len(columns) == 1  # the reasons of both stand below one another, however wide the titles are
