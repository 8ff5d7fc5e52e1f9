"""Composing without a model: words without marks, rows read out with their header, conditions kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.db import Database
from kb.permissions import CITIZEN
from retriever.answering.quote import citation_url, plain, read_row
from retriever.ask import Retriever
from retriever.records import Answer, AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.retriever.grounding import check_grounded
from tests.retriever.watch import watchdog


@pytest.mark.parametrize(("source", "words"), [
    ("丢卡后**两个都要挂失**", "丢卡后两个都要挂失"), ("见[租赁备案](article:lease-filing)办理", "见租赁备案办理"),
    ("看![图](https://example.org/a.png)", "看图"), ("用`App`办", "用App办"), ("~~旧规~~新规", "旧规新规"),
    ("第一行\n  第二行", "第一行 第二行"), (r"\*不是标记\*", "*不是标记*"), ("a<br>b", "ab"),
    ("收入<5000元且面积>60平方米", "收入<5000元且面积>60平方米"), ("<!-- 内部 -->公开", "公开"),
    ("**bold [link](x)** text", "bold link text"), ("", ""),
])
def test_marks_are_left_out_of_what_is_said(source: str, words: str) -> None:
    assert plain(source) == words


def test_a_part_of_a_longer_sentence_is_said_as_a_sentence(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", "补办社保卡当场取卡；邮寄补卡另付邮费。", title="社保卡补办")
    answer = retriever.ask(AskRequest("社保卡补办当场取卡吗"), CITIZEN, now=NOW)
    sentences = (answer.withheld or (answer.sentences, ()))[0]
    assert sentences[0].text == "补办社保卡当场取卡。"


def test_a_row_is_read_out_with_its_header() -> None:
    header, row = "| 方式 | 材料 | 费用 |", "| 网点即时制卡 | 本人**身份证** | 免费 |"
    assert read_row(header, row, "zh") == "方式：网点即时制卡；材料：本人身份证；费用：免费。"
    assert read_row("| Route | Fare |", "| Island | 22 yuan |", "en") == "Route: Island; Fare: 22 yuan."


def test_empty_cells_are_left_out_and_extra_cells_are_kept() -> None:
    assert read_row("| 票种 | 长屿线 | 外屿线 |", "| 小型汽车 | 80 | — |", "zh") == "票种：小型汽车；长屿线：80。"
    assert read_row("| 票种 | 票价 |", "| 成人 | 22 | 元 |", "zh") == "票种：成人；票价：22；元。"
    assert read_row("| a \\| b | c |", "| 1 | 2 |", "en") == "a | b: 1; c: 2."


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_lines_are_read_out_as_one(header: str, row: str) -> None:
    assert "\n" not in read_row(header, row, "zh")


HOSTILE = ["[" * 50_000, "](" * 25_000, "![a](" * 10_000, "<" * 50_000, "<a" * 25_000, "\\" * 50_000, "|" * 50_000,
           "*" * 50_000, "[a](" + "b" * 50_000, "`~" * 25_000]


@pytest.mark.parametrize("line", HOSTILE, ids=[h[:5] for h in HOSTILE])
def test_fault_42_long_hostile_lines_are_read_in_linear_time(line: str) -> None:
    with watchdog():
        plain(line)
        read_row(line, line, "zh")


def test_a_citation_opens_its_revision_at_its_quote() -> None:
    assert citation_url("card", 3, 120, 164) == "/articles/card/r/3?cite=120-164#cite-1"


# composed answers


def asked(retriever: Retriever, database: Database, question: str) -> Answer:
    answer = retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    check_grounded(database, answer, CITIZEN)
    return answer


TABLE = """## 补领

| 方式 | 材料 | 费用 |
|---|---|---|
| 网点即时制卡 | 本人身份证 | 工本费20元 |
| 邮寄到家 | 刷脸 | 邮费到付 |
"""


def test_an_answer_from_a_table_names_its_columns_and_cites_header_and_row(retriever: Retriever,
                                                                         database: Database) -> None:
    published_article(database, "card", TABLE, title="社保卡补领")
    answer = asked(retriever, database, "社保卡网点即时制卡费用多少")
    told = next(s for s in answer.sentences if "即时制卡" in s.text)
    assert "费用：工本费20元" in told.text
    quotes = {c.n: c.quote for c in answer.citations}
    assert [quotes[n] for n in told.citations] == [TABLE.splitlines()[2], TABLE.splitlines()[4]]


def test_a_row_below_a_printed_question_is_said_with_it(retriever: Retriever, database: Database) -> None:
    source = f"网点即时制卡收多少费用？\n\n{TABLE.split(chr(10), 2)[2]}"
    published_article(database, "card", source, title="社保卡补领")
    answer = asked(retriever, database, "社保卡网点即时制卡费用多少")
    told = [s.text for s in (answer.withheld or (answer.sentences, ()))[0]]
    row = next(i for i, text in enumerate(told) if "费用：工本费20元" in text)
    assert told[row - 1] == "网点即时制卡收多少费用？"


LIST = """## 提取

有下列情形之一的，不得提取住房公积金：

- 正在偿还公积金贷款的；
- 房产份额超过50%的。
"""


def test_an_item_is_said_with_the_condition_it_stands_under(retriever: Retriever, database: Database) -> None:
    published_article(database, "fund", LIST, title="公积金")
    answer = asked(retriever, database, "正在偿还公积金贷款能提取吗")
    told = [s.text for s in answer.sentences]
    item = next(i for i, text in enumerate(told) if "偿还公积金贷款" in text)
    assert told[item - 1].startswith("有下列情形之一的，不得提取")


def test_a_citation_knows_the_headings_above_it(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", "# 社保卡\n\n## 补办\n\n### 费用\n\n补办社保卡工本费20元。", title="社保卡")
    answer = asked(retriever, database, "补办社保卡工本费")
    assert answer.citations[0].heading_path == ("社保卡", "补办", "费用")
