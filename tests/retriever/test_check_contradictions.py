"""The check before submitting tells what a draft says otherwise than another article in force, as the live text did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from kb.articles.acts import hiding
from kb.articles.kept_facts import keep_facts
from kb.articles.writing import checks, drafts
from kb.articles.writing.check_report import CheckReport, report_from
from kb.db import Database
from kb.models import DraftCheck, Revision
from kb.settings import Settings
from retriever.ask import Retriever
from tests.conftest import NOW
from tests.fakes import DownEmbedder, FakeEmbedder
from tests.kb.factories import MANAGER, editor
from tests.retriever.factories import department, published_article, retriever_of

TABLE = "| 科目 | 补考费 |\n|---|---|\n| 科目三 | {} |\n"
LI = editor("li")


def arranged(settings: Settings, database: Database, embedder: FakeEmbedder | DownEmbedder) -> Retriever:
    """Two articles that give one fee for one matter."""
    department(database, "hrss")
    published_article(database, "one", TABLE.format("115元"), title="驾驶人考试")
    published_article(database, "other", TABLE.format("115元"), title="考试收费")
    keep_facts(database)
    return retriever_of(settings, database, embedder)


@pytest.fixture
def retriever(settings: Settings, database: Database) -> Iterator[Retriever]:
    found = arranged(settings, database, FakeEmbedder())
    yield found
    found.close()


def checked(retriever: Retriever, database: Database, source: str) -> CheckReport:
    with database.transaction() as session:
        draft = drafts.edit(session, LI, "one", now=NOW, origin="test")
        draft = drafts.save(session, LI, draft.id, replace(draft.text, source=source), seen=draft.version, now=NOW,
                            origin="test")
    return retriever.check(draft.id, LI, now=NOW)


def test_a_figure_that_another_article_states_as_the_live_text_did_is_told(retriever: Retriever,
                                                                           database: Database) -> None:
    source = TABLE.format("125元")
    report = checked(retriever, database, source)
    only, = report.contradictions
    assert (only["article"], only["revision"], only["quote"], only["own"]) == ("other", 1, "115元", "125元")
    assert source[only["own_start"]:only["own_end"]] == "125元"
    assert report_from(report.as_dict()) == report


def test_other_words_for_the_same_figure_contradict_nothing(retriever: Retriever, database: Database) -> None:
    assert checked(retriever, database, TABLE.format("一百一十五元")).contradictions == ()


def test_what_the_live_text_contradicts_already_is_not_told_of_a_draft(settings: Settings, database: Database) -> None:
    department(database, "hrss")
    published_article(database, "one", TABLE.format("125元") + "\n\n可以预约。", title="驾驶人考试")
    published_article(database, "other", TABLE.format("115元"), title="考试收费")
    keep_facts(database)
    retriever = retriever_of(settings, database, FakeEmbedder())
    assert checked(retriever, database, TABLE.format("125元") + "\n\n请先预约。").contradictions == ()
    retriever.close()


def test_nobody_hears_of_a_text_that_went_out_of_sight(retriever: Retriever, database: Database) -> None:
    with database.transaction() as session:
        hiding.hide(session, MANAGER, "other", reason="核实", now=NOW, origin="test")
    assert checked(retriever, database, TABLE.format("125元")).contradictions == ()


def test_without_a_model_that_works_the_report_says_so(settings: Settings, database: Database) -> None:
    retriever = arranged(settings, database, DownEmbedder())
    report = checked(retriever, database, TABLE.format("125元"))
    assert (report.contradictions, "no_contradictions" in report.degraded) == ((), True)
    retriever.close()


def test_a_kept_report_has_the_other_articles_words_for_who_may_read_them_alone(settings: Settings, database: Database,
                                                                                ) -> None:
    retriever = arranged(settings, database, FakeEmbedder())
    report = checked(retriever, database, TABLE.format("125元"))
    with database.transaction() as session:
        checks.keep_check(session, LI, report, now=NOW, origin="test")
        assert "115元" not in str(session.scalars(select(DraftCheck.report)).one())  # erased with its own article
    with database.reading() as session:
        kept = checks.read_check(session, LI, report.draft_id)
        assert kept
        assert [one["quote"] for one in kept.contradictions] == ["115元"]
    with database.transaction() as session:
        session.execute(update(Revision).where(Revision.title == "考试收费").values(redacted_at=NOW))
    with database.reading() as session:
        kept = checks.read_check(session, LI, report.draft_id)
        assert kept
        assert kept.contradictions == ()
    retriever.close()
