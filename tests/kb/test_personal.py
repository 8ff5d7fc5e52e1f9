"""What may tell who called is seen, in both languages; what everybody asks is not taken for it."""

from __future__ import annotations

import pytest

from kb.personal import personal_in


@pytest.mark.parametrize(("text", "kind"), [
    ("我叫王五，社保卡丢了", "name"), ("我是李小明，想问补卡", "name"), ("联系人：陈立，怎么投诉", "name"),
    ("隔壁张女士家漏水找谁", "name"), ("赵大爷的低保停了", "name"), ("my name is john, where do I pay", "name"),
    ("I'm Mary Smith and my bin was missed", "name"), ("Mrs Brown needs a carer", "name"),
    ("中山路12号门口积水", "address"), ("3号楼电梯坏了找谁修", "address"), ("住在二单元502室没水", "address"),
    ("noise at 12 Main Street", "address"), ("no heating in apartment 12", "address"),
    ("电话0540-8810101打不通", "number"), ("13800138000收不到短信", "number"), ("卡号1234567怎么查", "number"),
    ("call me on 555-010-1234", "number"), ("浙A12345被贴单", "number"), ("身份证110101********002X", "number"),
])
def test_what_tells_of_a_person_is_seen(text: str, kind: str) -> None:
    assert personal_in(text) == kind


@pytest.mark.parametrize("text", [
    "社保卡丢了怎么补", "我是高中生能申请吗", "12345打不通怎么办", "补贴500000元怎么领", "地铁12号线几点收班",
    "2025年的社保怎么查", "2025-2026学年什么时候报名", "申请人需要什么条件", "我叫不到车怎么投诉",
    "三室一厅的房子物业费多少", "高级经理人才有补贴吗",
    "What papers do I need for a passport", "Is the office open on 3 March", "How much is a $1000000 permit",
    "Can I get a 2 bedroom flat", "I am new here, where do I register",
])
def test_what_everybody_asks_is_not(text: str) -> None:
    assert personal_in(text) is None


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    for piece in ("王", "1", "1-", "Mr ", "I'm A", "12 A ", "路1"):
        personal_in(piece * 100_000)
