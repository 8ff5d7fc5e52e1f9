"""PostgreSQL that cannot serve, writers that meet there, and what its constraints keep: one clear message each time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Delete, Update, delete, event, func, select, update

from kb.actor import SYSTEM, Actor
from kb.articles import publication
from kb.articles.acts import signatures
from kb.content import verification
from kb.db import Base, Database
from kb.driver_errors import OVERTAKEN
from kb.errors import Conflict, Invalid, KbError, Unavailable
from kb.migrations import migrate
from kb.models import Article, AuditEntry, Category, Department, Publication, Revision, SignatureRule
from kb.record.journal import record
from kb.settings import Settings, load_settings
from tests.kb.factories import add_department, approver, at, published, revision_text, submitted
from tests.postgres import Postgres, our_own

pytestmark = pytest.mark.only_on("postgresql")


def reopened(settings: Settings, tmp_path: Path, **more: object) -> Database:
    """The same database with other settings of its section."""
    return Database(load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")},
                                  database={"url": settings.database_url, **more}))


@pytest.fixture
def hasty(settings: Settings, tmp_path: Path, database: Database) -> Iterator[Database]:  # noqa: ARG001  migrated
    opened = reopened(settings, tmp_path, busy_timeout_ms=100)
    yield opened
    opened.close()


def entries(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_k9_reading_is_one_snapshot(database: Database) -> None:
    published(database)
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Article))
        published(database, slug="other")
        assert session.scalar(select(func.count()).select_from(Article)) == before == 1
    assert entries(database) == 4


def test_a_session_that_reads_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable), database.reading() as session:
        session.add(Department(code="x", name_zh="", name_en="", phone=""))
        session.flush()


def test_k9_the_database_itself_keeps_two_texts_from_being_live_at_one_instant(database: Database) -> None:
    first = published(database)
    with database.reading() as session:
        row = session.scalars(select(Publication)).one()
    for start, end in ((at(5), at(9)), (at(-9), at(1)), (at(3), None)):
        with pytest.raises(Conflict), database.transaction() as session:
            session.add(Publication(revision_id=first, article_id=row.article_id, effective_from=start,
                                    effective_to=end, published_at=at(2)))
    with database.transaction() as session:  # before the other's valid time, or in another article
        session.add(Publication(revision_id=first, article_id=row.article_id, effective_from=at(-9), effective_to=at(0),
                                published_at=at(2)))
    published(database, slug="other")


def test_fault_64_a_row_that_another_holds_is_waited_for_and_then_said_to_be_busy(database: Database, hasty: Database,
                                                                                  ) -> None:
    published(database)
    with database.transaction() as session:
        session.scalars(select(Article).with_for_update()).one()
        with pytest.raises(Unavailable) as caught, hasty.transaction() as other:
            other.scalars(select(Article).with_for_update()).one()
        assert caught.value.code == "database_busy"
        assert entries(hasty) == 2  # readers go on


def test_a_deadlock_ends_with_one_who_is_told_to_try_again(database: Database) -> None:
    published(database, slug="a")
    published(database, slug="b")
    met, outcome = threading.Barrier(2, timeout=20), []

    def lock(first: str, second: str) -> None:
        try:
            with database.transaction() as session:
                session.scalars(select(Article).where(Article.slug == first).with_for_update()).one()
                met.wait()
                session.scalars(select(Article).where(Article.slug == second).with_for_update()).one()
            outcome.append("done")
        except KbError as error:
            outcome.append(error.code)

    threads = [threading.Thread(target=lock, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == [OVERTAKEN, "done"]


@pytest.mark.parametrize("act", [
    lambda s: s.add(Department(code="x" * 65, name_zh="", name_en="", phone="")),
    lambda s: s.add(Department(code="x", name_zh="a\x00b", name_en="", phone="")),
    lambda s: s.add(Department(code="x", name_zh="\ud800", name_en="", phone="")),
], ids=["too long", "null byte", "surrogate"])
def test_fault_10_what_the_database_does_not_take_is_invalid(database: Database, act: Callable[..., None]) -> None:
    with pytest.raises(Invalid), database.transaction() as session:
        act(session)


def test_a_database_that_was_never_initialised_says_how_to(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create()
    empty = Database(load_settings(tmp_path, {}, database={"url": url}))
    with pytest.raises(Unavailable, match="kb init"):
        entries(empty)
    empty.close()
    postgres.drop(url)


def test_a_server_that_is_away_is_one_line_without_the_password(tmp_path: Path) -> None:
    for url, code in (("postgresql://li:geheim@127.0.0.1:9/kb", "database_away"),
                      ("postgresql://li:geheim@nowhere.invalid/kb", "database_away")):
        away = Database(load_settings(tmp_path, {}, database={"url": url}))
        with pytest.raises(Unavailable) as caught:
            entries(away)
        assert (caught.value.code, "\n" in caught.value.message, "geheim" in caught.value.message) == (
            code, False, False)
        away.close()


def test_a_database_that_does_not_exist_is_named_as_such(settings: Settings, tmp_path: Path) -> None:
    missing = Database(load_settings(tmp_path, {}, database={"url": f"{settings.database_url.replace('kb_test', 'no')}"}
                                     ))
    with pytest.raises(Unavailable) as caught:
        entries(missing)
    assert caught.value.code == "no_database"
    missing.close()


def test_all_goes_on_by_itself_when_the_server_is_back(tmp_path: Path) -> None:
    with our_own() as server:
        database = Database(load_settings(tmp_path, {}, database={"url": server.create()}))
        migrate(database)
        assert entries(database) == 0
        server.stop()
        with pytest.raises(Unavailable) as caught:
            entries(database)
        assert caught.value.code == "database_away"
        server.start()
        assert entries(database) == 0
        with database.transaction() as session:
            session.add(Department(code="hrss", name_zh="", name_en="", phone=""))
        published(database)
        database.close()


def test_k9_of_two_publications_at_once_one_is_live(database: Database, hasty: Database) -> None:
    """The second waits for the first, then finds that it was overtaken."""
    ids = [submitted(database, revision_text(f"收费 {n} 元。", author=f"editor-{n}"), day=n) for n in (1, 2)]
    _sign(database, ids, approver())
    met, outcome = threading.Barrier(2, timeout=20), []

    def publish(revision_id: str) -> None:
        try:
            with database.transaction() as session:
                revision = session.get_one(Revision, revision_id)
                met.wait()
                publication.publish(session, approver(), revision, now=at(5), origin="test")
            outcome.append("live")
        except KbError as error:
            outcome.append(error.code)

    threads = [threading.Thread(target=publish, args=(i,)) for i in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome.count("live") == 1 and {*outcome} <= {"live", "overtaken", "newer_published"}, outcome
    with hasty.reading() as session:
        assert session.scalar(select(func.count()).select_from(Publication).where(
            Publication.superseded_at.is_(None))) == 1


def _sign(database: Database, ids: list[str], signer: Actor) -> None:
    for revision_id in ids:
        with database.transaction() as session:
            revision = session.get_one(Revision, revision_id)
            signatures.sign(session, signer, revision, shown=revision.sha256, now=at(4), origin="test")


@pytest.mark.parametrize(("statement", "reason"), [
    ("UPDATE revision SET source = '二十元' WHERE number = 1", "text, audience, dates"),
    ("UPDATE revision SET review_by = '2099-01-01' WHERE number = 1", "text"),
    ("UPDATE revision SET keywords = '5' WHERE number = 1", "cannot be read"),
    ("UPDATE revision SET state = 'rejected' WHERE number = 2", "is rejected"),
    ("DELETE FROM signature", "signature of hrss-approver"),
    ("UPDATE signature SET signer = 'zhao'", "signature of"),
    ("UPDATE publication SET superseded_at = NULL WHERE id = 1", "live"),
    ("DELETE FROM publication WHERE superseded_at IS NULL", "gone"),
    ("DELETE FROM revision WHERE number = 2", ""),
    ("UPDATE article SET owner = 'tax'", "belongs to tax"),
    ("DELETE FROM audit_entry WHERE id = 2", "missing"),
    ("UPDATE audit_entry SET actor = 'x' WHERE id = 2", "changed after"),
    ("UPDATE audit_entry SET after = '{}' WHERE id = 2", "changed after"),
])
def test_s9_what_was_changed_beside_the_services_is_named(database: Database, statement: str, reason: str) -> None:
    """As who may do anything in the server would: with no reference and no constraint looked at."""
    add_department(database, "tax")
    published(database)
    published(database, number=2, day=3)
    with database.reading() as session:
        assert verification.verify(session).finding is None
    with database.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        if "superseded_at = NULL" in statement:
            connection.exec_driver_sql("ALTER TABLE publication DROP CONSTRAINT ex_publication_live")
        connection.exec_driver_sql(statement)
    with database.reading() as session:
        finding = verification.verify(session).finding
    assert finding is not None and reason in f"{finding.subject} {finding.reason}"


MANY = (
    (update(Category).values(risk="high"), Category(name="一"), Category(name="二")),
    (delete(Category).where(Category.risk == "normal"), Category(name="一"), Category(name="二")),
    (update(SignatureRule).values(owner_signatures=3), SignatureRule(department="", category="一", owner_signatures=1),
     SignatureRule(department="", category="二", owner_signatures=1)),
)


@pytest.mark.parametrize(("statement", "there", "added"), MANY, ids=["change", "removal", "of a key of two columns"])
def test_a_row_added_beside_a_change_of_many_is_told_as_it_stands(database: Database, statement: Update | Delete,
                                                                  there: Base, added: Base) -> None:
    """Somebody adds one, and commits, between the look at the rows that will be met and their change."""
    keep(database, there)
    met: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def beside(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.startswith(("UPDATE", "DELETE")) and not met:
            met.append(text)
            other = threading.Thread(target=keep, args=(database, added))
            other.start()
            other.join(30)

    with database.transaction() as session:
        session.execute(statement)
        record(session, SYSTEM, "arrange", "test:many", now=at(1), origin="test")
    assert met
    with database.reading() as session:
        assert verification.verify(session).finding is None


def keep(database: Database, row: Base) -> None:
    with database.transaction() as session:
        session.merge(row)
        record(session, SYSTEM, "arrange", "test:one", now=at(0), origin="test")
