"""A dash in a table says that there is none, and is read out; a row of nothing but dashes or rules says nothing."""

from __future__ import annotations

import pytest

from kb.markup.parse import parse
from retriever.passages.tables import rows_by_start
from retriever.passages.units import units

FARES = """| Ferry | Changyu | Zhuwan |
|---|---|---|
| adult | 12 | – |
| child | 6 | {dash} |
"""
GROUNDS = """| 场地 | 平日 | 周末 |
| --- | --- | --- |
| 球场 | 20元 | 30元 |
| --- | --- | --- |
| 泳池 | {dash} | 40元 |
| ：--- | —— | ：---： |
| 旱冰 |  | 15元 |
"""


def told(source: str, lang: str) -> list[str]:
    return [row.read_out(lang) for row in rows_by_start(source).values()]


@pytest.mark.parametrize("dash", ["–", "—", "-", "/", "——", "--", "－", "*–*"])
def test_a_dash_is_read_out_as_the_page_shows_it(dash: str) -> None:
    shown = dash.strip("*")
    assert told(FARES.format(dash=dash), "en") == ["Ferry: adult; Changyu: 12; Zhuwan: –",
                                                   f"Ferry: child; Changyu: 6; Zhuwan: {shown}"]
    assert told(GROUNDS.format(dash=dash), "zh") == [
        "场地：球场；平日：20元；周末：30元", f"场地：泳池；平日：{shown}；周末：40元", "场地：旱冰；周末：15元"]


@pytest.mark.parametrize("row", ["| --- | --- | --- |", "| :---: | --- | ---: |", "| – | – | – |", "| — | — | |",
                                 "| ---- | | |", "| === | === | === |", "| / | / | / |", "| … | … | … |",
                                 "| - | / | — |"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_of_rules_alone_says_nothing(row: str, place: int) -> None:
    rows = ["| 球场 | 20元 | 30元 |", "| 泳池 | 10元 | 40元 |"]
    rows.insert(place, row)
    source = "| 场地 | 平日 | 周末 |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    assert told(source, "zh") == ["场地：球场；平日：20元；周末：30元", "场地：泳池；平日：10元；周末：40元"]
    assert [source[u.start:u.end].split("|")[1].strip() for u in units(parse(source))] == ["球场", "泳池"]


def test_a_row_with_a_name_and_nothing_else_says_that_there_is_none() -> None:
    source = "| 日子 | 早班 | 晚班 |\n|---|---|---|\n| 平日 | 6:00 | 21:00 |\n| 春节 | — | — |\n"
    assert told(source, "zh")[1] == "日子：春节；早班：—；晚班：—"
