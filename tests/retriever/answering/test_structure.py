"""Whose part a unit is: lists, procedures, tables and paragraphs, one inside another."""

from __future__ import annotations

import pytest

from kb.markup.parse import parse
from retriever.answering.structure import groups
from retriever.passages.cutting import split
from retriever.records import Passage
from tests.retriever.watch import watchdog


def passages_of(source: str) -> list[Passage]:
    return [Passage(f"r:{n}", "a", "r", n, "", cut.heading_path, cut.start, cut.end, source[cut.start:cut.end],
                    units=cut.units) for n, cut in enumerate(split(source))]


def grouped(source: str) -> list[tuple[str, list[list[str]]]]:
    """Each group's kind, and what stands in its members' units."""
    passages = passages_of(source)
    texts = [source[unit.start:unit.end] for passage in passages for unit in passage.units]
    return [(group.kind, [[texts[n] for n in member] for member in group.members])
            for group in groups(parse(source), passages)]


@pytest.mark.parametrize(("source", "found"), [
    ("须带：\n\n- 证；\n- 表。", [("items", [["证；"], ["表。"]])]),
    ("甲。乙。\n\n丙。", [("sentences", [["甲。"], ["乙。"]])]),
    ("| 票 | 价 |\n|---|---|\n| 成人 | 2元 |\n| 儿童 | 1元 |", [("rows", [["| 成人 | 2元 |"], ["| 儿童 | 1元 |"]])]),
    ("流程：\n\n1. 交表\n   - 证\n   - 表\n2. 取卡", [
        ("steps", [["交表", "证", "表"], ["取卡"]]), ("items", [["证"], ["表"]])]),
    ("下列情形：\n（一）甲；\n（二）乙：\n1．丙；\n2．丁。\n（三）戊。", [
        ("items", [["（一）甲；"], ["（二）乙：", "1．丙；", "2．丁。"], ["（三）戊。"]]),
        ("items", [["1．丙；"], ["2．丁。"]])]),
    ("下列人员：\n（一）甲。\n（二）乙。\n\n下列材料：\n（一）丙。\n（二）丁。", [
        ("items", [["（一）甲。"], ["（二）乙。"]]), ("items", [["（一）丙。"], ["（二）丁。"]])]),
    ("- 只有一项", []),
    ("一句话。", []),
])
def test_units_belong_to_what_they_are_written_in(source: str, found: list[tuple[str, list[list[str]]]]) -> None:
    assert grouped(source) == found


@pytest.mark.parametrize(("above", "kind"), [
    ("## 办理流程", "steps"), ("## 怎么申请", "steps"), ("## How to apply", "steps"), ("## 费用\n\n步骤：", "steps"),
    ("## 闻到臭味，先做这几步", "steps"), ("## 人走了以后，先做这三件事", "steps"), ("## In this order", "steps"),
    ("## 费用", "items"), ("## 怎么算", "items"), ("## 怎么申请\n\n须带材料：", "items"), ("## Fees", "items"),
    ("## How to apply\n\nYou need:", "items"), ("", "items"),
])
def test_an_ordered_list_is_a_procedure_where_its_heading_or_lead_in_says_so(above: str, kind: str) -> None:
    assert grouped(f"{above}\n\n1. 填表；\n2. 交表；\n3. 取证。")[-1][0] == kind


def test_bullets_are_no_steps() -> None:
    assert grouped("## 办理流程\n\n- 填表\n- 交表")[0][0] == "items"


@pytest.mark.parametrize("items", [
    ("未满16周岁的，由监护人申请。", "年满16周岁的，本人申请。"), ("一年以内的：直接换证。", "一年以上的：先考试。"),
    ("If you rent, ask the owner.", "If you own, ask us."),
])
def test_ordered_cases_are_no_steps(items: tuple[str, str]) -> None:
    assert grouped(f"## 怎么办\n\n1. {items[0]}\n2. {items[1]}")[0][0] == "items"


def test_a_member_whose_passage_was_not_given_counts_and_has_no_units() -> None:
    source = "## 材料\n\n" + "\n".join(f"- {n}号材料" + "须提交原件" * 30 for n in range(9))
    first, *others = passages_of(source)
    assert others
    [group] = groups(parse(source), [first])
    assert len(group.members) == 9
    assert group.members[0] and not group.members[-1]


@pytest.mark.parametrize("source", ["- 一项\n" * 4_000, "1. a\n\n   x\n\n" * 2_000, "（一）甲。\n1．乙。\n" * 2_000,
                                    "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 4_000, "甲。" * 4_000])
def test_fault_11_an_article_of_nothing_but_structure_is_grouped_in_bounded_time(source: str) -> None:
    passages = passages_of(source)
    with watchdog():
        groups(parse(source), passages)
