"""``kb article where-used`` and ``carry``: what the shell finds, and drafts in a named person's name."""

from __future__ import annotations

import pytest

from kb.actor import OPERATOR
from kb.cli.acting import TOKEN
from kb.db import Database
from kb.people import people, tokens
from kb.people.people import parse_grant
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.factories import add_department, at, published, revision_text


def test_the_shell_finds_a_figure_and_carries_its_change(initialised: Run, database: Database,  # noqa: F811
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    add_department(database, "fund")
    published(database, revision_text("工本费二十五元。"))
    published(database, revision_text("邮费25元。", owner="fund", author="fund-editor", title="邮寄"), slug="post")
    code, output, errors = initialised("article", "where-used", "25元")
    assert (code, errors) == (0, "")
    assert [line.split()[:4] for line in output.splitlines()] == [["hrss", "card", "live", "r1"],
                                                                  ["fund", "post", "live", "r1"]]
    assert "工本费[二十五元]。" in output
    assert parsed(initialised("article", "where-used", "25元", "--json")[1])["articles"] == 2
    assert initialised("article", "where-used", "26元")[:2] == (1, "")
    assert initialised("article", "where-used", "电话")[0] == 2
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="li", name="", grants=[parse_grant("editor:hrss")], password=None,
                           now=at(1))
        monkeypatch.setenv(TOKEN, tokens.create_token(session, OPERATOR, "li", name="shell", days=None, now=at(1),
                                                      scopes=["write"]))
    told = parsed(initialised("article", "carry", "25元", "30元", "--as", "li", "--json")[1])
    assert [(item["slug"], item["places"]) for item in told["drafts"]] == [("card", 1)]
    assert [(item["slug"], item["reason"]) for item in told["left"]] == [("post", "not_yours")]
    code, output, _ = initialised("article", "carry", "25元", "30元", "--as", "li")
    assert code == 1 and "card (hrss): left, you have a draft with it already" in output
