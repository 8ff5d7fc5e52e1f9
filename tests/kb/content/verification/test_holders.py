"""Rights, tokens, departments and known questions that were changed beside the services are found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kb.actor import OPERATOR, Actor, Role
from kb.content.verification import Finding
from kb.db import Database
from kb.known import known
from kb.people import departments, people, tokens
from tests.conftest import NOW
from tests.kb.content.verification.test_articles import execute
from tests.kb.factories import finding_of, published, revision_text

pytestmark = pytest.mark.only_on("sqlite")  # as whoever holds the file; PostgreSQL's in test_postgresql

LISTED = "departments:\n  - {code: fund, name_zh: 公积金中心, name_en: Fund, phone: '12329'}\n"
MANAGER = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Database:
    """Three people, one of them shut out, with tokens; a listed department; known questions in each state."""
    (tmp_path / "departments.yaml").write_text(LISTED, encoding="utf-8")
    published(database, revision_text("免费。\n\n## 补领\n\n带身份证。"))
    with database.transaction() as session:
        departments.import_file(session, OPERATOR, tmp_path / "departments.yaml", now=NOW)
        for login, grants in (("li", [(Role.EDITOR, "hrss"), (Role.AGENT, None)]), ("wang", [(Role.AGENT, None)]),
                              ("bot", [])):
            people.create_user(session, OPERATOR, login=login, name="", grants=grants, password=None, now=NOW)
        for login in ("li", "li", "wang"):
            tokens.create_token(session, OPERATOR, login, name="x", scopes=["ask"], days=None, now=NOW)
        tokens.revoke_token(session, OPERATOR, tokens.list_tokens(session, OPERATOR, "li")[0].id, now=NOW)
        people.disable_user(session, OPERATOR, "wang", now=NOW)
        for n, words in enumerate(("补卡多少钱", "补卡带什么", "补卡去哪里")):
            row = known.propose(session, MANAGER, "card", "补领", words, now=NOW, origin="test")
            for act in (known.release, known.drop)[:n]:
                act(session, MANAGER, row.id, now=NOW, origin="test")
    return database


def beside_actors(database: Database) -> Finding | None:
    with database.reading() as session:
        return finding_of(session)


def test_people_departments_and_known_questions_as_the_services_left_them_hold(store: Database) -> None:
    assert beside_actors(store) is None


USER = "(SELECT id FROM user_account WHERE login = '{}')".format


@pytest.mark.parametrize(("statement", "subject", "reason"), [
    (f"INSERT INTO role_grant (user_id, role) VALUES ({USER('li')}, 'admin')", "user li", "role admin"),
    (f"INSERT INTO role_grant (user_id, role) VALUES ({USER('bot')}, 'admin')", "user bot", "role admin"),
    ("UPDATE role_grant SET role = 'approver' WHERE role = 'editor'", "user li", "role approver for hrss"),
    ("UPDATE role_grant SET department = 'fund' WHERE role = 'editor'", "user li", "for fund"),
    (f"DELETE FROM role_grant WHERE user_id = {USER('li')} AND role = 'agent'", "user li", "does not hold"),
    ("UPDATE user_account SET disabled_at = NULL", "user wang", "let in again"),
    ("UPDATE user_account SET disabled_at = '2026-01-01 00:00:00.000000' WHERE login = 'li'", "user li", "shut out"),
    ("UPDATE user_account SET login = 'root' WHERE login = 'li'", "user root", "no entry"),
    ("INSERT INTO user_account (id, login, name, created_at) VALUES ('x', 'eve', 'eve', '2026-01-01 00:00:00.000000')",
     "user eve", "no entry"),
    ("DELETE FROM user_account WHERE login = 'bot'", "user bot", "is gone"),
    (f"INSERT INTO api_token VALUES ('t', {USER('li')}, 'x', '0', '[\"ask\"]', '2026-01-01 00:00:00.000000', NULL, "
     "NULL)", "token t of li", "no entry"),
    ("UPDATE api_token SET scopes = '[\"admin\"]'", "of li", "other things"),
    (f"UPDATE api_token SET revoked_at = NULL WHERE user_id = {USER('li')}", "of li", "in use again"),
    (f"UPDATE api_token SET revoked_at = NULL WHERE user_id = {USER('wang')}", "of wang", "in use again"),
    (f"UPDATE api_token SET user_id = {USER('bot')}", "of bot", "no entry"),
    ("UPDATE department SET phone = '110' WHERE code = 'fund'", "department fund", "phone"),
    ("UPDATE department SET name_zh = '别的' WHERE code = 'fund'", "department fund", "name_zh"),
    ("DELETE FROM department WHERE code = 'fund'", "department fund", "is gone"),
    ("UPDATE known_question SET text = '怎么不交钱' WHERE state = 'released'", "known question", "another text"),
    ("UPDATE known_question SET heading_path = '[]' WHERE state = 'released'", "known question", "section"),
    ("UPDATE known_question SET state = 'released' WHERE state = 'proposed'", "known question", "is released"),
    ("UPDATE known_question SET state = 'released' WHERE state = 'dropped'", "known question", "is released"),
    ("DELETE FROM known_question WHERE state = 'dropped'", "known_question", "is gone"),
    ("UPDATE user_account SET created_at = 'no time' WHERE login = 'li'", "user li", "cannot be read"),
    ("UPDATE api_token SET scopes = '{'", "user li", "cannot be read"),
])
def test_s9_rights_and_records_changed_beside_the_services_are_named(store: Database, statement: str, subject: str,
                                                                     reason: str) -> None:
    execute(store, statement)
    found = beside_actors(store)
    assert found is not None
    assert subject in str(found.subject) and reason in str(found.reason)
    assert found.advice


@pytest.mark.parametrize("again", [
    lambda session: tokens.create_token(session, OPERATOR, "li", name="y", scopes=["read"], days=1, now=NOW),
    lambda session: people.disable_user(session, OPERATOR, "bot", now=NOW),
], ids=["token", "disabled"])
def test_what_the_services_change_afterwards_holds_too(store: Database, again: Callable[[object], object]) -> None:
    with store.transaction() as session:
        again(session)
    assert beside_actors(store) is None


def test_a_finding_says_what_to_do(store: Database) -> None:
    execute(store, f"INSERT INTO role_grant (user_id, role) VALUES ({USER('li')}, 'admin')")
    found = beside_actors(store)
    assert isinstance(found, Finding) and "kb user disable li" in str(found.advice) and found.entry is not None
