"""What a short question is about, and whether a text names it."""

from __future__ import annotations

import pytest

from kb.content.lexicon import callers_words
from retriever.language.analysis import Analyser
from retriever.question.things import Thing

ANALYSER = Analyser([], [], callers_words())


@pytest.mark.parametrize(("question", "thing", "beside"), [
    ("养猫罚多少", "养猫", "养犬须登记；逾期不登记的处500元罚款。"),
    ("地铁几点末班车", "地铁", "轮渡末班船20:30。"),
    ("科技馆周一开门吗", "科技馆", "市博物馆周一闭馆。"),
    ("出生证丢了去哪补", "出生证", "结婚证丢了，到任一登记处补领。"),
    ("护士证到期怎么换", "护士证", "残疾人证有效期10年，到期换证。"),
    ("我爸的游艇证怎么换", "游艇证", "驾驶证到期换证。"),
    ("灭火器过期去哪换", "灭火器", "驾驶证过期的，一年内换证。"),
    ("gas price per cubic metre", "gas", "Water costs 3.15 yuan per cubic metre."),
    ("opening hours of the museum", "museum", "The library opens at 9:00."),
])
def test_the_thing_is_named_or_not(question: str, thing: str, beside: str) -> None:
    found = Thing.of(question, ANALYSER)
    assert found is not None and found.name == thing
    assert not found.is_named_in(beside)
    assert found.is_named_in(f"{beside} {question}")


@pytest.mark.parametrize(("question", "text"), [
    ("大学寒假什么时候放", "中小学寒假自1月20日起。"),  # what is named beside it
    ("烧树叶子罚多少", "焚烧树叶、垃圾的，处500元罚款。"),
    ("教初中语文要考几级", "语文教师须达到二级甲等。"),
    ("小车停一晚多少钱", "机动车夜间每次5元。"),
    ("出生证丢了去哪补", "出生医学证明遗失的，可以补发。"),
    ("扯证要带啥", "结婚登记带身份证。"),
    ("museums opening times", "The Museum is closed on Mondays."),
    ("煤气灶用满八年要不要换", "燃气灶、煤气灶使用满八年的应当更换。"),
])
def test_a_thing_may_be_named_otherwise(question: str, text: str) -> None:
    found = Thing.of(question, ANALYSER)
    assert found is None or found.is_named_in(text)


@pytest.mark.parametrize("question", [
    "我妈今年八十二了能领多少",  # of a person, and nothing else
    "去哪里办，要带什么材料",
    "第二套房要交几个点",
    "how long does it take",
    "what are the opening hours",
    "我老公下了班顺道去幼儿园接娃，回家半路叫一辆面包车撞了，交警说对方全责，这算不算工伤",  # a story
    "烧烤摊的炉子有要求吗，我想明天就出摊",
    "。。。",
    "",
])
def test_many_questions_name_none(question: str) -> None:
    assert Thing.of(question, ANALYSER) is None
