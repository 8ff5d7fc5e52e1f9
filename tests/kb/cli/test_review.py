"""``kb review``: scanning now, and what is open, by article, department, kind and severity."""

from __future__ import annotations

from kb.db import Database
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.factories import published, revision_text

STALE = "减免执行至2026年1月31日。见[收费](article:nowhere)。"


def test_a_scan_raises_what_is_listed_with_its_evidence(initialised: Run, database: Database) -> None:  # noqa: F811
    published(database, revision_text(STALE))
    published(database, revision_text("免费。"), slug="house")
    assert initialised("review", "list")[0] == 1
    code, output, errors = initialised("review", "scan", "--json")
    assert (code, parsed(output), errors) == (0, {"raised": 2, "cleared": 0, "changed": 0}, "")
    assert "0 raised, 0 cleared, 0 changed" in initialised("review", "scan")[1]
    code, output, errors = initialised("review", "list", "--json")
    article, = parsed(output)
    assert (code, errors, article["article"], article["department"]) == (0, "", "card", "hrss")
    assert {s["kind"]: s["evidence"][0]["quote"] for s in article["signals"]} == {
        "date": "减免执行至2026年1月31日。", "reference": "[收费](article:nowhere)"}
    assert article["score"] == 21
    code, output, _ = initialised("review", "list", "--department", "hrss", "--kind", "date")
    assert code == 0 and "what it says held until 2026-01-31  [减免执行至2026年1月31日。]" in output
    assert "nowhere" not in output
    assert initialised("review", "list", "--severity", "serious")[0] == 1
    assert initialised("review", "list", "--article", "house")[0] == 1


def test_one_article_is_looked_at_alone(initialised: Run, database: Database) -> None:  # noqa: F811
    published(database, revision_text(STALE))
    published(database, revision_text(STALE), slug="house")
    assert parsed(initialised("review", "scan", "--article", "house", "--json")[1])["raised"] == 2
    code, output, errors = initialised("review", "scan", "--article", "nonsense")
    assert (code, output) == (1, "") and "no article" in errors


def test_every_verb_explains_itself(kb: Run) -> None:  # noqa: F811
    for arguments in (("--help",), ("scan", "--help"), ("list", "--help")):
        code, output, errors = kb("review", *arguments)
        assert (code, errors) == (0, "") and "usage: kb review" in output
    assert kb("review", "list", "--kind", "nonsense")[0] == 2
