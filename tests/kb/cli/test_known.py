"""``kb known``: what the shell adds, lists, releases and drops."""

from __future__ import annotations

from kb.db import Database
from kb.known import known
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.cli.test_writing import As, person  # noqa: F401  a fixture
from tests.kb.factories import AGENT, at, published, revision_text

CARD = "社保卡是凭证。\n\n## 补领\n\n带身份证。"


def test_a_question_is_added_listed_dropped_and_released(person: As, initialised: Run, database: Database  # noqa: F811
                                                         ) -> None:
    published(database, revision_text(CARD))
    code, output, errors = person("li", "known", "add", "card", "补领", "医保卡丢了到哪里补", "--json")
    added = parsed(output)
    assert (code, errors, added["state"], added["heading_path"], added["proposer"]) == (
        0, "", "released", ["补领"], "li")
    assert person("li", "known", "add", "card", "", "社保卡有什么用")[0] == 0
    code, output, _ = initialised("known", "list", "card")
    assert code == 0
    assert sorted(line.split("  ", 1)[1] for line in output.splitlines()) == [
        "released  card  社保卡有什么用", "released  card › 补领  医保卡丢了到哪里补"]
    assert parsed(person("li", "known", "drop", added["id"], "--json")[1])["state"] == "dropped"
    listed = parsed(initialised("known", "list", "--state", "dropped", "--json")[1])
    assert [item["id"] for item in listed] == [added["id"]]
    code, output, _ = person("li", "known", "release", added["id"])
    assert (code, "released" in output) == (0, True)


def test_what_agents_proposed_is_listed_for_release(initialised: Run, database: Database) -> None:  # noqa: F811
    published(database, revision_text(CARD))
    with database.transaction() as session:
        item = known.propose(session, AGENT, "card", "补领", "卡不见了咋办", now=at(1), origin="test")
    assert item.id in initialised("known", "list", "card", "--state", "proposed")[1]
    assert initialised("known", "list", "card", "--state", "released")[:2] == (1, "")


def test_what_is_wrong_is_one_line_that_says_what_to_do(person: As, database: Database) -> None:  # noqa: F811
    published(database, revision_text(CARD))
    for arguments, code, told in (
            (("add", "card", "没有", "怎么补"), 2, "name one of '', '补领'"),
            (("add", "nowhere", "", "怎么补"), 1, "no article"),
            (("add", "card", "", "?"), 2, "2 to 200"), (("drop", "x"), 1, "kb known list"),
            (("release", "x"), 1, "kb known list")):
        found, output, errors = person("li", "known", *arguments)
        assert (found, output) == (code, "")
        assert told in errors and errors.count("\n") == 1


def test_every_verb_explains_itself(kb: Run) -> None:  # noqa: F811
    for arguments in (("--help",), *((verb, "--help") for verb in ("add", "list", "release", "drop"))):
        code, output, errors = kb("known", *arguments)
        assert (code, errors) == (0, "") and "usage: kb known" in output
    assert "kb known add social-card-loss-reissue" in kb("known", "--help")[1]
