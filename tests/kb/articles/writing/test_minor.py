"""What is a minor edit and what is not, in Chinese and English; and its short way to being published."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from kb.actor import CITIZEN
from kb.articles.acts import rules, signatures
from kb.articles.acts.confirming import confirm
from kb.articles.live import Moment, live_by_slug
from kb.articles.publication import publish
from kb.articles.revisions import BasisText
from kb.articles.writing import drafts, submission
from kb.articles.writing.minor import major_changes
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid
from kb.models import Revision
from kb.record import audit
from tests.kb.factories import MANAGER, add_department, approver, at, editor, published, revision_text

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}
ZH = ("# 补卡\n\n带身份证到北港路五号窗口办理，工本费15元，三个工作日内办结。未满十八周岁的，须由监护人陪同，"
      "咨询电话0540-8810100，周一至周五上午9:00—11:30受理。\n\n## 材料\n\n- 身份证\n- 户口簿\n\n"
      "| 项目 | 金额 |\n|---|---|\n| 挂失 | 免费 |\n\n详见[网站](https://a.example.cn/card)。\n")
EN = ("# Cards\n\nBring your ID to 5 Harbour Road. The fee is 15 yuan, and you must apply within three working days. "
      "Minors cannot apply without a parent; call 0540-8810100 on Monday or write to card@example.cn.\n\n"
      "## Papers\n\n- ID card\n- household book\n")

MINOR = [
    (ZH, "带身份证到", "携带身份证到"), (ZH, "办理，工本费", "办理、工本费"), (ZH, "带身份证", "请带身份证"),
    (ZH, "- 户口簿\n", "- 户口本\n"), (ZH, "受理。", "受理"), (ZH, "15元", "１５ 元"),
    (ZH, "陪同，咨询", "陪同，\n咨询"),
    (ZH, "挂失 |", "**挂失** |"), (ZH, "窗口办理", "窗口办理理"), (ZH, "，工本费", "，，工本费"), (ZH, "9:00", "9：00"),
    (ZH, "身份证到", "身分证到"), (EN, "Bring your ID", "Please bring your ID"),
    (EN, "household book", "household  book"),
    (EN, "within three", "within\nthree"), (EN, "a parent", "a a parent"), (EN, "Minors cannot", "minors cannot"),
    ("请如实的填写其它材料，登陆系统。\n", "请如实的填写其它材料，登陆系统。", "如实地填写其他材料，登录系统！"),
    ("Your registration is neccessary.\n", "registration is neccessary", "regsitration is necessary"),
    ("The seperate certificate\n", "seperate certificate", "separate certifcate"),
    ("他说的很清楚，帐号没变。\n", "的很清楚，帐号", "得很清楚，账号"),
]
MAJOR = [
    (ZH, "15元", "16元", "words"), (ZH, "15元", "十五元", "words"), (ZH, "三个工作日", "五个工作日", "words"),
    (ZH, "三个工作日", "三个月", "words"), (ZH, "15元", "15万元", "words"), (ZH, "日内办结", "日以后办结", "words"),
    (ZH, "未满十八", "满十八", "words"), (ZH, "须由", "可以由", "words"), (ZH, "项目", "事项", "words"),
    (ZH, "0540-8810100", "0540-8810101", "words"), (ZH, "北港路五号", "南港路五号", "words"),
    (ZH, "周一至", "周二至", "words"), (ZH, "上午", "下午", "words"), (ZH, "陪同", "伴同", "words"),
    (ZH, "11:30", "12:30", "words"), (ZH, "## 材料", "## 所需材料", "heading"), (ZH, "## 材料", "### 材料", "heading"),
    (ZH, "## 材料", "## 材料。", "heading"), (ZH, "- 户口簿\n", "", "structure"), (ZH, "免费", "收费", "words"),
    (ZH, "example.cn/card", "example.cn/cards", "link"), (ZH, "| 挂失 | 免费 |\n", "| 挂失 | 免费 |\n| 补办 | 收费 |\n",
                                                         "structure"),
    (ZH, "| 项目 | 金额 |", "| 金额 | 项目 |", "words"), (ZH, "- 身份证\n- 户口簿", "- 户口簿\n- 身份证", "words"),
    (ZH, "工本费15元，", "~~工本费15元，~~", "words"), (ZH, "由监护人陪同", "<!-- 由监护人陪同 -->", "structure"),
    (ZH, "15元", "`15元`", "words"), (ZH, "办结。未满", "办结，未满", "words"),
    (EN, "15 yuan", "25 yuan", "words"), (EN, "three working days", "three weeks", "words"),
    (EN, "cannot apply", "can apply", "words"), (EN, "without a parent", "with a parent", "words"),
    (EN, "must apply", "may apply", "words"), (EN, "Monday", "Tuesday", "words"),
    (EN, "card@example.cn", "cards@example.cn", "words"), (EN, "Harbour Road", "Station Road", "words"),
    (EN, "## Papers", "## Documents", "heading"), (EN, "- household book\n", "", "structure"),
    (EN, "Bring", "Take", "words"),
]


@pytest.mark.parametrize(("source", "old", "new"), MINOR)
def test_a_slip_is_minor(source: str, old: str, new: str) -> None:
    assert old in source
    before = revision_text(source)
    after = replace(before, source=source.replace(old, new), change_note="字")
    assert major_changes(before, after) == {}
    assert major_changes(after, before) == {}


@pytest.mark.parametrize(("source", "old", "new", "kind"), MAJOR)
def test_what_an_answer_could_turn_on_is_not_minor(source: str, old: str, new: str, kind: str) -> None:
    assert old in source
    before = revision_text(source)
    after = replace(before, source=source.replace(old, new))
    assert kind in major_changes(before, after)
    assert kind in major_changes(after, before)


@pytest.mark.parametrize(("before", "after"), [
    ("You can't apply.", "You can apply."), ("You do not pay.", "You do pay."), ("不收费。", "收费。"),
    ("免收。", "收。"), ("除残疾人外收费。", "残疾人收费。"), ("Ⅲ级响应。", "Ⅱ级响应。"), ("①带证。", "②带证。"),
    ("１５元。", "１６元。"), ("廿日办。", "卅日办。"), ("费用为壹佰元。", "费用为贰佰元。"), ("半价。", "全价。"),
    ("每人一张。", "每户一张。"), ("至少三天。", "至多三天。"), ("打八折。", "打9折。"), ("Half the fee.", "The fee."),
    ("仅限本市。", "本市。"), ("明年施行。", "今年施行。"), ("call 911", "call 912"), ("单身或已婚。", "单身且已婚。"),
    # what is said stays, and is said of another
    ("成人每次10元，儿童免费。", "成人免费，儿童每次10元。"), ("甲类10元，乙类5元。", "乙类10元，甲类5元。"),
    ("先交费后办理。", "先办理后交费。"), ("Adults pay, children do not.", "Children pay, adults do not."),
    ("| 成人 | 儿童 |\n|---|---|\n| 10元 | 5元 |", "| 儿童 | 成人 |\n|---|---|\n| 10元 | 5元 |"),
    ("| 成人 | 10元 |\n|---|---|\n| 儿童 | 5元 |", "| 成人 | 5元 |\n|---|---|\n| 儿童 | 10元 |"),
    ("## 成人\n\n每次10元。\n\n## 儿童\n\n免票。", "## 成人\n\n免票。\n\n## 儿童\n\n每次10元。"),
    ("## 成人\n\n免票。\n\n另需预约。\n\n## 儿童\n\n免票。", "## 成人\n\n免票。\n\n## 儿童\n\n另需预约。\n\n免票。"),
    ("1. 甲\n2. 乙", "2. 甲\n3. 乙"), ("- [ ] 带证", "- [x] 带证"), ("> 引文\n\n正文", "引文\n\n正文"),
    ("甲[^1]乙\n\n[^1]: 注", "甲乙[^1]\n\n[^1]: 注"), ("![甲](a.png)", "![甲](b.png)"), ("    码\n", "    码码\n"),
    # other units, days, places, people, and what becomes of them
    ("受理后十分钟内回电。", "受理后回电。"), ("受理后三十分钟内回电。", "受理后三刻钟内回电。"),
    ("每次5块钱。", "每次5毛钱。"),
    ("按3亩算。", "按3公顷算。"), ("厚10厘米。", "厚10毫米。"), ("100港元。", "100欧元。"), ("重2斤。", "重2两。"),
    ("周一下午办。", "周一下班后办。"), ("国庆节照常。", "春节照常。"), ("上旬发放。", "下旬发放。"),
    ("早班。", "晚班。"),
    ("证件有效。", "证件失效。"), ("准予登记。", "谢绝登记。"), ("It is allowed.", "It is banned."), ("valid", "void"),
    ("~~不~~可以办。", "可以办。"), ("到A座3楼。", "到B座3楼。"), ("微信 binhai-fund", "微信 binhai-fond"),
    ("WeChat binhaifund", "WeChat binhaiifund"), ("单号通行。", "双号通行。"), ("请带身份证。", "请带户口簿。"),
    ("男职工可报。", "女职工可报。"), ("本市户籍。", "外地户籍。"), ("全额报销。", "部分报销。"),
    ("费用上调。", "费用下调。"),
    ("Pay by the fifth.", "Pay by the tenth."), ("employer pays", "employee pays"), ("your form", "your from"),
    ("united families", "untied families"), ("a reference", "a reverence"), ("I paid", "I said"),
    ("企业得缴费。", "企业的缴费。"), ("外地人可办。", "外的人可办。"), ("不得办理。", "不的办理。"),
    ("张丽丽", "张丽"),
    ("天天开放。", "天开放。"), ("可请律师。", "可律师。"), ("申请补卡。", "申补卡。"), ("请假三天。", "假三天。"),
    ("不，可以。", "不可以。"), ("老人，残疾人免费。", "老人。残疾人免费。"), ("可以吗？", "可以。"), ("3.5元", "35元"),
    ("10²平方", "102平方"), ("10-15元", "10，15元"), ("3天", "3\u200b天"), ("US citizens", "us citizens"),
    ("1、2号", "1.2号"),
])
def test_in_other_wordings_too_what_is_no_slip_is_not_minor(before: str, after: str) -> None:
    assert major_changes(revision_text(before), revision_text(after))
    assert major_changes(revision_text(after), revision_text(before))


def test_a_refusal_says_which_words_with_those_around_them() -> None:
    before = revision_text(ZH)
    changed = ZH.replace("15元", "18元").replace("| 免费", "| 收费").replace("a.example.cn", "b.example.cn")
    assert major_changes(before, replace(before, source=changed, title="办卡")) == {
        "title": "补卡 -> 办卡", "words": "本费15元, -> 本费18元,; 免费 -> 收费",
        "link": "https://a.example.cn/card -> https://b.example.cn/card"}


@pytest.mark.parametrize("change", [
    {"title": "补卡。"}, {"summary": "x"}, {"audience": "agent"}, {"keywords": ("卡",)}, {"category": "证件"},
    {"effective_from": at(1)}, {"effective_to": at(90)}, {"review_by": at(99)}, {"co_owners": ("fund",)},
    {"bases": (BasisText("办法"),)}, {"synonyms": ("x",)}, {"lang": "en"},
    {"attachments": ({"name": "a", "sha256": "0"},)},
])
def test_every_field_beside_the_text_is_not_minor(change: dict[str, Any]) -> None:
    before = revision_text(ZH)
    assert set(major_changes(before, replace(before, **change))) == set(change)


words = st.text("带证件到窗口办理，。的", min_size=1, max_size=12)
figures = st.one_of(st.integers(1, 9999).map(str), st.text("一二三四五六七八九十百千", min_size=1, max_size=4))


@hypothesis_settings(max_examples=150, deadline=None)
@given(words, figures, words, figures, words, words)
def test_whatever_stands_around_it_a_figure_that_changes_is_seen(one: str, figure: str, two: str, other: str,
                                                                 three: str, four: str) -> None:
    before, after = f"{one}{figure}元{two}", f"{three}{other}元{four}"
    found = major_changes(revision_text(before), revision_text(after))
    if figure != other:
        assert set(found) == {"words"}
    assert major_changes(revision_text(before), revision_text(before)) == {}


# --- the short way


def begun(database: Database, source: str, **fields: Any) -> str:
    """A draft of a minor edit, its id."""
    with database.transaction() as session:
        draft = drafts.edit(session, editor(), "card", **DONE)
        words = replace(draft.text, source=source, is_minor=True, **fields)
        drafts.save(session, editor(), draft.id, words, seen=1, **DONE)
        return draft.id


def test_a_minor_edit_needs_one_signature_and_keeps_its_review_date(database: Database) -> None:
    add_department(database, "fund")
    published(database, revision_text(ZH, co_owners=("fund",), review_by=at(30)))
    with database.transaction() as session:
        rules.set_rule(session, MANAGER, department="", category="", owner_signatures=3, **DONE)
        confirm(session, editor(), "card", review_by=at(200), **DONE)
    draft_id = begun(database, ZH.replace("带身份证到", "携带身份证到"))
    with database.transaction() as session:
        revision = submission.submit(session, editor(), draft_id, seen=2, **DONE)
        assert signatures.waiting_for(session, revision) == ["hrss"]
        with pytest.raises(Denied):
            signatures.sign(session, approver("xu", "fund"), revision, shown=revision.sha256, **DONE)
        assert signatures.sign(session, approver(), revision, shown=revision.sha256, **DONE) == []
        publish(session, approver(), revision, **DONE)
        live = live_by_slug(session, CITIZEN, Moment(at(10), at(10)), "card")
        assert live is not None and (live.number, live.review_by) == (2, at(200))
        told = audit.tail(session, 1)[0]
        assert told.after is not None and (told.action, told.after["minor"], told.after["told"]) == (
            "publish", True, ["fund"])


@pytest.mark.parametrize(("source", "fields", "named"), [
    (ZH.replace("15元", "18元"), {}, "words: 本费15元, -> 本费18元,"),
    (ZH.replace("须由", "由"), {}, "须由监 -> 的,由监"),
    (ZH, {"title": "办卡"}, "title: 补卡 -> 办卡"), (ZH, {"review_by": at(99)}, "review_by"),
])
def test_more_than_a_minor_edit_is_refused_as_one_and_says_why(database: Database, source: str, fields: dict[str, Any],
                                                               named: str) -> None:
    published(database, revision_text(ZH))
    draft_id = begun(database, source, **fields)
    with pytest.raises(Invalid, match="more than a minor edit") as refused, database.transaction() as session:
        submission.submit(session, editor(), draft_id, seen=2, **DONE)
    assert named in refused.value.message
    with database.transaction() as session:  # the draft is still there, and goes the ordinary way
        text = drafts.get(session, editor(), draft_id).text
        drafts.save(session, editor(), draft_id, replace(text, is_minor=False), seen=2, **DONE)
        assert submission.submit(session, editor(), draft_id, seen=3, **DONE).number == 2


def test_a_first_text_is_no_minor_edit(database: Database) -> None:
    with database.transaction() as session:
        draft = drafts.start(session, editor(), "card", revision_text(ZH, is_minor=True), **DONE)
    with pytest.raises(Invalid, match="first text"), database.transaction() as session:
        submission.submit(session, editor(), draft.id, seen=1, **DONE)


def test_a_minor_edit_that_was_overtaken_is_compared_anew(database: Database) -> None:
    published(database, revision_text(ZH))
    draft_id = begun(database, ZH.replace("带身份证到", "携带身份证到"))
    published(database, revision_text(ZH.replace("15元", "20元")), number=2, day=10)
    with pytest.raises(Conflict, match="rebase"), database.transaction() as session:
        submission.submit(session, editor(), draft_id, seen=2, **DONE)
    with database.transaction() as session:
        merged = submission.rebase(session, editor(), draft_id, seen=2, now=at(11), origin="test")
        assert merged.conflicts == () or merged.conflicts == ("source",)
        text = replace(merged.draft.text, is_minor=True,
                       source=ZH.replace("15元", "20元").replace("带身份证到", "携带身份证到"))
        drafts.save(session, editor(), draft_id, text, seen=3, now=at(11), origin="test")
        found = submission.submit(session, editor(), draft_id, seen=4, now=at(11), origin="test")
        assert found.is_minor


def test_a_title_that_looks_like_another_live_articles_is_told_at_submit(database: Database) -> None:
    published(database, revision_text("甲", title="HPV疫苗接种"), slug="vaccine")
    with database.transaction() as session:
        draft = drafts.start(session, editor(), "card", revision_text("乙", title="НРV疫苗接种"), **DONE)  # Cyrillic
    with pytest.raises(Invalid, match="looks like that of the article vaccine"), database.transaction() as session:
        submission.submit(session, editor(), draft.id, seen=1, **DONE)
    with database.transaction() as session:  # the very same title is no deceit, and neither is another one
        same = drafts.save(session, editor(), draft.id, revision_text("乙", title="HPV疫苗接种"), seen=1, **DONE)
        assert submission.submit(session, editor(), same.id, seen=2, **DONE).number == 1


def test_the_size_of_a_text_is_seen_to_in_the_service(database: Database) -> None:
    with pytest.raises(Invalid, match=r"limits\.article_bytes"), database.transaction() as session:
        drafts.start(session, editor(), "card", revision_text("长。" * 200_000), **DONE)
    with pytest.raises(Invalid, match="nested deeper"), database.transaction() as session:
        drafts.start(session, editor(), "card", revision_text("> " * 30 + "深"), **DONE)


def test_times_in_messages_are_the_hotlines(database: Database) -> None:
    with database.transaction() as session:
        draft = drafts.start(session, editor(), "card", revision_text(), now=at(1) + timedelta(hours=20), origin="test")
        drafts.save(session, editor(), draft.id, revision_text("二"), seen=1, now=at(1) + timedelta(hours=20),
                    origin="test")
    with pytest.raises(Conflict, match=r"at 2026-01-03 04:00"), database.transaction() as session:
        drafts.save(session, editor(), draft.id, revision_text("三"), seen=1, **DONE)
    with database.reading() as session:
        assert session.scalars(select(Revision.id)).all() == []
