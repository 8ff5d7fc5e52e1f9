"""Document numbers in whatever brackets, or none; and what only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from retriever.question.documents import DocumentNumber, document_numbers
from retriever.question.time import named_time


@pytest.mark.parametrize("typed", [
    "云政规〔2026〕16号", "云政规[2026]16号", "云政规（2026）16号", "云政规(2026) 16 号", "云政规【2026】16号",
    "云政规［2026］16号",
    "云政规2026年16号", "云政规2026年第16号", "云政规2026 16号", "云政规2026-16号", "云政规二〇二六年十六号文",
    "云政规〔2026〕第16号",
    "雲政規〔2026〕16號"])
@pytest.mark.parametrize("question", ["{}讲的什么", "请问一下{}怎么规定", "按照{}，补贴多少钱"])
def test_a_number_is_one_whatever_its_brackets(typed: str, question: str) -> None:
    [found] = document_numbers(question.format(typed))
    assert found == DocumentNumber("政规", "2026", "16") and found.is_certain
    assert found.typed.removesuffix("文") in typed and found.typed


@pytest.mark.parametrize(("question", "number"), [
    ("公告第33号怎么规定", DocumentNumber("告", "", "33")), ("人大常委会公告33号", DocumentNumber("告", "", "33")),
    ("33号公告讲什么", DocumentNumber("告", "", "33")), ("政府令第66号是哪个", DocumentNumber("令", "", "66")),
    ("66号令", DocumentNumber("令", "", "66")), ("2025年5号文", DocumentNumber("", "2025", "5")),
    ("十六号文件怎么说", DocumentNumber("", "", "16")), ("市税务局公告2026年第5号", DocumentNumber("公告", "2026",
    "5")),
    ("What does Notice No. 33 say?", DocumentNumber("", "", "33")),
    ("circular number 7 of 2026", DocumentNumber("", "2026", "7")),
    ("Yun Zheng Gui [2026] No. 16", DocumentNumber("", "2026", "16"))])
def test_orders_and_notices_have_numbers_without_an_issuer(question: str, number: DocumentNumber) -> None:
    [found] = document_numbers(question)
    assert found == number and found.is_certain


@pytest.mark.parametrize("question", [
    "我住云河路33号", "12号楼电梯坏了", "3号线几点停", "第5号窗口在哪", "2026年5号楼交房", "3月5号公告结果",
    "我5号决定去办",
    "2026年7月1号调标吗", "低保(2026)5口人", "12号通知我去领证", "my order no. 33 has not come", "I live at no. 5",
    "第3号台风什么时候来", "2026年1号线停运吗", "8号公告名单里有我吗"])
def test_what_may_be_an_address_or_a_day_refuses_nothing(question: str) -> None:
    assert not any(number.is_certain for number in document_numbers(question))


@pytest.mark.parametrize("question", ["云民发2026年27号文讲什么", "2025年5号文", "云政规〔2024〕3号",
"公告2026年第5号"])
def test_the_year_of_a_document_is_not_the_time_of_the_question(question: str) -> None:
    assert named_time(question, datetime(2026, 11, 30, tzinfo=UTC), ZoneInfo("Asia/Shanghai")) is None
    assert named_time(f"去年{question}", datetime(2026, 11, 30, tzinfo=UTC), ZoneInfo("Asia/Shanghai")) is not None
