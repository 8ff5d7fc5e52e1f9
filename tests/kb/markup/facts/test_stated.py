"""The facts of an article: where they stand in its source, what they are of, and under which conditions they hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.markup.facts.fact import Fact
from kb.markup.facts.stated import facts_of

SOURCE = """\
## 费用

首次申领免费；**补领**工本费<!-- 旧价25元 -->二十元，~~十五元~~。

下列人员减半：

- 60周岁以上的，凭身份证

| 事项 | 市区 | 长屿 |
|---|---|---|
| 新办 | 20天 | 25天 |
| 补办（元/本） | 12 | 15 |

> 拨打 0699&#45;5550912 咨询
"""


def stated(source: str) -> dict[str, Fact]:
    return {source[fact.start:fact.end]: fact for fact in facts_of(source, title="社保卡")}


def test_a_figure_has_its_place_in_the_source_and_hidden_or_struck_ones_are_none() -> None:
    found = stated(SOURCE)
    assert list(found) == ["免费", "二十元", "减半", "60周岁以上", "20天", "25天", "12", "15", "0699&#45;5550912"]
    assert (found["二十元"].value, found["60周岁以上"].op) == ("20", "ge")
    assert SOURCE[slice(*found["60周岁以上"].figure)] == "60周岁"


def test_what_a_figure_is_of_stands_before_it_or_in_its_columns_header() -> None:
    found = stated(SOURCE)
    assert (found["免费"].attribute, found["二十元"].attribute) == ("首次申领", "补领工本费")
    assert (found["20天"].attribute, found["25天"].attribute) == ("市区", "长屿")


def test_headings_leads_and_the_rows_first_cell_are_its_conditions() -> None:
    found = stated(SOURCE)
    assert found["二十元"].conditions == ("费用",)
    assert found["0699&#45;5550912"].value == "0699-5550912"
    assert found["60周岁以上"].conditions == ("费用", "下列人员减半：")
    (late,) = facts_of("工作日受理，逾期的，收30元。")
    assert late.conditions == ("工作日受理，逾期的",)
    assert (found["20天"].conditions, found["15"].conditions) == (("费用", "新办"), ("费用", "补办（元/本）"))


def test_a_bare_figure_has_the_unit_that_the_table_names() -> None:
    found = stated(SOURCE)
    assert (found["12"].kind, found["12"].value, found["12"].unit) == ("money", "12", "CNY")
    assert facts_of("| 序号 | 站点 |\n|---|---|\n| 12 | 东门 |") == ()


@given(st.text(alphabet="#|-*~` \n25元天日免费（）：一十年月1.0A", max_size=200))
def test_every_fact_of_whatever_source_lies_within_it_and_holds_its_figure(source: str) -> None:
    for fact in facts_of(source):
        start, end = fact.figure
        assert 0 <= fact.start <= start < end <= fact.end <= len(source)
