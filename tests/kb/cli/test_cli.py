"""The shell: stable exit codes, results on standard output, every error one line on standard error, no traceback."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.actor import OPERATOR, Role
from kb.cli import COMMANDS, exit_code, main
from kb.db import Database
from kb.errors import Invalid, KbError, Unavailable
from kb.people import people, sessions, tokens
from kb.settings import Settings
from retriever.errors import BadQuestion
from tests.conftest import NOW
from tests.kb.factories import at, published, retired, revision_text, submitted
from tests.kb.people.accounts import LASTING

ROOT = Path(__file__).parents[3]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
       request: pytest.FixtureRequest) -> Run:
    """Run a command in a folder of its own, on the test's database: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("KB_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("KB__DATA__DIR", str(tmp_path / "data"))
    if "settings" in request.fixturenames:
        monkeypatch.setenv("KB__DATABASE__URL", request.getfixturevalue("settings").database_url)
    monkeypatch.setenv("KB__EMBEDDING__PROVIDER", "none")
    monkeypatch.setenv("KB_LANG", "en")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def initialised(kb: Run, database: Database) -> Run:  # noqa: ARG001  the database is migrated where kb looks
    return kb


def parsed(output: str) -> Any:
    return json.loads(output)


def process(*arguments: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "kb", *arguments], cwd=data.parent, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "KB__DATA__DIR": str(data), **environment})


# --- its language


def test_the_shell_speaks_chinese_where_its_locale_does(initialised: Run, database: Database, tmp_path: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    published(database)
    monkeypatch.delenv("KB_LANG")
    for variable, value in (("LC_ALL", ""), ("LC_MESSAGES", ""), ("LANG", "zh_CN.UTF-8")):
        monkeypatch.setenv(variable, value)
    assert initialised("article", "show", "none") == (1, "", "kb: 没有您可查看的条目“none”\n")
    code, said, hints = initialised("user", "add", "li", "--no-password")
    assert (code, said, hints) == (0, "已添加用户 li\n", "kb: 未指定 --role：只能查看市民可见的内容\n")
    assert "从未登录" in initialised("user", "list")[1] and "现行有效" in initialised("article", "history", "card")[1]
    (tmp_path / "bad.md").write_text("---\ntitel: x\n---\n正文\n", encoding="utf-8")
    code, said, reasons = initialised("import", "bad.md")
    assert (code, said) == (1, "共 1 个文件：新增 0，未变 0，失败 1\n")
    assert reasons == "bad.md：第 2 行：文件头中没有“titel”这一项\n"
    monkeypatch.setenv("KB_LANG", "en")
    assert initialised("article", "show", "none")[2] == "kb: no article 'none' that you may read\n"


def test_programs_read_the_same_names_in_either_language(initialised: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    initialised("user", "add", "li", "--role", "agent", "--no-password")
    english = parsed(initialised("user", "list", "--json")[1])
    monkeypatch.setenv("KB_LANG", "zh")
    assert parsed(initialised("user", "list", "--json")[1]) == english


# --- the table


def test_help_lists_every_command_with_an_example_and_loads_none(tmp_path: Path) -> None:
    code = ("import sys; from kb.cli import main; main(['--help'])\n"
            "loaded = {m.split('.')[0] for m in sys.modules} & {'sqlalchemy', 'rich', 'numpy', 'flask', 'retriever'}\n"
            "sys.exit(str(loaded) if loaded else 0)")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    for name, (_, help_text, example) in COMMANDS.items():
        assert re.search(rf"^    {name}\s+{re.escape(help_text)}$", done.stdout, re.MULTILINE)
        assert example.startswith(f"kb {name} ") or example == f"kb {name}"
        assert example in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists_and_explains_itself(kb: Run, name: str) -> None:
    code, output, errors = kb(name, "--help")
    assert (code, errors) == (0, "")
    assert f"usage: kb {name}" in output
    assert "example: kb " in output


@pytest.mark.parametrize("name", [n for n, (target, _, _) in COMMANDS.items() if target.startswith("kb.")])
def test_a_command_of_the_store_loads_neither_search_nor_web(tmp_path: Path, name: str) -> None:
    code = (f"import sys; from kb.cli import main; main(['{name}', '--help'])\n"
            "loaded = {m.split('.')[0] for m in sys.modules} & {'numpy', 'flask', 'retriever', 'web', 'tantivy'}\n"
            "sys.exit(str(loaded) if loaded else 0)")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr


# --- exit codes and errors


def test_k7_a_new_kind_of_error_has_the_exit_code_of_its_nearest_parent() -> None:
    class Unheard(KbError):
        """A child of the base itself."""

    class Elsewhere(Invalid):
        """A child of a listed one."""

    class Both(Elsewhere, Unavailable):
        """The first parent comes before the second."""

    class Unread(BadQuestion):
        """A child of the retriever's."""

    for error, code in ((Unheard, 1), (Elsewhere, 2), (Both, 2), (Unread, 2)):
        assert exit_code(error("new", "x")) == code
    assert exit_code(RuntimeError("x")) is None


@pytest.mark.parametrize("arguments", [
    [], ["nothing"], ["--nothing"], ["import"], ["article"], ["article", "nothing"], ["article", "show"],
    ["article", "show", "x", "--revision", "one"], ["user", "add"], ["user", "token"], ["audit"], ["export"],
    ["user", "add", "li", "--role", "boss"], ["user", "add", "li", "--role", "editor"], ["user", "add", "Li"],
    ["user", "add", "li", "--role", "agent:hrss"], ["user", "add", "li", "--password-file", "missing"],
    ["import", "missing"], ["import", "file.txt"], ["import", ".", "--publish"], ["import", ".", "--approver", "li"],
    ["user", "token", "create", "km", "--name", "x", "--scope", "all"],
    ["user", "token", "create", "km", "--name", "", "--scope", "ask"],
    ["user", "token", "create", "km", "--name", "x", "--scope", "ask", "--days", "0"],
])
def test_wrong_use_is_2_and_one_line(kb: Run, database: Database, tmp_path: Path, arguments: list[str]) -> None:
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="km", name="", grants=[], password=None, now=NOW)
    (tmp_path / "file.txt").write_text("x")
    code, output, errors = kb(*arguments)
    assert (code, output) == (2, "")
    assert one_line(errors)


@pytest.mark.parametrize("arguments", [
    ["article", "list", "--department", "nowhere"], ["article", "show", "missing"], ["article", "history", "missing"],
    ["article", "diff", "card"], ["article", "diff", "card", "--from", "8", "--to", "9"],
    ["article", "show", "card", "--revision", "7"], ["user", "disable", "missing"], ["user", "token", "revoke", "x"],
    ["user", "token", "list", "missing"], ["user", "token", "create", "missing", "--name", "x", "--scope", "ask"],
    ["import", "empty"], ["import", ".", "--publish", "--approver", "missing"], ["export", "full"],
    ["article", "show", "\udcff"], ["article", "show", "a' --"],
])
def test_what_is_refused_or_not_found_is_1(kb: Run, database: Database, tmp_path: Path, arguments: list[str]) -> None:
    published(database)
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file.txt").write_text("x")
    code, _, errors = kb(*arguments)
    assert code == 1
    assert errors == "" or one_line(errors)


@pytest.mark.parametrize(("variable", "value", "reason"), [
    ("KB__WEB__PORT", "abc", "web.port"), ("KB__WEB__PROT", "1", "web.prot"), ("KB__NOTHING__X", "1", "KB__NOTHING__X"),
    ("KB__DATABASE__URL", "nosuch://x", "database.url"), ("KB__DATA__DIR", "/dev/null/x", "data.dir"),
])
def test_an_environment_that_is_not_ready_is_3(kb: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str,
                                               reason: str) -> None:
    monkeypatch.setenv(variable, value)
    code, output, errors = kb("article", "list")
    assert (code, output) == (3, "")
    assert one_line(errors)
    assert reason in errors


def test_a_knowledge_base_that_was_not_initialised_says_where_and_leaves_nothing(kb: Run, tmp_path: Path) -> None:
    for is_there in (False, True):
        code, output, errors = kb("article", "list")
        assert (code, output) == (3, "") and one_line(errors)
        assert errors.startswith("kb: the knowledge base is not initialised; run `kb init` (data folder: "
                                 f"{tmp_path / 'data'};")
        assert (tmp_path / "data").exists() == is_there and not any(tmp_path.rglob("*.sqlite3"))
        (tmp_path / "data").mkdir(exist_ok=True)


@pytest.mark.only_on("sqlite")  # PostgreSQL takes no such value
def test_an_unexpected_error_is_one_line_and_its_trace_is_to_be_had(database: Database, settings: Settings) -> None:
    published(database)
    with database.transaction() as session:  # a value that no release ever wrote
        session.connection().exec_driver_sql("UPDATE revision SET effective_from = 'no time'")
    done = process("article", "history", "card", data=settings.data_dir)
    assert (done.returncode, done.stdout) == (3, "")
    assert one_line(done.stderr)
    assert done.stderr.startswith("kb: unexpected ValueError: ")
    assert done.stderr.endswith("(set KB_DEBUG=1 to see the trace)\n")
    assert "Traceback" in process("article", "history", "card", data=settings.data_dir, KB_DEBUG="1").stderr


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "tail"]])
def test_a_reader_that_has_seen_enough_is_no_error(database: Database, settings: Settings,
                                                   arguments: list[str]) -> None:
    published(database)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-m", "kb", *arguments], cwd=settings.data_dir, stdout=write,
                          stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "KB__DATA__DIR": str(settings.data_dir),
                               "KB__DATABASE__URL": settings.database_url})
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def one_line(errors: str) -> bool:
    return errors.startswith("kb: ") and errors.count("\n") == 1 and errors.endswith("\n")


# --- init, import, export


def test_init_can_be_run_again(kb: Run) -> None:
    for _ in range(2):
        code, output, errors = kb("init")
        assert (code, errors) == (0, "")
        assert "ready" in output


def test_the_sample_comes_with_first_sign_ins_shown_once_and_kept_nowhere(kb: Run, tmp_path: Path) -> None:
    code, output, _ = kb("init", "--sample")
    assert code == 0
    passwords = [line.split()[1] for line in output.splitlines() if line.startswith("  ")]
    assert len(passwords) == 6
    kept = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert not [word for word in passwords if word.encode() in kept]
    code, output, _ = kb("init", "--sample")
    assert (code, "ready" in output, len(output.splitlines())) == (0, True, 1)


def test_k11_an_upgrade_puts_no_sample_into_a_knowledge_base_that_is_in_use(kb: Run) -> None:
    kb("init")
    kb("user", "add", "boss", "--role", "admin", "--no-password")
    code, output, errors = kb("init", "--sample")
    assert (code, errors, "ready" in output) == (0, "", True)
    assert kb("article", "list")[0] == 1
    assert [user["login"] for user in parsed(kb("user", "list", "--json")[1])] == ["boss"]


def test_import_reports_every_file_on_standard_error_and_counts_on_standard_output(
    initialised: Run, tmp_path: Path
) -> None:
    kb = initialised
    kb("user", "add", "zhou", "--role", "approver:hrss", "--no-password")
    (tmp_path / "hrss").mkdir()
    (tmp_path / "hrss/card.md").write_text("---\ntitle: 补卡\nauthor: li\n---\n\n免费。", encoding="utf-8")
    (tmp_path / "hrss/bad.md").write_text("no title", encoding="utf-8")
    code, output, errors = kb("import", "hrss", "--publish", "--approver", "zhou")
    assert (code, output) == (1, "2 files: 1 new, 0 unchanged, 1 failed\n")
    assert errors == "hrss/bad.md: line 1: missing field: title\n"
    code, output, errors = kb("import", "hrss", "--publish", "--approver", "zhou", "--json")
    assert (code, errors) == (1, "")
    assert parsed(output) == {"files": 2, "created": 0, "unchanged": 1, "failed": [
        {"file": "hrss/bad.md", "reason": "line 1: missing field: title"}], "warnings": []}
    assert [row["slug"] for row in parsed(kb("article", "list", "--json")[1])] == ["card"]
    assert "operator import_history" in kb("audit", "tail")[1]  # the operator's act: nobody asked zhou


def test_a_disabled_user_and_one_without_the_right_cannot_approve(initialised: Run, tmp_path: Path) -> None:
    kb = initialised
    (tmp_path / "hrss").mkdir()
    (tmp_path / "hrss/card.md").write_text("---\ntitle: 补卡\n---\n\n免费。", encoding="utf-8")
    kb("user", "add", "zhou", "--role", "approver:hrss", "--no-password")
    kb("user", "add", "wu", "--role", "agent", "--no-password")
    kb("user", "disable", "zhou")
    code, _, errors = kb("import", "hrss", "--publish", "--approver", "zhou")
    assert (code, errors) == (1, "kb: zhou is disabled\n")
    code, _, errors = kb("import", "hrss", "--publish", "--approver", "wu")
    assert (code, errors) == (1, "hrss/card.md: wu may not approve for department hrss\n")
    assert kb("article", "list")[0] == 1


def test_export_says_how_much_and_refuses_a_folder_in_use(kb: Run, database: Database, tmp_path: Path) -> None:
    published(database)
    assert kb("export", "out") == (0, "1 articles, 1 revisions in out\n", "")
    assert (tmp_path / "out/hrss/card.md").is_file()
    code, _, errors = kb("export", "out")
    assert (code, one_line(errors)) == (1, True)
    assert parsed(kb("export", "other", "--json")[1]) == {"articles": 1, "revisions": 1, "folder": "other"}


# --- article, audit


def test_articles_are_listed_shown_and_compared(kb: Run, database: Database) -> None:
    published(database, revision_text("费用\n\n15元", change_note="首次"), number=1)
    published(database, revision_text("费用\n\n20元", change_note="调价", effective_from=at(30)), number=2, day=10)
    submitted(database, revision_text("费用\n\n25元"), day=20)
    published(database, slug="other")
    assert [line.split()[1] for line in kb("article", "list")[1].splitlines()] == ["card", "other"]
    shown = parsed(kb("article", "show", "card", "--json")[1])
    assert (shown["revision"], shown["source"], shown["standing"]["status"]) == (2, "费用\n\n20元", "in_force")
    old = kb("article", "show", "card", "--revision", "1")[1]
    assert "superseded by r2 since 2026-01-31" in old
    assert "15元" in old
    history = parsed(kb("article", "history", "card", "--json")[1])
    assert [(e["revision"], e["standing"]["status"]) for e in history] == [
        (3, "unpublished"), (2, "in_force"), (1, "superseded")]
    assert kb("article", "history", "card")[1].splitlines()[1].startswith("r2  2026-01-31  in force")
    assert kb("article", "diff", "card")[1] == "- 20元\n+ 25元\n"
    assert kb("article", "diff", "card", "--from", "1", "--to", "2")[1] == "- 15元\n+ 20元\n"
    changed = parsed(kb("article", "diff", "card", "--from", "1", "--to", "2", "--json")[1])["lines"]
    assert [(line["sign"], line["text"]) for line in changed] == [(" ", "费用"), ("-", "15元"), ("+", "20元")]


def test_a_retired_article_still_shows_with_its_standing(kb: Run, database: Database) -> None:
    published(database)
    retired(database, day=5)
    assert "retired since 2026-01-06" in kb("article", "show", "card")[1]
    assert kb("article", "list")[0] == 1


def test_the_list_goes_on_beyond_one_page(kb: Run, database: Database) -> None:
    for n in range(205):
        published(database, slug=f"a{n:03}")
    assert len(kb("article", "list")[1].splitlines()) == 205


# --- user


def test_a_new_users_password_is_given_to_programs_too(initialised: Run) -> None:
    added = parsed(initialised("user", "add", "li", "--role", "editor:hrss", "--json")[1])
    assert (added["login"], added["roles"]) == ("li", [{"role": "editor", "department": "hrss"}])
    assert len(added["password"]) >= 12
    code, output, errors = initialised("user", "add", "desk", "--no-password", "--json")
    assert (code, parsed(output)) == (0, {"login": "desk", "name": "desk", "roles": [], "password": None})
    assert one_line(errors)


def may_sign_in(database: Database, login: str, password: str) -> bool:
    return bool(sessions.sign_in(database, login, password, address="192.0.2.1", now=NOW, lasting=LASTING, tries=5))


def test_a_password_is_made_up_and_shown_once_when_none_is_given(initialised: Run, database: Database) -> None:
    code, output, errors = initialised("user", "add", "li", "--name", "李 Li", "--role", "editor:hrss",
                                       "--role", "agent")
    assert (code, errors) == (0, "kb: it must be changed at the first sign-in\n")
    assert may_sign_in(database, "li", output.rsplit(" ", 1)[1].strip())
    listed = parsed(initialised("user", "list", "--json")[1])
    assert [(u["login"], u["name"], u["roles"]) for u in listed] == [("li", "李 Li", [
        {"role": "editor", "department": "hrss"}, {"role": "agent", "department": None}])]


def test_a_password_comes_from_a_file_or_standard_input(initialised: Run, database: Database, tmp_path: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("a long enough secret\nmore", encoding="utf-8")
    code, output, _ = initialised("user", "add", "li", "--password-file", "secret")
    assert (code, output) == (0, "user li added\n")
    assert may_sign_in(database, "li", "a long enough secret")
    monkeypatch.setattr("sys.stdin", io.StringIO("another long secret\n"))
    code, output, _ = initialised("user", "add", "wang", "--password-file", "-")
    assert (code, output) == (0, "user wang added\n")
    assert may_sign_in(database, "wang", "another long secret")
    (tmp_path / "short").write_text("short\n", encoding="utf-8")
    code, _, errors = initialised("user", "add", "wu", "--password-file", "short")
    assert (code, one_line(errors)) == (2, True)


def test_a_login_that_is_taken_is_refused(initialised: Run) -> None:
    initialised("user", "add", "li", "--no-password")
    code, output, errors = initialised("user", "add", "li", "--no-password")
    assert (code, output, errors.splitlines()[0]) == (1, "", "kb: login li is taken")


def test_tokens_are_created_listed_and_revoked(initialised: Run, database: Database) -> None:
    initialised("user", "add", "li", "--role", "agent", "--no-password")
    code, output, errors = initialised("user", "token", "create", "li", "--name", "desk", "--scope", "ask", "--scope",
                                       "read", "--days", "30")
    token = output.strip()
    assert (code, token.startswith("kb_"), token not in errors) == (0, True, True)
    listed = parsed(initialised("user", "token", "list", "li", "--json")[1])
    assert [(t["login"], t["name"], t["scopes"], t["revoked_at"]) for t in listed] == [
        ("li", "desk", ["ask", "read"], None)]
    assert token not in str(listed)
    with database.reading() as session:
        assert tokens.viewer_by_token(session, token, now=NOW) is not None
    assert initialised("user", "token", "revoke", listed[0]["id"])[0] == 0
    with database.reading() as session:
        assert tokens.viewer_by_token(session, token, now=NOW) is None
    assert "revoked" in initialised("user", "token", "list")[1]
    assert initialised("user", "token", "revoke", listed[0]["id"])[0] == 1
    code, _, errors = initialised("user", "token", "create", "li", "--name", "x", "--scope", "admin")
    assert (code, one_line(errors)) == (1, True)


def test_one_sees_and_ends_ones_own_tokens_only(database: Database) -> None:
    with database.transaction() as session:
        for login in ("li", "wang"):
            people.create_user(session, OPERATOR, login=login, name="", grants=[(Role.AGENT, None)], password=None,
                               now=NOW)
        tokens.create_token(session, OPERATOR, "wang", name="x", scopes=["ask"], days=None, now=NOW)
        li, wang = (people.actor_of(session, login, now=NOW) for login in ("li", "wang"))
        token = tokens.list_tokens(session, wang, "wang")[0]
        for act in (lambda: tokens.list_tokens(session, li), lambda: tokens.list_tokens(session, li, "wang"),
                    lambda: tokens.revoke_token(session, li, token.id, now=NOW)):
            with pytest.raises(KbError):
                act()
        tokens.revoke_token(session, wang, token.id, now=NOW)
        assert tokens.list_tokens(session, wang, "wang")[0].revoked_at == NOW
