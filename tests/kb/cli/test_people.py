"""``kb user``: names, roles, passwords, shutting out and letting in, as operators type it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kb.db import Database
from kb.errors import Denied
from kb.people import sessions
from tests.conftest import NOW
from tests.kb.cli.test_cli import Run, initialised, kb, one_line, parsed
from tests.kb.content.importers.test_archive import ARTICLE
from tests.kb.people.accounts import LASTING

__all__ = ["initialised", "kb"]  # fixtures
VERBS = ["add", "list", "name", "roles", "password", "unlock", "sessions", "link", "unlink", "disable", "enable",
         "token"]


def signs_in(database: Database, login: str, password: str) -> bool:
    try:
        return bool(sessions.sign_in(database, login, password, address="192.0.2.1", now=NOW, lasting=LASTING, tries=3))
    except Denied:
        return False


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(kb: Run, verb: str) -> None:
    code, output, errors = kb("user", verb, "--help")
    assert (code, errors) == (0, "")
    assert f"example: kb user {verb} " in output


def test_the_commands_help_shows_an_example_of_every_verb(kb: Run) -> None:
    examples = re.findall(r"^  kb user (\w+) ", kb("user", "--help")[1], re.MULTILINE)
    assert set(VERBS) - {"list"} <= set(examples)


def test_a_user_is_renamed_given_roles_shut_out_and_let_in(initialised: Run) -> None:
    initialised("user", "add", "li", "--role", "agent", "--no-password")
    for arguments, told in ((("name", "li", "李 小明"), "user li renamed\n"),
                            (("roles", "li", "--role", "editor:hrss", "--role", "agent"),
                             "user li has these roles now: editor:hrss, agent\n"),
                            (("disable", "li"), "user li disabled; sessions and tokens have ended\n")):
        assert initialised("user", *arguments) == (0, told, "")
    (listed,) = parsed(initialised("user", "list", "--json")[1])
    assert (listed["name"], listed["last_sign_in_at"], listed["disabled_at"] is None, listed["roles"]) == (
        "李 小明", None, False, [{"role": "editor", "department": "hrss"}, {"role": "agent", "department": None}])
    line = initialised("user", "list")[1]
    assert "never signed in" in line and "editor:hrss agent  (disabled 2" in line
    assert initialised("user", "enable", "li")[0] == 0
    assert "disabled" not in initialised("user", "list")[1]
    assert initialised("user", "roles", "li", "--no-roles")[1] == "user li has these roles now: none\n"
    assert "(no role)" in initialised("user", "list")[1]


def test_the_list_tells_the_last_sign_in(initialised: Run, database: Database, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a long enough secret\n", encoding="utf-8")
    initialised("user", "add", "li", "--password-file", "secret")
    assert signs_in(database, "li", "a long enough secret")
    assert "signed in 2026-11-24 04:00 UTC" in initialised("user", "list")[1]
    assert parsed(initialised("user", "list", "--json")[1])[0]["last_sign_in_at"] == "2026-11-24T04:00:00+00:00"


@pytest.mark.parametrize("arguments", [
    ["roles", "li"], ["roles", "li", "--role", "agent", "--no-roles"], ["roles", "li", "--role", "boss"],
    ["roles", "li", "--role", "editor"], ["roles", "li", "--role", "editor:nowhere"], ["roles"], ["name", "li"],
    ["name", "li", ""], ["unlock"], ["unlock", "li", "--address", "192.0.2.1"], ["password"], ["enable"],
    ["password", "li", "--password-file", "missing"], ["password", "li", "--password-file", "short"],
])
def test_wrong_use_is_2_and_one_line_and_changes_nothing(initialised: Run, tmp_path: Path,
                                                         arguments: list[str]) -> None:
    (tmp_path / "short").write_text("short\n", encoding="utf-8")
    initialised("user", "add", "li", "--role", "agent", "--no-password")
    before = initialised("user", "list", "--json")
    code, output, errors = initialised("user", *arguments)
    assert (code, output, one_line(errors)) == (2, "", True)
    assert initialised("user", "list", "--json") == before


@pytest.mark.parametrize("arguments", [
    ["roles", "nobody", "--role", "agent"], ["name", "nobody", "x"], ["password", "nobody"], ["unlock", "nobody"],
    ["enable", "nobody"], ["enable", "li"],
])
def test_what_is_refused_is_1_and_says_why(initialised: Run, arguments: list[str]) -> None:
    initialised("user", "add", "li", "--no-password")
    code, output, errors = initialised("user", *arguments)
    assert (code, output, one_line(errors)) == (1, "", True)


@pytest.mark.parametrize("arguments", [["disable", "root"], ["roles", "root", "--role", "agent"],
                                       ["roles", "root", "--no-roles"]])
def test_the_last_administrator_cannot_be_taken_away(initialised: Run, arguments: list[str]) -> None:
    initialised("user", "add", "root", "--role", "admin", "--no-password")
    code, output, errors = initialised("user", *arguments)
    assert (code, output) == (1, "")
    assert errors == ("kb: root is the last administrator: make somebody else one first "
                      "(`kb user add LOGIN --role admin`, or `kb user roles LOGIN --role admin …`)\n")


def test_a_new_password_is_made_up_and_shown_once_or_taken_from_a_file(initialised: Run, database: Database,
                                                                       tmp_path: Path) -> None:
    initialised("user", "add", "li", "--no-password")
    code, output, errors = initialised("user", "password", "li")
    assert (code, errors) == (0, "kb: it must be changed at the first sign-in\n"
                              "kb: 0 open sessions have ended; API tokens go on: kb user token list li\n")
    assert signs_in(database, "li", output.rsplit(" ", 1)[1].strip())
    given = parsed(initialised("user", "password", "li", "--json")[1])
    assert set(given) == {"login", "password", "sessions_ended"}
    assert signs_in(database, "li", given["password"])
    (tmp_path / "secret").write_text("a long enough secret\nmore", encoding="utf-8")
    code, output, _ = initialised("user", "password", "li", "--password-file", "secret")
    assert (code, output) == (0, "user li has a new password\n")
    assert signs_in(database, "li", "a long enough secret")
    assert "secret" not in initialised("audit", "tail", "--json")[1]


def test_a_password_is_typed_twice(initialised: Run, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    initialised("user", "add", "li", "--no-password")
    typed = iter(["a long typed secret", "a long typed sacret", "a long typed secret", "a long typed secret"])
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: next(typed))
    code, _, errors = initialised("user", "password", "li", "--ask-password")
    assert (code, errors) == (2, "kb: the two passwords differ; try again\n")
    assert initialised("user", "password", "li", "--ask-password")[0] == 0
    assert signs_in(database, "li", "a long typed secret")


def test_unlocking_lifts_a_wait_at_once(initialised: Run, database: Database, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a long enough secret\n", encoding="utf-8")
    initialised("user", "add", "li", "--password-file", "secret")
    assert not any(signs_in(database, "li", "wrong wrong wrong") for _ in range(3))
    assert not signs_in(database, "li", "a long enough secret")
    assert initialised("user", "unlock", "li") == (0, "li may sign in again; failed tries forgotten: 3\n", "")
    assert signs_in(database, "li", "a long enough secret")
    for n in range(60):
        signs_in(database, f"guess{n}", "wrong wrong wrong")
    assert not signs_in(database, "li", "a long enough secret")
    assert initialised("user", "unlock", "--address", "192.0.2.1")[0] == 0
    assert signs_in(database, "li", "a long enough secret")


def test_an_import_at_the_shell_says_each_department_that_it_changed(initialised: Run, tmp_path: Path) -> None:
    (tmp_path / "in/hrss").mkdir(parents=True)
    (tmp_path / "in/hrss/card.md").write_bytes(ARTICLE)
    (tmp_path / "in/departments.yaml").write_text(
        "departments:\n  - {code: hrss, name_zh: 市人社局, name_en: HRSS, phone: 0540-1}\n", encoding="utf-8")
    code, _, errors = initialised("import", "in", "--lists")
    assert (code, errors) == (0, "in/departments.yaml: department hrss: phone 0540-8810100 -> 0540-1\n")
    (tmp_path / "in/departments.yaml").write_text(
        "departments:\n  - {code: hrss, name_zh: 市人社局, name_en: HRSS, phone: 0540-2}\n", encoding="utf-8")
    assert parsed(initialised("import", "in", "--lists", "--json")[1])["departments"] == [
        {"file": "in/departments.yaml", "code": "hrss", "change": "hrss: phone 0540-1 -> 0540-2"}]
