"""What a question cannot be answered without, and whether a text tells it."""

from __future__ import annotations

import pytest

from retriever.question.demands import demanded, meets


@pytest.mark.parametrize(("question", "kinds"), [
    ("补办身份证要多少钱", {"price"}),
    ("书借过期半个月了，要罚多少？", {"money"}),
    ("工本费是多少", {"price"}),
    ("这个要几块钱", {"price"}),
    ("What does it cost to hire a boat for a day?", {"price"}),
    ("How much is the fine?", {"money"}),
    ("多久能拿到证", {"time"}),
    ("交上去几天给答复", {"time"}),
    ("驾照扣几个月？", {"time"}),
    ("How long does it take?", {"time"}),
    ("打哪个电话，多久来人", {"number", "time"}),
    ("What is the phone number?", {"number"}),
    ("晚上几点关门", {"hour"}),
    ("What time does the library close?", {"hour"}),
    ("办退休要带什么材料", {"papers"}),
    ("去补身份证，要带些什么？", {"papers"}),
    ("What do I need to bring?", {"papers"}),
    ("Which documents does the bank want?", {"papers"}),
    ("坐地铁哪些东西不让带", set()),
    ("啥手续都没有就开工了", set()),
    ("怎么申请公租房", set()),
    ("暖气停了好几天没人管", set()),
    ("社保断了三个月，这几个月还算数不", set()),
    ("网约车多扣我二十几块，谁管", set()),
    ("老板为欠多少钱跟我扯皮", set()),
    ("他几点出门他们都知道", set()),
    ("How much notice must I give?", set()),
    ("What time off do we get?", set()),
])
def test_what_is_asked_for_in_so_many_words_is_demanded(question: str, kinds: set[str]) -> None:
    assert demanded(question) == kinds


@pytest.mark.parametrize(("kind", "text"), [
    ("money", "工本费25元"), ("money", "每册每天收一角"), ("money", "小型汽车（含司机）：80"),
    ("money", "处二百元以下罚款"),
    ("money", "首次申领免费"), ("money", "补偿金额由双方协商"), ("money", "按百分之三收取"), ("money", "a fee of ¥120"),
    ("money", "There is no tuition fee"), ("time", "20个工作日内办结"), ("time", "当场办结"), ("time", "三十日内"),
    ("time", "within two weeks"), ("number", "拨打0540-8810200"), ("number", "请打12345热线"), ("hour", "9:00—17:00"),
    ("papers", "凭户口簿和近期照片"), ("papers", "材料：无需提供"), ("papers", "your passport and two photographs"),
    ("hour", "上午八时至次日零时"), ("hour", "from 7 a.m."),
])
def test_a_text_tells_it_in_figures_or_in_words_that_need_none(kind: str, text: str) -> None:
    assert meets({kind}, [text])


@pytest.mark.parametrize(("kind", "text"), [
    ("money", "向户籍地派出所申请，带户口簿。"), ("money", "60日内出结论，分十级"),
    ("money", "The skipper takes passport details of 12 passengers."), ("time", "在户籍地派出所办理"),
    ("time", "Bring your passport."), ("number", "可到窗口咨询，限30人"), ("hour", "到市民中心办理"),
    ("papers", "两次上门看住房、收入、家里人的意见"), ("papers", "Osteoporosis, or a disease of the heart"),
])
def test_a_text_beside_it_does_not(kind: str, text: str) -> None:
    assert not meets({kind}, ["另见第二章", text])


def test_each_of_several_demands_is_to_be_told() -> None:
    assert meets({"number", "time"}, ["拨打0540-8810200", "40分钟内到场"])
    assert not meets({"number", "time"}, ["40分钟内到场"])
    assert meets((), [])


@pytest.mark.parametrize(("question", "fee", "fine"), [
    ("充电一度电多少钱", "每度电收1.2元，含服务费", "推进楼道充电的，处500元以上1000元以下罚款"),
    ("头盔一个多少钱", "头盔每个60元", "骑车不戴头盔的处30元罚款"),
    ("狗证一年要几块钱", "登记费每年一百元", "不办证的，处二百元以上五百元以下罚款"),
    ("how much does a helmet cost", "Helmets are 20 yuan each.", "Riding without one: a fine of 30 yuan."),
    ("what is the price of a dog tag", "Tags cost $5.", "Owners of untagged dogs are fined $50"),
])
def test_a_fine_is_no_price(question: str, fee: str, fine: str) -> None:
    assert meets(demanded(question), [fee]) and meets(demanded(question), [fine, fee])
    assert not meets(demanded(question), [fine])


@pytest.mark.parametrize(("question", "fine"), [
    ("不戴头盔多少钱", "骑车不戴头盔的处30元罚款"), ("违章停车要交多少钱", "处二百元罚款"),
    ("闯红灯多少钱", "处30元罚款"),
    ("how much is it if I ride without a helmet", "a fine of 30 yuan"),
    ("How much is the fine for a late return?", "The penalty is $5 a day"),
])
def test_who_tells_a_fault_is_answered_by_its_fine(question: str, fine: str) -> None:
    assert meets(demanded(question), [fine])
