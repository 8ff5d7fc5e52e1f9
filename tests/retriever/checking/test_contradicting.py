"""Two texts contradict each other where one matter is stated differently; not for another case, nor in other words."""

from __future__ import annotations

from pathlib import Path

import pytest

from retriever.checking.contradicting import FEATURES, Candidate, Contradicting, Weights, packaged_weights
from retriever.checking.lost_agreement import lost_agreements
from retriever.checking.own_words import OwnWords
from retriever.embedding.local import LocalEmbedder
from retriever.language.analysis import Analyser
from retriever.ranking.model import Logistic
from tests.fakes import FakeEmbedder


@pytest.fixture(scope="module")
def check(model_folder: Path) -> Contradicting:
    return Contradicting(LocalEmbedder(model_folder), OwnWords(Analyser()))


def found(check: Contradicting, one: str, other: str, titles: tuple[str, str] = ("社保卡补办", "补办社保卡"),
          ) -> list[Candidate]:
    a, b = (check.read(source, title=title, lang="zh") for source, title in zip((one, other), titles, strict=True))
    return list(check.candidates(a, b))


def test_the_nearest_figures_of_one_matter_that_differ_are_found_with_their_places(check: Contradicting) -> None:
    one = "## 费用\n\n首次发卡不收费。丢失补办收取工本费20元，当场办好。\n"
    other = "## 交多少钱\n\n卡丢了补办一张交工本费25元。第一次发的不要钱。\n"
    only, = found(check, one, other)
    assert only.kind == "money"
    assert one[only.one.start:only.one.end] == only.one.quote == "丢失补办收取工本费20元，"
    assert other[only.other.start:only.other.end] == only.other.quote == "卡丢了补办一张交工本费25元。"
    assert set(only.features) == set(FEATURES)


def test_the_same_in_other_words_is_none(check: Contradicting) -> None:
    assert not found(check, "丢失补办收取工本费20元。", "卡丢了补办，交人民币贰拾圆整。")


@pytest.mark.parametrize(("one", "other"), [
    ("在职职工看门诊报销60%。", "退休人员看门诊报销70%。"),
    ("东篱区值班电话5550 0151。", "北渡区值班电话5550 0162。"),
    ("2025年逾期的加收10%。", "2026年逾期的加收15%。"),
])
def test_another_case_place_or_year_is_none(check: Contradicting, one: str, other: str) -> None:
    assert not found(check, one, other)


def test_what_a_heading_says_of_its_own_case_and_the_statement_repeats_is_none(check: Contradicting) -> None:
    one, other = "全科门诊每日8:00—17:30接诊。", "接种门诊每日8:00—11:00接诊。"
    assert not found(check, one, other, ("全科门诊", "接种门诊"))


def test_whom_to_call_of_two_articles_about_other_things_is_none(check: Contradicting) -> None:
    one, other = "## 咨询\n\n咨询0540-8810800。\n", "## 咨询\n\n咨询0540-8810300。\n"
    assert not found(check, one, other, ("接种证查验", "文明养犬规定"))
    assert found(check, one, other, ("社保卡补办", "补办社保卡"))


@pytest.mark.parametrize(("one", "other", "titles"), [
    ("人社部门5个工作日内完成资格审核；", "区住建部门7个工作日内核定，", ("创业担保贷款", "住房租赁补贴标准与申领")),
    ("每季度末月20日前打入申请人社会保障卡银行账户。", "次月15日前发到社保卡银行账户。",
     ("住房租赁补贴标准与申领", "失业保险金申领")),
])
def test_how_long_an_office_takes_for_two_matters_is_none(check: Contradicting, one: str, other: str,
                                                          titles: tuple[str, str]) -> None:
    assert not found(check, one, other, titles)
    assert found(check, one, other, (titles[0], titles[0]))


def test_how_long_two_permits_take_is_none(check: Contradicting) -> None:
    texts = [check.read(source, title=title, lang="en") for source, title in (
        ("## Renewal\n\nDecision in 5 working days.", "Foreigner's work permit"),
        ("## How long\n\nA decision takes **7 working days**.", "Extending a foreigner's residence permit"))]
    assert not list(check.candidates(*texts))


def test_rows_of_other_names_are_none_and_of_one_name_are_found(check: Contradicting) -> None:
    table = "| 地点 | 时间 |\n|---|---|\n| {} | 周一至周五{} |\n"
    one = table.format("港东图书馆", "9:00—16:30")
    assert not found(check, one, table.format("港东派出所", "9:00—12:00"))
    assert found(check, one, table.format("港东图书馆", "9:00—12:00"))


def test_the_order_of_the_texts_does_not_matter(check: Contradicting) -> None:
    one, other = "丢失补办收取工本费20元，10个工作日办好。", "卡丢了补办交工本费25元，10个工作日内能拿到。"
    there, back = found(check, one, other), found(check, other, one)
    assert {(c.kind, c.one, c.other) for c in there} == {(c.kind, c.other, c.one) for c in back}
    assert there


def test_where_more_differs_than_agrees_two_texts_are_about_other_cases(check: Contradicting) -> None:
    assert not found(check, "丢失补办收取工本费20元，10个工作日办好。", "卡丢了补办交工本费25元，15个工作日内能拿到。")


def test_who_deals_with_a_matter_is_compared_and_short_names_are_the_same(check: Contradicting) -> None:
    one, other = "店外占道经营的，由城市管理局负责清理。", "店外占道经营的，由{}负责清理。"
    only, = found(check, one, other.format("市场监管局"))
    assert only.kind == "agent"
    assert not found(check, one, other.format("市城管局"))


def test_the_surest_comes_first_and_is_told_from_the_fitted_chance_on() -> None:
    weights = Weights(Logistic(-1.0, {"same_unit": 2.0}), 0.6, {})
    check = Contradicting(FakeEmbedder(), OwnWords(Analyser()), weights)
    table = "| 科目 | 补考费 |\n|---|---|\n| 科目三 | {} |\n"
    a, b = (check.read(table.format(fee), title="考试", lang="zh") for fee in ("115元", "125元"))
    only, = check.between(a, b)
    assert (only.score, only.is_told) == (0.7311, True)
    assert not Contradicting(FakeEmbedder(), OwnWords(Analyser()),
                             Weights(weights.chance, 0.8, {})).between(a, b)[0].is_told


def test_the_packaged_weights_weigh_what_is_computed() -> None:
    weights = packaged_weights()
    assert set(weights.chance.weights) <= set(FEATURES)
    assert 0.5 <= weights.told <= 1.0


def test_english_texts_that_agreed_on_a_figure_in_other_forms_of_its_words_no_longer_do(check: Contradicting) -> None:
    live = "The bin must stand at the curb by 6:45 in the morning, and towing a trailer costs $135 more."
    same = "Bins must be at the curb by 6:45 a.m. on the day of collection."
    apart = "The reading room closes its doors by 6:45 a.m. on holidays."
    old, new, one, other = (check.read(source, title=title, lang="en") for source, title in (
        (live, "Missed bins"), (live.replace("6:45", "7:45"), "Missed bins"), (same, "Waste"), (apart, "Library")))
    told, = lost_agreements(old, new, one)
    assert (told.one.quote[:36], told.other.quote) == (live.replace("6:45", "7:45")[:36], same)
    assert not list(lost_agreements(old, new, other))
