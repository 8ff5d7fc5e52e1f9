"""The shell's way from a draft to a published text: each act by a named person who proves who they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kb.cli import acting
from kb.db import Database
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.factories import add_department, published, revision_text

As = Callable[..., tuple[int, str, str]]
CARD = "---\ntitle: 补卡\nowner: hrss\nsummary: 怎么补\n---\n\n带身份证，{} 元。\n"


@pytest.fixture
def person(initialised: Run, database: Database, monkeypatch: pytest.MonkeyPatch) -> As:  # noqa: F811
    """Run a command as somebody, who holds a token of scope write."""
    add_department(database, "hrss")
    tokens: dict[str, str] = {}
    for login, role in (("li", "editor:hrss"), ("wu", "approver:hrss"), ("km", "knowledge_manager")):
        assert initialised("user", "add", login, "--role", role, "--password-file", str(_password()),
                           "--lasting")[0] == 0
        tokens[login] = parsed(initialised("user", "token", "create", login, "--name", "t", "--scope", "write",
                                           "--json")[1])["token"]

    def run(login: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv(acting.TOKEN, tokens[login])
        return initialised(*arguments, "--as", login)

    return run


def _password() -> Path:
    path = Path("password").absolute()  # in the folder that the commands run in
    path.write_text("correct horse 12345\n", encoding="utf-8")
    return path


def test_a_text_goes_from_a_file_to_an_answer_and_every_act_bears_a_name(person: As, initialised: Run,  # noqa: F811
                                                                        tmp_path: Path) -> None:
    file = tmp_path / "card.md"
    file.write_text(CARD.format(15), encoding="utf-8")
    begun = parsed(person("li", "draft", "new", "card", str(file), "--json")[1])
    assert (begun["version"], begun["base"], begun["author"]) == (1, None, "li")
    file.write_text(CARD.format(20), encoding="utf-8")
    assert person("li", "draft", "save", begun["id"], str(file), "--version", "1")[0] == 0
    code, _, errors = person("li", "draft", "save", begun["id"], str(file), "--version", "1")
    assert (code, "saved meanwhile by li" in errors) == (1, True)
    assert "v2  hrss/card  new  li  补卡" in person("wu", "draft", "list")[1]
    shown = person("li", "draft", "show", begun["id"])[1]
    assert "summary: 怎么补" in shown and shown.endswith("带身份证，20 元。\n")
    code, told, _ = person("li", "draft", "check", begun["id"], "--lang", "zh")
    assert (code, told.splitlines()[0]) == (0, "政策依据: 没有填写政策依据。")
    assert parsed(person("li", "draft", "check", begun["id"], "--json")[1])["counts"]["basis"] == 1
    handed_in = parsed(person("li", "submit", begun["id"], "--version", "2", "--json")[1])
    assert (handed_in["revision"], handed_in["state"]) == (1, "in_review")
    assert handed_in["sha256"][:12] in initialised("article", "review", "--department", "hrss")[1]
    assert initialised("article", "review", "--department", "fund")[:2] == (1, "")
    whole = initialised("article", "show", "card", "--revision", "1", "--file")[1]
    assert f"sha256: {handed_in['sha256']}" in whole and "summary: 怎么补" in whole and "author: li" in whole
    for login, code in (("li", 1), ("wu", 0)):
        assert person(login, "sign", "card", "1", "--sha256", handed_in["sha256"][:8])[0] == code
    assert person("wu", "publish", "card", "1")[0] == 0
    code, _, errors = person("wu", "publish", "card", "1")
    assert (code, "by wu" in errors) == (1, True)
    assert "20 元" in initialised("article", "show", "card")[1]
    tail = initialised("audit", "tail")[1]
    for act in ("draft", "save_draft", "submit", "sign", "publish"):
        assert act in tail
    assert person("li", "confirm", "card", "--review-by", "2099-01-31")[0] == 0
    assert person("wu", "retire", "card", "--reason", "废止")[0] == 0
    assert initialised("article", "list")[0] == 1


def test_a_file_that_was_shown_is_saved_again_as_it_was(person: As, tmp_path: Path, database: Database) -> None:
    published(database, revision_text("一\n\n- 二\n", keywords=("甲", "乙"), category="证件"))
    begun = parsed(person("li", "draft", "edit", "card", "--json")[1])
    file = tmp_path / "x.md"
    file.write_text(person("li", "draft", "show", begun["id"])[1], encoding="utf-8")
    before = parsed(person("li", "draft", "show", begun["id"], "--json")[1])["fields"]
    assert person("li", "draft", "save", begun["id"], str(file), "--version", "1")[0] == 0
    assert parsed(person("li", "draft", "show", begun["id"], "--json")[1])["fields"] == before
    code, _, errors = person("li", "submit", begun["id"], "--version", "2")
    assert (code, "says what revision 1 says" in errors) == (2, True)


def test_rejecting_withdrawing_taking_over_and_discarding(person: As, initialised: Run,  # noqa: F811
                                                          tmp_path: Path) -> None:
    file = tmp_path / "card.md"
    file.write_text(CARD.format(15), encoding="utf-8")
    first = parsed(person("li", "draft", "new", "card", str(file), "--json")[1])
    assert person("km", "submit", first["id"], "--version", "1")[0] == 1  # not the manager's draft
    assert person("km", "draft", "take-over", first["id"], "--version", "1")[0] == 0
    sha256 = parsed(person("km", "submit", first["id"], "--version", "2", "--json")[1])["sha256"]
    assert person("wu", "reject", "card", "1", "--sha256", "0" * 8, "--reason", "错")[0] == 1
    told = person("wu", "reject", "card", "1", "--sha256", sha256, "--reason", "错")[1]
    assert "kb draft edit card --revision 1" in told
    assert "rejected by wu for hrss: 错" in initialised("article", "history", "card")[1]
    assert person("li", "draft", "edit", "card")[0] == 1  # nothing of it is published
    again = parsed(person("li", "draft", "edit", "card", "--revision", "1", "--json")[1])
    assert parsed(person("li", "submit", again["id"], "--version", "1", "--json")[1])["revision"] == 2
    assert "withdrawn" in person("li", "withdraw", "card", "2")[1]
    last = parsed(person("li", "draft", "edit", "card", "--revision", "2", "--json")[1])
    assert "discarded" in person("li", "draft", "discard", last["id"], "--version", "1")[1]
    assert person("li", "draft", "list")[:2] == (1, "")


def test_nobody_acts_without_proof_of_who_they_are(person: As, initialised: Run,  # noqa: F811
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    person("li", "draft", "list")
    code, _, errors = initialised("draft", "list", "--as", "wu")  # with li's token
    assert (code, "is not wu's" in errors) == (1, True)
    monkeypatch.setenv(acting.TOKEN, "kb_nothing")
    assert initialised("draft", "list", "--as", "li")[0] == 1
    reading = parsed(initialised("user", "token", "create", "li", "--name", "r", "--scope", "read", "--json")[1])
    monkeypatch.setenv(acting.TOKEN, reading["token"])
    code, _, errors = initialised("draft", "list", "--as", "li")
    assert (code, "lacks the scope write" in errors) == (1, True)
    monkeypatch.delenv(acting.TOKEN)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    code, _, errors = initialised("draft", "list", "--as", "li")
    assert (code, acting.TOKEN in errors) == (2, True)
    assert initialised("draft", "list")[0] == 2  # nobody is named
    assert initialised("sign", "card", "1", "--sha256", "0" * 64)[0] == 2


@pytest.mark.parametrize(("password", "code"), [("correct horse 12345", 1), ("wrong horse", 1)])
def test_a_password_at_the_prompt_is_proof(person: As, initialised: Run, monkeypatch: pytest.MonkeyPatch,  # noqa: F811
                                           password: str, code: int) -> None:
    assert person
    monkeypatch.delenv(acting.TOKEN, raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda *_args, **_more: password)
    found, _, errors = initialised("draft", "list", "--as", "li")
    assert found == code
    assert ("no drafts there" in errors) is (password == "correct horse 12345")


def test_the_manager_sets_how_many_sign(person: As, initialised: Run) -> None:  # noqa: F811
    assert initialised("rules", "list")[:2] == (1, "")
    assert person("li", "rules", "set", "2")[0] == 1
    assert person("km", "rules", "set", "2", "--department", "hrss")[0] == 0
    assert person("km", "rules", "set", "9")[0] == 2
    assert parsed(initialised("rules", "list", "--json")[1]) == [
        {"department": "hrss", "category": "", "owner_signatures": 2}]
