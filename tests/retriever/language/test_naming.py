"""Names in a question: the longest, in their order, and short forms of callers only where they cut through no word."""

from __future__ import annotations

import pytest

from kb.content.lexicon import callers_words
from retriever.language.analysis import Analyser
from retriever.language.naming import Names

ANALYSER = Analyser([], [["社会保障卡", "社保卡"]], callers_words())


def names(text: str) -> list[str]:
    names = Names(["社保卡", "社保", "work permit", "rp"], ["老家", "领养", "盖新房子"], ANALYSER.cut)
    places = list(names.found(text))
    assert all(text.startswith(name, place) for place, name in places)
    return [name for _, name in places]


def added(name: str, text: str) -> set[str]:
    """The terms of a name that a text does not hold by itself."""
    return set(ANALYSER.terms(name)).difference(ANALYSER.terms(text))


@pytest.mark.parametrize(("text", "found"), [
    ("我的社保卡和社保", ["社保卡", "社保"]),
    ("在老家盖新房子", ["老家", "盖新房子"]),
    ("养老家庭", []), ("怎么领养老金", []), ("想领养孩子", ["领养"]),
    ("办rp要多久", ["rp"]), ("my work permit", ["work permit"]), ("rpm", []), ("a work permits", []), ("", []),
])
def test_the_longest_names_are_found_where_they_are_whole(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(("said", "meant"), [
    ("跟老公离了孩子归谁", "离婚登记"), ("明天去扯证", "结婚登记"), ("在村里盖新房要批吗", "宅基地"),
    ("我爸没了，户口怎么办", "死亡"), ("老人没了去哪销户口", "注销户口"), ("老家那边能办吗", "户籍所在地"),
    ("我娃的学籍", "子女"), ("在路上捡了个钱包", "拾得"), ("设保卡怎么激活", "社会保障卡"),
    ("公鸡金怎么取", "住房公积金"),
    ("gjj怎么提", "住房公积金"), ("交五险一金", "社会保险"),
    ("水管爆了找谁", "供水抢修"), ("被炒鱿鱼了", "解除劳动合同"), ("我的低宝", "最低生活保障"),
])
def test_a_callers_words_are_searched_as_what_they_mean(said: str, meant: str) -> None:
    assert set(ANALYSER.terms(meant)) <= set(dict(ANALYSER.query_terms(said)))


@pytest.mark.parametrize(("official", "said"), [("结婚登记", "扯证"), ("死亡证明", "死人证明"), ("拖欠工资", "血汗钱")])
def test_what_is_meant_is_not_searched_as_what_callers_say(official: str, said: str) -> None:
    assert not added(said, official) & set(dict(ANALYSER.query_terms(official)))


@pytest.mark.parametrize("text", ["手机没了", "事情办了没有", "走了十公里", "远离了城市", "公鸡多少一只", "领养老金",
                                  "养老家庭补贴", "五期房产的电梯", "热水器没水压"])
def test_ordinary_words_are_not_taken_for_what_callers_say(text: str) -> None:
    for meant in ("死亡", "离婚登记", "住房公积金", "收养登记", "户籍所在地", "商品房预售", "停水"):
        assert not added(meant, text) & set(dict(ANALYSER.query_terms(text)))


def test_what_callers_say_changes_no_term_of_a_text() -> None:
    plain = Analyser([], [["社会保障卡", "社保卡"]])
    assert plain.fingerprint == ANALYSER.fingerprint
    for text in ("村里盖新房子要批", "公积金贷款", "扯结婚证带什么"):
        assert plain.terms(text) == ANALYSER.terms(text)
