"""Finding people by name or login, a page at a time."""

from __future__ import annotations

import pytest

from kb.actor import OPERATOR
from kb.db import Database
from kb.errors import Denied, NotFound
from kb.models import User
from kb.people import directory
from tests.conftest import NOW
from tests.kb.people.accounts import actor, added


@pytest.fixture
def many(database: Database) -> Database:
    """120 people, of whom two have names of their own."""
    rows = [{"id": f"u{n}", "login": f"p{n:03}", "name": f"员工{n:03}", "created_at": NOW} for n in range(118)]
    rows += [{"id": "a", "login": "li.ming", "name": "李明 Li Ming", "created_at": NOW},
             {"id": "b", "login": "odd", "name": "100%_a", "created_at": NOW}]
    with database.transaction() as session:
        session.add_all(User(**row) for row in rows)
    return database


def found(database: Database, words: str = "", page: int = 1) -> directory.UserPage:
    with database.reading() as session:
        return directory.find_users(session, OPERATOR, words, page=page)


def test_pages_hold_everybody_once_in_order(many: Database) -> None:
    pages = [found(many, page=number) for number in (1, 2, 3)]
    logins = [user.login for page in pages for user in page.users]
    assert logins == sorted(logins) and len(set(logins)) == 120
    assert [(p.number, p.pages, p.total, len(p.users)) for p in pages] == [
        (1, 3, 120, 50), (2, 3, 120, 50), (3, 3, 120, 20)]
    assert found(many, page=9).number == 3 and found(many, page=-1).number == 1
    assert found(many, page=10**12).number == 3


@pytest.mark.parametrize(("words", "logins"), [
    ("LI.MING", ["li.ming"]), ("明 李", ["li.ming"]), ("ming li", ["li.ming"]), ("员工007", ["p007"]), ("%", ["odd"]),
    ("_", ["odd"]), ("100%", ["odd"]), ("nobody", []), ("\x00", None), ("\ud800", None), ("' OR 1=1 --", []),
    ("x" * 100_000, []),
])
def test_fault_45_words_are_looked_for_as_they_stand(many: Database, words: str, logins: list[str] | None) -> None:
    page = found(many, words)
    if logins is None:  # nothing is left of them
        assert page.total == 120
    else:
        assert [user.login for user in page.users] == logins


def test_only_who_manages_people_reads_of_them(database: Database) -> None:
    added(database)
    with database.reading() as session:
        for act in (directory.list_users, directory.find_users, lambda s, a: directory.user_view(s, a, "wang"),
                    lambda s, a: directory.identities_of(s, a, "wang")):
            with pytest.raises(Denied):
                act(session, actor(database))
        with pytest.raises(NotFound):
            directory.user_view(session, OPERATOR, "nobody")
