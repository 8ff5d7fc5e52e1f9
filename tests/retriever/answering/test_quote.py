"""Composing without a model: words without marks, rows read out with their header, conditions kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.actor import CITIZEN
from kb.db import Database
from kb.markup.parse import parse
from retriever.answer import Answer
from retriever.answering.quote import citation_url, shortened
from retriever.ask import Retriever
from retriever.passages.saying import said
from retriever.passages.units import units
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.retriever.grounding import check_grounded
from tests.retriever.watch import watchdog


@pytest.mark.parametrize(("source", "words"), [
    ("丢卡后**两个都要挂失**", "丢卡后两个都要挂失"), ("见[租赁备案](article:lease-filing)办理", "见租赁备案办理"),
    ("看![图](https://example.org/a.png)", "看图"), ("用`App`办", "用App办"), ("~~旧规~~新规", "新规"),
    ("每月~~800元~~500元。", "每月500元。"), ("第一行\n  第二行", "第一行第二行"), ("one\n  two", "one two"),
    (r"\*不是标记\*", "*不是标记*"), ("a<br>b", "a b"), ("5 &lt; 6&nbsp;元", "5 < 6 元"),
    ("收入<5000元且面积>60平方米", "收入<5000元且面积>60平方米"), ("<!-- 内部 -->公开", "公开"),
    ("公开<!-- 内\n部 -->的", "公开的"), ("**bold [link](x)** text", "bold link text"), ("", ""),
    ("网址是<https://a.example/x>。", "网址是https://a.example/x。"), ("须填写<Form Q-12>表", "须填写<Form Q-12>表"),
    ("要求为<B级且年限>3年的单位不予受理", "要求为<B级且年限>3年的单位不予受理"), ("- [x] 身份证", "身份证"),
    ("见[办法][x]。\n\n[x]: /y", "见办法。"), ("**工本费20元。**逾期不收。", "工本费20元。逾期不收。"),
    ("工本费20元[^1]。\n\n[^1]: 见办法", "工本费20元。 见办法"),
    ("Pay by <Friday> or <b>now</b>.", "Pay by <Friday> or <b>now</b>."), ("## 费用 {#fee}", "费用"),
])
def test_what_is_said_is_what_the_page_shows(source: str, words: str) -> None:
    assert parse(source).said(0, len(source)) == words


def rows_said(source: str, lang: str = "zh") -> list[str]:
    return [said(source, lang, unit) for unit in units(parse(source)) if unit.kind == "row"]


def test_a_part_of_a_longer_sentence_is_said_as_it_is_written(retriever: Retriever, database: Database) -> None:
    published_article(database, "card", "补办社保卡当场取卡；邮寄补卡另付邮费。", title="社保卡补办")
    answer = retriever.ask(AskRequest("社保卡补办当场取卡吗"), CITIZEN, now=NOW)
    sentences = (answer.withheld or (answer.sentences, ()))[0]
    assert sentences[0].text == "补办社保卡当场取卡；"


@pytest.mark.parametrize(("heading", "text", "question", "said_first"), [
    ("不能报的", "镶牙、正畸、整形；体检。", "镶牙正畸能报吗", "不能报的"),
    ("Not allowed", "Working on a tourist visa.", "Is working on a tourist visa fine?", "Not allowed"),
    ("六、不予报销的项目", "- 镶牙\n- 正畸", "镶牙正畸能报吗", "六、不予报销的项目"),
    ("不能报的", "镶牙、正畸不能报销。", "镶牙正畸能报吗", "镶牙、正畸不能报销。"),  # says so itself
    ("能不能报", "镶牙、正畸都报。", "镶牙正畸能报吗", "镶牙、正畸都报。"),
])
def test_what_is_not_is_said_with_the_heading_that_says_so(retriever: Retriever, database: Database, heading: str,
                                                           text: str, question: str, said_first: str) -> None:
    published_article(database, "teeth", f"## {heading}\n\n{text}\n", title="镶牙正畸 working on a tourist visa",
                      lang="zh" if not heading.isascii() else "en")
    answer = retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    sentences, citations = answer.withheld or (answer.sentences, answer.citations)
    assert sentences[0].text == said_first
    assert citations[0].quote in f"## {heading}\n\n{text}\n" and said_first in citations[0].quote
    check_grounded(database, answer, CITIZEN)


RULE = "\n|---|---|---|\n"


@pytest.mark.parametrize(("source", "lang", "words"), [
    (f"| 方式 | 材料 | 费用 |{RULE}| 即时制卡 | 本人**身份证** | 免费 |", "zh",
     ["方式：即时制卡；材料：本人身份证；费用：免费"]),
    ("| Route | Fare |\n|---|---|\n| Island | 22 yuan |", "en", ["Route: Island; Fare: 22 yuan"]),
    (f"| 票种 | 长屿线 | 外屿线 |{RULE}| 小型汽车 | 80 | — |", "zh", ["票种：小型汽车；长屿线：80；外屿线：—"]),
    ("| a \\| b | c |\n|---|---|\n| 1 | 2 |", "en", ["a | b: 1; c: 2"]),
    ("线路 | 票价\n--- | ---\n长屿 | 22元", "zh", ["线路：长屿；票价：22元"]),  # without outer bars
    (f"| 票种 | 材料 | 价 |{RULE}| 成人 | 身份证<br>照片 | 22 |", "zh", ["票种：成人；材料：身份证 照片；价：22"]),
    (f"| 区 | 人员 | 元 |{RULE}| 市区 | 成人 | 8 |\n|  | 儿童 | 4 |\n| 长屿 | 同上 | 2 |", "zh",
     ["区：市区；人员：成人；元：8", "区：市区；人员：儿童；元：4", "区：长屿；人员：儿童；元：2"]),
    ("| Zone | Who | Fare |\n|---|---|---|\n| North | adult | 8 |\n| | child | 4 |\n| South | ditto | 2 |", "en",
     ["Zone: North; Who: adult; Fare: 8", "Zone: North; Who: child; Fare: 4", "Zone: South; Who: child; Fare: 2"]),
    (f"| 人员 | 月标准 | |{RULE}| | 市区 | 长屿 |\n| 低保 | 800 | 600 |", "zh",
     ["人员：低保；月标准 市区：800；月标准 长屿：600"]),
    (f"| 航线 | 单程 | |{RULE}| | 2025年 | 2026年 |\n| 青螺岛 | 18 | 22 |", "zh",
     ["航线：青螺岛；单程 2025年：18；单程 2026年：22"]),
    ("| | Fee (yuan) | |\n|---|---|---|\n| Type | Adult | Child |\n| Ferry | 20 | 10 |", "en",
     ["Type: Ferry; Fee (yuan) Adult: 20; Fee (yuan) Child: 10"]),
    (f"| | 缴费比例 | |{RULE}| 档次 | 个人 | 单位 |\n| 一档 | 2% | 6% |\n| 二档 | 1% | 3% |", "zh",
     ["档次：一档；缴费比例 个人：2%；缴费比例 单位：6%", "档次：二档；缴费比例 个人：1%；缴费比例 单位：3%"]),
    (f"| | 材料 | |{RULE}| 甲类 | 身份证 | 原件 |\n| 乙类 | 照片 | 复印件 |", "zh",  # no figures: all rows
     ["甲类；材料：身份证；原件", "乙类；材料：照片；复印件"]),
    ("| 票种 | 价 |\n|---|---|\n| 成人票 | |\n| 单程 | 45元 |\n| 儿童票 | |\n| 单程 | 20元 |", "zh",
     ["票种：成人票", "成人票；票种：单程；价：45元", "票种：儿童票", "儿童票；票种：单程；价：20元"]),
    ("| 项 | 元 |\n|---|---|\n| 补卡 | |\n| 换卡 | 20 |", "zh", ["项：补卡", "项：换卡；元：20"]),  # a value is missing
    (f"| 项目 | 甲 | 乙 |{RULE}| - | - | - |\n| 补卡 | 20 | - |", "zh", ["项目：补卡；甲：20；乙：-"]),
    (f"| 项 | 类 | 数 |{RULE}| 一 | 甲 | 1 |\n| | 合计 | 1 |", "zh", ["项：一；类：甲；数：1", "类：合计；数：1"]),
])
def test_a_row_is_read_out_with_its_header(source: str, lang: str, words: list[str]) -> None:
    assert rows_said(source, lang) == words


@pytest.mark.parametrize(("source", "lead"), [
    ("## 票价（元，单程）\n\n| 票种 | 长屿线 |\n|---|---|\n| 成人 | 22 |", "票价（元，单程）"),
    ("单位：元\n\n| 票种 | 长屿线 |\n|---|---|\n| 成人 | 22 |", "单位：元"),
    ("## 票价（单位：元）\n\n### 夜航\n\n| 票种 | 价 |\n|---|---|\n| 成人 | 40 |", "票价（单位：元）"),
    ("## Fares (in dollars)\n\n| Who | Fare |\n|---|---|\n| Adult | 2.50 |", "Fares (in dollars)"),
])
def test_a_row_of_bare_figures_is_quoted_with_the_heading_that_holds_their_unit(source: str, lead: str) -> None:
    row = next(unit for unit in units(parse(source)) if unit.kind == "row")
    assert lead in [source[a:b] for a, b in row.leads]


def test_figures_with_units_of_their_own_need_none_from_the_heading() -> None:
    source = "## 票价（元，单程）\n\n| 票种 | 长屿线 |\n|---|---|\n| 成人 | 22元 |"
    row = next(unit for unit in units(parse(source)) if unit.kind == "row")
    assert [source[a:b] for a, b in row.leads] == ["| 票种 | 长屿线 |"]


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_row_is_read_out_as_one_line(header: str, row: str) -> None:
    for words in rows_said(f"| {header} | b |\n|---|---|\n| {row} | c |"):
        assert "\n" not in words


HOSTILE = ["[" * 50_000, "](" * 25_000, "![a](" * 10_000, "<" * 50_000, "<a" * 25_000, "\\" * 50_000, "|" * 50_000,
           "*" * 50_000, "[a](" + "b" * 50_000, "`~" * 25_000]


@pytest.mark.parametrize("line", HOSTILE, ids=[h[:5] for h in HOSTILE])
def test_fault_42_long_hostile_lines_are_read_in_linear_time(line: str) -> None:
    with watchdog():
        parse(line).said(0, len(line))
        rows_said(f"| a | b |\n|---|---|\n{line}")


@pytest.mark.parametrize(("most", "end"), [(100, "免费。"), (20, "取卡，"), (9, "身份证，")])
def test_what_does_not_fit_is_cut_where_the_text_pauses(most: int, end: str) -> None:
    source = "补办须带**身份证**，到窗口缴费，当天取卡，邮寄免费。"
    low, high = shortened(parse(source), 0, len(source), most)
    said_of_it = parse(source).said(low, high)
    assert said_of_it.endswith(end)
    assert len(said_of_it) <= most


@pytest.mark.parametrize("source", [
    "补办社保卡须本人" + "到任一网点办理手续" * 250 + "。", "补办社保卡：" + "、".join(["带材料到网点"] * 300) + "。",
    "补办社保卡须带：\n\n- " + "身份证和户口簿的" * 200 + "：\n  - " + "复印件，" * 200,
    "| 补办 | 社保卡 |\n|---|---|\n| 补办社保卡 | " + "带材料到网点，" * 250 + " |",
    "Replace your social card " + "at any office " * 150 + ".",
    "补办社保卡命令为 `" + "\n".join(f"step{n}-run --force" for n in range(60)) + "` 执行完毕。",
    "> 补办社保卡命令为 `" + "\n> ".join(f"step{n}-run --force" for n in range(60)) + "` 执行完毕。",
])
def test_no_more_is_said_than_an_answer_may_have(retriever: Retriever, database: Database, source: str) -> None:
    published_article(database, "card", source, title="社保卡补办 social card")
    answer = retriever.ask(AskRequest("补办社保卡 replace social card"), CITIZEN, now=NOW)
    check_grounded(database, answer, CITIZEN)
    sentences = (answer.withheld or (answer.sentences, ()))[0]
    assert sentences
    assert sum(len(s.text) for s in sentences) <= 600


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
