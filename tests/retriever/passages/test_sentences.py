"""Where sentences end: abbreviations, addresses, brackets, quotation marks and wrapped lines end none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markup.parse import parse
from retriever.passages.sentences import clauses, sentences
from retriever.passages.units import units


@pytest.mark.parametrize("whole", [
    "收费（含邮费；不含税；见第3条）20元。", "他说“不行；再来”后走了。", "根据《办法（试行；2026）》第三条，可以。",
    "（低保户免费。）", "见附件〔2026〕3号【含说明；共两页】。", "打开https://x.example/a?id=3&b=1查询。",
    "写信到a.b@c.example咨询。",
    "Bring ID (e.g. a passport; see p. 5) to St. Mary's Hall.", "Open Mon. to Fri. from 9 a.m. to 5 p.m.",
    "No. 5 is open.",
    "See Sec. 3 and Art. 12 of the Act, i.e. the rules.", "Costs approx. $1.50 per lb. of waste.",
    "Dr. Li and Mr. Wu live at 12 Main St. Apt. 4.",
    "Open https://x.example/a?b=1 to apply.", "Visit www.x.example/?q=1 or ask.", "Citizens of the U.S. need none.",
    "Jan. 3 to Feb. 5 only.",
    "He said “No. Come back!” and left.", 'The nurse says: "Wash it. Come at once!" and gives a form.',
    "It costs 120 yuan excl. VAT and is paid in advance.", "Apply with Form No. R-102 in Bldg. C of the hall.",
])
def test_what_is_one_sentence_stays_whole(whole: str) -> None:
    assert [whole[a:b] for a, b in sentences(whole)] == [whole]


@pytest.mark.parametrize(("text", "parts"), [
    ("工本费20元。（低保免费。）逾期不收。", ["工本费20元。", "（低保免费。）", "逾期不收。"]),
    ("他说：“不行。”后来又来了。", ["他说：“不行。”", "后来又来了。"]),
    ("可以办；不可以代办！谁能办？本人。", ["可以办；", "不可以代办！", "谁能办？", "本人。"]),
    ("须带：（一）身份证；（二）户口簿（原件；复印件）。另见第二条（一）项。",
     ["须带：", "（一）身份证；", "（二）户口簿（原件；复印件）。", "另见第二条（一）项。"]),
    ("摊贩许可的材料：1.身份证；2. 健康证。", ["摊贩许可的材料：", "1.身份证；", "2. 健康证。"]),
    ("长3.5米；宽2.5米。", ["长3.5米；", "宽2.5米。"]),
    ("①甲②乙", ["①甲", "②乙"]), ("1．甲；2．乙。2、3号窗口。", ["1．甲；", "2．乙。", "2、3号窗口。"]),
    ("谁能办?可以办。", ["谁能办?", "可以办。"]), ("第一行\n第二行", ["第一行", "第二行"]),
    ("（没有结束。下一句。", ["（没有结束。", "下一句。"]),
    ("The office closes at 5 p.m. You can call. Is it free? No. Bring cash!",
     ["The office closes at 5 p.m.", "You can call.", "Is it free?", "No.", "Bring cash!"]),
    ("Pay the fee. 20 yuan is enough. “Keep it.” Then go.", ["Pay the fee.", "20 yuan is enough.", "“Keep it.”",
      "Then go."]),
    ("Closed on Sun. The rest of the week is fine.", ["Closed on Sun.", "The rest of the week is fine."]),
    ("Apply in the U.S. You need a passport, etc. It is free.", ["Apply in the U.S.", "You need a passport, etc.",
      "It is free."]),
])
def test_sentences_end_where_a_reader_stops(text: str, parts: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == parts


@pytest.mark.parametrize(("source", "parts"), [
    ("残疾人经营的\n摊位不收\n清扫费。其他摊位\n每月20元。", ["残疾人经营的摊位不收清扫费。", "其他摊位每月20元。"]),
    ("Stalls run by disabled\npersons pay no\nfee. Others pay\n20 yuan.",
     ["Stalls run by disabled persons pay no fee.", "Others pay 20 yuan."]),
    ("地址：滨海路1号\\\n电话：12345", ["地址：滨海路1号", "电话：12345"]), ("甲，  \n乙。", ["甲，", "乙。"]),
    ("> 引用的第一\n> 行。第二句。", ["引用的第一行。", "第二句。"]),
    ("- 身份证和\n  户口簿；\n- 照片", ["身份证和户口簿；", "照片"]),
    ("网址见\n<https://a.example/x?y=1>，打开即可。", ["网址见 https://a.example/x?y=1，打开即可。"]),
])
def test_a_wrapped_line_ends_no_sentence_and_a_broken_one_does(source: str, parts: list[str]) -> None:
    assert [unit.text for unit in units(parse(source))] == parts


@given(st.text(st.sampled_from("甲乙。；！？（）“”《》：1一、①a.) \n\"'e.g.No.!?;,"), max_size=120))
def test_sentences_are_in_order_and_lose_no_text(text: str) -> None:
    found = sentences(text)
    assert all(a < b for a, b in found)
    assert all(first[1] <= second[0] for first, second in pairwise(found))
    assert "".join("".join(text[a:b].split()) for a, b in found) == "".join(text.split())


@given(st.text(st.sampled_from("甲乙，；、： a"), max_size=200), st.integers(1, 60))
def test_clauses_are_no_longer_than_asked_and_lose_no_text(text: str, most: int) -> None:
    found = clauses(text, most)
    assert all(b - a <= most for a, b in found)
    assert "".join("".join(text[a:b].split()) for a, b in found) == "".join(text.split())
