"""``kb audit`` and ``kb prune``: what they print can be kept, handed in again and read by programs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from kb.clock import utc_now
from kb.db import Database
from kb.record import answers
from tests.kb.cli.test_cli import Run, kb, one_line, parsed
from tests.kb.factories import published

__all__ = ["kb"]  # the fixture


def execute(database: Database, statement: str) -> None:
    with database.transaction() as session:
        session.execute(text(statement))


def test_audit_verify_and_tail(kb: Run, database: Database) -> None:
    published(database)
    assert kb("audit", "verify")[1].startswith("2 entries hold, and what they speak of; head 2:")
    found = parsed(kb("audit", "tail", "-n", "1", "--json")[1])
    assert [(e["action"], e["after"]["article"]) for e in found] == [("publish", "card")]
    execute(database, "UPDATE audit_entry SET actor = 'x' WHERE id = 1")
    code, output, _ = kb("audit", "verify", "--json")
    assert (code, parsed(output)["broken_at"], parsed(output)["holds"]) == (1, 1, False)


def test_the_head_that_verify_prints_is_taken_again_and_finds_a_cut_tail(kb: Run, database: Database) -> None:
    published(database)
    head = kb("audit", "verify")[1].split()[-1]
    assert parsed(kb("audit", "verify", "--json")[1])["head"] == head
    published(database, slug="other")
    assert kb("audit", "verify", "--head", head)[0] == 0
    later = kb("audit", "verify")[1].split()[-1]
    execute(database, "DELETE FROM audit_entry WHERE id = 4")
    code, output, errors = kb("audit", "verify", "--head", head, "--head", later)
    assert code == 1 and output.startswith("broken: entry 4: is missing") and errors.startswith("to do: ")


def test_fault_37_a_clock_that_was_set_back_ends_the_check_with_1_until_that_was_looked_at(kb: Run,
                                                                                           database: Database) -> None:
    published(database, day=50)
    published(database, slug="other", day=3)
    code, said, hint = kb("audit", "verify")
    assert (code, "4 entries hold" in said, "clock was set back" in said) == (1, True, True)
    assert parsed(kb("audit", "verify", "--json")[1])["set_back_at"] == 3

    head = hint.partition("--head ")[2].split("`")[0]
    assert kb("audit", "verify", "--head", head)[0] == 0


def test_the_head_that_a_backup_prints_is_taken_too(kb: Run, database: Database, tmp_path: Path) -> None:
    published(database)
    head = kb("backup", str(tmp_path / "b.kbz"))[1].split()[-1]
    assert kb("audit", "verify", "--head", head)[0] == 0
    execute(database, "DELETE FROM audit_entry")
    code, output, _ = kb("audit", "verify", "--head", head)
    assert code == 1 and "emptied" in output


@pytest.mark.parametrize("head", ["", "x", "2", "2:00", "2:" + "g" * 64])
def test_a_head_that_is_none_is_wrong_use(kb: Run, database: Database, head: str) -> None:
    published(database)
    code, output, errors = kb("audit", "verify", "--head", head)
    assert (code, output) == (2, "") and one_line(errors)


@pytest.mark.only_on("sqlite")  # PostgreSQL takes no such value
def test_s9_a_damaged_row_is_named_and_ends_in_no_trace(kb: Run, database: Database,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_DEBUG", "1")  # an unforeseen error would be raised
    published(database)
    execute(database, "UPDATE audit_entry SET at = 'no time' WHERE id = 2")
    code, output, _ = kb("audit", "verify")
    assert (code, output) == (1, "broken: entry 2: is damaged: its time is none\n")
    execute(database, "UPDATE audit_entry SET at = '2026-01-01 00:00:00.000000' WHERE id = 2")
    execute(database, "UPDATE revision SET effective_from = 'no time'")
    code, output, _ = kb("audit", "verify")
    assert code == 1 and "cannot be read" in output


def test_a_changed_text_is_told_to_people_and_programs(kb: Run, database: Database) -> None:
    published(database)
    execute(database, "UPDATE revision SET source = '二十元'")
    code, output, errors = kb("audit", "verify")
    assert code == 1 and output.startswith("broken: revision 1 of card: its text") and "backup" in errors
    told = parsed(kb("audit", "verify", "--json")[1])
    assert (told["holds"], told["subject"], told["entries"]) == (False, "revision 1 of card", 2)


def asked(database: Database, days: float) -> None:
    moment = utc_now() - timedelta(days=days)
    with database.transaction() as session:
        answers.record(session, answers.AnswerRecord(
            id=f"a{days}", asked_at=moment, user_id=None, audience="public", lang="zh", question="补卡多少钱",
            as_of=moment, known_at=moment, abstained=True, reason=None, confidence=0.1), keep_question=True)


def test_prune_tells_what_it_would_remove_and_then_removes_it(kb: Run, database: Database,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    for days in (1, 90, 200, 2_000):
        asked(database, days)
    assert kb("prune", "--dry-run")[1].startswith("would remove the questions of 1 answers from before ")
    monkeypatch.setenv("KB__RETENTION__QUESTION_DAYS", "30")
    told = parsed(kb("prune", "--json")[1])
    assert (told["dry_run"], told["questions"], told["answers"]) == (False, 2, 1)
    with database.reading() as session:
        left = session.execute(text("SELECT id, question FROM answer ORDER BY asked_at")).all()
    assert [tuple(row) for row in left] == [("a200", ""), ("a90", ""), ("a1", "补卡多少钱")]
    assert kb("audit", "verify")[0] == 0


@pytest.mark.parametrize("command", [("audit", "verify"), ("prune",)])
def test_help_has_an_example(kb: Run, command: tuple[str, ...]) -> None:
    code, output, _ = kb(*command, "--help")
    assert code == 0 and f"example: kb {' '.join(command)}" in output
