"""The language of a text: what most of it is in, whatever names it holds."""

from __future__ import annotations

import pytest

from kb.markup.language import language
from tests.retriever.watch import watchdog

ENGLISH_PAGE = """# Residence permit

Apply at any service centre. Bring your passport, one photo and proof of your address. The permit (居住证) is ready
after fifteen working days and costs twenty yuan. Ask at the desk when yours is lost.
"""
CHINESE_PAGE = """# 居住证

到任一政务服务中心申请，带护照、照片一张和住址证明。
居住证（residence permit）十五个工作日办好，工本费二十元。丢失的，到窗口补办。
"""


@pytest.mark.parametrize("text", [
    "社保卡", "12345怎么打", "办 passport", "下载APP要收费吗", "ETC怎么办", "CT费用能报销吗",
    "iPhone 15 Pro Max 以旧换新补贴",
    "App Store 怎么下载 My Binhai APP", "做MRI和CT要带什么", "請問Wi-Fi密碼是什麼", "补办",
    "请登录https://www.binhai.gov.cn/service/apply/for/the/card办理", "发到 hotline@binhai.gov.cn 就可以", CHINESE_PAGE,
    CHINESE_PAGE * 20 + "Please apply at the centre.",
])
def test_a_chinese_text_stays_chinese_whatever_names_it_holds(text: str) -> None:
    assert language(text) == "zh"


@pytest.mark.parametrize("text", [
    "social card", "how to apply for 居住证", "Where is the 滨海市政务服务中心?", "What does 补办 mean?", "", "12345",
    "ETC",    "HOW TO APPLY FOR 居住证", "I lost my 社保卡", ENGLISH_PAGE, ENGLISH_PAGE * 20 + "请到窗口办理。",
    "居住证\n\n" + ENGLISH_PAGE,
])
def test_an_english_text_stays_english_whatever_chinese_it_names(text: str) -> None:
    assert language(text) == "en"


@pytest.mark.parametrize("text", ["社" * 200_000, "a " * 100_000, "社a" * 100_000, "!" * 200_000, "a.b@" * 50_000])
def test_the_language_is_told_in_linear_time(text: str) -> None:
    with watchdog():
        language(text)
