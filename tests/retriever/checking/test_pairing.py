"""What an edit changes in substance, and what it only says in other words."""

from __future__ import annotations

import pytest

from retriever.checking.pairing import Compared, compare
from retriever.checking.pieces import pieces
from retriever.checking.substance import Difference
from retriever.language.analysis import Analyser

ANALYSER = Analyser()


def compared(old: str, new: str) -> Compared:
    return compare(pieces(old, ANALYSER), pieces(new, ANALYSER))


def kinds(old: str, new: str) -> set[Difference]:
    return {one.kind for change in compared(old, new).changes for one in change.differs}


@pytest.mark.parametrize(("old", "new"), [
    ("材料齐全的，当场受理，3个工作日内出证。", "材料齐了就当场受理，三个工作日内出具证书。"),
    ("收到通知后30日内提出，逾期不受理。", "应在收到通知之日起三十天内提出；逾期的，不予受理。"),
    ("本校学生免费，外校学生收费10元。", "- 本校学生：免费；\n- 外校学生：收费10元。"),
    ("周一至周五9:00—17:00办公，中午不休息。",
     "| 时间 | 办公 |\n|---|---|\n| 周一至周五 | 上午九点至下午五点，中午不休息 |"),
    ("- 身份证；\n- 户口簿；\n- 照片2张。", "- 照片两张；\n- 户口簿；\n- 身份证。"),
    ("查询不收钱。补打证明每份5元。", "补打证明每份五元，查询免费。"),
    ("Bring a photo ID and two pictures. It takes ten days.", "It takes 10 days. Bring a photo ID and 2 pictures."),
    ("Report it within two weeks, or you pay $30.", "- Report it within 2 weeks.\n- Or you pay 30 dollars."),
    ("## 怎么申请\n\n在窗口申请。", "## 如何申请\n\n到窗口申请。"),
    ("不得损坏租客的东西。", "不得损坏租客的物品。"),
    ("冬季18:20开、次日6:40关。", "冬季傍晚6:20开、次日早上6:40关。"),
    ("A reply comes within six days: the records, a refusal, or a date. The date may be up to 30 days later.",
     "Within 6 days you get a reply:\n\n- the records;\n- a refusal;\n- a date, up to 30 days later."),
])
def test_polishing_changes_nothing(old: str, new: str) -> None:
    assert not compared(old, new).changes


@pytest.mark.parametrize(("old", "new", "kind"), [
    ("补办免费。", "补办收费20元。", Difference.FIGURE),
    ("办理不收费，当场取。", "办理每份收5元，当场取。", Difference.FIGURE),
    ("The copy is free of charge.", "The copy costs $12.", Difference.FIGURE),
    ("押金500元，退房时退还。", "押金50元，退房时退还。", Difference.FIGURE),
    ("15个工作日内答复。", "15日内答复。", Difference.FIGURE),
    ("未成年人不得单独入住。", "未成年人可以单独入住。", Difference.DENIAL),
    ("Dogs are not allowed on the beach.", "Dogs are allowed on the beach.", Difference.DENIAL),
    ("不满三年的，退还一半。", "满三年的，退还一半。", Difference.BOUND),
    ("车主必须到场签字。", "车主可以到场签字。", Difference.DUTY),
    ("孕妇、残疾人和军人优先。", "孕妇和军人优先。", Difference.DROPPED),
    ("本市户籍的退休职工可以申请。", "退休职工可以申请。", Difference.DROPPED),
    ("迟到的，按旷工处理，因公外出的除外。", "迟到的，按旷工处理。", Difference.DROPPED),
    ("Seniors, veterans and students ride free.", "Seniors and students ride free.", Difference.DROPPED),
    ("| 区 | 价 |\n|---|---|\n| 甲区 | 20元 |\n| 乙区 | 30元 |",
     "| 区 | 价 |\n|---|---|\n| 甲区 | 30元 |\n| 乙区 | 20元 |", Difference.FIGURE),
    ("可以带：\n\n- 饮料；\n- 雨伞。\n\n不能带：\n\n- 刀具。",
     "可以带：\n\n- 饮料。\n\n不能带：\n\n- 刀具；\n- 雨伞。", Difference.MOVED),
    ("出具证明收费30元。\n\n邮寄证明收费20元。", "出具证明收费20元。\n\n邮寄证明收费30元。", Difference.FIGURE),
    ("## 不予受理的\n\n- 没有签名的；", "## 受理的\n\n- 没有签名的；", Difference.DENIAL),
])
def test_what_matters_is_found_and_named(old: str, new: str, kind: Difference) -> None:
    assert kind in kinds(old, new)


@pytest.mark.parametrize(("old", "new", "was"), [
    ("补办不收费，当场取。", "补办收费20元，当场取。", "补办不收费"),
    ("押金至少500元，退房时退还。", "押金最多500元，退房时退还。", "押金至少500元"),
    ("不满三年的，退还一半。", "满三年的，退还一半。", "不满三年的"),
    ("住满6个月以上的外来人员和学生可以申请。", "学生可以申请。", "住满6个月以上的外来人员和学生可以申请"),
    ("Up to 3 bags are free of charge; bring it back and the bill is erased.", "Up to 3 bags are free of charge.",
     "bring it back"),
    ("You must not park there before 9 a.m. on Monday.", "You may park there before 9 a.m. on Monday.",
     "you must not park there before 9 a.m. on monday"),
])
def test_what_stood_is_named_in_the_words_that_stood(old: str, new: str, was: str) -> None:
    assert was in [one.was for change in compared(old, new).changes for one in change.differs]


def test_a_row_that_is_gone_has_nothing_in_its_place_and_the_others_stand() -> None:
    table = "| 等级 | 补助 |\n|---|---|\n| 一级 | 800元 |\n| 二级 | 500元 |\n| 三级 | 300元 |"
    changes = compared(table, table.replace("| 二级 | 500元 |\n", "")).changes
    assert [(change.old.unit.text, change.new) for change in changes] == [("二级 500元", ())]


def test_a_section_that_is_new_takes_nothing_away() -> None:
    found = compared("## 费用\n\n工本费15元。", "## 费用\n\n工本费15元。\n\n## 停车\n\n地下车库可停200辆车。")
    assert (found.changes, [piece.path for piece in found.come]) == ((), [("停车",)])


def test_what_hangs_on_a_header_changes_with_it() -> None:
    table = "| 户型 | 一档（3元） |\n|---|---|\n| 小户 | 100方 |\n| 大户 | 200方 |"
    assert len(compared(table, table.replace("3元", "4元")).changes) == 2


def test_texts_of_any_shape_are_compared_in_bounded_time() -> None:
    old = "\n\n".join(f"第{n}类人员补助{n}元，每年发放。" for n in range(150))
    assert len(compared(old, old.replace("补助77元", "补助78元")).changes) == 1
