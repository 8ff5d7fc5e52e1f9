"""``kb ledger``, ``kb register`` and ``kb links``: what the shell lists, changes in a manager's name, and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.actor import OPERATOR
from kb.articles.kept_facts import keep_facts
from kb.articles.revisions import BasisText
from kb.cli.acting import TOKEN
from kb.db import Database
from kb.people import people, tokens
from kb.people.people import parse_grant
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.factories import add_department, at, published, revision_text


@pytest.fixture
def shell(initialised: Run, database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: F811
    add_department(database, "hrss")
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="km", name="", grants=[parse_grant("knowledge_manager")],
                           password=None, now=at(1))
        monkeypatch.setenv(TOKEN, tokens.create_token(session, OPERATOR, "km", name="shell", days=None, now=at(1),
                                                      scopes=["write"]))
    return initialised


def test_a_number_is_entered_changed_and_retired(shell: Run) -> None:
    assert shell("ledger", "list")[:2] == (1, "")
    assert shell("ledger", "set", "0599-5550142", "--as", "km")[0] == 2  # a new one needs a name
    assert shell("ledger", "set", "0599-5550142", "--zh", "社保咨询", "--department", "hrss", "--as", "km")[0] == 0
    told = parsed(shell("ledger", "set", "05995550142", "--hours", "全天", "--as", "km", "--json")[1])
    assert (told["name_zh"], told["hours"], told["version"], told["standing"]) == ("社保咨询", "全天", 2, "listed")
    code, output, _ = shell("ledger", "retire", "0599-5550142", "--on", "2026-01-01", "--instead", "12333", "--as",
                            "km")
    assert (code, output) == (0, "0599-5550142: no longer listed from 2026-01-01\n")
    assert shell("ledger", "list", "社保", "--standing", "listed")[0] == 1
    assert "→ 2026-01-01 12333" in shell("ledger", "list", "社保")[1]
    history = shell("ledger", "history", "0599 5550142")[1]
    assert [line.split()[3] for line in history.splitlines()] == ["retire_phone", "edit_phone", "add_phone"]
    assert shell("ledger", "history", "12399")[0] == 1
    assert shell("ledger", "retire", "0599-5550142", "--as", "nobody")[0] == 1


def test_a_table_is_rehearsed_taken_in_and_written_again(shell: Run, tmp_path: Path) -> None:
    table = tmp_path / "phones.csv"
    table.write_bytes("电话,名称\n12345,总机\n号码,甲\n".encode("gbk"))
    code, output, errors = shell("ledger", "import", str(table), "--as", "km")
    assert code == 1 and "1 new, 0 changed, 0 as they stand, 1 refused" in output
    assert "line 3: 号码: number: '号码' is not a telephone number" in errors
    assert shell("ledger", "list")[0] == 1
    table.write_bytes("电话,名称\n12345,总机\n".encode("gbk"))
    assert parsed(shell("ledger", "import", str(table), "--rehearse", "--as", "km", "--json")[1])["done"] is False
    assert shell("ledger", "list")[0] == 1
    assert parsed(shell("ledger", "import", str(table), "--as", "km", "--json")[1])["created"] == 1
    table.write_text(shell("ledger", "list", "--csv")[1], encoding="utf-8")
    assert parsed(shell("ledger", "import", str(table), "--as", "km", "--json")[1])["unchanged"] == 1
    assert shell("ledger", "import", str(tmp_path / "none.csv"), "--as", "km")[0] == 2


def test_a_document_is_taken_from_texts_repealed_and_restored(shell: Run, database: Database) -> None:
    published(database, revision_text(bases=(BasisText("失业保险条例", "国务院令第258号"),)))
    keep_facts(database)
    assert shell("register", "take", "--as", "km")[1] == "texts in force name 1 documents; 1 of them were entered\n"
    assert shell("register", "set", "国务院令第800号", "--title", "新条例", "--as", "km")[0] == 0
    told = parsed(shell("register", "repeal", "国务院令（第258号）", "--on", "2026-01-01", "--by", "新条例", "--as",
                        "km", "--json")[1])
    assert (told["status"], told["changed_by"]) == ("repealed", "新条例 国务院令第800号")
    assert "repealed   2026-01-01 新条例 国务院令第800号" in shell("register", "list", "--status", "repealed")[1]
    assert shell("register", "amend", "失业保险条例", "--by", "某决定", "--as", "km")[0] == 0
    assert shell("register", "restore", "失业保险条例", "--as", "km")[0] == 0
    assert shell("register", "list", "--status", "repealed")[0] == 1
    assert len(shell("register", "history", "失业保险条例")[1].splitlines()) == 4
    assert shell("register", "repeal", "没有", "--as", "km")[0] == 1
    assert shell("register", "repeal", "失业保险条例", "--on", "昨天", "--as", "km")[0] == 2


def test_pages_are_looked_at_only_where_hosts_are_listed(shell: Run, database: Database) -> None:
    published(database, revision_text(bases=(BasisText("办法", url="https://policy.example/1"),)))
    code, output, errors = shell("links", "check")
    assert (code, output) == (1, "") and "links.hosts" in errors
    assert shell("links", "list", "--which", "all")[0] == 1


def test_pages_that_do_not_answer_are_listed(shell: Run, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    published(database, revision_text(bases=(BasisText("办法", url="http://127.0.0.1/1"),)))
    monkeypatch.setenv("KB__LINKS__HOSTS", "127.0.0.1")
    told = parsed(shell("links", "check", "--json")[1])
    assert (told["looked"], told["dead"]) == (1, 0)
    listed = parsed(shell("links", "list", "--which", "unseen", "--json")[1])
    assert [(one["address"], one["state"], one["reason"]) for one in listed] == [
        ("http://127.0.0.1/1", "refused", "address_inside")]
