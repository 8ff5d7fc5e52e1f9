"""A trigger, a rule or a view that somebody put into the database is found: it could change anything, later."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kb.content import verification
from kb.db import Database
from tests.kb.factories import published, revision_text

GRANTING = "UPDATE role_grant SET role = 'admin'"


def finding_of(database: Database) -> str:
    with database.reading() as session:
        finding = verification.verify(session).finding
    return "" if finding is None else str(finding.subject)


def run(database: Database, statements: tuple[str, ...]) -> None:
    with database.transaction() as session:
        for statement in statements:
            session.execute(text(statement))


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(("statement", "named"), [
    (f"CREATE TRIGGER quiet AFTER INSERT ON answer BEGIN {GRANTING}; END", "trigger quiet"),
    ("CREATE VIEW quiet AS SELECT * FROM user_account", "view quiet"),
])
def test_code_within_the_file_is_found(database: Database, statement: str, named: str) -> None:
    published(database, revision_text("免费。"))
    assert finding_of(database) == ""
    run(database, (statement,))
    assert finding_of(database) == named


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize(("statements", "named"), [
    (("CREATE FUNCTION grants_all() RETURNS trigger LANGUAGE plpgsql AS "
      f"$$ BEGIN {GRANTING}; RETURN NEW; END $$",
      "CREATE TRIGGER quiet AFTER INSERT ON answer FOR EACH ROW EXECUTE FUNCTION grants_all()"), "trigger quiet"),
    ((f"CREATE RULE quiet AS ON INSERT TO answer DO ALSO {GRANTING}",), "rule quiet"),
])
def test_code_within_a_server_is_found(database: Database, statements: tuple[str, ...], named: str) -> None:
    published(database, revision_text("免费。"))
    assert finding_of(database) == ""
    run(database, statements)
    assert finding_of(database) == named
