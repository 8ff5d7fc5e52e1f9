"""Asked and searched, an article gives the words that its page shows: none that it hides, none lost, none alone."""

from __future__ import annotations

from html import unescape

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.markup.render import render_html
from retriever.answer import Answer
from retriever.ask import Retriever
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.retriever.grounding import check_grounded


def asked(retriever: Retriever, database: Database, question: str) -> Answer:
    answer = retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    check_grounded(database, answer, CITIZEN)
    return answer


def told(answer: Answer) -> list[str]:
    """What would be said, withheld or not."""
    sentences, _ = answer.withheld or (answer.sentences, answer.citations)
    return [sentence.text for sentence in sentences]


SECRETS = [
    "补办社保卡免费。\n\n[//]: # (补办社保卡收费五百元，尚未公布，请勿外传)",
    "<!-- 补办社保卡收费五百元，尚未公布 -->\n\n补办社保卡免费。",
    "补办社保卡<!-- 收费五百元，尚未公布 -->免费。",
    "补办社保卡免费。\n\n[备注]: https://a.example '收费五百元，尚未公布'",
    "- 补办社保卡免费。\n  <!--\n  收费五百元，尚未公布\n  -->\n- 当场取卡。",
    "补办社保卡免费。\n\n<!-- 收费五百元，尚未公布",
    "补办社保卡免费，见[官网](https://a.example '收费五百元，尚未公布')。",
]


@pytest.mark.parametrize("source", SECRETS)
def test_text_that_the_page_hides_is_neither_found_nor_answered(retriever: Retriever, database: Database,
                                                                source: str) -> None:
    published_article(database, "card", source, title="社保卡补办")
    for question in ("补办社保卡收费五百元尚未公布", "补办社保卡要钱吗"):
        answer = asked(retriever, database, question)
        assert told(answer)
        assert not any("五百" in text or "公布" in text for text in told(answer))
    for hit in retriever.search("收费五百元 尚未公布", CITIZEN, now=NOW).hits:
        assert "五百" not in hit.body
    plain = retriever.find(AskRequest("五百元"), CITIZEN, now=NOW, words_alone=True)
    assert not any("五百" in " ".join(r.hit.passage.terms) for r in plain.ranked)


@pytest.mark.parametrize(("source", "question", "said"), [
    ("补办社保卡的网址是<https://a.example/card>。", "补办社保卡的网址", "补办社保卡的网址是https://a.example/card。"),
    ("申领要求为<B级且年限>3年的单位不予受理。", "申领要求 不予受理的单位", "申领要求为<B级且年限>3年的单位不予受理。"),
    ("补办社保卡须填写<Form Q-12>表。", "补办社保卡填什么表", "补办社保卡须填写<Form Q-12>表。"),
    ("高龄补贴每月~~800元~~500元。", "高龄补贴每月多少", "高龄补贴每月500元。"),
    ("Replacing a card needs form <Q-12>.", "which form for replacing a card", "Replacing a card needs form <Q-12>."),
    ("The old-age allowance is ~~$80~~ $50 a month.", "how much is the old-age allowance",
     "The old-age allowance is $50 a month."),
    ("补办社保卡&nbsp;5&lt;6元。", "补办社保卡多少元", "补办社保卡 5<6元。"),
    ("**补办社保卡免费。**当场取卡。", "补办社保卡免费吗", "补办社保卡免费。"),
    ("补办社保卡请打`12333`。", "补办社保卡打什么电话", "补办社保卡请打12333。"),
    ("- [x] 补办社保卡带身份证", "补办社保卡带什么", "补办社保卡带身份证"),
    ("补办社保卡见[办事指南][g]第二页。\n\n[g]: https://a.example", "补办社保卡见哪里", "补办社保卡见办事指南第二页。"),
])
def test_what_is_said_holds_all_that_the_page_shows(retriever: Retriever, database: Database, source: str,
                                                    question: str, said: str) -> None:
    published_article(database, "card", source, title="社保卡 补贴 申领 card allowance")
    assert said in told(asked(retriever, database, question))
    page = " ".join(unescape(render_html(source).replace("<s>", "").replace("</s>", "")).split())
    assert said.replace("<", "").split()[0][:4] in page.replace("<", "")


@pytest.mark.parametrize(("source", "question", "said"), [
    ("摊位费每月20元。\n残疾人经营的\n摊位不收摊位费。", "摊位费每月多少钱", "摊位费每月20元。"),
    ("经营摊位须先备案，\n备案后按月缴\n摊位费每月20元。", "摊位费每月多少钱",
     "经营摊位须先备案，备案后按月缴摊位费每月20元。"),
    ("Stall fees are\n20 yuan a month, e.g. for\nfruit stalls on No. 5 Road.", "how much are stall fees",
     "Stall fees are 20 yuan a month, e.g. for fruit stalls on No. 5 Road."),
    ("摊位费每月20元（含清扫费；不含水电费）。", "摊位费每月多少钱", "摊位费每月20元（含清扫费；不含水电费）。"),
])
def test_a_wrapped_sentence_is_said_whole(retriever: Retriever, database: Database, source: str, question: str,
                                          said: str) -> None:
    published_article(database, "stall", source, title="摊位费 stall fees")
    assert said in told(asked(retriever, database, question))


@pytest.mark.parametrize(("source", "question", "said"), [
    ("结婚登记要带：\n\n- 内地居民：\n  - 身份证\n  - 户口簿\n- 外国人：\n  - 护照\n  - 无配偶证明公证件",
     "结婚登记无配偶证明公证件",
     ["结婚登记要带：", "外国人：", "无配偶证明公证件"]),
    ("结婚登记要带：\n\n（一）内地居民：\n\n1．身份证；\n2．户口簿。\n\n（二）外国人：\n\n1．护照；\n"
     "2．无配偶证明公证件。", "结婚登记无配偶证明公证件",
     ["结婚登记要带：", "（二）外国人：", "2．无配偶证明公证件。"]),
    ("To marry you need:\n\n1. Residents\n   - identity card\n2. Foreigners\n"
     "   - a notarised certificate of single status",
     "notarised certificate of single status to marry",
     ["To marry you need:", "Foreigners", "a notarised certificate of single status"]),
])
def test_an_item_is_said_below_every_item_above_it(retriever: Retriever, database: Database, source: str,
                                                   question: str, said: list[str]) -> None:
    published_article(database, "marry", source, title="结婚登记 marriage")
    found = told(asked(retriever, database, question))
    at = found.index(said[-1])
    assert all(part in found[:at + 1] for part in said)


@pytest.mark.parametrize(("source", "question", "said"), [
    ("## 票价（元，单程）\n\n| 票种 | 长屿线 |\n|---|---|\n| 成人 | 22 |\n| 儿童 | 11 |", "长屿线成人票价",
     ["票价（元，单程）", "票种：成人；长屿线：22"]),
    ("渡轮票价：\n\n| 区 | 票种 | 票价 |\n|---|---|---|\n| 长屿 | 成人 | 22元 |\n| | 儿童 | 11元 |", "长屿儿童票价",
     ["区：长屿；票种：儿童；票价：11元"]),
    ("| 货物 | 运费[^f] |\n|---|---|\n| 摩托车 | 35元 |\n\n[^f]: 台风停运不退。", "摩托车运费多少",
     ["货物：摩托车；运费：35元", "台风停运不退。"]),
    ("渡轮 | 票价\n--- | ---\n成人 | 22元", "渡轮成人票价", ["渡轮：成人；票价：22元"]),
])
def test_a_row_is_said_with_all_that_it_needs(retriever: Retriever, database: Database, source: str, question: str,
                                              said: list[str]) -> None:
    published_article(database, "ferry", source, title="渡轮票价")
    found = told(asked(retriever, database, question))
    assert all(part in found for part in said)


@pytest.mark.parametrize("source", [
    "补办社保卡工本费20元[^1]。\n\n[^1]: 低保户免收工本费。",
    "> 补办社保卡工本费20元。[^1]\n>\n> [^1]: 低保户免收工本费。",
    "补办社保卡收费[^1]：\n\n- 补办社保卡工本费20元。\n\n[^1]: 低保户免收工本费。",
    "补办社保卡工本费20元。[^1]\n\n[^1]: - 低保户免收工本费。\n    - 学生免收工本费。",
    "补办社保卡工本费20元。[^2]\n\n[^1]: > [^2]: 低保户免收工本费。",
])
def test_a_footnote_is_said_with_what_refers_to_it_and_shown(retriever: Retriever, database: Database,
                                                             source: str) -> None:
    published_article(database, "card", source, title="社保卡补办")
    found = told(asked(retriever, database, "补办社保卡工本费多少"))
    assert found.index("补办社保卡工本费20元。") + 1 == found.index("低保户免收工本费。")
    assert "低保户免收工本费。" in render_html(source)


@pytest.mark.parametrize("source", [
    "补办社保卡免费。\n\n第一章 补办社保卡……1\n第二章 社保卡挂失……3\n",
    "补办社保卡免费。\n\n— 补办社保卡 —\n\n第 3 页 共 5 页", "补办社保卡免费。\n\n- 3 -",
])
def test_contents_and_page_footers_are_not_said(retriever: Retriever, database: Database, source: str) -> None:
    published_article(database, "card", source, title="社保卡补办")
    answer = asked(retriever, database, "补办社保卡 第3页 第一章")
    assert not any("……" in text or "页" in text or text == "3" for text in told(answer))


def test_setext_titles_and_code_are_what_markdown_says_they_are(retriever: Retriever, database: Database) -> None:
    source = "补办社保卡\n====\n\n当场取卡免费。\n\n```\n# 不是标题\n```\n\n补办社保卡请勿转借。"
    published_article(database, "card", source, title="社保卡")
    answer = asked(retriever, database, "补办社保卡转借")
    citation = (answer.withheld or ((), answer.citations))[1][0] if answer.withheld else answer.citations[0]
    assert citation.heading_path == ("补办社保卡",)


def test_a_sentence_below_an_enumeration_is_none_of_its_items(retriever: Retriever, database: Database) -> None:
    source = "不予受理的情形：\n（一）材料不齐；\n（二）超过期限。\n窗口受理时间为周一至周五。"
    published_article(database, "desk", source, title="窗口受理")
    found = told(asked(retriever, database, "窗口受理时间"))
    assert "窗口受理时间为周一至周五。" in found and "不予受理的情形：" not in found
