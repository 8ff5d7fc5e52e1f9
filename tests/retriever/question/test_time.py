"""The time that a question names, and what only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from retriever.question.time import named_time

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)


@pytest.mark.parametrize(("text", "words", "days", "rest"), [
    ("2025年社保缴费基数下限", "2025年", "2025-01-01 2026-01-01", "社保缴费基数下限"),
    ("二〇二五年最低工资多少", "二〇二五年", "2025-01-01 2026-01-01", "最低工资多少"),
    ("25年社保基数多少", "25年", "2025-01-01 2026-01-01", "社保基数多少"),
    ("2025年度的医保缴费标准", "2025年度", "2025-01-01 2026-01-01", "医保缴费标准"),
    ("去年最低工资标准是多少", "去年", "2025-01-01 2026-01-01", "最低工资标准是多少"),
    ("请问前年的低保标准", "前年", "2024-01-01 2025-01-01", "请问低保标准"),
    ("明年居民医保交多少钱", "明年", "2027-01-01 2028-01-01", "居民医保交多少钱"),
    ("大前年低保标准是多少", "大前年", "2023-01-01 2024-01-01", "低保标准是多少"),
    ("两年前低保标准多少", "两年前", "2024-01-01 2025-01-01", "低保标准多少"),
    ("3年以前的公交票价", "3年以前", "2023-01-01 2024-01-01", "公交票价"),
    ("how much was the allowance two years ago", "two years ago", "2024-01-01 2025-01-01",
     "how much was the allowance"),
    ("what was the ferry fare 3 years ago?", "3 years ago", "2023-01-01 2024-01-01", "what was the ferry fare?"),
    ("the minimum wage a year ago", "a year ago", "2025-01-01 2026-01-01", "the minimum wage"),
    ("what did a permit cost the year before last", "the year before last", "2024-01-01 2025-01-01",
     "what did a permit cost"),
    ("后年退休年龄是多少", "后年", "2028-01-01 2029-01-01", "退休年龄是多少"),
    ("上个月油价", "上个月", "2026-10-01 2026-11-01", "油价"),
    ("下個月轮渡几点开", "下個月", "2026-12-01 2027-01-01", "轮渡几点开"),
    ("下个月3号能办吗", "下个月3号", "2026-12-03 2026-12-04", "能办吗"),
    ("去年3月公积金贷款额度", "去年3月", "2025-03-01 2025-04-01", "公积金贷款额度"),
    ("2025年七月一日的缴费基数", "2025年七月一日", "2025-07-01 2025-07-02", "缴费基数"),
    ("3月1日起轮渡多少钱", "3月1日", "2026-03-01 2026-03-02", "轮渡多少钱"),
    ("明天办证大厅开门吗", "明天", "2026-11-29 2026-11-30", "办证大厅开门吗"),
    ("上半年补贴什么时候发", "上半年", "2026-01-01 2026-07-01", "补贴什么时候发"),
    ("2025年下半年教师资格证报名", "2025年下半年", "2025-07-01 2026-01-01", "教师资格证报名"),
    ("今年底前能申请吗", "今年底", "2026-12-01 2027-01-01", "能申请吗"),
    ("明年一季度的取暖费", "明年一季度", "2027-01-01 2027-04-01", "取暖费"),
    ("7月份的缴费基数是多少", "7月份", "2026-07-01 2026-08-01", "缴费基数是多少"),
    ("2024年和2025年的低保标准", "2024年和2025年", "2024-01-01 2026-01-01", "低保标准"),
    ("what was the minimum wage in 2025", "2025", "2025-01-01 2026-01-01", "what was the minimum wage"),
    ("How much is it next year?", "next year", "2027-01-01 2028-01-01", "How much is it?"),
    ("what did it cost last month", "last month", "2026-10-01 2026-11-01", "what did it cost"),
    ("the 2025 rate of child benefit", "2025", "2025-01-01 2026-01-01", "rate of child benefit"),
    ("fees on 1 March 2025", "1 March 2025", "2025-03-01 2025-03-02", "fees"),
    ("March 2025 ferry fares", "March 2025", "2025-03-01 2025-04-01", "ferry fares"),
    ("what is the fare from July 1st", "July 1st", "2026-07-01 2026-07-02", "what is the fare"),
    ("Is the office open tomorrow?", "tomorrow", "2026-11-29 2026-11-30", "Is the office open?"),
    ("你好。我想问一下2025年的社保基数。谢谢", "2025年", "2025-01-01 2026-01-01", "你好。我想问一下社保基数。谢谢"),
    ("我女儿在读高中。2025年的学费是多少？", "2025年", "2025-01-01 2026-01-01", "我女儿在读高中。学费是多少？"),
    ("I rent. What was the fee in 2025?", "2025", "2025-01-01 2026-01-01", "I rent. What was the fee?"),
    ("how much did it cost last year", "last year", "2025-01-01 2026-01-01", "how much did it cost"),
])
def test_a_time_is_read_on_the_hotlines_calendar(text: str, words: str, days: str, rest: str) -> None:
    found = named_time(text, NOW, ZONE)
    assert found is not None
    span = f"{found.start.astimezone(ZONE):%Y-%m-%d} {found.end.astimezone(ZONE):%Y-%m-%d}"
    assert (found.words, span, found.rest) == (words, days, rest)
    assert found.start.tzinfo is UTC and found.start.astimezone(ZONE).hour == 0


@pytest.mark.parametrize("text", ["今年医保交多少", "what is the fee this year"])
def test_this_year_is_now(text: str) -> None:
    found = named_time(text, NOW, ZONE)
    assert found is not None and found.start == NOW < found.end


@pytest.mark.parametrize("text", [
    "我爸今年七十四，饭堂减几块", "身份证有效期，我今年50岁办多久的", "孩子今年7岁能上一年级吗", "今年刚满六十，能领吗",
    "满3年可以吗", "2年以上工龄", "近三年没违法", "交满15年能退休吗", "我工龄20年能领多少", "三个月没发工资",
    "办3个月的签证",
    "2025年版的申请表", "第2025号公告", "国办发〔2025〕3号怎么规定", "三年级怎么转学", "住12号楼", "坐3号线",
    "5月龄的宝宝打什么疫苗", "一月多少钱", "12岁能办身份证吗", "2025级新生怎么报到", "2025年13月", "低保怎么申请",
    "may I apply", "section 2025 of the code", "two years ago", "within 3 years", "under the 2019 Act",
    "is my 2019 car allowed",
])
def test_durations_editions_numbers_and_ages_are_no_times(text: str) -> None:
    assert named_time(text, NOW, ZONE) is None


@pytest.mark.parametrize("text", [
    "2025年毕业的学生现在能申请吗", "我去年离职的", "我去年离职的，失业金怎么领", "2025年买的房子契税怎么退",
    "去年结婚的婚假几天",
    "我爸2020年退休的，医保还交吗", "孩子2023年9月出生，今年能上幼儿园吗", "前年办的居住证过期了怎么办",
    "2019年登记结婚能查到吗", "三年前买的房怎么补证", "我两年前离的婚，户口怎么办", "退休两年前能提取吗",
    "两年前我妈摔伤能评残吗",
    "我爸三年前工伤，现在还能领多少", "住满两年前不能卖吗",
    "I married two years ago, can I still apply", "my card was issued two years ago, how do I renew",
    "the house that I bought ten years ago, what is the tax", "we had an accident a year ago, how much is paid",
    "我上个月摔伤了，工伤怎么认定", "残疾补贴七月份开始就没了", "他昨天走的，丧葬费怎么领", "去年的政策现在还能用吗",
    "12月份工资没发怎么投诉",
    "I graduated in 2025 can I apply", "I left my job last year, can I claim", "students who graduated in 2025",
    "my house was built in 1930", "he died last month what do I do", "I was born in 1962", "passport expired last year",
    "we moved here last month, how do I register",
    "2018年9月28日我到政务中心窗口。工作人员态度恶劣。请问向谁投诉？", "小区2019年底交房。至今没有通气，什么时候能通",
    "本人于10月24日与中介签订二手房合同。现咨询公积金新政如何执行。",
    "11月14日夜里麻将馆扰民。请求取缔。希望尽快处理。",
    "The landlord shut off the heat on 3 March. He will not answer. Who do I call?",
    "My lease began in May 2024. What is the most the rent can rise?",
])
def test_a_time_of_the_callers_story_is_not_the_rules(text: str) -> None:
    assert named_time(text, NOW, ZONE) is None


def test_a_year_ends_where_the_hotlines_clock_says_so() -> None:
    late = datetime(2026, 12, 31, 17, tzinfo=UTC)  # already 2027 in Shanghai
    found = named_time("去年的低保标准", late, ZONE)
    assert found is not None and found.start == datetime(2025, 12, 31, 16, tzinfo=UTC)


def test_hostile_digits_take_no_time_to_speak_of() -> None:
    assert named_time("1" * 2000, NOW, ZONE) is None
    assert named_time("年" * 2000, NOW, ZONE) is None
