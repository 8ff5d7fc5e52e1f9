"""Categories: a list with risk and review interval, which texts are held to and history is taken into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kb.articles.acts import rules
from kb.articles.acts.rules import CategoryRule, list_categories, set_category
from kb.articles.writing import drafts, submission
from kb.content.importers.markdown import read_revision
from kb.db import Database
from kb.errors import Denied, Invalid
from kb.record import audit
from kb.settings import Settings
from tests.conftest import NOW
from tests.kb.factories import ADMIN, MANAGER, approver, at, editor, published, revision_text

DONE: dict[str, Any] = {"now": at(9), "origin": "test"}


def test_a_text_of_an_unknown_category_is_not_handed_in_and_the_known_ones_are_told(database: Database) -> None:
    published(database, revision_text("x", category="社会保障"))
    with database.transaction() as session:
        draft = drafts.start(session, editor(), "house", revision_text(category="社保"), **DONE)
    with pytest.raises(Invalid, match=r"unknown category '社保'; known: 社会保障"), database.transaction() as session:
        submission.submit(session, editor(), draft.id, seen=1, **DONE)
    with database.transaction() as session:
        set_category(session, MANAGER, "社保", risk="high", review_days=90, **DONE)
        assert submission.submit(session, editor(), draft.id, seen=1, **DONE).category == "社保"


def test_of_many_categories_it_is_told_how_to_list_them_all(database: Database) -> None:
    with database.transaction() as session:
        for n in range(43):
            set_category(session, MANAGER, f"类{n:02}", risk="low", review_days=None, **DONE)
        with pytest.raises(Invalid, match=r"and 3 more: `kb rules categories`"):
            rules.check_category(session, "社保")


def test_history_brings_its_categories_along_and_the_log_tells_so(database: Database) -> None:
    for slug, category in (("a", "甲"), ("b", "甲"), ("c", "")):
        published(database, revision_text(category=category), slug=slug)
    with database.reading() as session:
        assert list_categories(session) == [CategoryRule("甲", "normal", None)]
        assert [e.subject for e in audit.tail(session) if e.action == "category"] == ["category:甲"]


def test_the_list_is_the_managers(database: Database) -> None:
    with database.transaction() as session:
        for who in (approver(), editor(), ADMIN):
            with pytest.raises(Denied):
                set_category(session, who, "甲", risk="low", review_days=None, **DONE)
        for wrong in ({"risk": "huge"}, {"review_days": 0}, {"review_days": 4000}):
            with pytest.raises(Invalid):
                set_category(session, MANAGER, "甲", **{"risk": "low", "review_days": None, **wrong}, **DONE)
        for name in ("", " 甲", "甲" * 101):
            with pytest.raises(Invalid):
                set_category(session, MANAGER, name, risk="low", review_days=None, **DONE)
        set_category(session, MANAGER, "甲", risk="low", review_days=None, **DONE)
        set_category(session, MANAGER, "甲", risk="high", review_days=90, **DONE)
        assert list_categories(session) == [CategoryRule("甲", "high", 90)]
        entry = audit.tail(session, 1)[0]
        assert entry.before == {"category": "甲", "risk": "low", "review_days": None}


def test_a_file_that_names_no_review_is_reviewed_after_its_categorys_interval(database: Database, settings: Settings,
                                                                             tmp_path: Path) -> None:
    file = tmp_path / "card.md"
    file.write_text("---\ntitle: 补卡\ncategory: 甲\n---\n\n带身份证。\n", encoding="utf-8")
    with database.transaction() as session:
        set_category(session, MANAGER, "甲", risk="high", review_days=90, **DONE)
        set_category(session, MANAGER, "乙", risk="low", review_days=None, **DONE)
        assert rules.review_days_of(session) == {"甲": 90}
    for intervals, days in (({"甲": 90}, 90), ({}, 365)):
        read = read_revision(file, settings, department="hrss", now=NOW, review_days=intervals)
        assert read.text.review_by is not None and (read.text.review_by - NOW).days == days - 1
