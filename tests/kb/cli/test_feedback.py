"""``kb feedback``, ``kb gaps``, ``kb callbacks``: listing, answering, and the table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.feedback import subject, verdicts
from kb.feedback.verdicts import Verdict
from kb.people import people, tokens
from retriever.callbacks import find_callbacks
from retriever.gaps import find_gaps
from retriever.language.analysis import Analyser
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.factories import AGENT, at, published, revision_text
from tests.kb.feedback.answers import answered

OLD, FEE = "补领工本费25元。\n", "补领工本费25元。"


@pytest.fixture
def told(initialised: Run, database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: F811
    """An answer that was voted down, its gap and its call; and a supervisor's and an editor's token at hand."""
    revision_id = published(database, revision_text(OLD))
    answered(database, revision_id, OLD, FEE, call_ref="C-9")
    with database.transaction() as session:
        verdicts.give(session, AGENT, subject.of_answer(session, "a1"), Verdict.WRONG, note="不对", now=at(2),
                      origin="test")
        people.create_user(session, OPERATOR, login="km", name="km", grants=[(Role.KNOWLEDGE_MANAGER, None)],
                           password=None, now=at(0))
        token = tokens.create_token(session, OPERATOR, "km", name="t", scopes=["write"], days=None, now=at(0))
    monkeypatch.setenv("KB_TOKEN", token)
    find_gaps(database, Analyser(), None, days=180, now=at(5))
    published(database, revision_text(OLD.replace("25", "30")), number=2, day=6)
    find_callbacks(database, Analyser(), days=90, now=at(7), origin="test")
    return initialised


def test_what_was_said_is_listed_and_answered(told: Run) -> None:
    (item,) = parsed(told("feedback", "list", "--department", "hrss", "--json")[1])
    assert (item["verdict"], item["note"], item["slug"], item["quote"]) == ("wrong", "不对", "card", FEE)
    assert item["id"] in told("feedback", "list")[1]
    assert told("feedback", "list", "--article", "nowhere")[0] == 1
    code, _, errors = told("feedback", "resolve", item["id"], "declined", "--as", "km")
    assert (code, "say why" in errors) == (2, True)
    assert told("feedback", "resolve", item["id"], "accepted", "--reply", "改", "--as", "km")[0] == 0
    assert parsed(told("feedback", "list", "--state", "accepted", "--json")[1])[0]["reply"] == "改"
    turned = ("feedback", "resolve", item["id"], "declined", "--reply", "不改", "--as", "km")
    code, _, errors = told(*turned)
    assert (code, "km dealt with it already" in errors) == (1, True)
    assert told(*turned, "--seen", "accepted")[0] == 0


def test_gaps_are_listed_and_decided_on(told: Run) -> None:
    (gap,) = parsed(told("gaps", "list", "--json")[1])
    assert (gap["asked"], gap["name"], gap["department"]) == (1, "补卡多少钱", "hrss")
    assert gap["name"] in told("gaps", "list")[1]
    assert told("gaps", "decide", gap["id"], "dismissed", "--note", "不归热线管", "--as", "km")[0] == 0
    assert told("gaps", "list")[0] == 1
    assert parsed(told("gaps", "list", "--state", "dismissed", "--json")[1])[0]["note"] == "不归热线管"


def test_calls_are_listed_noted_and_exported(told: Run, tmp_path: Path) -> None:
    (call,) = parsed(told("callbacks", "list", "--json")[1])
    assert (call["call_ref"], call["state"], call["differences"][0]["now"]) == ("C-9", "open", "补领工本费30元。")
    assert "C-9" in told("callbacks", "list")[1]
    assert told("callbacks", "set", call["id"], "called", "--note", "已告知", "--as", "km")[0] == 0
    file = tmp_path / "calls.csv"
    assert told("callbacks", "export", str(file), "--state", "called")[0] == 0
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert (len(rows), rows[1][0], rows[1][5], rows[1][11]) == (2, "C-9", FEE, "已告知")
    assert FEE in told("callbacks", "export", "-")[1]


def test_what_the_clock_does_can_be_done_now(told: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB__EMBEDDING__PROVIDER", "none")
    assert told("callbacks", "scan")[0] == told("gaps", "scan")[0] == 0


def test_every_verb_explains_itself(kb: Run) -> None:  # noqa: F811
    for command, verbs in (("feedback", ("list", "resolve")), ("gaps", ("list", "decide", "scan")),
                           ("callbacks", ("list", "export", "set", "scan"))):
        for arguments in (("--help",), *((verb, "--help") for verb in verbs)):
            code, output, errors = kb(command, *arguments)
            assert (code, errors) == (0, "") and f"usage: kb {command}" in output
