"""Whoever runs the shell on the server: what they need is there, what a department says is said by people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from kb.actor import SYSTEM, Office
from kb.cli import COMMANDS
from kb.db import Database
from kb.models import AuditEntry, Draft
from kb.people.permissions import NEEDS, Action
from kb.record import audit
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.cli.test_writing import As, person  # noqa: F401  a fixture
from tests.kb.factories import add_department, at, published, revision_text, submitted

TEXT = "---\ntitle: 补卡\nowner: hrss\n---\n\n## 补领\n\n带身份证。\n"
OURS = ("user add li --role editor:hrss --no-password", "user list", "user token list li", "user sessions li",
        "article list", "article review", "article history card", "gaps list", "feedback list", "callbacks list",
        "review list", "review tasks", "scheduler status", "webhooks list", "prune --dry-run", "notices dead",
        "search 身份证", "import folder", "export out")
THEIRS = (  # what is said in a department's name, or in the city's, as a named person
    "draft new card card.md", "submit ID --version 1", "sign card 1 --sha256 12345678", "publish card 1",
    "reject card 1 --sha256 12345678 --reason 错", "withdraw card 1", "retire card --reason 废止",
    "confirm card --review-by 2099-01-31", "hide card --reason 错", "show card", "known add card 补领 怎么补",
    "known release ID", "known drop ID", "department dissolve hrss", "rules set 2", "calendar set free 2030-01-02",
    "register set 国发〔2020〕1号", "ledger set 0599-5550142", "comment add card 1 错",
    "feedback resolve ID --reply 好", "gaps decide ID", "callbacks set ID")


class Asked(dict[Action, str]):
    """The rights of an office, and which of them were made use of."""

    def __init__(self, rights: dict[Action, str]) -> None:
        super().__init__(rights)
        self.used: set[Action] = set()

    def __contains__(self, action: object) -> bool:
        if super().__contains__(action):
            self.used.add(Action(str(action)))
            return True
        return False


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Office], Asked]:
    def watch(office: Office) -> Asked:
        found = Asked(dict(NEEDS[office]))
        monkeypatch.setitem(NEEDS, office, found)
        return found

    return watch


def test_every_right_of_the_operator_is_one_that_a_command_needs(initialised: Run, database: Database,  # noqa: F811
                                                                 asked: Callable[[Office], Asked]) -> None:
    published(database, revision_text("## 补领\n\n带身份证。"))
    submitted(database, slug="other")
    folder = Path("folder/hrss")
    folder.mkdir(parents=True)
    (folder / "lost.md").write_text(TEXT.replace("补卡", "挂失"), encoding="utf-8")
    (folder.parent / "departments.yaml").write_text("departments:\n- code: tax\n  name_zh: 税务局\n", encoding="utf-8")
    (folder.parent / "lexicon.yaml").write_text("words: [市民卡]\n", encoding="utf-8")
    (folder / "kept.md").write_text("---\ntitle: 保管\nowner: hrss\nauthor: wu\napprovers: [zhou]\n---\n\n免费。\n",
                                    encoding="utf-8")
    rights = asked(Office.OPERATOR)
    for command in OURS:
        code, _, errors = initialised(*command.split())
        assert code in (0, 1) and "may not" not in errors, (command, errors)
    assert initialised("user", "add", "km", "--role", "knowledge_manager", "--no-password")[0] == 0
    assert initialised("import", "folder/hrss/kept.md", "--publish", "--approver", "km")[0] == 0
    assert rights.used == set(rights)


@pytest.mark.parametrize("command", THEIRS)
def test_nothing_is_said_in_a_departments_name_unless_a_person_proves_it(
        initialised: Run, database: Database, command: str) -> None:  # noqa: F811
    assert command.split()[0] in COMMANDS
    published(database)
    before = entries(database)
    code, _, errors = initialised(*command.split())
    assert code == 2 and "--as" in errors
    assert entries(database) == before


def test_what_the_shell_does_is_told_of_as_the_operators(initialised: Run, database: Database) -> None:  # noqa: F811
    assert initialised("user", "add", "li", "--role", "agent", "--no-password")[0] == 0
    assert entries(database)[-1] == ("operator", "create_user", "cli")
    code, _, errors = initialised("user", "add", "operator", "--role", "admin", "--no-password")
    assert code == 2 and "cannot be had" in errors


def test_what_the_log_told_of_as_the_systems_stays_so_and_the_chain_holds(initialised: Run, database: Database  # noqa: F811
                                                                          ) -> None:
    with database.transaction() as session:
        audit.append(session, SYSTEM, "create_user", "user:wu", now=at(0), origin="cli")
    assert initialised("user", "add", "li", "--role", "agent", "--no-password")[0] == 0
    assert [entry[:2] for entry in entries(database)[-2:]] == [("system", "create_user"), ("operator", "create_user")]
    with database.reading() as session:
        assert audit.verify(session).broken_at is None


def test_a_file_lands_as_the_draft_of_who_is_named_and_proves_it(person: As, database: Database,  # noqa: F811
                                                                 tmp_path: Path) -> None:
    folder = tmp_path / "hrss"
    folder.mkdir()
    (folder / "lost.md").write_text(TEXT, encoding="utf-8")
    assert person("li", "import", str(folder))[0] == 0
    assert authors(database) == ["li"]
    assert person("li", "import", str(folder), "--publish", "--approver", "wu")[0] == 1  # history is not an editor's
    (folder / "lost.md").write_text(TEXT.replace("hrss", "fund"), encoding="utf-8")
    add_department(database, "fund")
    code, _, errors = person("li", "import", str(folder))
    assert code == 1 and "may not import drafts" in errors


def test_a_draft_that_the_operator_brought_is_handed_in_by_who_takes_it_over(
        person: As, initialised: Run, database: Database, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "lost.md").write_text(TEXT, encoding="utf-8")
    assert initialised("import", str(tmp_path / "lost.md"))[0] == 0
    assert authors(database) == ["operator"]
    (draft,) = parsed(person("li", "draft", "list", "--json")[1])
    assert person("li", "submit", draft["id"], "--version", "1")[0] == 1
    assert person("li", "draft", "take-over", draft["id"], "--version", "1")[0] == 0
    assert person("li", "submit", draft["id"], "--version", "2")[0] == 0


def entries(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        rows = session.execute(select(AuditEntry.actor, AuditEntry.action, AuditEntry.origin).order_by(AuditEntry.id))
        return [(row[0], row[1], row[2]) for row in rows]


def authors(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Draft.author)))
