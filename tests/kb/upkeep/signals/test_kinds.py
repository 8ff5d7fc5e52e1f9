"""Each kind of signal: what raises it, what clears it, its evidence word for word, and what only looks like it."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kb.actor import Role
from kb.articles.acts.confirming import confirm
from kb.articles.acts.hiding import hide, show
from kb.articles.revisions import BasisText
from kb.db import Database
from kb.messages.catalogue import say
from kb.models import Article, Department, Revision
from kb.people import people
from kb.record import answers
from kb.record.answers import AnswerRecord, CitedSpan
from kb.upkeep.signals.registry import DETECTORS, explained
from kb.upkeep.signals.signal import Finding, Severity
from tests.kb.factories import ADMIN, add_department, approver, at, editor, retired
from tests.kb.upkeep.signals.arranging import found, told, write


def quotes(database: Database, finding: Finding) -> list[str]:
    """The quotes of a finding, each the text's own words at its offsets."""
    with database.reading() as session:
        for e in finding.evidence:
            if e.revision_id and e.end:
                assert session.get_one(Revision, e.revision_id).source[e.start:e.end] == e.quote
    return [e.quote for e in finding.evidence]


# review


def test_a_review_is_near_for_thirty_days_and_then_past(database: Database) -> None:
    write(database, "card", review_by=at(60))
    assert found(database, "review", day=29) == []
    near, = found(database, "review", day=31)
    past, = found(database, "review", day=60)
    assert (near.severity, past.severity) == (Severity.INFO, Severity.WARNING)
    assert told([near, past]) == ["its review is due by 2026-03-02",
                                  "its review was due by 2026-03-02 and has not been done"]


def test_confirming_a_text_or_a_new_one_ends_its_review(database: Database) -> None:
    write(database, "card", review_by=at(20))
    with database.transaction() as session:
        confirm(session, editor(), "card", review_by=at(400), now=at(25), origin="test")
    assert found(database, "review", day=26) == []
    write(database, "house", review_by=at(20))
    write(database, "house", "新文本。", number=2, day=25)
    assert found(database, "review", day=26) == []


# ending


def test_a_text_that_ends_with_none_after_it_is_told_before_and_after(database: Database) -> None:
    write(database, "card", effective_to=at(90))
    assert found(database, "ending", day=29) == []
    assert [f.severity for f in found(database, "ending", day=40)] == [Severity.INFO]
    assert [f.severity for f in found(database, "ending", day=80)] == [Severity.WARNING]
    after = found(database, "ending", day=100)
    assert [f.severity for f in after] == [Severity.WARNING]
    assert told(after) == ["its last day was 2026-04-01, and no text has followed it"]


def test_a_text_that_is_followed_or_an_article_that_is_retired_does_not_end_unseen(database: Database) -> None:
    write(database, "card", effective_to=at(60))
    write(database, "card", "新文本。", number=2, day=10, effective_from=at(60))
    write(database, "house", effective_to=at(60))
    retired(database, "house", day=61)
    write(database, "bus")  # without an end
    assert found(database, "ending", day=70) == []


def test_a_gap_before_the_next_text_is_told_until_that_begins(database: Database) -> None:
    write(database, "card", effective_to=at(60))
    write(database, "card", "新文本。", number=2, day=10, effective_from=at(75))
    assert told(found(database, "ending", day=50)) == [
        "its last day is 2026-03-02, and the next text begins only on 2026-03-17"]
    assert len(found(database, "ending", day=70)) == 1
    assert found(database, "ending", day=76) == []


# reference


def test_a_link_to_a_retired_article_names_the_one_that_took_its_place(database: Database) -> None:
    write(database, "fee", "收费标准。", title="工本费")
    write(database, "new-fee", "新收费标准。", title="收费目录")
    write(database, "card", "免费。费用见[收费标准](article:fee)，也见[标准](article:fee)。")
    assert found(database, "reference", day=1) == []
    retired(database, "fee", day=2, successor="new-fee")
    one, = found(database, "reference", day=3)
    assert one.severity is Severity.WARNING
    assert quotes(database, one) == ["[收费标准](article:fee)", "[标准](article:fee)", "", ""]
    assert told([one]) == ["it refers to “工本费”, which is retired; “收费目录” has taken its place"]
    assert say(explained("reference", one.facts), "zh") == "文中引用的《工本费》已停用，由《收费目录》接替"


def test_links_to_what_is_not_there_hidden_or_without_that_section_are_told_apart(database: Database) -> None:
    write(database, "fee", "## 工本费\n\n15 元。", title="收费")
    write(database, "card", "见[甲](article:nowhere)、[乙](article:fee#加急费)、[丙](article:fee#工本费)。\n\n"
                            "## 材料\n\n身份证。见[下](#材料)和[无](#流程)。")
    assert sorted(told(found(database, "reference", day=1))) == [
        "it refers to its own section “流程”, which is not there", "it refers to nowhere, which is not there",
        "it refers to the section “加急费” of “收费”, which is not there"]
    with database.transaction() as session:
        hide(session, approver(), "fee", reason="金额有误", now=at(2), origin="test")
    hidden = [f for f in found(database, "reference", day=2) if f.facts["target"] == "fee"]
    assert told(hidden) == ["it refers to “收费”, which is hidden"]
    with database.transaction() as session:
        show(session, approver(), "fee", now=at(3), origin="test")
    assert "it refers to “收费”, which is hidden" not in told(found(database, "reference", day=3))


def test_a_draft_is_no_article_to_refer_to_until_it_is_published(database: Database) -> None:
    write(database, "card", "见[办事指南](article:guide)。")
    assert len(found(database, "reference", day=1)) == 1
    write(database, "guide", "指南。", day=2)
    assert found(database, "reference", day=3) == []


# date


def test_a_sentence_whose_day_has_passed_is_quoted_whole(database: Database) -> None:
    write(database, "card", "阶段性减免执行至2026年2月28日，到期恢复。长期有效的不变。\n\n- 每年4月至5月申报。\n")
    assert found(database, "date", day=40) == []
    one, = found(database, "date", day=80)
    assert quotes(database, one) == ["阶段性减免执行至2026年2月28日，到期恢复。"]
    assert (one.severity, one.key) == (Severity.WARNING, "end#2026-02-28")
    assert told([one]) == ["what it says held until 2026-02-28"]


def test_a_row_of_a_table_is_quoted_without_its_frame(database: Database) -> None:
    write(database, "card", "# 2026年招生\n\n| 事项 | 时间 |\n|---|---|\n| 网上报名 | 2月6日至2月20日 |\n",
          title="2026年招生安排")
    one, = found(database, "date", day=80)
    assert quotes(database, one) == ["网上报名 | 2月6日至2月20日"]


# basis

OLD = BasisText("海州市犬只管理办法", "海政发〔2018〕5号", "海州市人民政府", date(2018, 5, 1))
REPEAL = "新条例自2026年2月1日起施行，《海州市犬只管理办法》（海政发〔2018〕5号）同时废止。"
NEW = BasisText("海州市犬只管理条例", "海州市人大公告第3号", "海州市人大常委会", date(2025, 5, 1))


def test_a_basis_that_another_article_says_is_repealed_is_serious_with_both_quotes(database: Database) -> None:
    write(database, "dog", bases=(OLD,))
    assert found(database, "basis", day=1) == []
    write(database, "rule", REPEAL, bases=(NEW,), day=2)
    assert found(database, "basis", day=20) == []  # it still holds for some days
    one, = found(database, "basis", day=40)
    assert one.severity is Severity.SERIOUS
    assert quotes(database, one) == [
        "海州市犬只管理办法 海政发〔2018〕5号",
        REPEAL]


@pytest.mark.parametrize("sentence", [
    "《海州市犬只管理办法》（海政发〔2020〕9号）同时废止。",  # another of the same name
    "如《海州市犬只管理办法》（海政发〔2018〕5号）废止，另行通知。",
    "依据《海州市犬只管理办法》（海政发〔2018〕5号）办理。",
    "《海州市犬只管理办法》（海政发〔2018〕5号）未废止。", "原养犬登记证同时废止。"])
def test_what_only_sounds_like_a_repeal_is_none(database: Database, sentence: str) -> None:
    write(database, "dog", bases=(OLD,))
    write(database, "rule", sentence, bases=(NEW,))
    assert found(database, "basis", day=40) == []


def test_a_later_edition_that_another_article_rests_on_is_told(database: Database) -> None:
    trial = BasisText("海州市租房补贴办法（试行）", "海建发〔2021〕7号", "海州市住建局", date(2021, 3, 1))
    final = BasisText("海州市租房补贴办法", "海建发〔2025〕2号", "海州市住建局", date(2025, 1, 1))
    other = BasisText("海州市租房补贴办法", "邻建发〔2025〕4号", "邻市住建局", date(2025, 6, 1))
    write(database, "rent", bases=(trial,))
    write(database, "rent-english", bases=(final,))
    write(database, "neighbour", bases=(other,))
    write(database, "both", bases=(trial, final))
    one, = found(database, "basis", day=1)
    assert (one.severity, one.facts["later"]) == (Severity.WARNING, "海州市租房补贴办法 海建发〔2025〕2号")
    with database.reading() as session:
        assert session.get_one(Article, one.article_id).slug == "rent"


# owner


def staff(database: Database, *grants: tuple[str, Role, str]) -> None:
    with database.transaction() as session:
        people.create_user(session, ADMIN, login="root", name="root", grants=[(Role.ADMIN, None)], password=None,
                           now=at(0))
        for login, role, department in grants:
            people.create_user(session, ADMIN, login=login, name=login, grants=[(role, department)], password=None,
                               now=at(0))


def test_a_department_needs_one_who_writes_and_another_who_signs(database: Database) -> None:
    write(database, "card")
    assert found(database, "owner", day=1) == []  # where nobody is registered, who writes is not known
    staff(database, ("li", Role.EDITOR, "hrss"), ("wu", Role.APPROVER, "hrss"))
    assert found(database, "owner", day=1) == []
    with database.transaction() as session:
        people.disable_user(session, ADMIN, "li", now=at(1))
    assert told(found(database, "owner", day=2)) == [
        "its department has only one person, whose text nobody else could sign"]
    with database.transaction() as session:
        people.disable_user(session, ADMIN, "wu", now=at(2))
    assert told(found(database, "owner", day=3)) == ["its department has nobody who could write"]


def test_two_approvers_can_keep_a_department_and_a_dissolved_one_cannot(database: Database) -> None:
    write(database, "card")
    staff(database, ("xu", Role.APPROVER, "hrss"), ("wu", Role.APPROVER, "hrss"))
    assert found(database, "owner", day=1) == []
    with database.transaction() as session:
        session.get_one(Department, "hrss").dissolved_at = at(2)
    assert told(found(database, "owner", day=3)) == ["its department is dissolved"]


# unread


def asked(database: Database, day: float, *, near: str, cites: str | None = None) -> None:
    with database.transaction() as session:
        article_id = session.scalars(select(Article.id).where(Article.slug == near)).one()
        answers.record(session, AnswerRecord(
            id=str(uuid.uuid4()), asked_at=at(day), user_id=None, audience="public", lang="zh", question="问",
            as_of=at(day), known_at=at(day), abstained=cites is None, reason=None, confidence=0.2,
            nearest=({"article_id": article_id, "slug": near},),
            citations=(CitedSpan(1, cites, 0, 2, "免费"),) if cites else ()), keep_question=True)


def test_an_article_that_is_near_again_and_again_and_never_cited_is_found(database: Database) -> None:
    write(database, "card")
    revision_id = write(database, "house")
    for day in range(100, 105):
        asked(database, day, near="card")
        asked(database, day, near="house")
    asked(database, 105, near="house", cites=revision_id)
    one, = found(database, "unread", day=110)
    assert told([one]) == ["no answer has cited it for 90 days, while it was near to 5 questions without answer"]
    assert {e.source.partition(":")[0] for e in one.evidence if e.source} == {"answer"}
    write(database, "card", "新文本。", number=2, day=111)
    assert found(database, "unread", day=112) == []  # a new text is given its time


@pytest.mark.parametrize("facts", [
    ("review", {"by": "2026-03-01", "is_past": True}), ("review", {"by": "2026-03-01", "is_past": False}),
    ("ending", {"last": "2026-03-01", "is_past": True, "next": None}),
    ("ending", {"last": "2026-03-01", "is_past": False, "next": "2026-04-01"}),
    *(("reference", {"why": why, "target": "fee", "section": "流程", "successor": "new"})  # of an earlier release
      for why in ("retired", "hidden", "missing", "section")),
    *(("basis_repealed", {"why": why, "document": "甲", "on": "2026-03-01", "by": by}) for by in ("", "乙")
      for why in ("repealed", "ending", "amended", "amending", "expired", "expiring")),
    *(("contact_unlisted", {"why": why, "number": "0599-5550142", "on": "2026-03-01", "instead": instead})
      for why, instead in (("moved", ""), ("gone", ""), ("gone", "0599-5550188"))),
    *((kind, {"document": "甲", "since": "2026-03-01"}) for kind in ("link_dead", "link_changed")),
    *(("drift", {"other": "甲", "what": what, "since": "2026-03-01"}) for what in ("figure", "words", "gone")),
    *(("date", {"why": why, "since": "2026-03-01"})
      for why in ("end", "deadline", "statistic", "announced", "relative", "now")),
    *(("basis", {"why": why, "document": "甲", "later": "乙"}) for why in ("repealed", "edition")),
    *(("owner", {"why": why, "department": "hrss"})
      for why in ("dissolved", "nobody_writes", "nobody_signs", "nobody_else")),
    ("unread", {"times": 5, "days": 90}),
])
def test_every_reason_is_said_in_both_languages(facts: tuple[str, dict[str, Any]]) -> None:
    chinese, english = (say(explained(*facts), lang) for lang in ("zh", "en"))
    assert chinese != english
    assert "{" not in chinese + english
    assert any("一" <= c <= "鿿" for c in chinese)
    assert ("2026年3月1日" in chinese) == ("2026-03-01" in english) == ("2026-03-01" in facts[1].values())
    assert "2026-" not in chinese


def test_every_detector_has_a_kind_of_its_own_and_says_what_it_looks_at() -> None:
    assert len({d.kind for d in DETECTORS}) == len(DETECTORS)
    assert all(d.topics and len(d.kind) <= 30 for d in DETECTORS)


def test_a_departments_other_articles_are_not_found(database: Database) -> None:
    add_department(database, "fund")
    write(database, "card", review_by=at(5))
    write(database, "house", review_by=at(400) + timedelta(days=30))
    assert len(found(database, "review", day=10)) == 1
