"""Passages are slices of their source that lose no text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from retriever.passages.sections import TARGET_LATIN, body_of, split

WORDS = st.sampled_from(["办理条件", "# 一", "## 二", "- 身份证", "| 项目 | 元 |", "|---|---|", "要带：", "\n", "\n\n",
                         " ", "补卡免费。", "要带什么？", "y" * 1500 + "？", "x" * 900, "。" * 50, ">", "\u3000"])


@given(st.lists(WORDS, max_size=40).map("".join))
def test_passages_are_ordered_slices_and_lose_no_text(source: str) -> None:
    cuts = split(source)
    last = 0
    for cut in cuts:
        assert last <= cut.start < cut.end <= len(source)
        assert source[cut.start:cut.end].strip()
        body = body_of(source[cut.start:cut.end])
        assert body.strip() and source[cut.start:cut.end].endswith(body)
        assert len(body) <= 2 * TARGET_LATIN
        last = cut.end
    kept = sum(len("".join(body_of(source[c.start:c.end]).split())) for c in cuts)
    written = [line for line in source.split("\n") if not re.match(r"\s*#{1,6}[ \t]", line)]
    assert kept == len("".join("".join(written).split()))


def test_a_long_table_carries_its_header_and_a_list_its_lead_in() -> None:
    table = "| 线路 | 票价 |\n|---|---|\n" + "\n".join(f"| 长屿线第{n}班 | {n}元 |" for n in range(60))
    cuts = split(f"## 票价\n\n{table}")
    assert len(cuts) > 1
    assert all(c.context == "| 线路 | 票价 |" for c in cuts[1:])
    assert cuts[0].heading_path == ("票价",)


def test_a_question_goes_with_its_answer_and_is_carried_with_the_rest_of_it() -> None:
    answer = "须本人到任一网点办理。" * 20
    source = f"{'补卡免费。' * 60}\n\n多久能办好？\n\n{answer}\n\n{answer}{answer}"
    cuts = split(source)
    assert [source[c.start:c.end].split("\n")[0] for c in cuts[:2]] == ["补卡免费。" * 60, "多久能办好？"]
    table = "| 线路 | 票价 |\n|---|---|\n" + "\n".join(f"| 长屿线第{n}班 | {n}元 |" for n in range(60))
    assert {c.context for c in split(f"多少钱？\n\n{table}")[1:]} == {"多少钱？\n| 线路 | 票价 |"}


def test_a_million_characters_on_one_line_are_cut() -> None:
    assert len(split("补" * 1_000_000)) > 1000


def test_a_passage_begins_at_the_headings_above_it() -> None:
    source = "# 补卡\n\n## 费用\n\n工本费20元。\n\n## 地点\n\n任一网点。"
    cuts = split(source)
    assert [source[c.start:c.end] for c in cuts] == ["# 补卡\n\n## 费用\n\n工本费20元。", "## 地点\n\n任一网点。"]
    assert [body_of(source[c.start:c.end]) for c in cuts] == ["工本费20元。", "任一网点。"]
