"""Sentences that say nothing are told from those that only begin like them."""

from __future__ import annotations

import pytest

from retriever.passages.telling import may_tell_nothing, tells


@pytest.mark.parametrize(("text", "headings"), [
    ("本节说明认养期限。", ("古树认养办法", "认养期限")), ("本条规定了垂钓的开放时间。", ("水库垂钓", "开放时间")),
    ("这一部分介绍收费标准", ("收费标准",)), ("本章主要明确申请条件和有关要求。", ("申请条件",)), ("（略）",
    ("材料",)), ("详见下文。", ("费用",)),
    ("具体内容待补充", ("费用",)), ("见下表", ("费用",)), ("如下。", ("费用",)), ("正在完善中……", ("费用",)),
    ("敬请期待！", ("费用",)),
    ("This section explains how long a plot is yours.", ("How long a plot is yours",)),
    ("The following section sets out the fees.", ("Garden plots", "Fees")), ("To be added.", ("Fees",)),
    ("Details will be announced later.", ("Fees",)), ("See below.", ("Fees",)), ("TBD", ("Fees",)), ("Coming soon", ()),
    ("Lorem ipsum dolor sit amet.", ("Fees",))])
def test_what_only_announces_says_nothing(text: str, headings: tuple[str, ...]) -> None:
    assert may_tell_nothing(text) and not tells(text, headings)


@pytest.mark.parametrize(("text", "headings"), [
    ("本条规定自2026年3月1日起施行。", ("施行",)), ("本节说明的期限为三年。", ("期限",)),
    ("本条规定认养人不得转让。", ("认养",)),
    ("本表列出的项目免费。", ("收费",)), ("本章规定外国人办理登记的材料。", ("费用",)), ("详见《认养协议》第三条。",
    ("费用",)),
    ("目前暂无门票。", ("门票",)), ("具体时间以公告为准。", ("开放时间",)), ("见下表的，每人20元。", ("费用",)),
    ("略有结余的归还。", ("费用",)),
    ("This section applies to gardens opened before 2020.", ("Gardens",)),
    ("This section explains who may not hold a plot: tenants of flats.", ("Who may hold a plot",)),
    ("Fees will be announced on 1 March.", ("Fees",)), ("This section covers water and electricity.", ("Fees",)),
    ("认养期限为三年。", ("认养期限",)), ("See the office on Mill Road.", ("Where",))])
def test_what_states_something_says_it(text: str, headings: tuple[str, ...]) -> None:
    assert tells(text, headings)
