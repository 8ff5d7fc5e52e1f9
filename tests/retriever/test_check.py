"""The check before submitting, from the question asked to what is handed in; by what was quoted, without a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from kb.actor import CITIZEN, Actor
from kb.articles.writing import checks, drafts
from kb.articles.writing.check_report import CheckReport, Finding, Kind
from kb.db import Database
from kb.settings import Settings
from retriever.ask import Retriever
from retriever.check import Checker
from retriever.reader import Read, ReadableText
from retriever.records import AskRequest
from retriever.settings import CheckSettings
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.kb.factories import editor
from tests.retriever.factories import department, published_article, retriever_of

SOURCE = "## 费用\n\n补办市民卡收费20元。\n\n## 时限\n\n市民卡补办3个工作日办结。\n"
LI = editor("li")


class FakeReader:
    """Says of a unit that it answers where it holds the last two characters of the question."""

    name = "local"

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText], *,
             seconds: float) -> list[Read]:
        assert not earlier
        assert seconds > 0
        found = []
        for text in texts:
            units = np.array([4.0 if question[-2:] in text.source[u.start:u.end] else -6.0
                              for u in text.passage.units])
            found.append(Read(float(units.max(initial=-6.0)), units))
        return found


@pytest.fixture
def answering(settings: Settings, database: Database) -> Iterator[Retriever]:
    department(database, "hrss")
    published_article(database, "card", SOURCE, title="市民卡补办")
    retriever = retriever_of(settings, database)
    retriever.catch_up()
    yield retriever
    retriever.close()


def checked(retriever: Retriever | Checker, database: Database, source: str, slug: str = "card", actor: Actor = LI,
            **fields: str) -> CheckReport:
    """What a check of the article's text, replaced by this source, says."""
    with database.transaction() as session:
        draft = drafts.edit(session, actor, slug, now=NOW, origin="test")
        draft = drafts.save(session, actor, draft.id, replace(draft.text, source=source, **fields), seen=1, now=NOW,
                            origin="test")
    report = retriever.check(draft.id, actor, now=NOW)
    with database.transaction() as session:
        return checks.keep_check(session, actor, report, now=NOW, origin="test")


def told(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.message, one.question.text) for one in report.findings if one.question]


def only(report: CheckReport) -> Finding:
    (found,) = report.of(Kind.LOST, Kind.CHANGED, Kind.GAINED)
    return found


def test_a_question_whose_answer_quoted_what_changed_is_told_with_both_texts(answering: Retriever,
                                                                             database: Database) -> None:
    answering.ask(AskRequest("补办市民卡多少钱"), CITIZEN, now=NOW)
    answering.ask(AskRequest("补办市民卡多少钱"), CITIZEN, now=NOW)
    found = only(checked(answering, database, SOURCE.replace("20元", "200元")))
    assert (found.kind, found.message, found.facts) == (Kind.CHANGED, "changed_figure", {"was": "20元", "now": "200元"})
    assert [(one.quote, one.heading_path) for one in found.before] == [("补办市民卡收费20元。", ("费用",))]
    assert [one.quote for one in found.after] == ["补办市民卡收费200元。"]
    assert SOURCE[found.before[0].start:found.before[0].end] == "补办市民卡收费20元。"
    assert found.question is not None
    assert found.question.asked == 2


def test_what_is_only_said_otherwise_warns_of_nothing(answering: Retriever, database: Database) -> None:
    answering.ask(AskRequest("补办市民卡多少钱"), CITIZEN, now=NOW)
    report = checked(answering, database, SOURCE.replace("补办市民卡收费20元。", "市民卡补办，收二十元费用。"))
    assert told(report) == []
    assert report.questions == 1


def test_an_answer_that_is_gone_is_lost(answering: Retriever, database: Database) -> None:
    answering.ask(AskRequest("补办市民卡多少钱"), CITIZEN, now=NOW)
    found = only(checked(answering, database, SOURCE.replace("## 费用\n\n补办市民卡收费20元。\n\n", "")))
    assert (found.kind, found.message, found.after) == (Kind.LOST, "lost_all", ())


def test_what_becomes_internal_is_lost_for_citizens(answering: Retriever, database: Database) -> None:
    answering.ask(AskRequest("补办市民卡多少钱"), CITIZEN, now=NOW)
    found = only(checked(answering, database, SOURCE + "\n内部口径。\n", audience="agent"))
    assert (found.kind, found.message) == (Kind.LOST, "lost_audience")


def test_questions_in_the_log_are_told_masked(answering: Retriever, database: Database) -> None:
    answering.ask(AskRequest("我叫张三，电话13812345678，补办市民卡多少钱"), CITIZEN, now=NOW)
    found = only(checked(answering, database, SOURCE.replace("20元", "200元")))
    assert found.question is not None
    assert "13812345678" not in found.question.text


def with_reader(database: Database, retriever: Retriever, **options: float) -> Checker:
    current = retriever._current
    current.parts = replace(current.parts, embedder=FakeEmbedder())
    given = replace(CheckSettings(), **options)
    return Checker(database, current, FakeReader(), given, answers=0.0, kept_days=180)


def test_a_question_without_an_answer_is_answered_at_last(answering: Retriever, database: Database) -> None:
    answering.ask(AskRequest("火星移民怎么停车"), CITIZEN, now=NOW)
    with database.transaction() as session:
        from kb.models import AnswerRow
        for row in session.query(AnswerRow):
            row.abstained = True
    report = checked(with_reader(database, answering), database, SOURCE + "\n## 停车\n\n地下车库可以停车。\n")
    found = only(report)
    assert (found.kind, [one.quote for one in found.after]) == (Kind.GAINED, ["地下车库可以停车。"])


def test_a_check_ends_when_its_time_is_up_and_says_so(answering: Retriever, database: Database) -> None:
    answering.ask(AskRequest("补办市民卡收费"), CITIZEN, now=NOW)
    report = checked(with_reader(database, answering, seconds=0.0), database, SOURCE.replace("20元", "200元"))
    assert (report.is_complete, told(report)) == (False, [])
    assert checked(with_reader(database, answering), database, SOURCE.replace("20元", "200元")).is_complete


def test_a_new_article_is_compared_with_nothing(answering: Retriever, database: Database) -> None:
    with database.transaction() as session:
        text = drafts.edit(session, LI, "card", now=NOW, origin="test").text
        draft = drafts.start(session, LI, "new", replace(text, source="新。", title="新市民卡"), now=NOW, origin="test")
    report = answering.check(draft.id, LI, now=NOW)
    assert (report.base, [one.kind for one in report.findings]) == (None, [Kind.BASIS])
