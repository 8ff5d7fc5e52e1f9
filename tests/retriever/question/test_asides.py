"""What is past, burnt, taught or mended is no emergency; what goes on while somebody speaks is one all the same."""

from __future__ import annotations

import pytest

from retriever.question.emergencies import Notices, load_notices, noticed

# Whose papers burned asks where to get new ones.
PAPERS = ("房子着火了房产证烧了怎么补", "家里失火户口本烧没了去哪补办", "火灾把身份证烧坏了咋办新的，要补领吗",
"店里起火营业执照烧毁了要登报吗",
          "着火把结婚证烧掉了，能补发不", "家里发大火存折烧光了怎么挂失", "发生火灾后房子不能住了有没有临时安置",
          "my documents were burned in a house fire, how do I replace them", "my passport was lost in the fire at home",
          "there was a fire and the fire destroyed my marriage papers")
# What was, and who answers for it.
PAST = ("上次电梯困人是哪个部门管", "昨天电梯困人的事找哪个部门反映", "前天被关在电梯里半小时该谁负责",
"孩子走失找回来了还要销案吗",
        "跳河的人救上来了见义勇为怎么申报", "who was responsible when the lift got stuck with people in it yesterday",
        "which office handles people stuck in lifts")
# What is taught, shown, or only named.
SHOWN = ("触电演示哪里看", "防触电宣传展在哪", "溺水急救培训在哪报名", "煤气泄漏处理培训什么时候",
"食物中毒怎么预防", "电梯困人应急演练几点开始", "火灾是什么意思",
         "where can I see the electric shock demonstration", "is there a drowning prevention course",
         "fire safety training near me")
# What smells, smokes or bites without harm to anybody's life.
HARMLESS = ("下水道一股臭鸡蛋味", "邻居烧纸冒烟", "小区有人烧垃圾冒黑烟", "the drain smells like rotten eggs",
"卫生间地漏有臭鸡蛋味",
            "a dog bit my son at the park", "our neighbour's dog bit the postman", "被狗咬了要打几针",
            "孩子被猫抓了去哪打疫苗",
            "my internet line is down", "the phone line is down on my street")
GOES_ON = (("房子着火了，房产证还在里面", "fire"), ("烧纸把山引燃了，火很大", "fire"), ("邻居烧垃圾烧起来了", "fire"),
           ("昨晚电梯困人到现在还在里面", "lift"), ("人救上来了没呼吸", "medical"), ("厨房下水道旁边一股煤气味", "gas"),
           ("着火了把户口本烧了怎么补，快来人啊，正在烧", "fire"), ("被狗咬了血流不止", "medical"),
           ("培训班里有人晕倒了", "medical"),
           ("a power line is down and sparking on our street", "electric_shock"),
           ("my son got an electric shock", "electric_shock"), ("there is a fire in my kitchen", "fire"))


@pytest.fixture(scope="module")
def notices() -> Notices:
    return load_notices(hotline="12345")


@pytest.mark.parametrize("text", [*PAPERS, *PAST, *SHOWN, *HARMLESS])
def test_what_is_over_taught_or_harmless_is_no_emergency(text: str, notices: Notices) -> None:
    assert noticed(text, (), notices) is None


@pytest.mark.parametrize(("text", "kind"), GOES_ON)
def test_what_goes_on_is_one_whatever_else_is_said(text: str, kind: str, notices: Notices) -> None:
    found = noticed(text, (), notices)
    assert found is not None and found.kind == kind
