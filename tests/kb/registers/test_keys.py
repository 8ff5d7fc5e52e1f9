"""The forms by which phones and documents are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.facts.extract import facts_in
from kb.markup.facts.numerals import in_chinese
from kb.markup.facts.sought import kept_value
from kb.registers.keys import (
    document_key,
    is_telling,
    local_form,
    phone_forms,
    phone_key,
    phone_shown,
    title_key,
    written_forms,
)


@pytest.mark.parametrize(("written", "key"), [
    ("0599-5550142", "05995550142"), ("（0599）5550142", "05995550142"), ("０５９９－５５５０１４２", "05995550142"),
    ("+86 599 5550142", "05995550142"), ("+86 10 66001234", "01066001234"), ("86-13800001234", "13800001234"),
    ("12345", "12345"), ("400 830 1234", "4008301234"), ("12", ""), ("电话", ""), ("0599-5550142转3", ""), ("", ""),
])
def test_a_phone_has_one_form(written: str, key: str) -> None:
    assert phone_key(written) == key
    assert phone_key(key) == key


@pytest.mark.parametrize(("key", "local"), [
    ("05995550142", "5550142"), ("059955501420", "55501420"), ("01066001234", "66001234"), ("02166001234", "66001234"),
    ("4008301234", ""), ("12345", ""), ("13800001234", ""),
])
def test_a_phone_is_known_by_its_end_within_its_area(key: str, local: str) -> None:
    assert local_form(key) == local


@pytest.mark.parametrize("written", [
    "国务院令第258号", "国务院令（第258号）", "国务院令第二百五十八号", "中华人民共和国国务院令第258号",
    "国务院令 第258号",
])
def test_a_decree_has_one_form_however_it_is_written(written: str) -> None:
    assert document_key(written) == "国务院令第258号"


@pytest.mark.parametrize("written", ["国发〔2020〕5号", "国发[2020]5号", "国发（2020）5号", "国发〔2020〕第5号",
                                     "《国发〔2020〕5号》"])
def test_a_notice_has_one_form_however_it_is_written(written: str) -> None:
    assert document_key(written) == "国发[2020]5号"


def test_a_number_that_does_not_say_whose_it_is_is_known() -> None:
    assert not is_telling("") and not is_telling(document_key("令第5号")) and is_telling(document_key("国务院令第5号"))


@pytest.mark.parametrize(("number", "text"), [
    ("国务院令第258号", "根据《失业保险条例》（国务院令第258号）办理。"),
    ("国务院令第258号", "依据国务院令第二百五十八号办理。"),
    ("国发〔2020〕5号", "按照国发〔2020〕5号文件执行。"),
    ("滨人社发〔2023〕12号", "按滨人社发〔2023〕12号办理。"),
])
def test_a_document_is_found_in_the_figures_of_texts(number: str, text: str) -> None:
    stated = {kept_value(fact) for fact in facts_in(text) if fact.kind == "document"}
    assert stated & written_forms(document_key(number))


@given(st.integers(1, 9_999))
def test_a_number_in_words_is_the_same_number(number: int) -> None:
    key = document_key(f"国务院令第{number}号")
    assert document_key(f"国务院令第{in_chinese(number)}号") == key
    assert f"国务院令第{number}号" in written_forms(key)


@pytest.mark.parametrize(("key", "shown"), [
    ("05995550142", "0599-5550142"), ("01066001234", "010-66001234"), ("4008301234", "400-830-1234"),
    ("12345", "12345"), ("13800001234", "13800001234"), ("", ""),
])
def test_a_phone_is_shown_as_people_write_it(key: str, shown: str) -> None:
    assert phone_shown(key) == shown and phone_key(shown) == key


def test_a_phone_from_abroad_is_found_too() -> None:
    assert phone_forms("05995550142") == {"05995550142", "5995550142"} and phone_forms("12345") == {"12345"}


def test_a_title_has_one_form() -> None:
    assert title_key("《失业保险条例》（2019 修订）") == title_key("失业保险条例(2019修订)") == "失业保险条例(2019修订)"
    assert title_key("《》") == ""
