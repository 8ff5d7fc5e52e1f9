"""Ranking and evidence: what a heading asks, which article leads, which unit gives the fact asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.actor import CITIZEN
from kb.db import Database
from retriever.answer import Answer
from retriever.ask import Retriever
from retriever.passages.facts import facts_of
from retriever.question.kinds import asks_the_way, tells_the_way, wanted
from retriever.ranking.order import PER_ARTICLE, capped, within_articles
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article

CARD = """社保卡是办理社保事务的卡，请妥善保管。

## 社保卡怎么办

社保卡到任一网点申领，当场取卡。

## 社保卡费用

| 办理 | 工本费 | 时限 |
|---|---|---|
| 首次 | 0 | 5个工作日 |
| 补换社保卡 | 20 | 申领当场可取 |

补换社保卡请带身份证。
"""


def asked(retriever: Retriever, question: str) -> Answer:
    return retriever.ask(AskRequest(question), CITIZEN, now=NOW)


@pytest.mark.parametrize(("question", "kind"), [
    ("补卡多少钱", "amount"), ("要带什么", "papers"), ("几天能办好", "duration"), ("电话是多少", "phone"),
    ("在哪办", "place"), ("最高能拿多少补助", "amount"), ("哪个部门管", "body"), ("申报渠道有哪些", "list"),
    ("什么是密切接触者", "meaning"), ("为什么停水", "reason"), ("不交会有什么后果", "consequence"),
    ("什么时候开始", "date"), ("能带多少人", "count"), ("Which department handles this?", "body"),
    ("Why was it refused?", "reason"), ("What happens if I pay late?", "consequence"), ("How many people?", "count"),
    ("How much is it?", "amount"), ("what documents do I need", "papers"), ("Can I renew it?", "whether"),
])
def test_a_question_says_what_kind_of_thing_it_wants(question: str, kind: str) -> None:
    assert kind in wanted(question)


@pytest.mark.parametrize(("text", "way"), [
    ("失业金怎么领", True), ("怎样申领", True), ("办理流程", True), ("how do I apply for a permit", True),
    ("How to register", True), ("领多少、领多久", False), ("收入怎么算", False), ("怎么领，能领多少钱", False),
    ("How much do I get", False), ("手续办理怎么这么慢", False),
])
def test_a_question_asks_how_a_thing_is_done_or_for_something_else(text: str, way: bool) -> None:
    assert asks_the_way(text) is way


def test_a_figure_in_a_table_of_prices_is_an_amount() -> None:
    assert "amount" not in facts_of("| 成人 | 22 |")
    assert "amount" in facts_of("| 成人 | 22 |", under="票价（元） | 票种 | 长屿线 |")
    assert "amount" not in facts_of("| 成人 | 22 |", under="班次 | 票种 | 长屿线 |")


def test_a_heading_that_asks_the_question_leads_within_its_article(retriever: Retriever, database: Database) -> None:
    source = "## 社保卡简介\n\n社保卡用途广。\n\n## 社保卡费用\n\n社保卡免工本。"
    published_article(database, "card", source, title="社保卡")
    answer = asked(retriever, "社保卡多少钱")
    assert answer.hits[0].passage.heading_path[-1] == "社保卡费用"
    assert [h.features["asked_heading"] for h in answer.hits] == [1.0, 0.0]


scored = st.tuples(st.floats(-1, 2), st.floats(0, 0.2), st.sampled_from("abc"))


@given(st.lists(scored, min_size=1, max_size=12))
def test_gains_reorder_within_articles_only(items: list[tuple[float, float, str]]) -> None:
    scores, gains = (np.array([item[i] for item in items]) for i in (0, 1))
    articles = [item[2] for item in items]
    found = within_articles(scores, gains, articles)
    for article in set(articles):
        own = [i for i, a in enumerate(articles) if a == article]
        assert found[own].max() == pytest.approx(scores[own].max())
        assert found[own] - (scores + gains)[own] == pytest.approx((found - scores - gains)[own[0]])


def test_a_question_for_an_amount_is_answered_by_the_row_that_states_it(retriever: Retriever,
                                                                       database: Database) -> None:
    published_article(database, "card", CARD, title="社保卡")
    answer = asked(retriever, "补换社保卡多少钱")
    said = (answer.withheld or (answer.sentences, ()))[0]
    assert any("工本费：20" in s.text for s in said)


def test_no_article_fills_a_page_of_results(retriever: Retriever, database: Database) -> None:
    stuffed = "\n\n".join(f"## 补卡第{n}节\n\n社保卡补卡补卡补卡。" for n in range(12))
    published_article(database, "stuffed", stuffed, title="补卡补卡")
    published_article(database, "card", CARD, title="社保卡")
    page = retriever.search("社保卡补卡", CITIZEN, now=NOW)
    slugs = [h.slug for h in page.hits]
    assert slugs.count("stuffed") == PER_ARTICLE
    assert "card" in slugs
    assert capped([]) == []


def test_a_sentence_that_sends_elsewhere_does_not_lead_and_is_not_the_answer(retriever: Retriever,
                                                                             database: Database) -> None:
    published_article(database, "reissue", "带身份证到网点补办，当场取卡。\n\n社保卡丢了可以补办。", title="社保卡补领")
    published_article(database, "medical", "医保码能看病。\n\n社保卡丢了补办，见[社保卡补领](article:reissue)。",
                      title="医保码")
    answer = asked(retriever, "社保卡丢了怎么补办")
    run = {h.passage.title: (h.features["run_unit"], h.features["rest_unit"]) for h in answer.hits}
    assert run["医保码"] == (0.0, 0.0) < run["社保卡补领"]
    assert answer.hits[0].passage.title == "社保卡补领"
    sentences, citations = answer.withheld or (answer.sentences, answer.citations)
    assert sentences and all("见社保卡补领" not in s.text for s in sentences)
    assert {c.slug for c in citations} == {"reissue"}


@pytest.mark.parametrize("question", ["低保标准是多少", "社保每月交多少", "契税税率多少", "公积金能贷多少"])
def test_how_much_of_what_is_paid_asks_for_an_amount(question: str) -> None:
    assert "amount" in wanted(question)


def test_how_many_of_others_asks_for_no_amount() -> None:
    assert not {"amount"} & (wanted("每月多少天") | wanted("电话是多少") | wanted("领多少人的"))


def test_a_fact_is_given_only_by_a_fact_of_the_kind_asked_for(retriever: Retriever, database: Database) -> None:
    published_article(database, "dog", "犬证每年到窗口申请年检。\n\n犬证收费200元。", title="犬证")
    answer = retriever.ask(AskRequest("犬证怎么办要多少钱", explain=True), CITIZEN, now=NOW)
    assert answer.explain is not None
    told = answer.explain["evidence"]["chosen"] + answer.explain["evidence"]["not_chosen"]
    given_by = {one["text"]: one["contributions"].get("fact_wanted", 0.0) > 0 for one in told}
    assert given_by == {"犬证每年到窗口申请年检。": False, "犬证收费200元。": True}


@pytest.mark.parametrize(("heading", "tells"), [
    ("怎样办", True), ("办理流程", True), ("第一趟：申请", True), ("网上办理", True), ("申领步骤", True),
    ("登记", True),
    ("How to register", True), ("Applying", True), ("Steps", True),
    ("登记处电话", False), ("谁可以申请", False), ("不给登记的", False), ("申请条件", False), ("补领", False),
    ("Where to register", False), ("Who may apply", False)])
def test_a_heading_that_names_the_way_is_told_from_one_that_names_something_of_it(heading: str, tells: bool) -> None:
    assert tells_the_way(heading) is tells
