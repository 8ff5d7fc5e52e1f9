"""The kinds of sentences whose time has passed, each beside its harmless twin."""

from __future__ import annotations

from datetime import date

import pytest

from kb.markup.facts.gone import gone_by

WRITTEN, READ = date(2026, 3, 1), date(2027, 7, 1)


def gone(source: str, title: str, written: date = WRITTEN) -> list[str]:
    return [source[found.start:found.end]
            for found in gone_by(source, effective_from=written, as_of=READ, title=title)]


@pytest.mark.parametrize(("source", "expected"), [
    ("集市（2026年9月12日）期间设三处便民摊位。", ["2026年9月12日"]),
    ("The levy goes to $4.50 a ton on July 1, 2026.", ["July 1, 2026"]),
    ("| 日期 | 地点 |\n|---|---|\n| 2026年5月8日 | 西门广场 |", ["2026年5月8日"]),
    ("新桥预计为2026年11月底合龙。", ["2026年11月"]),
    ("对2026年三季度新投保的农户，再补保费的两成。", ["2026年三季度"]),
    ("The lane is shut until late October 2026.", ["late October 2026"]),
    ("The extra allowance is paid up to and including March 2027.", ["up to and including March 2027"]),
    ("新展馆2027年春节前交付。", ["2027年春节前"]),
    ("The shuttle runs through Labor Day 2026.", ["through Labor Day 2026"]),
    ("Fees for 2026: $12 a day.", ["Fees for 2026"]),
])
def test_what_was_written_of_a_day_to_come_is_over_when_it_is(source: str, expected: list[str]) -> None:
    found = gone(source, "便民事项")
    assert len(found) == len(expected)
    assert all(one in quote for one, quote in zip(expected, found, strict=True))


@pytest.mark.parametrize("source", [
    "2026年9月12日起改由街道受理。", "以2026年9月12日在册人口为准。", "年龄按2026年9月12日计算。",
    "2026年9月12日后出厂的产品须贴标。", "北门取证点（2026年9月新设）周末也开。",
    "The new form took effect on July 1, 2026.", "Last updated: July 1, 2026.",
    "Tenants who signed on or before July 1, 2026, keep the old rate.",
    "A pupil must be six on or before July 1, 2026.",
    "2026年6月1日前登记在本人名下的车辆可以申请。", "旧窗口已于2026年底前全部撤销。",
    "周女士2026年9月12日离职，次月领取失业金。", "王某于2026年9月12日到期续租（样例）。",
    "If your notice is dated July 1, 2026, use form 7.",
])
def test_a_day_that_draws_a_line_or_dates_a_paper_or_an_example_is_not(source: str) -> None:
    assert gone(source, "便民事项") == []


@pytest.mark.parametrize(("source", "title", "expected"), [
    ("3月28日至4月6日，往返陵园的班车免费。", "清明节祭扫服务", ["3月28日至4月6日"]),
    ("闭园时间提前到17时，4月6日除外。", "园林开放指南", []),
    ("| 南湖小区 | 3月21日上午 | 眼科 |", "社区义诊", ["3月21日"]),
    ("比赛当天（3月29日）绕城路早七点起禁行。", "环湖长跑大赛", []),
    ("3月9日夜里11点到次日5点，城西片区水压会降低。", "管网检查", ["3月9日夜里11点"]),
    ("每日夜里11点到次日5点水压会降低。", "管网检查", []),
    ("Doors close on December 24 and reopen January 4, 2027.", "Office hours",
     ["December 24", "January 4, 2027"]),
    ("Work starts March 16 at 7 a.m. and takes a day.", "Elm Road", ["March 16 at 7 a.m."]),
    ("Permits run from June 1 to May 31.", "Resident permits", []),
    ("Free rides every Sunday through May 17.", "Trolley", ["through May 17"]),
    ("The council votes every year on March 16.", "Council", []),
    ("资料请务必在4月11日前送到居委会。", "名册核对", ["4月11日前"]),
    ("各站点可在次年3月底前申请退回，2026年已缴的也可以退。", "医疗资助", []),
    ("Fees for the 2026 spring season are $20; sign-up closes April 3.", "Softball",
     ["2026 spring season", "closes April 3"]),
])
def test_a_date_without_a_year_is_of_the_writing_where_the_words_around_are(
        source: str, title: str, expected: list[str]) -> None:
    found = gone(source, title)
    assert len(found) == len(expected), found
    assert all(quote in one or one in quote for one, quote in zip(expected, found, strict=True))


@pytest.mark.parametrize(("source", "expected"), [
    ("二号厅4月6日起封闭两个月。", ["4月6日起封闭两个月"]),
    ("试点自2026年4月开始，为期半年，其间免费。", []),
    ("试点从2024年4月开始，为期三年。", ["2024年4月开始，为期三年"]),
    ("本细则从2024年5月6日起执行，有效期三年。", ["有效期三年"]),
    ("每年4月6日起封闭两个月。", []),
    ("停车优惠先执行半年，再看效果。", ["先执行半年"]),
    ("自收到通知起十五日内可以申请复查。", []),
])
def test_what_lasts_from_a_day_on_is_over_after_so_long(source: str, expected: list[str]) -> None:
    assert gone(source, "公共设施", date(2026, 3, 1)) == expected


@pytest.mark.parametrize(("source", "title", "expected"), [
    ("补办请于本月底前到社区。", "登记", ["本月底"]),
    ("新址月底启用。", "办事大厅", ["月底"]),
    ("每月月底启用新表。", "办事大厅", []),
    ("本学期餐费每人收480元。", "餐费", ["本学期"]),
    ("中选品种本月16日起按新价销售。", "药价", ["本月16日起"]),
    ("剩余款项下半年补齐。", "油补", ["下半年"]),
    ("上半年申报的，下半年发放。", "油补", []),
    ("园内目前入驻商户62家。", "园区", ["目前"]),
    ("目前持有证件的，可以直接换证。", "换证", []),
    ("培训报名截至4月18日，名额40个。", "技能培训", ["截至4月18日"]),
    ("Readers are currently asked to use the side door.", "Library", ["are currently asked"]),
    ("If you are currently asked for rent, call us.", "Rent", []),
    ("This week only, drop-off is free.", "Depot", ["This week only"]),
    ("The counter is in the annex until further notice.", "Permits", []),
    ("来电人问“去年交的为什么没到账”，先查流水号。", "坐席口径", []),
    ("Pine Lane: closed 11–26 May 2026, with temporary lights.", "Street works", ["11–26 May 2026"]),
    ("展期：2026.4.10—2026.6.21，周一闭馆。", "特展", ["2026.4.10—2026.6.21"]),
])
def test_words_of_the_writing_are_told_from_those_of_rules(source: str, title: str, expected: list[str]) -> None:
    found = gone(source, title)
    assert len(found) == len(expected), found
    assert all(quote in one or one in quote for one, quote in zip(expected, found, strict=True))


def test_a_table_is_of_the_year_that_the_line_above_it_names() -> None:
    table = "2026年考试日程\n\n| 体能测验 | 9月18日至28日 |\n|---|---|\n"
    assert gone(table, "考试") == ["9月18日至28日"]
    assert gone(table.replace("2026年", ""), "考试") == []
