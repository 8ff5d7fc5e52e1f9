"""Quotable units: slices of their source in reading order, with what they depend on, cut in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.actor import CITIZEN
from kb.db import Database
from kb.markup.parse import parse
from retriever.ask import Retriever
from retriever.passages.cutting import TARGET_LATIN
from retriever.passages.facts import facts_of
from retriever.passages.parts import Leaves
from retriever.passages.sections import leaves_of
from retriever.passages.units import units
from retriever.question.kinds import wanted
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.retriever.grounding import check_grounded
from tests.retriever.watch import watchdog

PIECES = st.sampled_from([
    "补卡免费。", "须带：", "- 身份证；", "1. 照片", "| 项目 | 元 |", "|---|---|", "| 补卡 | 20 |", "# 一",
    "（一）可以", "\n", "\n\n", " ", "> ", "谁能办？可以办。", "No. 5 is open. Yes!", "**粗**", "\u3000",
])


@given(st.lists(PIECES, max_size=40).map("".join))
def test_units_are_slices_in_order_and_depend_on_what_stands_before_them(source: str) -> None:
    last = 0
    document = parse(source)
    for unit in units(document):
        assert last <= unit.start < unit.end <= len(source)
        assert source[unit.start:unit.end] == source[unit.start:unit.end].strip()
        assert unit.kind in ("sentence", "item", "row", "code")
        assert all(0 <= a < b <= unit.start for a, b in unit.leads)
        assert unit.kind == "row" or "".join(unit.text.split()) == "".join(document.said(unit.start, unit.end).split())
        last = unit.end


def words(source: str) -> list[tuple[str, str, list[str]]]:
    return [(u.kind, source[u.start:u.end], [source[a:b] for a, b in u.leads]) for u in units(parse(source))]


def test_rows_depend_on_their_header_and_items_on_their_lead_in() -> None:
    assert words("| 项目 | 元 |\n|---|---|\n| 补卡 | 20 |") == [("row", "| 补卡 | 20 |", ["| 项目 | 元 |"])]
    listed = words("须带：\n\n- 身份证；\n- 照片。")
    assert listed[1:] == [("item", "身份证；", ["须带："]), ("item", "照片。", ["须带："])]


@pytest.mark.parametrize(("source", "units_of_it"), [
    ("**问：谁能办？**\n\n答：居民可以。免费。\n\n另见。", [
        ("sentence", "答：居民可以。", ["**问：谁能办？**"]), ("sentence", "免费。", ["**问：谁能办？**"]),
        ("sentence", "另见。", [])]),
    ("要带什么？\n\n- 身份证\n- 照片", [("item", "身份证", ["要带什么？"]), ("item", "照片", ["要带什么？"])]),
    ("1. How do I apply?\n   Go to the office.\n2. What is the fee?\n   It is free.", [
        ("item", "Go to the office.", ["How do I apply?"]), ("item", "It is free.", ["What is the fee?"])]),
    ("多少钱？\n\n几天？\n\n三天。", [("sentence", "多少钱？", []), ("sentence", "三天。", ["几天？"])]),
    ("- 多少钱？\n- 几天？", [("item", "多少钱？", []), ("item", "几天？", [])]),
    ("多少钱？\n\n## 二\n\n三天。", [("sentence", "多少钱？", []), ("sentence", "三天。", [])]),
    ("多少钱？\n\n| 项目 | 元 |\n|---|---|\n| 补卡 | 20 |", [
        ("row", "| 补卡 | 20 |", ["多少钱？", "| 项目 | 元 |"])]),
    ("1. 要带什么？\n   - 身份证\n   - 照片\n2. 多少钱？\n   免费。\n- 另见", [
        ("item", "身份证", ["要带什么？"]), ("item", "照片", ["要带什么？"]), ("item", "免费。", ["多少钱？"]),
        ("item", "另见", [])]),
    ("- 是本市户籍吗？\n- 已满60岁吗？\n\n带身份证来。", [
        ("item", "是本市户籍吗？", []), ("item", "已满60岁吗？", []), ("sentence", "带身份证来。", [])]),
    ("免费。**须本人来。**带证。", [
        ("sentence", "免费。", []), ("sentence", "**须本人来。**", []), ("sentence", "带证。", [])]),
    ("- 是本市户籍吗？\n- 已满60岁吗？\n\n| 项目 | 元 |\n|---|---|\n| 补卡 | 20 |", [
        ("item", "是本市户籍吗？", []), ("item", "已满60岁吗？", []), ("row", "| 补卡 | 20 |", ["| 项目 | 元 |"])]),
    ("多少钱？\n\n| 免费 |\n\n补卡须带证。", [  # a table has a line below its header
        ("sentence", "| 免费 |", ["多少钱？"]), ("sentence", "补卡须带证。", [])]),
    ("1. 可以代办吗？\n2. 补卡多少钱？\n   20元。", [
        ("item", "可以代办吗？", []), ("item", "20元。", ["补卡多少钱？"])]),
    ("1. 要带什么？\n\t- 老人呢？\n\t\t- 身份证\n\t- 照片\n\n| a | b |\n|---|---|\n\n   - 另见", [
        ("item", "身份证", ["要带什么？", "老人呢？"]), ("item", "照片", ["要带什么？"]), ("item", "另见", [])]),
    ("免费。** ", [("sentence", "免费。", [])]),
    ("“你住哪里？”\n\n他说在松江。", [("sentence", "“你住哪里？”", []), ("sentence", "他说在松江。", [])]),
    ("他来了。谁知道？\n\n没有人。", [("sentence", "他来了。", []), ("sentence", "谁知道？", []),
                                 ("sentence", "没有人。", [])]),
])
def test_an_answer_depends_on_the_question_printed_on_the_line_above(
        source: str, units_of_it: list[tuple[str, str, list[str]]]) -> None:
    assert words(source) == units_of_it


@pytest.mark.parametrize(("text", "gives"), [
    ("带身份证，20元", "amount"), ("每月2,200元", "amount"), ("不收费", "amount"), ("5个工作日寄出", "duration"),
    ("十五日内", "duration"), ("拨打12345热线", "phone"), ("望海大道300号大厅", "place"), ("身份证原件", "papers"),
    ("由市商务局、市工信局牵头", "body"), ("可通过网站、小程序、窗口申报", "list"), ("热线是指12345", "meaning"),
    ("因为线路检修", "reason"), ("处500元罚款", "consequence"), ("3月1日起施行", "date"), ("每户限3人", "count"),
    ("邮箱：a@example.org", "phone"), ("because the line is repaired", "reason"), ("a fine of 500 yuan", "consequence"),
    ("costs 20 yuan", "amount"), ("within 3 days", "duration"), ("bring your passport", "papers"),
])
def test_a_text_gives_the_kind_of_thing_it_states(text: str, gives: str) -> None:
    assert gives in facts_of(text)


LINES = {
    "rule and blanks": "|" + " " * 40_000 + "x", "rule": "|" + ":-" * 20_000 + "x", "bars": "|" * 49_999,
    "digits": "1" * 49_999, "grouped digits": "1," * 24_999, "numerals": "一" * 49_999, "quotes": "> " * 24_999,
    "ends": "。" * 49_999, "brackets": ".)" * 24_999, "closing": "。" + "）" * 49_000, "dots": ". " * 24_999,
    "item marks": "- " * 24_999, "question marks": "?" * 49_999, "emphasis": "*" * 49_999, "links": "](" * 24_999,
    "tags": "<" * 49_999, "blanks": "a" + " " * 49_990 + "b", "can you": "可以" * 24_999, "yuan": "¥ " * 24_999,
    "numbers": "二十" * 24_999, "points": "1.1," * 12_000, "lists": "、a" * 24_999,
}


@pytest.mark.parametrize("kind", sorted(LINES))
def test_fault_42_long_hostile_lines_are_cut_in_linear_time(kind: str) -> None:
    source = f"| 项目 | 元 |\n|---|---|\n{LINES[kind]}\n\n须带：\n- {LINES[kind]}\n{LINES[kind]}"
    with watchdog():
        for unit in units(parse(source))[:50]:
            facts_of(source[unit.start:unit.end][:2 * TARGET_LATIN])  # no longer one fits a passage
        wanted(LINES[kind][:2000])


def test_fault_42_one_long_footnote_of_many_sentences_is_cut_once() -> None:
    source = "".join(f"第{n}项收费{n}元[^1]。\n\n" for n in range(3_000)) + "[^1]: " + "注解很长，须看清楚。" * 15_000
    with watchdog():
        found = units(parse(source))
    assert sum(unit.kind == "sentence" and bool(unit.notes) for unit in found) == 3_000


def test_an_items_text_is_cut_once_with_its_mark_and_without() -> None:
    document = parse("- 须带身份证。须带照片。\n\n  代办另带委托书。\n- 户口簿。\n\n补卡免费。\n")
    leaves = Leaves(document)
    with_marks = [leaf for block in document.root.blocks for leaf in leaves_of(block)]
    bare = [*document.root.blocks[0].blocks[0].blocks, *document.root.blocks[0].blocks[1].blocks,
            document.root.blocks[1]]
    assert len(bare) == len(with_marks) == 4 and with_marks[0].start < bare[0].start
    assert all(leaves.of(one) is leaves.of(other) for one, other in zip(with_marks, bare, strict=True))


@pytest.mark.parametrize("kind", ["rule and blanks", "digits", "numerals", "links", "brackets", "tags", "bars"])
def test_fault_11_an_article_of_hostile_lines_is_indexed_and_asked_in_bounded_time(
        retriever: Retriever, database: Database, kind: str) -> None:
    source = f"社保卡补办免费。\n\n{LINES[kind]}\n\n社保卡补办须带：\n\n- {LINES[kind]}"
    published_article(database, "card", source, title="社保卡")
    with watchdog(30):
        answer = retriever.ask(AskRequest("社保卡补办须带什么"), CITIZEN, now=NOW)
    assert answer.citations
    check_grounded(database, answer, CITIZEN)


@pytest.mark.parametrize("rule", ["---", "***", "___", "- - -", "* * *", " -----"])
def test_a_thematic_break_is_no_unit(rule: str) -> None:
    source = f"申请要带身份证。\n\n{rule}\n\n当场办好。"
    assert [source[u.start:u.end] for u in units(parse(source))] == ["申请要带身份证。", "当场办好。"]


@pytest.mark.parametrize(("lead", "is_lead"), [
    ("为做好防控工作，现就行政复议有关工作安排公告如下：", False), ("现将有关事项通告如下：", False),
    ("为便民利企，特提出如下措施：", False),
    ("有下列情形之一的，不予受理：", True), ("申请材料如下：", True), ("办理条件及要求如下：", True),
    ("补办须带以下材料：", True),
])
def test_how_a_notice_opens_is_no_lead_in_of_its_items(lead: str, is_lead: bool) -> None:
    for source in (f"{lead}\n\n（一）甲；\n\n（二）乙。", f"{lead}\n\n- 甲\n- 乙"):
        assert [unit.lead_text for unit in units(parse(source))][-1] == (lead if is_lead else "")
