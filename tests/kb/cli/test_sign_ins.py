"""``kb user sessions`` and ``kb user link``, passwords that are good once, as operators type it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.db import Database
from kb.people import people, sessions
from tests.conftest import NOW
from tests.kb.cli.test_cli import Run, initialised, kb, one_line, parsed
from tests.kb.people.accounts import opened

__all__ = ["initialised", "kb"]  # fixtures
PASSWORD = "a long enough secret"


@pytest.fixture
def li(initialised: Run, tmp_path: Path) -> str:
    (tmp_path / "secret").write_text(PASSWORD + "\n", encoding="utf-8")
    assert initialised("user", "add", "li", "--role", "agent", "--password-file", "secret")[0] == 0
    return "li"


def begun(database: Database) -> str:
    """A session that is open at the shell's present, which is later than the tests'."""
    with database.transaction() as session:
        return sessions.begin(session, people.find_user(session, "li"), now=NOW,
                              lasting=sessions.Lasting(hours=24 * 3650, idle_minutes=60 * 24 * 3650),
                              device="Edge, Windows")


def test_sessions_are_listed_and_ended(initialised: Run, li: str, database: Database) -> None:
    assert initialised("user", "sessions", li) == (1, "", "")
    first, second = begun(database), begun(database)
    line = initialised("user", "sessions", li)[1].splitlines()[0]
    assert "opened 2026-11-24 04:00  used 2026-11-24 04:00 UTC  Edge, Windows" in line
    listed = parsed(initialised("user", "sessions", li, "--json")[1])
    assert {each["id"] for each in listed} == {sessions.handle_of(first), sessions.handle_of(second)}
    assert not [s for s in (first, second) if s in str(listed)]
    code, output, _ = initialised("user", "sessions", li, "--revoke", sessions.handle_of(first))
    assert (code, output) == (0, "sessions of li ended: 1\n")
    assert opened(database, first) is None and opened(database, second) is not None
    assert parsed(initialised("user", "sessions", li, "--all", "--json")[1]) == {"login": "li", "sessions_ended": 1}
    assert opened(database, second) is None


@pytest.mark.parametrize(("arguments", "code"), [
    (["sessions", "li", "--revoke", "0" * 16], 1), (["sessions", "nobody"], 1), (["sessions"], 2),
    (["sessions", "li", "--revoke", "x", "--all"], 2), (["link", "li", "s-1"], 2), (["unlink", "li"], 2),
    (["password", "li", "--lasting"], 2), (["add", "x", "--lasting"], 2),
])
def test_what_cannot_be_is_one_line(initialised: Run, li: str, arguments: list[str], code: int) -> None:
    assert li
    found, output, errors = initialised("user", *arguments)
    assert (found, output, one_line(errors)) == (code, "", True)


def test_people_are_linked_with_the_service_of_the_settings(initialised: Run, li: str,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB__OIDC__ISSUER", "https://id.example")
    monkeypatch.setenv("KB__OIDC__CLIENT_ID", "x")
    assert initialised("user", "link", li, "s-1") == (0, "li signs in at https://id.example\n", "")
    assert initialised("user", "link", li, "s-2")[0] == 1
    assert initialised("user", "unlink", li)[0] == 0
    assert initialised("user", "unlink", li)[0] == 1


def is_once(database: Database) -> bool:
    with database.reading() as session:
        return people.find_user(session, "li").must_change_password


def test_a_password_is_good_once_unless_they_chose_it(initialised: Run, li: str, database: Database,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_once(database)
    assert initialised("user", "password", li, "--password-file", "secret", "--lasting")[0] == 0
    assert not is_once(database)
    errors = initialised("user", "password", li, "--password-file", "secret")[2]
    assert is_once(database) and "must be changed at the first sign-in" in errors
    assert parsed(initialised("user", "list", "--json")[1])[0]["must_change_password"] is True
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: PASSWORD)
    code, _, errors = initialised("draft", "list", "--as", li)  # whoever set it must not act in their name
    assert (code, "good once" in errors, one_line(errors)) == (1, True, True)
    assert initialised("user", "sessions", li) == (1, "", "")
