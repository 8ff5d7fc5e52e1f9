"""A database of an earlier release comes up to date with all that was in it; head equals models; no way leads back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from kb.articles.acts.rules import CategoryRule, check_category, list_categories
from kb.articles.writing import drafts
from kb.db import Base, Database
from kb.migrations import config_of, migrate
from kb.models import Draft, Publication, Revision, Signature
from kb.people.department_editing import get_department
from kb.settings import load_settings
from tests.kb.factories import at, editor

ARTICLE, PUBLISHED, WRITTEN = "a-1", "r-1", "r-2"
AT = "2026-01-02 00:00:00.000000"


@pytest.fixture
def released(tmp_path: Path) -> Iterator[Database]:
    """A database as the release before drafts had it: a published revision with two approvals, and a draft revision."""
    database = Database(load_settings(tmp_path, {}, data={"dir": str(tmp_path)}))
    command.upgrade(config_of(database), "0002")
    columns = ("id, article_id, number, state, sha256, title, source, summary, lang, category, keywords, synonyms, "
               "audience, owner, effective_from, effective_to, review_by, attachments, change_note, is_minor, author, "
               "created_at")
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO department VALUES ('hrss', '人社局', 'HRSS', '', NULL), "
                                "('fund', '公积金', 'Fund', '', NULL)"))
        connection.execute(text("INSERT INTO article (id, slug, owner, created_at) "
                                f"VALUES ('{ARTICLE}', 'card', 'hrss', '{AT}')"))
        for number, (key, state) in enumerate(((PUBLISHED, "published"), (WRITTEN, "draft")), 1):
            connection.execute(text(
                f"INSERT INTO revision ({columns}) VALUES ('{key}', '{ARTICLE}', {number}, '{state}', 'hash{number}', "
                f"'补卡', '正文{number}', '摘要', 'zh', '证件', '[\"社保卡\"]', '[]', 'public', 'hrss', '{AT}', NULL, "
                f"'{AT}', '[]', '说明', 0, 'li', '{AT}')"))
        connection.execute(text(f"INSERT INTO revision_co_owner VALUES ('{WRITTEN}', 'fund'), ('{PUBLISHED}', 'fund')"))
        connection.execute(text(f"INSERT INTO basis VALUES ('{WRITTEN}', 0, '办法', '〔2024〕2号', '', '2024-02-29', "
                                "'')"))
        connection.execute(text(f"INSERT INTO approval VALUES ('{PUBLISHED}', 'wu', 'hash1', '{AT}'), "
                                f"('{PUBLISHED}', 'zhou', 'hash1', '{AT}')"))
        connection.execute(text("INSERT INTO publication (revision_id, article_id, effective_from, published_at) "
                                f"VALUES ('{PUBLISHED}', '{ARTICLE}', '{AT}', '{AT}')"))
    yield database
    database.close()


def test_drafts_and_approvals_of_the_release_before_are_carried_over(released: Database) -> None:
    migrate(released)
    with released.transaction() as session:
        assert session.execute(select(Revision.id, Revision.contributors)).all() == [(PUBLISHED, [])]
        marks = session.execute(select(Signature.signer, Signature.sha256, Signature.is_imported, Signature.department,
                                       Signature.signed_at).order_by(Signature.signer)).all()
        assert marks == [("wu", "hash1", True, None, at(1)), ("zhou", "hash1", True, None, at(1))]
        kept = session.scalars(select(Draft)).one()
        found = drafts.get(session, editor("li"), kept.id)
        assert (found.author, found.version, found.slug) == ("li", 1, "card")
        assert (found.text.source, found.text.keywords, found.text.co_owners) == ("正文2", ("社保卡",), ("fund",))
        assert (found.text.bases[0].number, str(found.text.bases[0].date)) == ("〔2024〕2号", "2024-02-29")
        assert (found.text.effective_from, found.text.review_by, found.text.is_minor) == (at(1), at(1), False)
        mine = drafts.take_over(session, editor("wang"), kept.id, seen=1, now=at(2), origin="test")
        assert drafts.save(session, editor("wang"), mine.id, mine.text, seen=2, now=at(2), origin="test").version == 3


def test_the_review_date_in_force_is_kept_with_what_is_live(released: Database) -> None:
    migrate(released)
    with released.reading() as session:
        assert session.scalars(select(Publication.review_by)).all() == [at(1)]


def test_the_categories_in_use_become_the_list(released: Database) -> None:
    migrate(released)
    with released.reading() as session:
        assert list_categories(session) == [CategoryRule("证件", "normal", None)]
        check_category(session, "证件")
        found = get_department(session, "hrss")
        assert (found.head, found.deputies, found.contacts, found.district, found.successor) == ("", (), (), "", None)


def test_references_are_checked_again_afterwards(released: Database) -> None:
    with released.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    migrate(released)
    with released.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []


def test_head_equals_models(released: Database) -> None:
    migrate(released)
    with released.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        differing: list[Any] = compare_metadata(context, Base.metadata)
    assert differing == []


def test_fault_66_there_is_no_way_back(released: Database) -> None:
    migrate(released)
    with pytest.raises(NotImplementedError, match="restore a backup"):
        command.downgrade(config_of(released), "0002")
    migrate(released)
