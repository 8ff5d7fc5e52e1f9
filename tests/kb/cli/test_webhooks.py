"""``kb webhooks`` and ``kb notices``: what they print, and what is refused in one line."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from kb.db import Database
from kb.models import NoticeDelivery
from tests.kb.cli.test_cli import Run, initialised, kb, one_line, parsed
from tests.kb.upkeep.test_notices import person, tell

__all__ = ["initialised", "kb"]  # fixtures


def test_a_receiver_is_added_tested_paused_and_dropped(initialised: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB__WEBHOOKS__HOSTS", "127.0.0.1")
    assert initialised("webhooks", "list")[:2] == (1, "")
    code, secret, told = initialised("webhooks", "add", "oa", "http://127.0.0.1/kb", "--kind", "task")
    assert code == 0 and secret.startswith("whsec_") and "shown this once" in told
    (one,) = parsed(initialised("webhooks", "list", "--json")[1])
    assert (one["name"], one["kinds"], one["failing"]) == ("oa", ["task"], None)
    assert secret.strip() not in initialised("webhooks", "list", "--json")[1]
    code, output, _ = initialised("webhooks", "test", "oa")  # of this machine: never called
    assert code == 1 and "not open to this system" in output
    assert initialised("webhooks", "pause", "oa")[0] == 0
    assert "paused" in initialised("webhooks", "list")[1]
    assert initialised("webhooks", "pause", "oa")[0] == 1
    assert initialised("webhooks", "resume", "oa")[0] == 0
    assert initialised("webhooks", "secret", "oa")[1] != secret
    assert initialised("webhooks", "deliveries", "oa")[0] == 1
    assert initialised("webhooks", "resend", "oa")[:2] == (1, "0 to be sent anew\n")
    assert initialised("webhooks", "drop", "oa")[0] == 0
    assert initialised("webhooks", "list")[0] == 1


def test_what_is_not_listed_or_not_there_is_one_line(initialised: Run) -> None:
    code, _, errors = initialised("webhooks", "add", "oa", "https://oa.example.org/kb")
    assert code == 2 and one_line(errors) and "not on the list" in errors
    code, _, errors = initialised("webhooks", "test", "nobody")
    assert code == 1 and one_line(errors)


def test_mail_that_was_given_up_is_listed_and_sent_anew(initialised: Run, database: Database) -> None:
    assert initialised("notices", "dead")[:2] == (1, "")
    person(database, "li", mail="li@example.org", ways={"task": "once"})
    tell(database, "li")
    with database.transaction() as session:
        session.execute(update(NoticeDelivery).values(state="dead", error="mail_recipient", attempts=3))
    (one,) = parsed(initialised("notices", "dead", "--json")[1])
    assert (one["login"], one["attempts"]) == ("li", 3) and "address" in one["failure"] and "补卡" not in str(one)
    assert "li" in initialised("notices", "dead")[1]
    assert initialised("notices", "resend", "--delivery", str(one["id"] + 1))[0] == 1
    assert initialised("notices", "resend")[:2] == (0, "1 to be sent anew\n")
    assert initialised("notices", "resend")[0] == 1
