"""The shell's rarer acts: hiding, urgency, moving, rolling back, erasing, departments and categories."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.cli import acting
from kb.db import Database
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.cli.test_writing import CARD, As, _password
from tests.kb.factories import add_department, published, revision_text, stored_revision, submitted

PEOPLE = (("li", "editor:hrss"), ("wu", "approver:hrss"), ("sun", "approver:hrss"), ("xu", "approver:fund"),
          ("km", "knowledge_manager"), ("root", "admin"))


@pytest.fixture
def person(initialised: Run, database: Database, monkeypatch: pytest.MonkeyPatch) -> As:  # noqa: F811
    """Run a command as somebody, who holds a token of scope write."""
    for code in ("hrss", "fund"):
        add_department(database, code)
    tokens: dict[str, str] = {}
    for login, role in PEOPLE:
        initialised("user", "add", login, "--role", role, "--password-file", str(_password()))
        tokens[login] = parsed(initialised("user", "token", "create", login, "--name", "t", "--scope", "write",
                                           "--json")[1])["token"]

    def run(login: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv(acting.TOKEN, tokens[login])
        return initialised(*arguments, "--as", login)

    return run


def test_an_article_is_hidden_signed_for_and_shown_again(person: As, initialised: Run,  # noqa: F811
                                                         database: Database) -> None:
    published(database)
    code, said, _ = person("wu", "hide", "card", "--reason", "金额有误")
    assert (code, "hidden until" in said) == (0, True)
    assert person("wu", "hide", "card", "--sign")[0] == 1
    assert initialised("article", "list")[0] == 1
    assert "by wu, until" in initialised("article", "show", "card")[2]
    assert parsed(person("km", "hide", "card", "--sign", "--json")[1])["until"] is None
    assert "by wu and km, until it is shown again: 金额有误" in initialised("article", "hidden")[1]
    assert parsed(initialised("article", "show", "card", "--json")[1])["hidden"]["signed_by"] == "km"
    assert person("li", "show", "card")[0] == 1
    assert person("sun", "show", "card", "--reason", "已核对")[0] == 0
    assert initialised("article", "hidden")[:2] == (1, "")
    assert initialised("article", "list")[0] == 0


def test_an_urgent_text_is_live_and_marked_until_the_others_have_signed(person: As, initialised: Run,  # noqa: F811
                                                                        tmp_path: Path) -> None:
    assert person("km", "rules", "set", "2")[0] == 0
    file = tmp_path / "card.md"
    file.write_text(CARD.format(15), encoding="utf-8")
    draft = parsed(person("li", "draft", "new", "card", str(file), "--json")[1])["id"]
    sha256 = parsed(person("li", "submit", draft, "--version", "1", "--json")[1])["sha256"]
    assert person("wu", "publish", "card", "1", "--urgent", "--reason", "台风")[0] == 1
    assert person("wu", "sign", "card", "1", "--sha256", sha256)[0] == 0
    assert "owed: the signatures of hrss" in person("wu", "publish", "card", "1", "--urgent", "--reason", "台风")[1]
    assert "published urgently by wu (台风); owed: hrss, until" in initialised("article", "show", "card")[2]
    assert "live already, owed until" in initialised("article", "review")[1]
    (listed,) = parsed(initialised("article", "review", "--json")[1])
    assert (listed["overdue"], listed["owed_by"] is not None, listed["waiting_for"]) == (False, True, ["hrss"])
    assert person("sun", "sign", "card", "1", "--sha256", sha256)[0] == 0
    assert initialised("article", "review")[0] == 1


def test_an_article_moves_and_an_old_text_comes_back(person: As, database: Database) -> None:
    published(database, revision_text("十元。"))
    published(database, revision_text("二十元。"), number=2, day=1)
    draft = parsed(person("li", "article", "rollback", "card", "--to", "1", "--json")[1])
    assert (draft["base"], draft["newest"]) == (2, 2)
    assert "once fund has signed" in person("wu", "article", "move", "card", "--to", "fund", "--reason", "划转")[1]
    assert person("wu", "article", "move", "card", "--drop")[0] == 0
    assert parsed(person("xu", "article", "move", "card", "--to", "fund", "--json")[1])["waiting_for"] == ["hrss"]
    assert "is fund's now" in person("wu", "article", "move", "card", "--to", "fund")[1]
    assert person("li", "submit", draft["id"], "--version", "1")[0] == 1


def test_words_are_erased_by_two_and_the_log_holds(person: As, initialised: Run,  # noqa: F811
                                                   database: Database) -> None:
    published(database, revision_text("王某的住址。"))
    assert person("km", "article", "redact", "card", "1", "--reason", "法院裁定")[0] == 1
    assert "kb article redact card 1 --agree" in person("root", "article", "redact", "card", "1", "--reason", "裁定")[1]
    assert person("root", "article", "redact", "card", "1", "--agree")[0] == 1
    assert "are erased" in person("km", "article", "redact", "card", "1", "--agree")[1]
    shown = initialised("article", "show", "card", "--revision", "1")[1]
    assert "王某" not in shown and "依法删除" in shown
    assert parsed(initialised("audit", "verify", "--json")[1])["holds"]


def test_departments_are_changed_by_an_administrator(person: As, initialised: Run,  # noqa: F811
                                                     database: Database) -> None:
    published(database)
    assert person("km", "department", "set", "hrss", "--head", "wu")[0] == 1
    found = parsed(person("root", "department", "set", "hrss", "--head", "wu", "--deputy", "sun", "--contact",
                          "值班=0540-1", "--district", "望海区", "--json")[1])
    assert (found["head"], found["deputies"], found["contacts"], found["district"]) == (
        "wu", ["sun"], [{"name": "值班", "phone": "0540-1"}], "望海区")
    assert "head: wu" in initialised("department", "show", "hrss")[1]
    assert "市人力局" in person("root", "department", "rename", "hrss", "--zh", "市人力局", "--en", "HR")[1]
    assert person("root", "department", "split", "hrss", "--into", "talent", "--zh", "人才局", "--en", "Talent",
                  "--article", "card")[0] == 0
    assert person("root", "department", "dissolve", "talent")[0] == 2
    assert "1 articles, now of fund" in person("root", "department", "dissolve", "talent", "--successor", "fund")[1]
    code, said, hint = person("root", "department", "merge", "hrss", "--into", "fund")
    assert (code, "0 articles" in said, "li, sun, wu had roles of hrss" in hint) == (0, True, True)
    assert [d["code"] for d in parsed(initialised("department", "list", "--json")[1]) if d["successor"]] == [
        "hrss", "talent"]
    assert initialised("department", "show", "nowhere")[0] == 1
    assert parsed(initialised("audit", "verify", "--json")[1])["holds"]


def test_the_list_of_categories_is_kept_by_the_manager(person: As, initialised: Run) -> None:  # noqa: F811
    assert initialised("rules", "categories")[:2] == (1, "")
    assert person("wu", "rules", "category", "收费")[0] == 1
    assert person("km", "rules", "category", "收费", "--risk", "high", "--review-days", "180")[0] == 0
    assert person("km", "rules", "set", "2", "--category", "收费")[0] == 0
    assert person("km", "rules", "set", "2", "--category", "没有")[0] == 2
    assert parsed(initialised("rules", "categories", "--json")[1]) == [
        {"category": "收费", "risk": "high", "review_days": 180}]


def test_a_text_is_commented_in_the_shell_and_sent_back_for_it(person: As, database: Database) -> None:
    sha256 = stored_revision(database, submitted(database, revision_text("补领收取25元。"))).sha256
    assert person("wu", "comment", "list", "card", "1")[:2] == (1, "")
    made = parsed(person("wu", "comment", "add", "card", "1", "金额有误", "--quote", "25元", "--json")[1])
    assert (made["quote"], made["first"], made["body"]) == ("25元", 4, "金额有误")
    assert person("wu", "comment", "add", "card", "1", "没有", "--quote", "30元")[0] == 2
    assert "金额有误" in person("li", "comment", "list", "card", "1")[1]
    assert person("xu", "comment", "list", "card", "1")[0] == 1  # another department knows no such text
    code, said, _ = person("wu", "comment", "ask", "card", "1", "--sha256", sha256[:8])
    assert code == 0 and "kb draft edit card --revision 1" in said
    assert person("li", "comment", "done", str(made["id"]))[0] == 0
    assert person("li", "comment", "done", str(made["id"]))[0] == 1
    assert "done: li" in person("li", "comment", "list", "card", "1")[1]
