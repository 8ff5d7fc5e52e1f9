"""Passages are slices of their source that lose no text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.markup.parse import parse
from retriever.passages.cutting import split
from retriever.passages.units import units

WORDS = st.sampled_from(["办理条件", "# 一", "## 二", "- 身份证", "| 项目 | 元 |", "|---|---|", "要带：", "\n", "\n\n",
                         " ", "补卡免费。", "要带什么？", "y" * 1500 + "？", "x" * 900, "。" * 50, ">", "\u3000"])


@given(st.lists(WORDS, max_size=40).map("".join))
def test_passages_are_ordered_slices_and_lose_no_text(source: str) -> None:
    cuts, document = split(source), parse(source)
    last = 0
    for cut in cuts:
        assert last <= cut.start < cut.end <= len(source)
        assert cut.body.strip() and document.visible(cut.start, cut.end).endswith(cut.body)
        last = cut.end
    kept = sum(len("".join(cut.body.split())) for cut in cuts)
    shown = [document.text_of(block) for block in document.root.blocks if block.kind != "heading"]
    assert kept == len("".join("".join(shown).split()))


@given(st.lists(WORDS, max_size=40).map("".join))
def test_each_unit_lies_in_one_passage(source: str) -> None:
    inside = [unit for cut in split(source) for unit in cut.units]
    assert len({(u.start, u.end) for u in inside}) == len(inside)
    assert {(u.start, u.end) for u in inside} == {(u.start, u.end) for u in units(parse(source))}


def test_a_section_that_the_model_can_read_stays_whole() -> None:
    source = "## 费用\n\n" + "\n\n".join("补卡费用二十元整，当场缴。" * 4 for _ in range(8)) + "\n\n## 地点\n\n窗口。"
    assert [cut.heading_path for cut in split(source)] == [("费用",), ("地点",)]


def test_a_long_table_carries_its_header_and_a_list_its_lead_in() -> None:
    table = "| 线路 | 票价 |\n|---|---|\n" + "\n".join(f"| 长屿线第{n}班 | {n}元 |" for n in range(120))
    cuts = split(f"## 票价\n\n{table}")
    assert len(cuts) > 1
    assert all(c.context == "线路 票价" for c in cuts[1:])
    assert cuts[0].heading_path == ("票价",)


def test_a_question_goes_with_its_answer_and_is_carried_with_the_rest_of_it() -> None:
    answer = "须本人到任一网点办理。" * 20
    source = f"{'补卡免费。' * 60}\n\n多久能办好？\n\n{answer}\n\n{answer}{answer}"
    cuts = split(source)
    assert [c.body.split("\n")[0] for c in cuts[:2]] == ["补卡免费。" * 60, "多久能办好？"]
    table = "| 线路 | 票价 |\n|---|---|\n" + "\n".join(f"| 长屿线第{n}班 | {n}元 |" for n in range(120))
    assert {c.context for c in split(f"多少钱？\n\n{table}")[1:]} == {"多少钱？\n线路 票价"}


def test_a_million_characters_on_one_line_are_cut() -> None:
    assert len(split("补" * 1_000_000)) >= 1000


def test_a_passage_begins_at_the_headings_above_it() -> None:
    source = "# 补卡\n\n## 费用\n\n工本费20元。\n\n## 地点\n\n任一网点。"
    cuts = split(source)
    assert [source[c.start:c.end] for c in cuts] == ["# 补卡\n\n## 费用\n\n工本费20元。", "## 地点\n\n任一网点。"]
    assert [c.body for c in cuts] == ["工本费20元。", "任一网点。"]
