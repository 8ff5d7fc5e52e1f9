"""The one analyser: what texts and questions are cut into, and that no text makes it slow or fail."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import snowballstemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.markup.facts.numerals import chinese_number
from retriever.language import analysis
from retriever.language.analysis import Analyser, normalise
from retriever.language.numerals import numbers
from tests.retriever.watch import watchdog

PLAIN = Analyser()


def terms(text: str) -> list[str]:
    return PLAIN.terms(text)


@pytest.mark.parametrize(("typed", "meant"), [
    ("社會保險", "社会保险"), ("辦理居住證", "办理居住证"), ("ＡＢＣ１２３", "abc123"), ("㈱", "(株)"), ("ﬁne", "fine"),
    ("滨人社发﹝2025﹞3号", "滨人社发[2025]3号"), ("【通知】", "[通知]"), ("Café", "café"),
    ("社\u200b保\u202e卡", "社保卡"), ("a\x00b", "ab"), ("补\ud800卡", "补卡"), ("第一行\n第二行", "第一行\n第二行"),
])
def test_texts_are_compared_in_one_form(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


def test_traditional_and_simplified_give_the_same_terms() -> None:
    assert terms("社會保障卡掛失") == terms("社会保障卡挂失")


def test_chinese_is_cut_into_bigrams_and_longer_words() -> None:
    assert terms("社会保障卡")[:4] == ["社会", "会保", "保障", "障卡"]
    assert "住房公积金" in Analyser(["住房公积金"]).terms("提取住房公积金")


def test_a_dictionary_word_becomes_a_term_of_its_own() -> None:
    assert "云帆通卡" not in terms("补办云帆通卡")
    assert "云帆通卡" in Analyser(["云帆通卡"]).terms("补办云帆通卡")


@pytest.mark.parametrize(("text", "inside"), [
    ("APP申请社保", {"app", "申请", "社保"}), ("补卡收费20元", {"收费", "20", "元"}), ("第3条规定", {"3", "规定"}),
    ("拨打12345热线", {"拨打", "12345", "热线"}), ("用WiFi上网", {"wifi", "上网"}),
])
def test_chinese_beside_letters_or_digits_is_still_cut(text: str, inside: set[str]) -> None:
    assert inside <= set(terms(text))


@pytest.mark.parametrize("text", [
    "滨人社发〔2025〕3号", "滨人社发（2025）3号", "滨人社发[2025]3号", "滨人社发【2025】3 号", "濱人社發〔2025〕3號",
    "滨人社发〔2025〕3",
])
def test_a_document_number_is_one_term_however_it_is_written(text: str) -> None:
    assert "滨人社发[2025]3号" in terms(text)


def test_a_document_number_is_found_after_other_words() -> None:
    asked = set(terms("请问按照滨人社发〔2025〕3号能不能补办"))
    assert asked & set(terms("滨人社发〔2025〕3号")) >= {"社发[2025]3号", "2025"}
    assert "社发[2025]3号" not in terms("滨人社发〔2025〕33号")


@pytest.mark.parametrize(("text", "phone"), [
    ("电话0540-8810100。", "05408810100"), ("拨打8810100", "8810100"), ("手机13800138000号", "13800138000"),
])
def test_a_telephone_number_is_one_term(text: str, phone: str) -> None:
    assert phone in terms(text)


def test_english_words_meet_in_their_stem() -> None:
    assert terms("renewing licences")[0] == terms("renewed licence")[0] == "renew"
    assert terms("The city's parks") == terms("the CITY park")
    assert terms("U.S. visa")[0] == "u.s"


def test_many_threads_at_once_keep_only_right_stems() -> None:
    words = [f"{start}{ending}"
             for start in ("employ", "passport", "renew", "regist", "govern", "licens", "applic", "child")
             for ending in ("er", "ing", "ed", "ation", "ment", "s", "ers", "ly")]
    right = {word: str(snowballstemmer.stemmer("english").stemWord(word)) for word in words}
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(30):
                analysis.stem.cache_clear()
                stems = pool.map(lambda n: {w: analysis.stem(w) for w in words[n * 8:] + words[:n * 8]}, range(8))
                assert all(found == right for found in stems)
                assert {w: analysis.stem(w) for w in words} == right  # what is kept
    finally:
        sys.setswitchinterval(usual)


def test_markdown_marks_and_link_targets_are_no_terms() -> None:
    assert terms("**挂失** [登记](https://example.org/a)") == terms("挂失 登记")


def test_a_long_run_of_letters_is_one_bounded_term() -> None:
    assert terms("x" * 100_000) == ["x" * analysis.LONGEST]


# questions


def test_politeness_and_question_words_do_not_count() -> None:
    said = dict(PLAIN.query_terms("您好请问社保卡丢了怎么办呀"))
    assert {"社保", "保卡"} <= set(said)
    assert not {"您好", "请问", "怎么"} & set(said)
    assert set(dict(PLAIN.query_terms("How do I renew my licence?"))) == {"renew", "licenc"}


def test_each_term_of_a_question_counts_once() -> None:
    said = PLAIN.query_terms("补卡补卡补卡")
    assert len(said) == len({t for t, _ in said})


GROUPS = [["社会保障卡", "社保卡", "医保卡"], ["housing provident fund", "hpf"]]


def test_a_colloquial_name_brings_the_official_one_at_less_weight() -> None:
    said = dict(Analyser([], GROUPS).query_terms("医保卡丢了"))
    assert said["医保"] == 1.0
    assert 0 < said["社会"] < 1.0
    assert {"hous", "provid"} <= set(dict(Analyser([], GROUPS).query_terms("what is hpf")))


def test_a_latin_synonym_is_not_found_inside_a_word() -> None:
    assert "provid" not in dict(Analyser([], GROUPS).query_terms("the hpfx form"))


def test_a_name_in_a_question_counts_as_found_under_its_other_names() -> None:
    (found,) = Analyser([], GROUPS).alternatives("医保卡丢了")
    assert "医保卡" in found.named
    assert any("社会保障卡" in other for other in found.others)
    assert Analyser([], GROUPS).alternatives("公交卡丢了") == []


def test_the_fingerprint_changes_with_words_and_groups() -> None:
    prints = {PLAIN.fingerprint, Analyser(["补卡"]).fingerprint, Analyser([], GROUPS).fingerprint}
    assert len(prints) == 3
    assert Analyser(["b", "a"]).fingerprint == Analyser(["a", "b", "a"]).fingerprint


# numbers


@pytest.mark.parametrize(("numeral", "value"), [
    ("三十", 30), ("一百二十", 120), ("二〇二五", 2025), ("十五", 15), ("两万三千", 23000), ("零", 0),
    ("一千零五", 1005), ("百姓", None), ("", None), ("a", None), ("三" * 5000, None), ("万" * 5000, None),
])
def test_chinese_numerals_are_read(numeral: str, value: int | None) -> None:
    assert chinese_number(numeral) == value


@pytest.mark.parametrize(("text", "stated"), [
    ("工本费 20 元，30日内", {"20", "30"}), ("2,000元", {"2000"}), ("3.5万元", {"3.5"}), ("十五个工作日", {"15"}),
    ("三天内", {"3"}), ("一般情况", set()), ("0540-8810100", {"0540", "8810100"}),
])
def test_the_numbers_of_a_text_are_found(text: str, stated: set[str]) -> None:
    assert numbers(normalise(text)) == stated


# fault 42 and fault 44


ODD = {
    "stop words": "the is a of and", "one character": "补", "one letter": "a", "emoji": "😀👍🏽", "blanks": "   \t\n",
    "digits": "0123456789", "500 blanks": " " * 500, "punctuation": "。，！？…—", "question words only": "请问怎么样呢",
    "500 stop words": "the " * 500, "controls": "\x00\x01\x7f", "nothing": "",
}


@pytest.mark.parametrize("kind", sorted(ODD))
def test_fault_44_a_question_of_nothing_gives_finite_weights_or_none(kind: str) -> None:
    said = PLAIN.query_terms(ODD[kind])
    assert all(term and 0 < weight <= 1 for term, weight in said)
    assert bool(said) == any(c.isalnum() for c in ODD[kind])


HOSTILE = {
    "links": "](" * 25_000, "open brackets": "[" * 50_000, "marks": "*_`>#|~" * 7_000, "dots": "a." * 25_000,
    "apostrophes": "a'" * 25_000, "digits": "1" * 50_000, "grouped digits": "1," * 25_000,
    "numerals": "一二三四五" * 10_000, "thousands": "万" * 50_000,
    "almost numbers": "滨人社发〔2025〕" * 5_000, "almost phones": "0540-" * 10_000,
    "chinese": "社会保障卡" * 10_000, "combining": "e\u0301" * 25_000, "ligatures": "\ufdfa" * 5_000,
    "greetings": "请问一下麻烦" * 8_000, "invisible": "\u200b" * 50_000, "escapes": "\\" * 50_000,
    "kana": "カ" * 50_000,
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_fault_42_long_hostile_lines_are_cut_in_linear_time(kind: str) -> None:
    text = HOSTILE[kind]
    analyser = Analyser(["社会保障卡"], GROUPS)
    with watchdog():
        analyser.terms(text)
        analyser.query_terms(text[:20_000])
        numbers(normalise(text))


ALPHABET = st.sampled_from(list("补卡一万两年月日元号〔〕（）"
                                "[](){}|\\*_`'.,-:/#>~^$+?!@ \t\n0123456789aZé\u200b\u0301\x00\ud800😀"))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(ALPHABET, max_size=600).map("".join)))
def test_fault_42_any_text_is_analysed_and_normalising_twice_changes_nothing(text: str) -> None:
    with watchdog():
        found = terms(text)
        assert all(t and not any(c.isspace() for c in t) for t in found)
        assert normalise(normalise(text)) == normalise(text)
        assert all(n.replace(".", "").isdigit() for n in numbers(normalise(text)))
        PLAIN.query_terms(text)
