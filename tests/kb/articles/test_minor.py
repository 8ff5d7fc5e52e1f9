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
from kb.articles import drafts, rules, signatures, submission
from kb.articles.confirming import confirm
from kb.articles.live import Moment, live_by_slug
from kb.articles.minor import major_changes
from kb.articles.publication import publish
from kb.articles.revisions import BasisText
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
    (ZH, "带身份证到", "携带身份证到"), (ZH, "办理，工本费", "办理；工本费"), (ZH, "陪同", "伴同"),
    (ZH, "详见", "请看"), (ZH, "- 户口簿\n", "- 户口本\n"), (ZH, "咨询电话", "咨询热线"), (ZH, "项目", "事项"),
    (ZH, "挂失 |", "**挂失** |"), (EN, "Bring your ID", "Take your ID"), (EN, "The fee is", "The price is"),
    (EN, "household book", "household  register"), (EN, "a parent", "the parent"),
]
MAJOR = [
    (ZH, "15元", "16元", "figure"), (ZH, "15元", "十五元", "figure"), (ZH, "三个工作日", "五个工作日", "figure"),
    (ZH, "三个工作日", "三个月", "figure"), (ZH, "15元", "15万元", "figure"), (ZH, "日内办结", "日以后办结", "figure"),
    (ZH, "未满十八", "满十八", "figure"), (ZH, "十八周岁", "十六周岁", "figure"), (ZH, "须由", "可以由", "negation"),
    (ZH, "0540-8810100", "0540-8810101", "figure"), (ZH, "北港路五号", "南港路五号", "contact"),
    (ZH, "五号窗口", "六号窗口", "figure"), (ZH, "周一至", "周二至", "date"), (ZH, "上午", "下午", "date"),
    (ZH, "11:30", "12:30", "figure"), (ZH, "## 材料", "## 所需材料", "heading"), (ZH, "## 材料", "### 材料", "heading"),
    (ZH, "- 户口簿\n", "", "structure"), (ZH, "免费", "收费", "negation"),
    (ZH, "example.cn/card", "example.cn/cards", "link"), (ZH, "| 挂失 | 免费 |\n", "| 挂失 | 免费 |\n| 补办 | 收费 |\n",
                                                         "structure"),
    (ZH, "工本费15元，", "~~工本费15元，~~", "figure"), (ZH, "由监护人陪同", "<!-- 由监护人陪同 -->", "structure"),
    (EN, "15 yuan", "25 yuan", "figure"), (EN, "three working days", "three weeks", "figure"),
    (EN, "three working", "five working", "figure"), (EN, "cannot apply", "can apply", "negation"),
    (EN, "without a parent", "with a parent", "negation"), (EN, "must apply", "may apply", "negation"),
    (EN, "Monday", "Tuesday", "date"), (EN, "card@example.cn", "cards@example.cn", "contact"),
    (EN, "Harbour Road", "Station Road", "contact"), (EN, "within three", "after three", "figure"),
    (EN, "## Papers", "## Documents", "heading"), (EN, "- household book\n", "", "structure"),
]


@pytest.mark.parametrize(("source", "old", "new"), MINOR)
def test_a_slip_or_another_word_is_minor(source: str, old: str, new: str) -> None:
    assert old in source
    before = revision_text(source)
    assert major_changes(before, replace(before, source=source.replace(old, new), change_note="字")) == {}


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
])
def test_figures_and_negations_in_other_wordings(before: str, after: str) -> None:
    assert major_changes(revision_text(before), revision_text(after))


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
    assert ("figure" in found) is (figure != other)
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
    (ZH.replace("15元", "18元"), {}, "figure: 15元 -> 18元"), (ZH.replace("须由", "由"), {}, "negation"),
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
