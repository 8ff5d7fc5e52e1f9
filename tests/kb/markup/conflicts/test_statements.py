"""A text falls into statements that stand in its source, each with what says of what and when it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.conflicts.contrast import differs_by_place, differs_by_words, differs_by_year, is_special, is_the_rest
from kb.markup.conflicts.figures import figures_of
from kb.markup.conflicts.stances import opposed, stances_of
from kb.markup.conflicts.statement import read

PIECES = ["## 收费\n\n", "首小时**六元**，", "之后每半小时2元。", "- 夜间免费；\n",
          "| 时段 | 价格 |\n|---|---|\n| 白天 | 8元 |\n\n", "\n\n",
          "Open 9 a.m. to 5 p.m. on weekdays. ", "Call 555-0112.", "&amp;", "~~旧价5元~~", "[链接](https://example.org)"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_every_statement_and_figure_stands_in_the_source(source: str) -> None:
    text = read(source, title="停车")
    for one in text.statements:
        assert 0 <= one.start < one.end <= len(source)
        assert all(one.start <= low < high <= one.end for low, high, _ in one.clauses)
    for point in figures_of(text):
        assert 0 <= point.start < point.end <= len(source)
        assert point.clause in point.statement.clauses


def test_a_cell_is_named_by_row_and_column_and_an_item_by_what_opens_its_list() -> None:
    text = read("## 费用\n\n按下列标准收取：\n\n- 丢失补领：40元\n\n"
                "| 科目 | 补考费 |\n|---|---|\n| 科目三 | 115元 |\n", title="证照")
    item, cell = (point for point in figures_of(text))
    assert (item.statement.lead, item.statement.path) == ("按下列标准收取：", ("费用",))
    assert (cell.statement.names, cell.matter) == (("科目三", "补考费"), "科目三 补考费 #")


def test_a_point_after_an_abbreviation_ends_no_sentence() -> None:
    text = read("The gate opens at 9 a.m. and closes at 5 p.m. on weekdays. Dogs stay out.", title="Park")
    assert [one.text for one in text.statements] == [
        "The gate opens at 9 a.m. and closes at 5 p.m. on weekdays.", "Dogs stay out."]


@pytest.mark.parametrize(("one", "other"), [
    ("中度失能的基金支付70%", "重度失能的基金支付85%"), ("首次申领", "遗失补领"), ("在职职工", "退休人员"),
    ("法定办结时限7日", "承诺2个工作日"), ("Summer camp: campers", "Summer camp: junior counselors"),
])
def test_another_person_or_procedure_explains_a_difference(one: str, other: str) -> None:
    assert differs_by_words(one, other)
    assert differs_by_words(other, one)


def test_places_and_years_explain_a_difference_unless_one_is_the_same() -> None:
    assert differs_by_place("东篱区环卫中心", "北渡区环卫中心")
    assert not differs_by_place("东篱区环卫中心", "居民小区")
    assert differs_by_place("河玉乡养老补贴", "石桥乡养老补贴")
    assert differs_by_place("白鹿新区养老补贴", "青鹿新区养老补贴")
    assert not differs_by_place("返乡创业、农村居民", "砚山县创业")
    assert differs_by_place("Tree permits in Ridgefern district", "Tree permits in Dalemoor Town")
    assert not differs_by_place("Tree permits in Ridgefern district", "Trees: ask the district office")


def test_communities_are_places_where_a_title_names_them() -> None:
    titles = ("青松社区老年食堂", "云帆社区老年食堂")
    assert differs_by_place(*titles, titles)
    assert not differs_by_place(*titles)  # as words of a text they mostly mean whichever it is
    assert differs_by_place("青松社区老年食堂", "石桥乡老年食堂", ("青松社区老年食堂", "石桥乡老年食堂"))
    assert not differs_by_place("户籍社区开证明", "石桥乡开证明", ("户籍社区开证明", "石桥乡开证明"))


def test_all_but_a_thing_is_another_thing() -> None:
    assert is_the_rest("征收非住宅房屋的奖励", "征收住宅房屋的奖励")
    assert is_the_rest("机动车停放", "非机动车停放")
    assert not is_the_rest("非机动车停放", "非机动车与机动车停放")
    assert not is_the_rest("机动车停放", "停车收费")
    assert is_special("加急办理的，手续费为415元。", "手续费为395元。")
    assert not is_special("手续费为415元。", "加急的，手续费为395元。")
    assert not is_special("For urgent cases it is $20.", "Urgent cases: $30.")
    assert is_special("夜间每次收90元。", "每次收70元。", is_sum=True)
    assert not is_special("夜间每次收90元。", "夜间收70元，白天免费。", is_sum=True)
    assert not is_special("夜间开放到十点。", "开放到九点。")
    assert differs_by_year("2025年度", "2026年度")
    assert not differs_by_year("2025年至2026年", "2026年度")


@pytest.mark.parametrize(("one", "other", "expected"), [
    ("办理时不用提供户口簿。", "须提交户口簿。", True), ("无需规划许可。", "均须取得规划许可。", True),
    ("Proof of address is not required.", "Proof of address is required.", True),
    ("须提交户口簿。", "请携带户口簿。", False), ("可以网上办理。", "须提交户口簿。", False),
])
def test_what_one_waives_the_other_asks_for(one: str, other: str, expected: bool) -> None:
    a, b = next(stances_of(read(one, title=""))), next(stances_of(read(other, title="")))
    assert opposed(a, b) is expected
    assert opposed(b, a) is expected


def test_a_column_of_papers_asks_for_what_stands_in_it() -> None:
    text = read("| 事项 | 材料 |\n|---|---|\n| 老年证 | 身份证、户口簿 |\n", title="")
    assert [point.stance for point in stances_of(text)] == ["needed"]
