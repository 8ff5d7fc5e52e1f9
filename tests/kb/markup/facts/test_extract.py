"""What is read of single lines: each kind, Chinese numerals and units, bounds, rates, and what is no fact."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.facts.extract import LONGEST, facts_in
from kb.markup.facts.fact import KINDS, MEASURES

_LETTERS = "0123456789一二三十百千万元日月年天个工作内至前起第条号电话：，。、-—:.,()（）〔〕%折半 abMay"


def told(text: str, *kinds: str) -> list[str]:
    """The facts of a line, each as kind, value, unit and what bound it is."""
    return [" ".join(filter(None, (fact.kind, fact.value, fact.unit, "" if fact.op == "eq" else fact.op)))
            for fact in facts_in(text) if not kinds or fact.kind in kinds]


@pytest.mark.parametrize(("text", "facts"), [
    ("补领每本工本费二十五元", ["money 25 CNY/本"]),
    ("每户每月补贴1.2万元，最长两年", ["money 12000 CNY/户·月", "duration 2 year le"]),
    ("罚款三千元以上三万元以下", ["money 3000 CNY ge", "money 30000 CNY le"]),
    ("每平方米按18.5元收取", ["money 18.5 CNY/平方米"]),
    ("押金￥１２００，退卡时退还", ["money 1200 CNY"]),
    ("每天十三元八角", ["money 13.8 CNY/天"]), ("人民币贰拾圆整", ["money 20 CNY"]),
    ("超出每10公斤收3元", ["money 3 CNY/10公斤"]), ("18元/（平方米·月）", ["money 18 CNY/平方米·月"]),
    ("a late fee of $12.50 per week, up to $100", ["money 12.5 USD/week", "money 100 USD le"]),
    ("from £5 to £15 a day", ["money 5 GBP/day ge", "money 15 GBP/day le"]),
])
def test_sums_are_read_in_whole_units_with_what_they_are_for(text: str, facts: list[str]) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(("text", "facts"), [
    ("报销百分之八十五", ["percent 85"]), ("全程打七五折", ["percent 75"]), ("票价9折", ["percent 90"]),
    ("成灾六成以上", ["percent 60 ge"]), ("学生半价", ["percent 50"]), ("按日加收万分之五滞纳金", ["percent 0.05"]),
    ("费率下调0.5个百分点", ["percent 0.5 point"]), ("at least 30% of the cost", ["percent 30 ge"]),
])
def test_shares_are_percent_however_they_are_said(text: str, facts: list[str]) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(("text", "facts"), [
    ("自受理之日起十五个工作日内办结", ["duration 15 workday le"]), ("十五日内答复", ["duration 15 day le"]),
    ("公示7日", ["duration 7 day"]), ("试用期不得超过六个月", ["duration 6 month le"]),
    ("居住满半年", ["duration 6 month ge"]), ("等待两个半小时", ["duration 150 minute"]),
    ("2小时30分内出站", ["duration 150 minute le"]),
    ("未满一年的", ["duration 1 year lt"]), ("租期三至五年", ["duration 3 year ge", "duration 5 year le"]),
    ("within 10 working days", ["duration 10 workday le"]), ("a stay of more than 6 months", ["duration 6 month gt"]),
    ("work 35 hours a week or more", ["duration 35 hour ge"]), ("a 20-minute class", ["duration 20 minute"]),
])
def test_working_days_are_told_from_days_and_bounds_from_plain_lengths(text: str, facts: list[str]) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(("text", "facts"), [
    ("年满六十周岁", ["age 60 ge"]), ("3岁以下儿童", ["age 3 le"]), ("18至45周岁", ["age 18 ge", "age 45 le"]),
    ("people aged 65 and over", ["age 65 ge"]), ("children under 16 travel free", ["age 16 lt", "free 0"]),
    ("ages 5-17", ["age 5 ge", "age 17 le"]), ("be 21 or older", ["age 21 ge"]),
])
def test_ages_are_told_from_years(text: str, facts: list[str]) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(("text", "facts"), [
    ("身份证复印件两份、照片3张", ["quantity 2 份", "quantity 3 张"]), ("每人限购5只", ["quantity 5 只/人 le"]),
    ("不少于200名学员", ["quantity 200 名 ge"]), ("分三类管理", ["quantity 3 类"]),
    ("建筑面积90平方米以下", ["quantity 90 平方米 le"]), ("逾期按双倍收取", ["quantity 2 倍"]),
    ("limited to 6 visits a year", ["quantity 6 visits/year le"]), ("2 or more dogs", ["quantity 2 dogs ge"]),
])
def test_counts_have_the_unit_that_is_written(text: str, facts: list[str]) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(("text", "facts"), [
    ("咨询电话：0699-5550912转3", ["phone 0699-5550912"]), ("拨打12345或者12333", ["phone 12345", "phone 12333"]),
    ("有人落水先打110、120", ["phone 110", "phone 120"]), ("值班手机13800000000", ["phone 13800000000"]),
    ("call 311 or (555) 555-0142", ["phone 311", "phone (555) 555-0142"]),
    ("咨询专线 5550 0138", ["phone 5550 0138"]),
    ("ring 0117 496 0123 on weekdays", ["phone 0117 496 0123"]),
    ("咨询电话0540.860.7436。", ["phone 0540.860.7436"]), ("电话：0540.8811900", ["phone 0540.8811900"]),
    ("版本1.0540.860.7436", []),
])
def test_telephone_numbers_are_kept_as_written(text: str, facts: list[str]) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(("text", "facts"), [
    ("工作日8:30—12:00、13:30—17:30", ["hours 08:30-12:00,13:30-17:30"]),
    ("上午九点以前取号", []), ("每日9时至18时开放", ["hours 09:00-18:00"]),
    ("下午2点半到5点", ["hours 14:30-17:00"]), ("22:00至次日6:00停水", ["hours 22:00-06:00"]),
    ("24小时服务热线", ["hours 00:00-24:00"]), ("from 9 a.m. to 5:30 p.m.", ["hours 09:00-17:30"]),
    ("10am–4pm, open 24/7", ["hours 10:00-16:00", "hours 00:00-24:00"]),
])
def test_hours_of_a_day_are_spans_in_one_form(text: str, facts: list[str]) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(("text", "facts"), [
    ("自2026年9月1日起施行", ["date 2026-09-01/"]), ("二〇二六年九月一日前", ["date /2026-09-01"]),
    ("每年3月1日至4月15日", ["date --03-01/--04-15"]), ("2026年10月至次年3月", ["date 2026-10/2027-03"]),
    ("5月1日至31日", ["date --05-01/--05-31"]), ("4—10月为旺季", ["date --04/--10"]),
    ("每月5日前报送", ["date /---05"]), ("执行至2027年6月30日", ["date /2027-06-30"]),
    ("在19日的会上", ["date ---19"]), ("截至3月8日，共收到来信12封", ["date --03-08"]),
    ("3月1日零时至6月30日24时禁渔", ["date --03-01/--06-30"]),
    ("1月20日0时起，到12月20日24时止", ["date --01-20/--12-20"]),
    ("by 15 May", ["date /--05-15"]), ("from 1 March to 30 June 2027", ["date 2027-03-01/2027-06-30"]),
    ("between June 25, 1950, and July 27, 1953", ["date 1950-06-25/1953-07-27"]),
    ("built before 1978", ["date /1978"]), ("You may apply online", []),
])
def test_dates_and_periods_are_written_as_far_as_they_are_known(text: str, facts: list[str]) -> None:
    assert told(text, "date") == facts


@pytest.mark.parametrize(("text", "facts"), [
    ("根据国发〔2024〕5号文件", ["document 国发〔2024〕5号"]),
    ("依据滨人社规〔2024〕 6号执行", ["document 滨人社规〔2024〕 6号"]),
    ("依据滨人社规 〔 2024 〕 6 号执行", ["document 滨人社规 〔 2024 〕 6 号"]),
    ("中华人民共和国国务院令第240号", ["document 国务院令第240号"]),
    ("（国务院令第258号）", ["document 国务院令第258号"]),
    ("(国务院令第258号)", ["document 国务院令第258号"]),
    ("[国务院令第258号]", ["document 国务院令第258号"]),
    ("〔国务院令第258号〕", ["document 国务院令第258号"]),
    ("国务院令第258号]", ["document 国务院令第258号"]),
    ("国务院令第258号）", ["document 国务院令第258号"]),
    ("依据国务院令（第258号）办理", ["document 国务院令（第258号）"]),
    ("市场监管总局公告（2020年第5号）", ["document 市场监管总局公告（2020年第5号）"]),
    ("符合GB 3096-2008的要求", ["document GB 3096-2008"]),
    ("fill in VA Form 21-526EZ", ["document VA Form 21-526EZ"]),
    ("违反本法第三十条第二款第（三）项的", ["clause 30.2.3"]), ("依照第244条之一", ["clause 244-1"]),
    ("第七条 申请人应当到场。", []), ("see section 12(b)", ["clause 12.b"]),
])
def test_documents_and_clauses_are_told_from_an_articles_own_number(text: str, facts: list[str]) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(("text", "value"), [
    ("地址：望海区朝阳路18号二楼", "望海区朝阳路18号"), ("到石浦街３９号办理", "石浦街39号"),
    ("the office at 40 Pier Street, first floor", "40 Pier Street"),
])
def test_an_address_is_its_street_and_number(text: str, value: str) -> None:
    assert [fact.value for fact in facts_in(text) if fact.kind == "address"] == [value]


@pytest.mark.parametrize("text", [
    "补领免费", "办理不收费", "免收登记费", "不收取任何费用", "It is free of charge", "there is no charge",
])
def test_nothing_to_pay_is_a_fact_too(text: str) -> None:
    assert told(text) == ["free 0"]


@pytest.mark.parametrize("text", [
    "一次性办结", "第三次会议", "二手房", "一般应当", "5G基站旁", "3号线", "21号窗口", "上一年度", "统一登记",
    "见 https://example.org/2026/12/3?n=45", "PO Box 27063", "window 21, Suite 200", "十分必要", "同一地址",
    "1. 到窗口提交", "（二）材料齐全的", "三分之二以上的业主", "一户一表", "一至三级残疾",
])
def test_numbers_that_count_nothing_are_no_facts(text: str) -> None:
    assert told(text) == []


def test_a_quote_is_the_stretch_of_the_text_with_its_bound() -> None:
    text = "本项补贴不超过５万元，一次付清。"
    (fact,) = facts_in(text)
    assert (fact.value, fact.op, text[fact.start:fact.end]) == ("50000", "le", "不超过５万元")


@given(st.text(alphabet=_LETTERS, max_size=120))
def test_whatever_the_text_every_fact_is_a_stretch_of_it_of_a_known_kind(text: str) -> None:
    for fact in facts_in(text):
        assert 0 <= fact.start < fact.end <= len(text) and fact.kind in KINDS
        assert fact.kind not in MEASURES or fact.number >= 0


@pytest.mark.parametrize("piece", ["1-", "1 day ", "一", "每个", "under 1 ", "(1)", "1月1日至", "8:00",
                                   "Form A1-", "路1号"])
def test_no_text_keeps_the_reader_busy(piece: str) -> None:
    started = time.process_time()
    facts_in((piece * LONGEST)[:LONGEST])
    assert time.process_time() - started < 10  # a hang takes minutes
