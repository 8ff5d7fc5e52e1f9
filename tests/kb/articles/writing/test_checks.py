"""The check before submitting: its advice, who may see it, and where it stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from kb.articles.acts import redaction
from kb.articles.revisions import BasisText, RevisionText
from kb.articles.writing import checks, drafts, submission
from kb.articles.writing.advice import advice_on
from kb.articles.writing.check_report import (
    MESSAGES,
    CheckReport,
    Finding,
    Kind,
    LoggedQuestion,
    Stretch,
    report_from,
)
from kb.articles.writing.check_words import WORDS, said
from kb.articles.writing.drafts import DraftView
from kb.db import Database
from kb.errors import Conflict, NotFound
from kb.models import AnswerRow, DraftCheck, Revision
from kb.record import answers
from kb.record.answers import AnswerRecord
from tests.kb.factories import (
    ADMIN,
    AGENT,
    MANAGER,
    add_department,
    approver,
    at,
    editor,
    published,
    retired,
    revision_text,
)

LI, WANG = editor("li"), editor("wang")
DONE: dict[str, Any] = {"now": at(9), "origin": "test"}


def edited(database: Database, source: str = "收费 20 元。", **fields: Any) -> DraftView:
    for department in fields.get("co_owners", ()):
        add_department(database, department)
    published(database, revision_text("收费 15 元。", **fields), slug="card")
    with database.transaction() as session:
        draft = drafts.edit(session, LI, "card", **DONE)
        return drafts.save(session, LI, draft.id, replace(draft.text, source=source), seen=1, **DONE)


def asked(database: Database, question: str = "补卡多少钱") -> str:
    with database.transaction() as session:
        given = AnswerRecord("a-1", at(8), None, "public", "zh", question, at(8), at(8), False, None, 0.9)
        answers.record(session, given, keep_question=True)
    return "a-1"


def report(draft: DraftView, answer_id: str = "a-1") -> CheckReport:
    finding = Finding(Kind.CHANGED, "changed_figure", {"was": "15元", "now": "20元"},
                      (Stretch("live", "收费 15 元。", 0, 8),), (Stretch("draft", "收费 20 元。", 0, 8),),
                      LoggedQuestion(answer_id, "补卡多少钱", "zh", 3), 0.8)
    return CheckReport(draft.id, draft.version, draft.base, at(9), 12.5, (finding,), 40)


def kept(database: Database, draft: DraftView, **more: Any) -> CheckReport:
    with database.transaction() as session:
        return checks.keep_check(session, LI, replace(report(draft), **more), **DONE)


def rows(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(DraftCheck)) or 0


def test_a_report_is_read_back_as_it_was_written(database: Database) -> None:
    found = report(edited(database))
    assert report_from(found.as_dict()) == found
    assert found.counts == {"lost": 0, "changed": 1, "gained": 0, "reference": 0, "title": 0, "basis": 0, "reading": 0,
                            "hidden": 0}


def test_what_was_found_stays_with_the_submission_for_those_who_sign(database: Database) -> None:
    asked(database)
    draft = edited(database, co_owners=("fund",))
    kept(database, draft)
    with database.transaction() as session:
        number = submission.submit(session, LI, draft.id, seen=draft.version, **DONE).number
    with database.reading() as session:
        own = checks.read_submitted_check(session, approver(), "card", number)
        other = checks.read_submitted_check(session, approver("chen", "fund"), "card", number)
        assert own is not None
        assert other is not None
        assert (own.findings[0].question or LoggedQuestion("", "", "", 0)).text == "补卡多少钱"
        # who signs for another department sees what changes, and not who asked what
        assert (other.findings[0].question or LoggedQuestion("", "x", "", 0)).text == ""
        assert other.findings[0].before == own.findings[0].before
        with pytest.raises(NotFound):  # before it is published nobody else knows of it
            checks.read_submitted_check(session, AGENT, "card", number)


def test_a_check_of_an_older_version_is_not_handed_in(database: Database) -> None:
    draft = edited(database)
    kept(database, draft)
    with database.transaction() as session:
        later = drafts.save(session, LI, draft.id, replace(draft.text, source="收费 30 元。"), seen=2, **DONE)
        revision = submission.submit(session, LI, draft.id, seen=later.version, **DONE)
        assert checks.read_submitted_check(session, MANAGER, "card", revision.number) is None
    assert rows(database) == 0


@pytest.mark.parametrize("last", [{"change_note": "按新标准"}, {"effective_from": at(40)}, {"review_by": None}])
def test_note_and_days_that_are_filled_in_last_take_nothing_back_of_what_was_found(database: Database,
                                                                                   last: dict[str, Any]) -> None:
    asked(database)
    draft = edited(database, review_by=at(400))
    kept(database, draft)
    with database.transaction() as session:
        later = drafts.save(session, LI, draft.id, replace(draft.text, **last), seen=draft.version, **DONE)
        shown = checks.read_check(session, LI, draft.id)
        assert shown is not None and shown.version == later.version
        number = submission.submit(session, LI, draft.id, seen=later.version, **DONE).number
        handed_in = checks.read_submitted_check(session, approver(), "card", number)
        assert handed_in is not None and [one.message for one in handed_in.findings] == ["changed_figure"]


def test_no_check_keeps_nobody_from_submitting(database: Database) -> None:
    draft = edited(database)
    with database.transaction() as session:
        assert submission.submit(session, LI, draft.id, seen=draft.version, **DONE).number == 2


def test_a_check_that_somebody_saved_into_is_refused(database: Database) -> None:
    draft = edited(database)
    with pytest.raises(Conflict, match="check it again"):
        kept(database, draft, version=1)


def test_only_who_writes_for_the_department_has_a_draft_checked(database: Database) -> None:
    draft = edited(database)
    with database.transaction() as session:
        for who in (WANG, approver()):
            assert checks.begin_check(session, who, draft.id, now=at(9)).number == 1
        with pytest.raises(NotFound):
            checks.begin_check(session, editor("zhao", "fund"), draft.id, now=at(9))


def test_questions_go_when_the_log_lets_them_go(database: Database) -> None:
    asked(database)
    draft = edited(database)
    kept(database, draft)
    with database.transaction() as session:
        session.get_one(AnswerRow, "a-1").question = ""
    with database.reading() as session:
        found = checks.read_check(session, LI, draft.id)
        stored = session.scalars(select(DraftCheck)).one().report
    assert found is not None
    assert [one.question.text for one in found.findings if one.question] == [""]
    assert "补卡多少钱" not in str(stored)


def test_a_discarded_draft_and_an_erased_text_leave_no_check_behind(database: Database) -> None:
    draft = edited(database)
    kept(database, draft)
    with database.transaction() as session:
        drafts.discard(session, LI, draft.id, seen=draft.version, **DONE)
    assert rows(database) == 0
    with database.transaction() as session:
        again = drafts.edit(session, LI, "card", **DONE)
    kept(database, again)
    with database.transaction() as session:
        revision = session.scalars(select(Revision).where(Revision.number == 1)).one()
        redaction.ask_redaction(session, ADMIN, revision, reason="x", **DONE)
        redaction.agree_redaction(session, MANAGER, revision, **DONE)
    assert rows(database) == 0


def test_links_to_what_is_retired_or_missing_or_has_no_such_section_are_told(database: Database) -> None:
    published(database, revision_text("旧。"), slug="old")
    retired(database, "old", day=5)
    published(database, revision_text("## 一、退费\n\n原路退回。"), slug="other")
    draft = edited(database, "见[旧](article:old)、[无](article:none)、[他](article:other)中“补交”一节，"
                             "及[他](article:other)中“退费”一节、[费](article:other#一、退费)、[上](#没有)。")
    with database.reading() as session:
        found = checks.begin_check(session, LI, draft.id, now=at(9)).advice
    told = [(one.message, one.facts.get("target"), one.facts.get("section")) for one in found
            if one.kind is Kind.REFERENCE]
    assert told == [("reference_retired", "old", None), ("reference_missing", "none", None),
                    ("reference_section", "other", "补交"), ("reference_section", "card", "没有")]


def test_a_title_that_another_article_of_the_department_has_is_told_with_its_address(database: Database) -> None:
    add_department(database, "fund")
    for slug, title, owner in (("twin", "补卡", "hrss"), ("like", "补\u0410卡", "hrss"), ("far", "补卡", "fund"),
                               ("gone", "补卡", "hrss")):
        published(database, revision_text("另一篇。", title=title, owner=owner), slug=slug)
    retired(database, "gone", day=5)
    draft = edited(database)
    with database.reading() as session:
        found = [one for one in checks.begin_check(session, LI, draft.id, now=at(9)).advice if one.kind is Kind.TITLE]
    assert [(one.message, one.facts) for one in found] == [
        ("title_twin", {"target": "twin", "title": "补卡", "url": "/articles/twin"})]
    assert "/articles/twin" in said(found[0], "zh") and "/articles/twin" in said(found[0], "en")
    with database.transaction() as session:
        latin = drafts.start(session, LI, "latin", revision_text(title="补A卡"), **DONE)
    with database.reading() as session:
        found = [one for one in checks.begin_check(session, LI, latin.id, now=at(9)).advice if one.kind is Kind.TITLE]
    assert [one.facts["target"] for one in found] == ["like"]  # with a Cyrillic A


def advised(source: str, **fields: Any) -> list[tuple[str, dict[str, Any]]]:
    given: dict[str, Any] = {"bases": (BasisText("办法", "某政发〔2025〕3号"),), **fields}
    text: RevisionText = revision_text(source, **given)
    return [(one.message, dict(one.facts)) for one in advice_on(text)]


def test_a_text_without_basis_and_one_that_cites_another_are_told() -> None:
    assert advised("免费。", bases=()) == [("basis_missing", {})]
    told = advised("依据某政发[2025]3号办理。\n\n某府办〔2024〕17号另有规定。")
    assert told == [("basis_unlisted", {"number": "某府办〔2024〕17号"})]


def test_words_that_no_page_shows_are_told_and_what_a_page_shows_is_not() -> None:
    told = advised("免费。\n\n<!-- 内部口令：\n  未公布 -->\n\n当场办<!--问王处-->结。\n\n[网站]: https://example.org\n\n见[网站]。")
    assert told == [("hidden_comment", {"words": "内部口令： 未公布"}), ("hidden_comment", {"words": "问王处"})]
    assert [message for message, _ in advised("<p hidden>\n待公布\n</p>\n")] == ["hidden_element"]
    assert advised("写作`<!-- 注 -->`的，是注释。") == []


def test_sentences_that_nobody_could_follow_at_the_telephone_are_told() -> None:
    assert advised("当场办结。") == []
    nested = "如果本人不能到场，但委托他人的，若委托书未公证的，除非是近亲属，不予办理。"
    assert [message for message, _ in advised(nested)] == ["reading_nested"]
    long = "申请人" + "应当在规定的时间内按照规定的方式向有管辖权的单位" * 5 + "提出申请。"
    assert [message for message, _ in advised(long)] == ["reading_long"]
    assert [message for message, _ in advised("If you file, unless you moved, except when you rent, provided you pay, "
                                              "where it applies, you wait.", lang="en")] == ["reading_nested"]


def test_every_finding_is_said_in_both_languages() -> None:
    assert MESSAGES.keys() == WORDS.keys()
    for message, facts in MESSAGES.items():
        finding = Finding(Kind.READING, message, dict.fromkeys(facts, "X"))
        for lang in ("zh", "en"):
            words = said(finding, lang)
            assert "{" not in words, words
            assert all("X" in words for _ in facts[:1]), words
