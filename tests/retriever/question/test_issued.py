"""Papers of another place are told from the city's own, and from people who come from there."""

from __future__ import annotations

import pytest

from retriever.question.issued import issued_elsewhere

CITY = "滨海市12345热线 Binhai 12345 Hotline"


@pytest.mark.parametrize(("question", "words", "own", "of_it"), [
    ("香港身份证过期了怎么换", "香港身份证", "身份证到期换领20元", "港澳居民身份证件由香港入境处办理"),
    ("澳门的驾照在哪补", "澳门的驾照", "驾驶证遗失补领", "持港澳驾驶证的可以换领"),
    ("台胞证到期了", "台胞证", "往来通行证60元", "台湾居民到出入境窗口"),
    ("加拿大护照丢了找谁", "加拿大护照", "护照补发120元", "外国人丢了护照的，找本国使领馆"),
    ("深圳市居住证怎么签注", "深圳市居住证", "居住证每年签注", "外地的居住证由发证地签注"),
    ("南京那边医保能转吗", "南京那边医保", "医保缴费", "从异地转入的带凭证"),
    ("How do I renew a Japanese driving licence", "japanese driving licence", "Renew your licence in 90 days",
     "A foreign licence cannot be renewed here"),
    ("lost my Hong Kong ID card", "hong kong id card", "A lost ID card costs 40 yuan", "Hong Kong residents ask there"),
    ("is my US passport valid", "us passport", "Tell us your passport number", "Holders of an American passport"),
])
def test_another_places_paper_is_answered_by_what_speaks_of_that_place(question: str, words: str, own: str,
                                                                       of_it: str) -> None:
    issued = issued_elsewhere(question, CITY)
    assert issued is not None and issued.words == words
    assert issued.is_told_in(of_it) and not issued.is_told_in(own)


@pytest.mark.parametrize("question", [
    "身份证丢了怎么办", "去香港要办什么通行证", "我在北京，社保卡丢了", "往来港澳通行证多少钱", "外国人怎么办工作许可",
    "滨海市居住证怎么办", "can you tell us passport fees", "I am Canadian, do I need a visa",
    "how do I renew a passport",
])
def test_who_comes_from_or_goes_to_another_place_asks_for_papers_of_here(question: str) -> None:
    assert issued_elsewhere(question, CITY) is None


def test_the_hotlines_own_city_issues_its_own() -> None:
    assert issued_elsewhere("苏州市民卡怎么办", "苏州12345") is None
    assert issued_elsewhere("苏州市民卡怎么办", CITY) is not None
