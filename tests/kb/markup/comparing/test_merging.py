"""Two texts in one document: complete whatever they are, marked by word, cell and block, bounded for any input."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.markup.comparing.merging import merge
from kb.markup.comparing.reading import Figures, changed_figures, is_changed, new_side, old_side, shown_at
from kb.markup.document import SHOWN, Document
from kb.markup.parse import parse
from kb.markup.render import Labels, MarkedPage

BLOCKS = ["# 补卡", "## 费用", "工本费**20**元，当场缴。", "工本费25元，当场缴。", "低保户免费。",
          "先结清水费，不能过户。",
          "- 身份证\n- 户口本", "1. 取号\n2. 缴费\n\n   当场领取",
          "> 引用的话",
          "| 区 | 费用 |\n|---|---|\n| 南湖区 | 340元 |\n| 安宁县城 | 300元 |",
          "| 区 | 费用 |\n|---|---|\n| 安宁县城 | 340元 |\n| 南湖区 | 300元 |",
          "见[官网](https://a.example)[^1]", "[^1]: 原件",
          "- [x] ~~旧证~~`B 表`", "```\nx < 3\n```", "---", "Bring the `form` to the desk.", "![图](a.png) ![](b.png)"]
texts = st.lists(st.sampled_from(BLOCKS), max_size=8).map("\n\n".join)
scraps = st.text(alphabet="ab 中不\n-|*[]~>#1元", max_size=60)


def words_of(document: Document) -> list[str]:
    """What a page shows of a document, without regard to blanks."""
    return " ".join("".join(piece.text for piece in document.pieces[leaf.first:leaf.last] if piece.kind in SHOWN)
                    for leaf in document.leaves).split()


def marked(old: str, new: str) -> str:
    """The changed blocks as HTML, with short marks: [-went-] and [+came+]."""
    document = merge(old, new).document
    html = MarkedPage(document, Labels("", "", "")).render(
        [block for block in document.root.blocks if is_changed(document, block)])
    return re.sub("<(/?)(ins|del)>", lambda f: ("{}]" if f[1] else "[{}").format("+" if f[2] == "ins" else "-"), html)


@given(st.one_of(texts, scraps), st.one_of(texts, scraps))
@settings(deadline=None)
def test_taking_all_changes_gives_the_new_words_and_refusing_all_the_old_ones(old: str, new: str) -> None:
    merged = merge(old, new)
    assert words_of(new_side(merged)) == words_of(parse(new))
    assert words_of(old_side(merged)) == words_of(parse(old))


@given(texts)
@settings(deadline=None)
def test_equal_texts_have_no_change(text: str) -> None:
    document = merge(text, text).document
    assert not any(is_changed(document, block) for block in document.root.blocks)


@pytest.mark.parametrize(("old", "new", "shown"), [
    ("补领工本费20元。", "补领工本费25元。", "补领工本费[-20元-][+25元+]。"),
    ("打0540-8810100咨询。", "打0540-8810101咨询。", "打[-0540-8810100-][+0540-8810101+]咨询。"),
    ("自2026年3月1日起。", "自2026年4月1日起。", "自[-2026年3月1日-][+2026年4月1日+]起。"),
    ("二十个工作日内办结。", "三十个工作日内办结。", "[-二十个工作日-][+三十个工作日+]内办结。"),
    ("相距不到五十米的。", "相距不到六十米的。", "相距不到[-五十米-][+六十米+]的。"),
    ("不超过成交价的百分之二点五。", "不超过成交价的百分之二。", "不超过成交价的[-百分之二点五-][+百分之二+]。"),
    ("有欠费的不能过户。", "有欠费的能过户。", "有欠费的[-不能-][+能+]过户。"),
    ("It costs $25,000 a year.", "It costs $30,000 a year.", "It costs [-$25,000-][+$30,000+] a year."),
])
def test_a_changed_figure_or_word_is_marked_whole(old: str, new: str, shown: str) -> None:
    assert marked(old, new) == f"<p>{shown}</p>\n"


def test_scraps_that_stayed_between_changes_are_not_left_standing() -> None:
    assert marked("最早约第二天，请早约。", "最早能约到第二天，请提前约。") == (
        "<p>最早[-约-][+能约到+]第二天，请[-早约-][+提前约+]。</p>\n")


def test_a_figure_that_stayed_is_never_marked() -> None:
    assert "[-20元" not in marked("交20元领。", "付20元办。") and "[+20元" not in marked("交20元领。", "付20元办。")


def test_what_came_is_a_whole_clause_where_it_may_be() -> None:
    assert marked("带身份证，当天可取。", "带身份证，复印件，当天可取。") == "<p>带身份证，[+复印件，+]当天可取。</p>\n"


def test_emphasis_alone_is_no_change_and_a_link_that_leads_elsewhere_is() -> None:
    assert marked("**工本费**20元", "工本费20元") == ""
    shown = marked("[官网](https://a.example)", "[官网](https://b.example)")
    assert "https://a.example</span>-]" in shown and "https://b.example</span>+]" in shown


def test_rows_and_cells_are_paired_by_their_key() -> None:
    table = "| 区 | 费用 |\n|---|---|\n| 南湖区 | {}元 |\n| 安宁县城 | {}元 |\n"
    assert "<td>南湖区</td>\n<td>[-340元-][+300元+]</td>" in marked(table.format(340, 300), table.format(300, 340))
    lost = marked(table.format(340, 300), "| 区 | 费用 |\n|---|---|\n| 安宁县城 | 300元 |\n")
    assert '<tr class="gone">\n<td>[-南湖区-]</td>' in lost and "<td>安宁县城</td>\n<td>300元</td>" in lost


def test_a_column_that_came_is_marked_in_every_row() -> None:
    shown = marked("| 区 | 费用 |\n|---|---|\n| 南湖 | 3元 |",
                   "| 区 | 时限 | 费用 |\n|---|---|---|\n| 南湖 | 5天 | 3元 |")
    assert '<th class="come">[+时限+]</th>' in shown and '<td class="come">[+5天+]</td>\n<td>3元</td>' in shown


def test_a_moved_row_keeps_its_own_change() -> None:
    old = "| 区 | 费用 |\n|---|---|\n| 甲区 | 1元 |\n| 乙区 | 2元 |\n| 丙区 | 3元 |"
    new = "| 区 | 费用 |\n|---|---|\n| 乙区 | 2元 |\n| 丙区 | 3元 |\n| 甲区 | 9元 |"
    shown = marked(old, new)
    assert '<tr class="from">' in shown and '<tr class="to">\n<td>甲区</td>\n<td>[-1元-][+9元+]</td>' in shown


def test_a_moved_paragraph_is_told_as_moved() -> None:
    shown = marked("## 甲\n\n低保户凭证免费办理。\n\n## 乙\n\n其他。",
                   "## 甲\n\n## 乙\n\n其他。\n\n低保户凭证免费办理。")
    assert '<p class="from">' in shown and '<p class="to">低保户凭证免费办理。</p>' in shown


def test_a_paragraph_put_into_a_list_shows_only_what_differs_in_it() -> None:
    shown = marked("楼道堆物的先找物业，物业24小时没有处理的，打0699-5550912。没有物业的由社区处理。",
                   "- 楼道堆物的先找物业，物业24小时没有处理的，打0699-5550913；\n- 没有物业的由社区处理。")
    assert '<p class="was">' in shown and '<ul class="now">' in shown
    assert "[+楼道" not in shown and "[-0699-5550912" in shown and "[+0699-5550913" in shown


def test_an_item_that_is_lost_is_found_though_the_numbers_closed_up() -> None:
    shown = marked("1. 断电\n2. 出不去的关门\n3. 躺倒打滚", "1. 断电\n2. 躺倒打滚")
    assert '<li class="gone">[-出不去的关门-]' in shown and shown.count("class=") == 1


def test_footnotes_keep_their_numbers_when_another_comes_before_them() -> None:
    shown = marked("甲[^a]。\n\n[^a]: 原件", "新[^b]。\n\n甲[^a]。\n\n[^b]: 复印件\n\n[^a]: 原件")
    assert shown.count("come") == 2 and "[-" not in shown


def test_the_figures_that_changed_are_told() -> None:
    document = merge("收费20元，30天办结。", "收费25元，30天办完。").document
    assert [f for block in document.root.blocks for f in changed_figures(document, block)] == [
        Figures(("20元",), ("25元",))]


def test_a_stretch_of_the_new_source_is_found_in_the_merged_document() -> None:
    new = "工本费**25**元，当场缴。"
    merged = merge("工本费20元。", new)
    found = shown_at(merged.origins, new.index("25"), new.index("元") + 1)
    assert found is not None and "25元" in merged.document.source[slice(*found)]
    assert shown_at(merged.origins, 500, 510) is None


@pytest.mark.parametrize(("old", "new"), [
    ("x\n" * 20_000, "x\n" * 19_999 + "y"),
    ("\n\n".join(map(str, range(8_000))), "\n\n".join(map(str, range(8_000, 0, -1)))),
    ("\n\n".join("ab" * 9 + str(n) for n in range(2000)), "\n\n".join("ba" * 9 + str(n) for n in range(2000))),
    ("中国" * 25_000, "国中" * 25_000),
    ("[a](https://a.example/1) " * 2_000, "[a](https://a.example/2) " * 2_000),
    ("|a|b|\n|-|-|\n" + "|x|甲|\n" * 3_000, "|a|b|\n|-|-|\n" + "|x|乙|\n" * 3_000),
])
def test_fault_11_hostile_texts_are_merged_within_bounds(old: str, new: str) -> None:
    merged = merge(old, new)
    assert words_of(new_side(merged)) == words_of(parse(new)) and words_of(old_side(merged)) == words_of(parse(old))


def test_fault_08_both_sides_of_a_hostile_text_are_escaped_before_they_are_marked() -> None:
    shown = marked("<b>a</b> </del><script>alert(1)</script> 一", "<b>a</b> </ins><img src=x onerror=alert(1)> 二")
    assert "<script" not in shown and "<img" not in shown and "&lt;script&gt;" in shown and "&lt;img" in shown
    assert shown.count("[-") == shown.count("-]") and shown.count("[+") == shown.count("+]")


def test_what_went_and_came_is_said_in_words_too() -> None:
    document = merge("工本费20元。\n\n- 甲事项\n- 乙", "工本费25元。\n\n- 甲事项").document
    html = MarkedPage(document, Labels("删去：", "新增：", "。", {"gone": "删去"})).render(document.root.blocks)
    assert '<del><span class="visually-hidden">删去：</span>20元<span class="visually-hidden">。</span></del>' in html
    assert '<li class="gone"><span class="block-mark">删去</span> <del>乙</del>' in html
