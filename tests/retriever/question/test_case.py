"""The caller's case against rows and rules: what is for another household, age or kind of person conflicts."""

from __future__ import annotations

import pytest

from retriever.question.case import Case


@pytest.mark.parametrize(("question", "persons", "ages"), [
    ("两个人低保户租房补贴拿多少", {2}, set()), ("我们三口之家能申请吗", {3}, set()), ("一家四口住哪", {4}, set()),
    ("2人户补多少", {2}, set()), ("就我一个人能申请吗", {1}, set()), ("我妈六十二了能免费坐车吗", set(), {62}),
    ("我今年62岁", set(), {62}), ("孩子5岁打什么疫苗", set(), {5}), ("我六十八了抢不来", set(), {68}),
    ("rent help for a family of 4", {4}, set()), ("theres three of us", {3}, set()),
    ("I'm 72, can I ride free", set(), {72}),
    ("a 17-year-old passport", set(), {17}), ("she's only seven", set(), {7}), ("it's just me", {1}, set()),
    ("第三个孩子有补贴吗", set(), set()), ("我交了15年", set(), set()), ("每人多少钱", set(), set()),
    ("I'm 20 miles away", set(), set()),
])
def test_a_question_tells_how_many_and_how_old(question: str, persons: set[int], ages: set[int]) -> None:
    case = Case.of(question)
    assert (set(case.persons), set(case.ages)) == (persons, ages)


@pytest.mark.parametrize(("question", "fits", "conflicts"), [
    ("两个人低保户租房补贴拿多少", "| 2人户 | 800元 |", "| 1人户 | 600元 |"),
    ("我和我妈两个人租房", "2人：每月800元", "3人及以上：每月1000元"),
    ("一家四口能拿多少", "3人及以上户 1000元", "二人户 800元"),
    ("单身能拿多少", "单人户每月600元", "2人户每月800元"),
    ("rent help for a family of 4", "Household of 3 or more: 900", "Single person: 500"),
    ("我妈62岁坐车要钱吗", "60周岁以上65周岁以下半价", "65周岁以上免费"),
    ("我妈六十五了坐车要钱吗", "65周岁以上免费", "60周岁以上（不含65）半价"),
    ("我59岁能享受吗", "18—59周岁", "60周岁以上"),
    ("孩子5岁要票吗", "6周岁以下免费", "6至14周岁半价"),
    ("娃16岁能办吗", "年满16周岁", "未满16周岁由监护人代办"),
    ("孩子14岁算儿童吗", "已满14周岁不满18周岁", "不满14周岁"),
    ("my son is 17 years old", "aged 16 to 18", "under 16 free"),
    ("I'm 64, what's the fare", "under 65: full fare", "65 and over: free"),
    ("低保户住院医疗救助多少", "低保对象按90%救助", "低保边缘家庭按60%救助"),
    ("低保边缘家庭住院救助多少", "低保边缘家庭按60%救助", "低保对象按90%救助"),
    ("老人轮渡票价", "老年人 免费", "成人 22元"),
    ("小孩坐轮渡多少钱", "儿童 11元", "成人票 22元"),
    ("ferry fare for seniors", "Seniors ride free", "Adults 22 yuan"),
    ("居民医保住院报多少", "居民医保 70%", "职工医保 85%"),
    ("外国人结婚登记带什么", "外国人应当提交护照", "内地居民应当提交身份证"),
    ("女的多大退休", "女职工55周岁", "男职工60周岁"),
    ("外地户口能申请吗", "非本市户籍须有居住证", "本市户籍凭户口簿"),
    ("首次补办收费多少", "| 首次补办 | 20 |", "| 再次补办 | 40 |"),
    ("第二回丢了，补卡收几块", "再次补办：40元", "首次补办：20元"),
    ("头一回办要多久", "第一次申领 15个工作日", "第二次申领 5个工作日"),
    ("a second replacement, how much is it", "Second replacement 40 dollars", "First replacement 20 dollars"),
    ("it's my first time, what's the fee", "First-time applicants: free", "Repeat applications: 15 dollars"),
])
def test_the_row_of_this_case_fits_and_that_of_another_conflicts(question: str, fits: str, conflicts: str) -> None:
    case = Case.of(question)
    assert case.fits(fits) and not case.conflicts(fits)
    assert case.conflicts(conflicts) and not case.fits(conflicts)


@pytest.mark.parametrize(("question", "text"), [
    ("两个人租房补贴拿多少", "补贴按季度发放。"),
    ("首次补办收费多少", "首次、再次补办均须到窗口。"),
    ("首次补办收费多少", "低保对象免收工本费。"),
    ("what's the fee on the first floor", "Second replacement 40 dollars"),
    ("两个人租房补贴拿多少", "由2名以上工作人员上门核实。"),
    ("低保户租房补贴", "低保、低保边缘家庭均可申请。"),
    ("我不是低保户能申请吗", "低保边缘家庭可以申请。"),
    ("租房补贴多少", "| 1人户 | 600元 |"),
    ("我62岁能领吗", "缴费满15年。"),
    ("低保户能领吗", "老年人凭证领取。"),
])
def test_what_only_one_side_states_is_no_verdict(question: str, text: str) -> None:
    assert not Case.of(question).conflicts(text)


def test_a_hostile_text_takes_no_time_to_speak_of() -> None:
    for text in ("满" * 5000, "6" * 5000, "十" * 5000, "1人户" * 2000, "aged " * 2000, "60周岁以上" * 1000):
        Case.of(text).conflicts(text)


@pytest.mark.parametrize(("question", "own", "another"), [
    ("老人坐公交免费吗", ("65周岁以上", "60至64周岁", "80周岁以上"), ("6周岁以下", "16周岁以下")),
    ("家里老头住院能报多少", ("70周岁以上",), ("未满18周岁",)),
    ("do elderly people ride free", ("aged 65 and over",), ("under 6",)),
])
def test_the_old_are_of_any_age_that_a_rule_has_for_them(question: str, own: tuple[str, ...],
                                                         another: tuple[str, ...]) -> None:
    case = Case.of(question)
    assert [case.fits(text) and not case.conflicts(text) for text in own] == [True] * len(own)
    assert [case.conflicts(text) for text in another] == [True] * len(another)


def test_a_child_or_an_age_that_is_told_is_not_taken_for_any_age() -> None:
    assert not Case.of("孩子多大能打疫苗").conflicts("65周岁以上")
    assert Case.of("我妈82，老人有津贴吗").conflicts("60至64周岁")


@pytest.mark.parametrize(("question", "own", "another"), [
    ("小孩9岁能借几本", "读者：少儿（14岁以下）；册数：20册，成人专著除外", "读者：成人；册数：15册，儿童绘本除外"),
    ("三口之家低收入能补多少", "家庭人口：3人；低保：900元；低收入：720元",
     "家庭人口：2人；低保：720元；低收入：576元"),
    ("退休职工62岁体检几年一次", "人员：退休职工；年龄：60周岁以上；间隔：1年",
     "人员：退休职工；年龄：不满60周岁；间隔：2年"),
    ("my child is 9 years old, how many books", "Reader: Child under 14; Books: 20, adult titles excepted",
     "Reader: Adult; Books: 15, children's picture books excepted"),
    ("how many books can my 10-year-old borrow", "Reader: Child under 14; Books: 20", "Reader: Adult; Books: 15"),
    ("我家老大13岁坐车多少钱", "票种：儿童；票价：5元", "票种：成人；票价：10元"),
    ("a household of 3, what is the grant", "Household: 3-person; Grant: 700", "Household: 2-person; Grant: 500"),
])
def test_a_row_is_of_whom_its_first_cells_name(question: str, own: str, another: str) -> None:
    case = Case.of(question)
    assert case.fits_row(own) and case.fits_row(another) is False
    assert case.fits_row("合计；500元") is None
