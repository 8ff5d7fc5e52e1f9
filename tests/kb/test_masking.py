"""Numbers of every kind are starred out of a caller's words; what is nobody's number stays readable."""

from __future__ import annotations

import pytest

from kb.masking import mask_personal, mask_reference


@pytest.mark.parametrize("number", [
    "13800138000", "138 0013 8000", "138-0013-8000", "１３８００１３８０００", "+8613800138000", "139 98 76 54 32",
    "1 3 9 9 8 7 6 5 4 3 2", "139.9876.5432", "139\u200b9876\u200b5432",
    "一三八零零一三八零零零", "幺三九 九八七六 五四三二", "壹叁捌零零壹叁捌零零零", "139九八七六五四三二",
    "0540-8810100", "（0540）8810100", "(0540) 881 0100", "0540 88101234", "8810100", "88101234-602",
    "+44 20 7946 0958", "+44 (0)20 7946 0958", "+1 (555) 010-1234", "0044 20 7946 0958", "555-0100", "+8613912345678",
    "11010519491231002X", "110105 19491231 002x", "110105194912310021", "1101 0519 4912 3100 21",
    "110105 1949 12 31 002X", "110-105-19491231-0021", "６２２２０２０２００１１２２３３４４５",
    "6222020200112233445", "6222 0202 0011 2233 445", "62220 20200 11223 3445", "E12345678", "EA1234567", "g 87654321",
    "a.b+c@example.com", "z3@邮局.中国", "zhang(at)example.com", "li（at）example.com",
    "139，9876，5432", "139、9876、5432", "139,9876,5432", "139~9876~5432", "139…9876…5432", "139*9876#5432",
    "一三九，九八七六，五四三二", "①③⑨⑨⑧⑦⑥⑤④③②", "¹³⁹⁹⁸⁷⁶⁵⁴³²", "139\u00ad9876\u00ad5432", "13九98七6五432",
    "1\ufe0f\u20e33\ufe0f\u20e39\ufe0f\u20e39876\ufe0f5432", "110105，1949，1231，002X",
    "浙A·D12345", "浙A12345", "㊀㊂㊈㊈㊇㊆㊅㊄㊃㊂㊁", "❶❸❾❾❽❼❻❺❹❸❷", "wxid_k3j4x9q",
])
def test_fault_46_a_number_of_a_person_is_masked(number: str) -> None:
    for before, after in (("我叫王五，号码", "，社保卡丢了"), ("call ", ", please: my card is lost")):
        masked = mask_personal(f"{before}{number}{after}")
        assert (masked[:len(before)], masked[-len(after):]) == (before, after)
        assert not any(c.isalnum() for c in masked[len(before):-len(after)])
        assert len(masked) == len(f"{before}{number}{after}")


@pytest.mark.parametrize(("text", "secret"), [
    ("我的邮箱是张三丰@qq.com，收不到", "张三丰"), ("发到李四88@example.com", "李四88"),
    ("王小明＠邮局.中国 没回", "王小明"),
    ("护照号码C01X00T47过期了", "C01X00T47"), ("my passport no. C01X00T47 expired", "C01X00T47"),
    ("我的座机8810000没人接", "8810000"), ("微信号wang_88加不上", "wang_88"), ("加QQ：123456问", "123456"),
    ("加微信wxid_ab12cd聊", "wxid_ab12cd"), ("VX：wang_88", "wang_88"), ("V信abc12345加不上", "abc12345"),
    ("打13800138000万一没人接", "13800138000"), ("请回电13800138000一直等着", "13800138000"),
])
def test_s13_an_address_or_a_number_among_words_is_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in mask_personal(text)


@pytest.mark.parametrize("text", [
    "12345", "打961234一直占线", "96156", "12345 96156 110", "400-810-1000怎么收费", "call 12345 or 100",
    "2026-03-01到2026-04-01", "2026-03-01-2026-04-01", "2026.3.1", "2026/03/01 09:30", "20260301起", "03/01/2026",
    "2025-2026学年", "二〇二五年三月一日", "每月15日9:00-17:00",
    "滨人社规〔2025〕3号", "国发(2025)1234号", "粤府[2025]1234567号", "第1234567号", "第四十二条第三款", "第1234条",
    "GB 50016-2014", "DB44/T 12345-2020",
    "2200元", "12000000000元", "15000000000元", "1234567.89元", "1,234,567元", "$1234567", "USD 1234567",
    "人民币3456789",
    "110、119、120都打不通", "2025，2026，2027年", "补贴300、500、800三档", "13、14、15、16号线", "18,000,000,000元",
    "13:00-15:00，16:00-17:30", "8:30—11:30，13:30—17:00", "2023、2024、2025、2026年", "第8条、第9条、第10条、第11条",
    "微信小程序怎么登", "微信支付10000元", "QQ音乐", "浙A牌照怎么办",
    "1234567 yuan", "3456789万元", "1200000人", "12345.67", "一千二百三十四万", "统一受理一直没人管",
])
def test_figures_that_are_nobodys_stay(text: str) -> None:
    assert mask_personal(text) == text


@pytest.mark.parametrize("secret", [
    "13998765432", "139 9876 5432", "+86 139-9876-5432", "008613998765432", "一三九九八七六五四三二",
    "１３９９８７６５４３２",
    "0540-8810100", "054088101000", "11010519491231002X", "110105 19491231 0021", "zhang@example.com", "wxid_ab12cd"])
def test_a_reference_of_a_call_keeps_no_number_of_a_person(secret: str) -> None:
    for before, after in (("", ""), ("call ", "/7"), ("来电:", "")):
        masked = mask_reference(f"{before}{secret}{after}")
        assert not any(c.isalnum() for c in masked[len(before):len(before) + len(secret)])
        assert masked.startswith(before) and masked.endswith(after)


@pytest.mark.parametrize("reference", [
    "C-2026-0001", "20261130-000123", "2026113009301234", "202611300930123456", "GD20261130093012345678", "8810100",
    "5f0c7d2e-9a41-4b7e-8c55-0d1f2a3b4c5d", "1764495012345", "12345-20261130-17"])
def test_a_reference_of_the_hotlines_own_stays(reference: str) -> None:
    assert mask_reference(reference) == reference


@pytest.mark.parametrize("piece", ["1", "1 ", "1234 ", "a@", "a.", "+", "(", "1(", "一", "一 ", "张", "张@", "护照",
                                   "护照 ", "passport ", "2026-03-01 ", "12345 ", "E1", "1 - ", "\u200b1", "1，", "①",
                                   "浙A", "微信号a", "QQ", "(at)", "13，"])
def test_fault_42_masking_of_a_hostile_text_ends(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert len(mask_personal(text)) == len(mask_reference(text)) == len(text)
