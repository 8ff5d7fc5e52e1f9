"""Figures of published texts are kept once, whatever came between, and go with erased words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update

from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.kept_facts import count_unread, keep_facts
from kb.db import Database
from kb.models import Article, FactReading, FactRow, Revision
from tests.kb.factories import ADMIN, MANAGER, add_department, at, published, revision_text, submitted


def kept(database: Database) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(
            select(FactRow.kind, FactRow.value, FactRow.unit, FactRow.op).order_by(FactRow.revision_id, FactRow.start))]


def test_the_figures_of_a_published_text_are_kept_with_what_they_are_of(database: Database) -> None:
    add_department(database, "hrss")
    published(database, revision_text("## 补领\n\n补领工本费二十五元，10个工作日内寄出，咨询0699-5550912。"))
    submitted(database, revision_text("另收30元。", author="li"), slug="other")
    assert keep_facts(database) == 1
    assert kept(database) == [("money", "25", "CNY", "eq"), ("duration", "10", "workday", "le"),
                              ("phone", "06995550912", "", "eq")]
    with database.reading() as session:
        row = session.scalars(select(FactRow).where(FactRow.kind == "money")).one()
        source = session.scalars(select(Revision.source).where(Revision.id == row.revision_id)).one()
        assert (row.attribute, row.conditions) == ("补领工本费", ["补领"])
        assert source[row.figure_start:row.figure_end] == "二十五元"


def test_what_is_kept_is_not_read_again_and_what_a_former_reader_read_is(database: Database) -> None:
    add_department(database, "hrss")
    published(database, revision_text("收费25元。"))
    assert (keep_facts(database), keep_facts(database)) == (1, 0)
    before = kept(database)
    with database.transaction() as session:
        session.execute(update(FactReading).values(reader=0))
        session.execute(update(FactRow).values(value="stale"))
        assert count_unread(session) == 1
    assert keep_facts(database) == 1
    assert kept(database) == before


def test_an_index_that_was_lost_is_made_anew(database: Database) -> None:
    add_department(database, "hrss")
    for number in range(25):  # more than one transaction's
        published(database, revision_text(f"收费{number}元。", title=f"第{number}项"), slug=f"a-{number}")
    keep_facts(database)
    before = kept(database)
    with database.transaction() as session:
        session.execute(delete(FactRow))
        session.execute(delete(FactReading))
    assert keep_facts(database) == 25
    assert sorted(kept(database)) == sorted(before) and len(before) == 25


def test_erased_words_leave_no_figures(database: Database) -> None:
    add_department(database, "hrss")
    key = published(database, revision_text("收费25元。"))
    keep_facts(database)
    with database.transaction() as session:
        ask_redaction(session, ADMIN, session.get_one(Revision, key), reason="法院裁定", now=at(1), origin="test")
    with database.transaction() as session:
        agree_redaction(session, MANAGER, session.get_one(Revision, key), now=at(2), origin="test")
    assert kept(database) == []
    assert (keep_facts(database), keep_facts(database)) == (1, 0)  # marked as read, with nothing in it
    assert kept(database) == []


def test_of_named_articles_alone_the_figures_are_read(database: Database) -> None:
    add_department(database, "hrss")
    published(database, revision_text("收费25元。"))
    published(database, revision_text("收费35元。"), slug="other-card")
    with database.reading() as session:
        other = session.scalars(select(Article.id).where(Article.slug == "other-card")).one()
    assert (keep_facts(database, articles=[]), keep_facts(database, articles=[other])) == (0, 1)
    assert [row[1] for row in kept(database)] == ["35"]
    assert keep_facts(database) == 1
