"""Typing errors: what is read as a word of the knowledge base, and everything that is left alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.actor import CITIZEN, Actor, Role
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.ask import Retriever
from retriever.language.analysis import Analyser
from retriever.language.pinyin import near, sounds
from retriever.language.spelling import Speller, as_written
from retriever.question.proofreading import Proofreader
from retriever.question.understanding import understand
from retriever.records import AskRequest, Correction, Turn
from tests.conftest import NOW
from tests.retriever.factories import passage, published_article, retriever_of

ANALYSER = Analyser(["医保卡", "课后服务", "灵活就业人员", "劳动仲裁"])
WORDS = {
    "公积金": 90, "医保卡": 40, "居住证": 40, "养老保险": 60, "仲裁": 12, "劳动仲裁": 12, "个税": 30, "注销": 40,
    "轮渡": 12, "灵活就业人员": 20, "失业登记": 9,
    "计税": 5, "提取": 40, "社保": 90, "认定": 50, "缴纳": 60, "课后服务": 9,
    "allow": 30, "licenc": 20, "benefit": 30, "pension": 20, "unemploy": 12, "govern": 30, "resid": 9,
}
TEXTS = frozenset(ANALYSER.terms("。".join(w for w in WORDS if not w.isascii()))) | WORDS.keys()
ORDINARY = frozenset(["landed", "apostille", "store", "cancer", "plane", "morning"])


def idf(terms: Sequence[str]) -> dict[str, float]:
    """As an engine of a thousand texts tells it."""
    return {t: math.log(1 + 1000.5 / (WORDS.get(t, 3 if t in TEXTS else 0) + 0.5)) for t in terms}


SPELLER = Speller(WORDS.items(), ["优待证"], ANALYSER, idf=idf, is_common=ORDINARY.__contains__)
UNGUARDED = Speller(WORDS.items(), [], ANALYSER, idf=idf)


@pytest.mark.parametrize(("question", "said", "read"), [
    ("我的公鸡金怎么取", "公鸡金", "公积金"),
    ("共积金能贷多少", "共积金", "公积金"),
    ("医宝卡丢了怎么办", "医宝卡", "医保卡"),
    ("居主证到期了", "居主证", "居住证"),
    ("养老宝险断缴了三年", "养老宝险", "养老保险"),
    ("去打劳动仲才要钱吗", "劳动仲才", "劳动仲裁"),
    ("注消执照要带什么", "注消", "注销"),
    ("抱着猫能坐轮度不", "轮度", "轮渡"),
    ("灵活就业人圆怎么参保", "灵活就业人圆", "灵活就业人员"),
    ("老兵那个优待正丢了", "优待正", "优待证"),  # a keyword that no dictionary has
    ("養老寶險斷繳", "养老宝险", "养老保险"),  # traditional
    ("which lisence do I need", "lisence", "licence"),
    ("what benifit can I get", "benifit", "benefit"),
    ("my goverment letter", "goverment", "government"),
    ("how do I stop shebao", "shebao", "社保"),
    ("gongjijin when I leave", "gongjijin", "公积金"),
])
def test_a_slip_is_read_as_the_word_that_was_meant(question: str, said: str, read: str) -> None:
    assert SPELLER.corrections(question) == (Correction(said, read),)


def test_letters_that_changed_places_are_one_slip() -> None:
    assert SPELLER.corrections("benfeit") == (Correction("benfeit", "benefit"),)


def test_an_ending_that_hides_in_the_stem_needs_no_reading() -> None:
    assert ANALYSER.terms("allowence") == ANALYSER.terms("allowance")


@pytest.mark.parametrize("question", [
    "公积金怎么提取",
    "孩子今年几岁可以上学",  # 几岁 sounds nearly like 计税
    "三十六岁能办居住证吗", "一百二十块", "第五十条", "2026年3月", "13800138000", "滨政发〔2025〕12号", "12345",
    "张仲才的公积金",  # a person
    "订单ab12lisence34", "lisence@mail.org", "www.lisence.org",
    "同事也是这样说的", "那个一百块", "要是不给办怎么办",
    "",
])
def test_what_is_no_slip_is_left_alone(question: str) -> None:
    assert SPELLER.corrections(question) == ()


@pytest.mark.parametrize("word", ["landed", "apostille", "store", "cancer", "plane", "morning", "pub", "benefits"])
def test_ordinary_english_is_left_alone(word: str) -> None:
    assert SPELLER.corrections(f"my {word} here") == ()


def test_without_a_model_only_long_english_words_are_read_otherwise() -> None:
    assert UNGUARDED.corrections("lisence") == ()
    assert UNGUARDED.corrections("benifit") == (Correction("benifit", "benefit"),)


def test_a_stretch_that_texts_hold_is_no_slip() -> None:
    held = Speller(WORDS.items(), [], ANALYSER, idf=lambda terms: dict.fromkeys(terms, 1.0) | {"\0": 9.0})
    assert SPELLER.corrections("注消执照")
    assert held.corrections("注消执照") == ()


CHINESE = sorted(w for w in WORDS if not w.isascii())
BETWEEN = st.sampled_from(["", "，", "和", "怎么", "我想问", " ", "3", "的", "2026年", "（"])


@given(st.lists(st.tuples(st.sampled_from(CHINESE), BETWEEN), min_size=1, max_size=8))
def test_words_of_the_texts_are_never_read_as_others(parts: list[tuple[str, str]]) -> None:
    question = "，".join(word + between for word, between in parts)
    assert SPELLER.corrections(question) == ()


@given(st.text(max_size=60))
def test_any_text_is_read_within_bounds(text: str) -> None:
    readings = SPELLER.corrections(text)
    assert len(readings) <= 3
    assert all(r.typed != r.corrected and not any(c.isdigit() for c in r.typed) for r in readings)


@pytest.mark.parametrize(("one", "other"), [
    ("zhong", "zong"), ("chang", "can"), ("shi", "si"), ("nan", "lan"), ("hu", "fu"), ("qing", "qin"),
    ("sheng", "sen"),
])
def test_usual_confusions_sound_nearly_the_same(one: str, other: str) -> None:
    assert near(one) == near(other)


def test_words_are_read_aloud_as_words() -> None:
    assert sounds("银行") == ("yin", "hang")
    assert sounds("女儿")[0] == "nv"


# in a question


def test_the_slip_stays_searched_beside_the_word() -> None:
    question = understand("公鸡金怎么取", (), ANALYSER, Proofreader(SPELLER.corrections, str))
    assert {"公鸡", "鸡金", "公积", "积金", "公积金"} <= dict(question.terms).keys()
    assert question.read_as == (Correction("公鸡金", "公积金"),)
    assert question.vector_text == "公积金怎么取"


def test_a_slip_in_an_earlier_turn_of_the_caller_is_read_too() -> None:
    question = understand("要带什么", (Turn("user", "我想注消执照"),), ANALYSER, Proofreader(SPELLER.corrections, str))
    assert "注销" in dict(question.terms)
    assert question.read_as == ()  # the present turn's are told


def test_a_word_counts_only_where_a_text_holds_it_and_is_told_as_it_is_written_there() -> None:
    passages = [replace(passage("公积金可以提取。"), keywords=("优待证",)), passage("Your Licences are kept.")]
    assert [as_written(word, passages) for word in ("公积金", "优待证", "licence", "注销", "benefit")] == [
        "公积金", "优待证", "licences", None, None]


def test_a_word_is_told_in_the_form_that_was_meant_where_a_text_has_it() -> None:
    assert as_written("license", [passage("A licensed driver."), passage("The license is kept.")]) == "license"


def test_of_several_words_that_were_meant_the_likeliest_counts_that_the_asker_may_see() -> None:
    speller = Speller(WORDS.items(), ["驻销"], ANALYSER, idf=idf)
    assert speller.corrections("注消执照要带什么") == (Correction("注消", "注销"),)
    assert speller.corrections("注消执照要带什么", {"驻销": "驻销"}.get) == (Correction("注消", "驻销"),)
    assert speller.corrections("注消执照要带什么", lambda _: None) == ()


def test_a_word_is_known_as_soon_as_its_article_is(retriever: Retriever, database: Database) -> None:
    def ask(question: str, viewer: Actor = CITIZEN) -> tuple[list[str], tuple[Correction, ...]]:
        answer = retriever.ask(AskRequest(question), viewer, now=NOW)
        return list(dict.fromkeys(c.slug for c in answer.citations)), answer.read_as

    published_article(database, "ferry", "轮渡票价十元。\n\n轮渡每天开。", title="轮渡票价")
    published_article(database, "boat", "坐轮渡可以带猫。", title="轮渡带宠物")
    assert ask("做轮度要多少钱") == (["ferry"], (Correction("轮度", "轮渡"),))
    assert ask("去打仲才") == ([], ())
    for slug in ("one", "two"):
        published_article(database, slug, "劳动仲裁不收费。", title="仲裁收费", audience="agent")
    assert ask("去打仲才")[1] == ()
    agent = ask("去打仲才", Actor(None, "agent", frozenset({Role.AGENT})))
    assert agent[1] == (Correction("仲才", "仲裁"),)


def test_a_word_that_only_hidden_texts_hold_changes_nothing_for_a_citizen(retriever: Retriever, settings: Settings,
                                                                           database: Database) -> None:
    published_article(database, "ferry", "轮渡票价十元。\n\n轮渡每天开，码头申请要带证件。", title="轮渡票价")
    published_article(database, "boat", "坐轮渡可以带猫，不用带材料。", title="轮渡带宠物")
    for slug in ("one", "two"):
        published_article(database, slug, "仲裁。", title="仲裁", audience="agent")
    unread = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, search={"spelling": False})
    plain = retriever_of(unread, database)
    said = "去码头打仲才"
    for request in (AskRequest(said), AskRequest("要带什么", history=(Turn("user", said),))):
        told = [(a.confidence, a.sentences, a.read_as, a.hits)
                for a in (reader.ask(request, CITIZEN, now=NOW) for reader in (retriever, plain))]
        assert told[0] == told[1]
    plain.close()
    agent = Actor(None, "agent", frozenset({Role.AGENT}))
    assert retriever.ask(AskRequest(said), agent, now=NOW).read_as == (Correction("仲才", "仲裁"),)
