"""Which dates of a text are over, and which of those mislead nobody."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.facts.gone import EVER, gone_by

WRITTEN, READ = date(2026, 3, 1), date(2027, 2, 15)


def gone(source: str, *, title: str = "办法", as_of: date = READ, written: date = WRITTEN) -> list[tuple[str, str]]:
    return [(found.kind, source[found.start:found.end])
            for found in gone_by(source, effective_from=written, as_of=as_of, title=title)]


@pytest.mark.parametrize(("source", "expected"), [
    ("阶段性减免执行至2026年12月31日。", [("end", "执行至2026年12月31日")]),
    ("优惠期为2026年5月1日至2026年10月31日。", [("end", "2026年5月1日至2026年10月31日")]),
    ("请在2026年6月15日前到窗口补登记。", [("deadline", "2026年6月15日前")]),
    ("报名时间截至2026年6月30日，逾期不候。", [("end", "2026年6月30日")]),
    ("2026年5月31日以前补缴的，免收滞纳金。", [("deadline", "2026年5月31日以前")]),
    ("如在2026年5月31日前未申领，视为放弃。", [("deadline", "2026年5月31日前")]),
    ("旧版表格可以用到2026年5月31日。", [("deadline", "用到2026年5月31日")]),
    ("政策已延长至2026年5月31日。", [("end", "延长至2026年5月31日")]),
    ("征求意见截止日期为2026年5月31日。", [("end", "截止日期为2026年5月31日")]),
    ("出生登记的补贴申请截止到2026年5月31日。", [("end", "截止到2026年5月31日")]),
    ("The deadline is 31 May 2026.", [("end", "31 May 2026")]),
    ("If you apply before 31 May 2026, the fee is waived.", [("deadline", "before 31 May 2026")]),
    ("新大厅将于2026年9月1日启用。", [("announced", "2026年9月1日")]),
    ("今年起工本费由街道承担。", [("relative", "今年起")]),
    ("旧证于2026年8月31日到期。", [("end", "2026年8月31日")]),
    ("The discount runs until 31 December 2026.", [("end", "until 31 December 2026")]),
    ("# 2026年招生安排\n\n| 事项 | 时间 |\n|---|---|\n| 网上报名 | 5月6日至5月20日 |\n| 面谈 | 6月3日 |",
     [("end", "5月6日至5月20日"), ("deadline", "6月3日")]),
])
def test_what_has_passed_is_found_with_why(source: str, expected: list[tuple[str, str]]) -> None:
    assert gone(source) == expected
    assert gone(source, as_of=WRITTEN) == []  # on the day of its writing nothing of it is over


@pytest.mark.parametrize("source", [
    "本办法自2026年4月1日起施行。", "2020年12月23日市政府第12次常务会议通过。", "每年4月1日至5月31日申报。",
    "集中申报期为4月1日至5月31日。", "2011年7月1日以前参保的，可以一次性补足。",
    "2019年4月15日以前购买的超标车不能上路。",
    "If you served between 25 June 2026 and 27 July 2026, you may qualify.", "补贴执行至2028年12月31日。",
    "不用每年跑去年审。", "依据国发〔2020〕5号文件办理。", "目前仅支持现场办理。",
    "Houses built before 1978 may have lead pipes.", "办理结果20日内告知。",
    "2026年5月31日，区政府召开会议研究。", "本页面最后更新时间：2026年5月31日。", "2026年5月31日签订的合同一式两份。",
    "对2026年5月31日前已受理的申请，按旧规定办理。", "2026年5月31日前取得证书的人员，可直接换证。",
    "该政策已于2026年5月31日到期。", "原定于2026年5月31日截止的报名，另行通知。",
    "《临时牌照规程》于2026年5月31日失效后，改由街道受理。", "比如2026年5月31日前入职的，从6月起算。",
    "依据《关于2026年5月31日前完成清理的通知》办理。", "截至2026年6月30日，全市已建站点120个。",
    "统计期为2026年4月1日至2026年5月31日。", "2025年5月31日前授权的专利按原办法资助。",
    "The scheme closed on 31 May 2026 and takes no more applications.",
    "Permits issued before 31 May 2026 remain valid.", "If you were hired before 31 May 2026, the old rule holds.",
    "As at 31 May 2026, 300 permits were issued.",
])
def test_what_happened_once_or_holds_every_year_or_draws_a_line_is_not(source: str) -> None:
    assert gone(source) == []


@pytest.mark.parametrize(("source", "title", "expected"), [
    ("河西网点因装修本月暂停营业。", "服务网点", [("relative", "本月")]),
    ("本月25日前未缴的，次月起加收滞纳金。", "缴费须知", []),
    ("本学期周末延长至21时闭馆。", "开放时间", [("relative", "本学期")]),
    ("本办法自2023年7月1日起施行，有效期三年。", "补贴办法", [("end", "有效期三年")]),
    ("登记证有效期三年，期满前30日内续办。", "登记证", []),
    ("西广场将封闭施工6个月。", "车站改造", [("end", "将封闭施工6个月")]),
    ("大厅预计国庆节前重新开放。", "大厅", [("relative", "预计国庆节前")]),
    ("2月8日（周日）19:30市大剧院上演《白蛇传》。", "演出", []),  # not a Sunday in this year nor in the next
    ("5月9日（周六）19:30市大剧院上演《白蛇传》。", "演出", [("announced", "5月9日（周六）")]),
    ("申报期为4月1日至4月30日。", "积分落户办法", []),
    ("申报期为4月1日至4月30日。", "2026年积分落户安排", [("end", "4月1日至4月30日")]),
    ("| 领取录取通知书 | 7月20日起 |", "2026年招生时间安排", [("end", "7月20日起")]),
    ("取得的工资为2025年1月1日至12月31日的。", "年度汇算（2025年度）", [("end", "2025年1月1日至12月31日")]),
    ("请在2025年5月31日前到窗口办理。", "补登记", [("deadline", "2025年5月31日前")]),
    ("The desk is closed this week for the move.", "Permits", [("now", "this week")]),
    ("游泳馆5月20日恢复开放。", "体育馆", [("end", "5月20日")]),
    ("游泳馆每年5月20日恢复开放。", "体育馆", []),
    ("2026年6月1日起，旧址窗口将全部关闭。", "大厅", [("announced", "2026年6月1日起")]),
    ("2026年6月1日起，水价调整为每吨3元。", "水价", []),
    ("2026年对小微企业免征工会经费。", "惠企政策", [("end", "2026年")]),
    ("机场巴士自2026年6月10日起试运行三个月。", "机场巴士", [("end", "试运行三个月")]),
    ("2026年12月31日前报废的，每辆补1.2万元。", "淘汰补贴", [("deadline", "2026年12月31日前")]),
    ("换发工作于2026年底结束。", "换发", [("end", "2026年底")]),
    ("Passport day is Friday, May 15.", "Passports", [("end", "May 15")]),
    ("Permits for the 2026 season cost $20.", "Beach", [("end", "the 2026 season")]),
    ("他人即将实施侵犯其权利的行为。", "著作权法", []),
    ("If you are away this week, call us.", "Permits", []),
    ("For the next three months seniors ride free as a trial.", "Fares", [("relative", "For the next three months")]),
    ("You may borrow it for the next three weeks.", "Libraries", []),
    ("Pier Street will reopen in late summer.", "Roads", [("announced", "summer")]),
    ("The pool is open every year from 1 June to 31 August.", "Pool 2026", []),
    ("Free screening on 15 May 2026 from 9 to noon.", "Clinics", [("announced", "15 May 2026")]),
    ("老版APP3月1日停用。", "市民云", [("announced", "3月1日")]),
    ("本办法自2026年4月1日起施行，施行之日起六个月内完成整改。", "停车办法", [("end", "施行之日起六个月内")]),
    ("应当自受理之日起六个月内办结。", "停车办法", []),
    ("活动期限自上线之日起一年，名额用完即止。", "观影优惠", [("end", "期限自上线之日起一年")]),
    ("给新车主三个月过渡期。", "电动车", []),
    ("本年度服务费为每人80元。", "签约问答", [("relative", "本年度")]),
    ("本市1951年至2013年12月31日的档案在此查询。", "查档", []),
    ("可以将2025年底前建成的小区纳入。", "改造范围", []),
    ("2026年5月31日前未报送的，已标记为异常，补报后可以恢复。", "年报问答", []),
    ("2026年5月31日前年满6周岁的儿童可以报名。", "入学", []),
    ("2026年4月1日至5月31日期间生育的职工，享受津贴。", "生育津贴", []),
    ("问：我的合同到2026年6月30日到期，能领吗？", "失业金", []),
    ("汛期为6月1日至9月30日，其间禁止游泳。", "防汛通知", []),
    ("自愿参加的请在9月6日前通过班级群填写。", "告家长书", [("deadline", "9月6日前")]),
    ("3路车拟从2026年5月起改线。", "公交", [("announced", "2026年5月起")]),
    ("2026年9月，完成摸底。", "整治工作方案", [("end", "2026年9月")]),
    ("The 2026 rate is $42 for the first car.", "Parking", [("end", "The 2026 rate is")]),
    ("July 14, 2026 - Owners can win. Applications are due by 5 p.m. on October 3.", "Grants",
     [("end", "October 3")]),
    ("Fares rise to $2.75 on January 1, 2027.", "Fares", [("announced", "January 1, 2027")]),
    ("Driveways in place before 31 May 2026 may remain.", "Driveways", []),
    ("疫情防控期间，进入大厅须出示健康码。", "办事提示", [("now", "疫情防控期间")]),
    ("疫情防控期间，全市累计发放口罩3万只。", "办事提示", []),
    ("疫情防控期间，可以依法征用场所。", "传染病防治条例", []),
    ("疫情应对期间，驾驶证逾期的不予处罚。", "办事提示", [("now", "疫情应对期间")]),
    ("本次报名时间为4月10日至13日，逾期不补。", "资格考试", [("end", "4月10日至13日")]),
    ("首批预约时间为4月22日20时至22时。", "预约", [("announced", "4月22日20时至22时")]),
    ("4号线南段预计年底开通试运营。", "地铁", [("relative", "预计年底")]),
    ("## 2026年招生日程\n\n| 体育考试 | 4月中旬 |\n|---|---|\n", "招生", [("end", "4月")]),
    ("对大型企业三项社保费，从4月到6月减半。", "阶段性减免社保费", [("end", "4月到6月")]),
    ("The apply-by date is moved to 15 July 2026.", "Returns", [("end", "15 July 2026")]),
    ("You can apply until funds run out or June 30, 2026, whichever comes first.", "Rent help",
     [("end", "June 30, 2026")]),
    ("Fares are frozen for 2026.", "Fares", [("end", "frozen for 2026")]),
    ("A band D home pays £1,842 for 2025/26.", "Council tax", [("end", "for 2025/26")]),
    ("The general election is on November 3, 2026.", "Voting", [("announced", "November 3, 2026")]),
])
def test_what_a_text_leaves_out_is_of_its_writing_only_on_one_occasion(
        source: str, title: str, expected: list[tuple[str, str]]) -> None:
    assert gone(source, title=title, as_of=date(2027, 7, 1)) == expected


def test_words_have_the_day_month_term_or_season_of_the_writing() -> None:
    for source, last in (("今晚停水。", date(2026, 3, 2)), ("今冬明春免费接种。", date(2026, 4, 30)),
                         ("The clinic runs this spring.", date(2026, 5, 31)),
                         ("新规试行两年，期满评估。", date(2028, 2, 29)),
                         ("因装修下月暂停营业。", date(2026, 4, 30)), ("本学期延长至21时闭馆。", date(2026, 8, 31)),
                         ("本通知自印发之日起施行，有效期一年。", date(2027, 2, 28))):
        found = gone_by(source, effective_from=WRITTEN, as_of=EVER, title="须知")
        assert [one.since for one in found] == [last], source


def test_of_stretches_that_overlap_the_one_that_misleads_first_is_told() -> None:
    assert gone("2026—2027年供暖季采暖补贴。", as_of=date(2028, 1, 1)) == [("end", "2026—2027")]


def test_news_speaks_of_its_own_days() -> None:
    news = "据市卫健委介绍，目前可查询三类结果，截至3月5日共受理512件。"
    assert gone(news, title="查询系统上线") == [("now", "目前"), ("statistic", "截至3月5日")]
    assert gone(news, title="查询系统上线", as_of=date(2026, 3, 4)) == []


def test_the_year_of_a_settlement_is_done_in_the_year_after() -> None:
    source = "4月30日前向单位书面确认。"
    assert gone(source, title="年度汇算（2025年度）", as_of=date(2026, 4, 30)) == []
    assert gone(source, title="年度汇算（2025年度）", as_of=date(2026, 5, 1)) == [("deadline", "4月30日前")]


def test_a_last_day_is_over_on_the_next_one() -> None:
    for last, next_day in ((date(2028, 2, 29), date(2028, 3, 1)), (date(2026, 12, 31), date(2027, 1, 1))):
        source = f"有效期至{last.year}年{last.month}月{last.day}日。"
        assert gone(source, as_of=last) == []
        assert [kind for kind, _ in gone(source, as_of=next_day)] == ["end"]
    assert [kind for kind, _ in gone("试行到2026年2月。", as_of=WRITTEN)] == ["end"]


PIECES = ("减免执行至2026年12月31日。", "请在6月15日前补登记。", "截至2026年6月30日，已建120个。",
          "大厅将于2027年9月1日启用。", "今年起由街道承担。", "目前全市已有12个点。", "记者获悉，今天开放。",
          "3月可领。", "今年底前完成。", "每年5月31日前申报。", "因装修本月暂停营业。", "1月5日停水检修。",
          "本通知印发之日起施行，有效期两年。", "2026年度每人缴费400元。", "今晚至下周三绕行。",
          "This summer it will be closed.")


@given(st.lists(st.sampled_from(PIECES), max_size=6),
       st.sampled_from(("办法", "关于3月发布通知的公告", "2026年安排", "年度汇算（2025年度）")),
       st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.dates(date(2024, 6, 1), date(2029, 6, 1)))
def test_what_is_over_on_a_day_is_what_will_ever_be_and_has_come_by_then(
        pieces: list[str], title: str, written: date, as_of: date) -> None:
    source = "\n\n".join(pieces)
    ever = gone_by(source, effective_from=written, as_of=EVER, title=title)
    assert sorted(gone_by(source, effective_from=written, as_of=as_of, title=title), key=repr) == sorted(
        (found for found in ever if found.gone_on <= as_of), key=repr)
