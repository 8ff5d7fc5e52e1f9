"""``kb review`` on tasks: they are opened, listed, decided by who proves who they are, and handed on."""

from __future__ import annotations

from datetime import timedelta

from kb.clock import utc_now
from kb.db import Database
from tests.kb.cli.test_acts import person  # noqa: F401  a fixture
from tests.kb.cli.test_cli import Run, initialised, kb, parsed  # noqa: F401  fixtures
from tests.kb.cli.test_writing import As
from tests.kb.factories import published, revision_text


def test_a_task_is_opened_listed_put_off_handed_on_and_confirmed(person: As, initialised: Run,  # noqa: F811
                                                                 database: Database) -> None:
    published(database, revision_text(review_by=utc_now() + timedelta(days=10)))
    assert initialised("review", "tasks")[0] == 1
    assert initialised("review", "tend")[1].startswith("1 opened, ")
    found, = parsed(initialised("review", "tasks", "--department", "hrss", "--json")[1])
    assert (found["article"], found["person"], found["state"]) == ("card", "li", "open")
    code, output, _ = initialised("review", "task", found["id"])
    assert code == 0 and found["sha256"] in output and "assigned" in output
    until = (utc_now().date() + timedelta(days=4)).isoformat()
    assert person("li", "review", "snooze", found["id"], "--until", until, "--reason", " ")[0] == 2
    assert person("li", "review", "snooze", found["id"], "--until", until, "--reason", "等文件")[0] == 0
    assert initialised("review", "tasks")[0] == 1 and initialised("review", "tasks", "--standing", "snoozed")[0] == 0
    assert person("li", "review", "wake", found["id"])[0] == 0
    assert person("xu", "review", "delegate", found["id"], "--to", "wu")[0] == 1  # of another department
    assert person("li", "review", "delegate", found["id"], "--to", "wu")[:2] == (0, "handed on to wu\n")
    code, _, errors = person("wu", "review", "confirm", found["id"], "--sha256", found["sha256"])
    assert code == 2 and "how it was checked" in errors
    code, output, _ = person("wu", "review", "confirm", found["id"], "--sha256", found["sha256"], "--note", "核对")
    assert (code, output) == (0, "confirmed; the task is done\n")
    done, = parsed(initialised("review", "tasks", "--standing", "done", "--json")[1])
    assert (done["outcome"], done["outcome_by"], done["evidence"]) == ("confirmed", "wu", "核对")
    assert "hrss: 0 open" in initialised("review", "tasks", "--departments")[1]


def test_a_task_leads_to_a_draft_or_to_the_articles_end(person: As, initialised: Run,  # noqa: F811
                                                        database: Database) -> None:
    for slug in ("card", "house"):
        published(database, revision_text(review_by=utc_now() + timedelta(days=10)), slug=slug)
    initialised("review", "tend")
    first, second = parsed(initialised("review", "tasks", "--json")[1])
    assert "is begun" in person("li", "review", "revise", first["id"])[1]
    assert person("li", "review", "retire", second["id"], "--reason", "停办")[0] == 1
    assert person("wu", "review", "retire", second["id"], "--reason", "停办")[0] == 0
    assert person("wu", "review", "retire", second["id"], "--reason", "停办")[0] == 1


def test_an_absence_is_announced_listed_and_ended(person: As) -> None:  # noqa: F811
    first, last = (utc_now().date() + timedelta(days=n) for n in (3, 9))
    given = ("--from", first.isoformat(), "--to", last.isoformat(), "--substitute", "wu", "--json")
    found, = parsed(person("li", "review", "absence", "li", *given)[1])
    assert (found["first_day"], found["substitute"]) == (first.isoformat(), "wu")
    assert person("wu", "review", "absence", "li")[0] == 1
    assert f"{first.isoformat()} – {last.isoformat()}  wu" in person("km", "review", "absence", "li")[1]
    assert person("li", "review", "absence", "li", "--end", str(found["id"]), "--json")[1] == "[]\n"
    assert person("li", "review", "absence", "li", "--from", first.isoformat())[0] == 2
    assert person("li", "review", "absence", "li", "--from", "soon")[0] == 2
