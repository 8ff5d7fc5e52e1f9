"""What a caller says is not so, and texts that are about just that."""

from __future__ import annotations

import pytest

from retriever.question.case import Case
from retriever.question.denied import affirms, denied, denies


@pytest.mark.parametrize(("question", "own", "other"), [
    ("没做产检登记的能报吗", "没有登记的，按七成报销", "已登记的，全额报销"),
    ("不签合同能租吗", "未签订合同的，不予受理", "凭合同到窗口办理"),
    ("我没有驾照能上牌吗", "没有驾照的，由家属代办", "持驾照当场上牌"),
    ("不是本镇户口能葬吗", "非本镇户口的，须经批准", "有本镇户口的，直接办理"),
    ("没带户口簿行不行", "未带户口簿的，可以报号码", "凭户口簿办理"),
    ("I have no receipt, can I return it",
     "Goods without a receipt can be exchanged", "With the receipt you get it all"),
    ("what if I don't have a parking permit", "Cars without a permit are towed", "Holders: with a permit, free"),
    ("I haven't registered the dog", "Dogs that are not registered are collected", "Dogs already registered stay"),
    ("without insurance, what do I pay", "Those with no insurance pay 80", "You pay 20 if you have insurance"),
])
def test_a_text_about_its_not_being_there_is_told_from_one_about_its_being_there(question: str, own: str,
                                                                                other: str) -> None:
    things = denied(question)
    assert denies(own, things) and not affirms(own, things)
    assert affirms(other, things) and not denies(other, things)
    assert Case.of(question).fits(own) and Case.of(question).conflicts(other)


@pytest.mark.parametrize("question", [
    "有没有丧葬补贴", "能不能代办", "要不要预约", "电话打不通怎么办", "无房证明在哪开", "这归不归你们管",
    "可不可以周末去", "高龄补贴算不算低保收入", "是不是得先登记", "房子满没满五年", "物业不好，我不交物业费行不行",
    "老板半天没人理", "整宿睡不着找谁管", "I speak no Chinese, can somebody help", "I don't get along with my doctor",
    "I don't know where to go", "do I not need a visa", "no more than a month",
])
def test_what_asks_or_names_a_paper_denies_nothing(question: str) -> None:
    assert not denied(question)


def test_that_a_thing_is_not_needed_is_not_its_not_being_there() -> None:
    assert not denies("省内就医不用备案。", denied("不备案能报吗"))
    assert not denies("不需要合同，当场办。", denied("没有合同怎么办"))
    assert not denies("No need of a permit.", denied("I have no lease"))


@pytest.mark.parametrize(("question", "text", "heading"), [
    ("没申报怎么办", "发现后尽快申报。", "逾期怎么处理"), ("我没换领会怎样", "可以补换领。", "过期了"),
    ("what if I did not register in time", "Register as soon as you notice.", "If you forget"),
    ("I haven't renewed it", "You can still renew within a year.", "Late applications"),
])
def test_under_the_heading_of_what_was_omitted_the_thing_is_denied(question: str, text: str, heading: str) -> None:
    assert denies(text, denied(question), heading) and not denies(text, denied(question), "怎么办理")
