"""No column of a table that authority hangs on can be changed, and no row added or removed, without being found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, Table, func, select, update

from kb.actor import SYSTEM
from kb.articles import file_store
from kb.articles.acts import signatures
from kb.articles.writing import drafts
from kb.content import verification
from kb.content.verification import Checked
from kb.db import Base, Database, Instant
from kb.migrations import migrate
from kb.models import (
    Absence,
    ApiToken,
    Article,
    AuditEntry,
    CalendarDay,
    CalendarYear,
    Category,
    Confirmation,
    Department,
    Hiding,
    KnownQuestion,
    LedgerPhone,
    LexiconWord,
    Redaction,
    RegisterDocument,
    ReviewComment,
    ReviewTask,
    Revision,
    RevisionAttachment,
    RoleGrant,
    ScheduledJob,
    SignatureRule,
    SynonymGroup,
    Transfer,
    Urgency,
    User,
    UserIdentity,
    Webhook,
    WebSession,
)
from kb.record import audit
from kb.record.journal import record
from kb.record.watched import FREE, SIGNED, UNWATCHED, WATCHED
from tests.kb.factories import add_department, approver, at, editor, published, revision_text, submitted


def checked(database: Database) -> Checked:
    with database.reading() as session:
        return verification.verify(session)


def found(database: Database) -> str:
    finding = checked(database).finding
    return f"{finding.subject}: {finding.reason}" if finding else ""


def test_every_table_is_watched_or_says_why_not() -> None:
    assert WATCHED.keys() | UNWATCHED.keys() == Base.metadata.tables.keys()
    assert not WATCHED.keys() & UNWATCHED.keys()
    assert all(UNWATCHED.values()) and all(FREE.values())
    columns = {f"{table.name}.{column.name}" for table in WATCHED.values() for column in table.columns}
    assert FREE.keys() <= columns
    assert not FREE.keys() & {f"{t.name}.{c.name}" for t in WATCHED.values() for c in t.primary_key}


def _rows_of_every_table(database: Database) -> None:
    """At least one row of each watched table; those that services make by long ways are added as objects."""
    add_department(database, "fund")
    live = published(database, revision_text("一", effective_to=at(900), review_by=at(90)))
    submitted(database, revision_text("稿", author="hrss-b"), slug="waits")
    with database.transaction() as session:
        drafts.start(session, editor(), "begun", revision_text("新"), now=at(1), origin="test")
        waits = session.scalars(select(Revision).join(Article, Article.id == Revision.article_id)
                                .where(Article.slug == "waits")).one()
        signatures.sign(session, approver(), waits, shown=waits.sha256, reason="", now=at(2), origin="test")
        file_store.put(session, "附件".encode(), "text/plain", login="li", now=at(2))
        article = session.get_one(Revision, live).article_id
        session.add_all([
            User(id="u1", login="li", name="李", password_hash="$argon2id$1", created_at=at(0)),
            User(id="u2", login="wu", name="吴", password_hash="$argon2id$2", created_at=at(0)),
            Category(name="证件", risk="high"), SignatureRule(department="hrss", category="", owner_signatures=2),
            LexiconWord(word="社保卡"), SynonymGroup(lang="zh", direction="both", terms=["社保卡", "医保卡"]),
            CalendarYear(year=2026, source="通知"), CalendarDay(day=date(2026, 10, 1), is_set=False, is_working=False),
            ScheduledJob(name="scan", since=at(0), paused_at=at(1), paused_by="li"),
            Webhook(id="w1", name="大屏", url="https://example.org/in", secret="sealed", made_by="li",
                    made_at=at(0)),
            LedgerPhone(id="p1", number="05408810100", name_zh="总台", updated_at=at(0), updated_by="li"),
            RegisterDocument(id="d1", title="办法", title_key="办法", updated_at=at(0), updated_by="li"),
            Absence(login="li", first_day=date(2026, 1, 1), last_day=date(2026, 1, 2), announced_by="li",
                    announced_at=at(0)),
            ReviewComment(revision_id=live, first=0, past=0, body="金额？", author="li", written_at=at(0)),
            ReviewTask(id="t1", article_id=article, department="hrss", person="li", way="head", reasons=[],
                       severity="info", opened_at=at(0), due_on=date(2026, 3, 1)),
            RevisionAttachment(revision_id=live, ordinal=0, sha256="0" * 64, name="附件"),
            Confirmation(revision_id=live, confirmed_by="li", confirmed_at=at(1), review_by=at(90)),
            Urgency(revision_id=live, reason="急", published_by="li", published_at=at(0), due_at=at(1)),
            Transfer(article_id=article, source="hrss", target="fund", reason="划转", opened_by="li", opened_at=at(0)),
            Redaction(revision_id=live, reason="依法", asked_by="li", asked_at=at(0)),
            KnownQuestion(id="k1", article_id=article, heading_path=[], section="s", text="在哪补卡", wording="w",
                          lang="zh", state="proposed", proposer="li", proposed_at=at(0))])
        session.flush()
        session.add_all([
            RoleGrant(user_id="u1", role="editor", department="hrss"),
            UserIdentity(issuer="https://id.example.org/x", subject="s/1", user_id="u1", linked_at=at(0)),
            ApiToken(id="a1", user_id="u1", name="脚本", token_sha256="1" * 64, scopes=["read"],
                     created_at=at(0), expires_at=at(30)),
            WebSession(id_sha256="2" * 64, user_id="u1", created_at=at(0), expires_at=at(1)),
            Hiding(article_id=article, reason="误", hidden_by="li", hidden_at=at(1), until=at(2))])
        session.flush()
        record(session, SYSTEM, "arrange", "test:rows", now=at(3), origin="test")


def _another(column: Column[Any], value: Any) -> Any:
    """A value of the column's kind that is not this stored one."""
    if isinstance(column.type, Boolean):
        return 0 if value else 1
    if isinstance(column.type, JSON):
        kept = json.loads(value) if value else None
        return json.dumps({**kept, "title": "改"} if isinstance(kept, dict) else [*(kept or []), "zhao"])
    if isinstance(column.type, (Integer, Float)):
        return 77
    if isinstance(column.type, Instant):
        return "2031-01-01 00:00:00.000000"
    if isinstance(column.type, Date):
        return "2031-01-01"
    return f"{value or ''}改"


@contextmanager
def _held(database: Database) -> Iterator[sqlite3.Connection]:
    """As whoever holds the file has it: with no check of references or values."""
    with closing(sqlite3.connect(database.engine.url.database or "", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        yield connection


def _only(table: Table, finding: verification.Finding) -> bool:
    return f" of {table.name}" in str(finding.subject)


@pytest.mark.only_on("sqlite")
def test_a_change_of_any_column_that_authority_hangs_on_is_found(database: Database) -> None:
    _rows_of_every_table(database)
    with database.reading() as session:  # the specific checks want entries of the services; the rows' check alone here
        assert verification.rows.check(session, _walked(session), lambda _done: None) is None
    for table in WATCHED.values():
        for column in table.columns:
            with _held(database) as file:
                row_id, value = file.execute(f'SELECT rowid, "{column.name}" FROM "{table.name}" LIMIT 1').fetchone()
                change = f'UPDATE "{table.name}" SET "{column.name}" = ? WHERE rowid = ?'
                is_row_id = column.primary_key and isinstance(column.type, Integer) and len(table.primary_key) == 1
                new_id = 77 if is_row_id else row_id
                file.execute(change, (_another(column, value), row_id))
                with database.reading() as session:
                    finding = verification.rows.check(session, _walked(session), lambda _done: None)
                file.execute(change, (value, new_id))
            name = f"{table.name}.{column.name}"
            if name in FREE:
                assert finding is None, name
                continue
            assert finding is not None, name
            told = f"{finding.subject}: {finding.reason}"
            assert f" of {table.name}: " in told, told
            assert column.name in told or column.primary_key, told
    for name in SIGNED:
        assert name.startswith("revision.")  # test_articles changes each of them


def _walked(session: Any) -> verification.rows.Told:
    told = verification.rows.Told()
    assert audit.verify(session, see=told.see).broken_at is None
    return told


@pytest.mark.only_on("sqlite")
def test_a_row_more_or_less_in_any_of_these_tables_is_found(database: Database) -> None:
    _rows_of_every_table(database)
    for table in WATCHED.values():
        with _held(database) as file:
            file.execute("BEGIN")
            kept = file.execute(f'SELECT rowid, * FROM "{table.name}" LIMIT 1').fetchone()
            file.execute(f'DELETE FROM "{table.name}" WHERE rowid = ?', kept[:1])
            file.execute("COMMIT")
            with database.reading() as session:
                less = verification.rows.check(session, _walked(session), lambda _done: None)
            file.execute(f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * (len(kept) - 1))})', kept[1:])
            key = next(iter(table.primary_key))
            place = [column.name for column in table.columns].index(key.name)
            twin = list(kept[1:])
            twin[place] = _another(key, twin[place])
            for column in table.columns:  # what may be there once
                if column.name in ("number", "slug", "login", "name", "token_sha256", "wording", "title_key", "role",
                                   "signer", "issuer", "article_id"):
                    where = [c.name for c in table.columns].index(column.name)
                    if where != place:
                        twin[where] = _another(column, twin[where])
            file.execute(f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(twin))})', twin)
            with database.reading() as session:
                more = verification.rows.check(session, _walked(session), lambda _done: None)
            file.execute(f'DELETE FROM "{table.name}" WHERE "{key.name}" = ?', (twin[place],))
        assert less is not None and _only(table, less) and "is gone" in str(less.reason), table.name
        assert more is not None and _only(table, more) and "no entry tells" in str(more.reason), table.name
    with database.reading() as session:
        assert verification.rows.check(session, _walked(session), lambda _done: None) is None


@pytest.mark.parametrize(("statement", "told"), [
    ("UPDATE user_account SET password_hash = (SELECT password_hash FROM user_account AS o WHERE o.login = 'wu') "
     "WHERE login = 'li'", "row u1 of user_account: is not as entry {} tells: password_hash"),
    ("UPDATE api_token SET expires_at = NULL", "expires_at"),
    ("INSERT INTO web_session (id_sha256, user_id, created_at, expires_at, device) VALUES ('x', 'u1', "
     "'2026-01-01 00:00:00.000000', '2036-01-01 00:00:00.000000', '')", "row x of web_session: no entry tells"),
    ("INSERT INTO user_identity VALUES ('https://evil.example', 'me', 'u1', '2026-01-01 00:00:00.000000')",
     "row https:%2F%2Fevil.example/me of user_identity: no entry tells"),
    ("UPDATE revision SET contributors = '[\"x\"]'", "contributors"),
    ("DELETE FROM lexicon_word", "row 社保卡 of lexicon_word: is gone"),
    ("UPDATE attachment_piece SET content = x'00'", "attached file"),
    ("UPDATE draft SET created_at = 'x'", "holds what cannot be read"),
])
@pytest.mark.only_on("sqlite")
def test_what_was_changed_is_named(database: Database, statement: str, told: str) -> None:
    _rows_of_every_table(database)
    with _held(database) as file:
        file.execute(statement)
    with database.reading() as session:
        last = audit.head(session).number
        finding = verification.rows.check(session, _walked(session), lambda _done: None)
    assert finding is not None and told.format(last) in f"{finding.subject}: {finding.reason}"


def test_all_rows_of_a_table_are_changed_at_once_whatever_their_key_is(database: Database) -> None:
    _rows_of_every_table(database)
    with pytest.raises(RuntimeError), database.transaction() as session:
        for table in WATCHED.values():
            column = next(c for c in table.columns if f"{table.name}.{c.name}" not in FREE)
            done: Any = session.execute(update(table).values({column.name: column}))
            assert done.rowcount == session.scalar(select(func.count()).select_from(table)) > 0, table.name
        raise RuntimeError


def test_a_row_put_back_after_its_removal_is_found(database: Database) -> None:
    with database.transaction() as session:
        record(session, SYSTEM, "arrange", "test:one", now=at(0), origin="test")
        session.add(LexiconWord(word="随手拍"))
    with database.transaction() as session:
        session.delete(session.get_one(LexiconWord, "随手拍"))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO lexicon_word VALUES ('随手拍')")
    assert "row 随手拍 of lexicon_word: is there again, though by entry 3 it is gone" in found(database)


def test_what_is_written_after_the_act_or_without_one_has_an_entry_of_its_own(database: Database) -> None:
    with database.transaction() as session:
        record(session, SYSTEM, "arrange", "test:one", now=at(0), origin="test")
        session.add(Category(name="证件"))
    with database.transaction() as session:
        session.execute(update(Category).values(risk="high"))
        session.execute(update(Department).where(Department.code == "none").values(phone="1"))
    with database.reading() as session:
        told = session.execute(select(AuditEntry.action, AuditEntry.rows).order_by(AuditEntry.id)).all()
    assert [row.action for row in told] == ["arrange", "note_rows", "note_rows"]
    assert [list(row.rows) for row in told] == [["department:hrss"], ["category:证件"], ["category:证件"]]
    assert found(database) == ""


def test_a_savepoint_that_is_undone_leaves_nothing_to_be_found(database: Database) -> None:
    with database.transaction() as session:
        record(session, SYSTEM, "arrange", "test:one", now=at(0), origin="test")
        session.add(Category(name="证件"))
        session.flush()
        with pytest.raises(RuntimeError), session.begin_nested():
            session.add(Category(name="undone"))
            session.flush()
            raise RuntimeError
        record(session, SYSTEM, "arrange", "test:two", now=at(0), origin="test")
    assert found(database) == ""


def test_a_log_that_an_older_release_began_is_covered_from_the_upgrade_on(database: Database) -> None:
    published(database)
    with database.transaction() as session:  # as that release wrote them
        previous = audit.GENESIS
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
            entry.rows, entry.previous_hash = None, previous
            entry.hash = previous = audit.entry_hash(entry)
            last = entry.id
    before = checked(database)
    assert before.finding is None and before.since == 0
    migrate(database)
    migrate(database)  # once
    after = checked(database)
    assert after.finding is None and after.since == last + 1 == after.head.number
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE department SET name_zh = '市人社局 '")
    assert f"row hrss of department: is not as entry {last + 1} tells: name_zh" in found(database)


def test_a_digest_is_the_same_wherever_the_row_is_read() -> None:
    values = {"id": "u1", "login": "li", "name": "李", "password_hash": None, "must_change_password": False,
              "created_at": datetime(2026, 1, 1, tzinfo=UTC), "disabled_at": None}
    told = audit.digests.digest(WATCHED["user_account"], values)
    assert told == audit.digests.digest(WATCHED["user_account"], values | {"created_at": at(0)})
    assert audit.digests.differing(WATCHED["user_account"], values | {"name": "王"}, told) == ["name"]
    assert "password_hash" in audit.digests.differing(
        WATCHED["user_account"], values, audit.digests.digest(WATCHED["user_account"],
                                                              values | {"password_hash": "x"}))
