"""What was changed in the database beside the services is found: texts, signatures, states, dates, owners."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import selectinload

from kb.actor import OPERATOR
from kb.articles import publication
from kb.articles.acts import signatures
from kb.articles.revisions import BasisText, RevisionText, content_hash, text_of
from kb.articles.writing.intake import import_history
from kb.content import verification
from kb.content.importers import import_paths
from kb.content.verification import Checked
from kb.db import Database
from kb.models import Article, Revision
from kb.record import audit
from kb.settings import Settings
from tests.conftest import NOW
from tests.kb.factories import (
    MANAGER,
    add_department,
    approver,
    at,
    finding_of,
    published,
    retired,
    revision_text,
    submitted,
)

pytestmark = pytest.mark.only_on("sqlite")  # as whoever holds the file; PostgreSQL's in test_postgresql

ROOT = Path(__file__).parents[4]
FULL: dict[str, Any] = {
    "bases": (BasisText("办法", "滨人社规〔2025〕3号"),), "co_owners": ("fund", "tax"), "keywords": ("社保卡",),
    "effective_to": at(900), "attachments": ({"name": "a", "sha256": "0" * 64},)}


@pytest.fixture
def store(database: Database) -> Database:
    """Two revisions of ``card``, a third one ahead, one of another article signed later, one in
    review, one signed by two departments, one rejected, one retired.
    """
    add_department(database, "fund")
    add_department(database, "tax")
    published(database, revision_text("一", **FULL), number=1, day=0)
    published(database, revision_text("二", effective_from=at(5)), number=2, day=3)
    published(database, revision_text("三", effective_from=at(50)), number=3, day=6)
    published(database, revision_text("四", effective_from=at(8), effective_to=at(60)), number=4, day=8)
    published(database, slug="old")
    retired(database, "old", day=4, successor="card")
    submitted(database, revision_text("稿"), day=9)
    signed = submitted(database, revision_text("签", co_owners=("fund",)), slug="signed", day=9)
    rejected = submitted(database, revision_text("退"), slug="rejected", day=9)
    with database.transaction() as session:
        import_history(session, OPERATOR, "later", revision_text("后"), number=1, now=at(1), origin="test",
                       signed={"li": at(0), "wang": at(1)})
        for revision_id, act, who in (
                (signed, signatures.sign, approver()), (signed, signatures.sign, approver("xu", "fund")),
                (rejected, signatures.reject, approver())):
            row = session.get_one(Revision, revision_id)
            act(session, who, row, shown=row.sha256, reason="x", now=at(10), origin="test")
    return database


def checked(database: Database) -> Checked:
    with database.reading() as session:
        return verification.verify(session)


def execute(database: Database, *statements: str) -> None:
    """As whoever holds the file would: with the shell of SQLite, which looks at no reference."""
    with closing(sqlite3.connect(database.engine.url.database or "")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)


def test_a_history_of_every_kind_holds(store: Database) -> None:
    with store.reading() as session:
        assert finding_of(session) is None
        assert checked(store).head == audit.head(session)


def test_the_sample_with_its_own_history_holds(database: Database, settings: Settings) -> None:
    report = import_paths(database, settings, OPERATOR, [ROOT / "articles"], now=NOW, approver=MANAGER)
    assert report.created > 200 and not report.failed
    with database.reading() as session:
        assert finding_of(session) is None


CARD = "(SELECT id FROM article WHERE slug = 'card')"
REVISION = f"(SELECT id FROM revision WHERE number = 1 AND article_id = {CARD})"


@pytest.mark.parametrize(("statement", "subject", "reason"), [
    (f"UPDATE revision SET source = '二十元' WHERE id = {REVISION}", "revision 1 of card", "text, audience, dates"),
    ("UPDATE revision SET audience = 'agent' WHERE number = 2", "revision 2 of card", "text, audience, dates"),
    ("UPDATE revision SET effective_to = NULL WHERE number = 4", "revision 4 of card", "text, audience, dates"),
    ("UPDATE revision SET effective_from = '2025-01-01 00:00:00.000000' WHERE number = 3", "revision 3 of card",
     "text, audience, dates"),
    ("UPDATE revision SET review_by = '2099-01-01 00:00:00.000000' WHERE number = 2", "revision 2 of card", "text"),
    ("UPDATE revision SET author = 'x' WHERE number = 5", "revision 5 of card", "text"),
    ("DELETE FROM revision_co_owner WHERE department = 'tax'", "revision 1 of card", "text"),
    ("UPDATE basis SET number = '滨人社规〔2025〕4号'", "revision 1 of card", "text"),
    ("DELETE FROM basis", "revision 1 of card", "text"),
    ("UPDATE revision SET sha256 = '0' WHERE number = 2", "table ", "names a revision"),
    ("UPDATE revision SET sha256 = '0' WHERE number = 5", "revision 5 of card", "text"),
    ("UPDATE revision SET number = 7 WHERE number = 5", "revision 7 of card", "another number"),
    (f"UPDATE revision SET article_id = {CARD}, number = 9 WHERE source = '后'", "revision 9 of card", "number"),
    (f"DELETE FROM signature WHERE revision_id = {REVISION}", "revision 1 of card", "signature of hrss-approver"),
    ("DELETE FROM signature WHERE signer = 'wang'", "revision 1 of later", "signature of wang"),
    ("DELETE FROM signature WHERE department = 'fund'", "revision 1 of signed", "signature of xu"),
    ("UPDATE signature SET department = 'tax' WHERE signer = 'xu'", "revision 1 of signed", "signed for tax"),
    ("UPDATE signature SET decision = 'signed' WHERE decision = 'rejected'", "revision 1 of rejected", "rejected for"),
    ("UPDATE signature SET signer = 'zhao' WHERE signer = 'wang'", "revision 1 of later", "signature of wang"),
    (f"INSERT INTO signature (revision_id, author, sha256, department, signer, decision, reason, is_substitute, "
     f"is_imported, signed_at) SELECT id, author, sha256, 'hrss', 'boss', 'signed', '', 0, 0, created_at FROM revision "
     f"WHERE id = {REVISION}", "revision 1 of card", "signed by boss"),
    ("UPDATE signature SET signed_at = '2026-06-01 00:00:00.000000' WHERE signer = 'li'", "revision 1 of later",
     "dated after"),
    ("UPDATE revision SET state = 'published' WHERE source = '后'", "revision 1 of later", "is published"),
    ("UPDATE revision SET state = 'approved' WHERE number = 5", "revision 5 of card", "is approved"),
    ("UPDATE revision SET state = 'rejected' WHERE number = 2", "revision 2 of card", "is rejected"),
    ("UPDATE revision SET state = 'approved' WHERE source = '退'", "revision 1 of rejected", "is approved"),
    ("UPDATE revision SET state = 'in_review' WHERE source = '签'", "revision 1 of signed", "is in review"),
    ("UPDATE publication SET published_at = '2026-01-01 12:00:00.000000' WHERE id = 1", "revision 1 of card", "live"),
    ("UPDATE publication SET effective_from = '2026-01-05 00:00:00.000000' WHERE id = 2", "of card", "live"),
    ("UPDATE publication SET effective_to = NULL", "of card", "live"),
    ("UPDATE publication SET superseded_at = NULL WHERE id = 1", "revision 1 of card", "live"),
    ("UPDATE publication SET superseded_at = '2026-03-01 00:00:00.000000' WHERE superseded_at IS NULL", "of card",
     "live"),
    (f"DELETE FROM publication WHERE article_id = {CARD}", "of card", "gone"),
    ("DELETE FROM publication WHERE superseded_at IS NULL", "of card", "gone"),
    ("INSERT INTO publication (revision_id, article_id, effective_from, published_at) SELECT id, article_id, "
     "effective_from, created_at FROM revision WHERE number = 5", "revision 5 of card", "no entry tells of"),
    (f"UPDATE publication SET revision_id = {REVISION} WHERE superseded_at IS NULL", "of card", "live"),
    ("UPDATE article SET owner = 'fund' WHERE slug = 'card'", "article card", "belongs to fund"),
    ("UPDATE article SET retired_at = NULL, retired_reason = NULL WHERE slug = 'old'", "article old", "not retired"),
    ("UPDATE article SET retired_reason = 'x' WHERE slug = 'old'", "article old", "reason"),
    ("UPDATE article SET successor_id = id WHERE slug = 'old'", "article old", "successor"),
    ("UPDATE article SET retired_at = '2026-01-01 00:00:00.000000' WHERE slug = 'later'", "article later", "retired"),
    ("DELETE FROM revision WHERE number = 2", "table ", "names a revision"),
    ("DELETE FROM article WHERE slug = 'card'", "table ", "names a article"),
    ("UPDATE revision SET review_by = 'no time' WHERE number = 1", "article ", "cannot be read"),
    ("UPDATE revision SET keywords = '{' WHERE number = 1", "article ", "cannot be read"),
    ("UPDATE revision SET keywords = '5' WHERE number = 1", "article ", "cannot be read"),
    ("UPDATE revision SET source = x'00ff' WHERE number = 1", "article ", "cannot be read"),
    ("UPDATE revision SET source = CAST(x'ff80' AS TEXT) WHERE number = 1", "article ", "cannot be read"),
    ("UPDATE publication SET published_at = 'no time' WHERE superseded_at IS NULL", "article ", "cannot be read"),
])
def test_s9_what_was_changed_beside_the_services_is_named(store: Database, statement: str, subject: str,
                                                          reason: str) -> None:
    execute(store, statement)
    found = checked(store).finding
    assert found is not None
    assert subject in str(found.subject) and reason in str(found.reason)
    assert "backup" in str(found.advice)


def test_a_revision_that_is_gone_with_all_that_names_it_is_missed(store: Database) -> None:
    of = "WHERE revision_id IN (SELECT id FROM revision WHERE source = '后')"
    execute(store, f"DELETE FROM signature {of}", "DELETE FROM revision WHERE source = '后'")
    found = checked(store).finding
    assert found is not None and str(found.subject).startswith("revision ") and "is gone" in str(found.reason)


def test_a_text_that_was_hashed_anew_differs_from_its_entries(store: Database) -> None:
    with store.reading() as session:
        row = session.scalars(select(Revision).where(Revision.number == 2).options(
            selectinload(Revision.co_owners), selectinload(Revision.bases))).one()
        forged = content_hash(replace(text_of(row), source="另"))
        execute(store, f"UPDATE signature SET sha256 = '{forged}' WHERE revision_id = '{row.id}'",
                f"UPDATE revision SET source = '另', sha256 = '{forged}' WHERE id = '{row.id}'")
    found = checked(store).finding
    assert found is not None and str(found.subject) == "revision 2 of card"
    assert "another text than entry" in str(found.reason) and found.entry is not None


def test_a_revision_put_in_beside_the_services_has_no_entry(store: Database) -> None:
    with store.transaction() as session:
        import_history(session, OPERATOR, "forged", revision_text("伪"), number=1, now=at(11), origin="test",
                       signed={"li": at(9)})
        session.execute(text("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)"))
    found = checked(store).finding
    assert found is not None and (str(found.subject), found.entry) == ("revision 1 of forged", None)
    assert "no entry" in str(found.reason)


def test_the_log_itself_is_looked_at_first(store: Database) -> None:
    execute(store, "UPDATE revision SET source = '二十元'", "UPDATE audit_entry SET actor = 'x' WHERE id = 3")
    found = checked(store).finding
    assert found is not None and (str(found.subject), found.entry) == ("entry 3", 3)


def test_of_many_articles_the_changed_one_is_named(database: Database) -> None:
    for n in range(230):
        published(database, slug=f"a{n:03}")
    shown: list[tuple[int, int]] = []
    with database.reading() as session:
        assert verification.verify(session, show=lambda done, of: shown.append((done, of))).finding is None
    assert shown == sorted(shown) and shown[-1][0] == shown[-1][1] > 690
    execute(database, "UPDATE revision SET source = CAST(x'ff' AS TEXT) WHERE article_id = "
            "(SELECT max(id) FROM article)")
    with database.reading() as session:
        last = session.scalars(select(Article.id).order_by(Article.id.desc()).limit(1)).one()
    found = checked(database).finding
    assert found is not None and str(found.subject) == f"article {last}"


def test_a_published_revision_of_history_with_its_own_times_holds(database: Database) -> None:
    words = RevisionText(title="补卡", source="免费。", lang="zh", audience="public", owner="hrss",
                         effective_from=at(0), author="x")
    with database.transaction() as session:
        row, _ = import_history(session, OPERATOR, "card", words, number=1, now=at(100), origin="test",
                                signed={"li": at(2)}, created_at=at(1))
        publication.publish(session, OPERATOR, row, now=at(100), origin="test", published_at=at(3))
    with database.reading() as session:
        assert finding_of(session) is None
