"""Skeletons: alike for what looks alike, different for what a reader tells apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.confusables import skeleton
from kb.text import clean_label


@pytest.mark.parametrize(("one", "other"), [
    ("PayPal", "P\u0430yP\u0430l"), ("社保卡", "社\u200b保卡"), ("ＶＩＳＡ", "VISA"), ("第10号", "第lO号"),
    ("工力", "エカ"), ("办—事", "办-事"), ("“甲”", '"甲"'), ("12345", "l2345"), ("甲\u202e乙", "甲乙"),
    ("①", "1"), ("ΑΒΓ", "ABΓ"), ("社\u0300保卡", "社保卡"), ("社保卡\ue000", "社保卡"),
    *((f"社{nothing}保卡", "社保卡") for nothing in
      "\u034f\u115f\u1160\u17b5\u180b\u2800\u3164\ufe0e\uffa0\U000e0101"),
])
def test_fault_09_what_looks_alike_has_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [
    ("己", "已"), ("café", "cafe"),
    ("がく", "かく"), ("未成年", "末成年"), ("社保卡补办", "社保卡换领"), ("abc", "ABC"), ("2025", "2026"), ("", "甲"),
])
def test_different_words_keep_different_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@given(st.text(max_size=20))
def test_fault_09_cleaning_a_label_twice_is_cleaning_it_once_and_keeps_its_skeleton(text: str) -> None:
    clean = clean_label(text)
    assert clean_label(clean) == clean
    assert skeleton(clean) == skeleton(text)
