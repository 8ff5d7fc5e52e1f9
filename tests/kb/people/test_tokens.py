"""API tokens: what they give, until when, and whose they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.errors import Denied
from kb.people import people, tokens
from tests.conftest import NOW
from tests.kb.people.accounts import added


def test_a_token_gives_its_scopes_until_it_expires(database: Database) -> None:
    added(database)
    with database.transaction() as session:
        token = tokens.create_token(session, OPERATOR, "wang", name="desk", scopes=["ask", "read"], days=30, now=NOW)
    with database.reading() as session:
        found = tokens.viewer_by_token(session, token, now=NOW)
        assert found is not None and found[0].name == "wang" and found[1] == {"ask", "read"}
        assert tokens.viewer_by_token(session, token, now=NOW + timedelta(days=30)) is None
        assert tokens.viewer_by_token(session, token[:-1], now=NOW) is None
        assert tokens.viewer_by_token(session, "kb_\ud800", now=NOW) is None


def test_an_agent_makes_own_tokens_and_none_for_administrators_work(database: Database) -> None:
    added(database)
    with database.transaction() as session:
        agent = people.actor_of(session, "wang", now=NOW)
        with pytest.raises(Denied, match="no administrator"):
            tokens.create_token(session, agent, "wang", name="x", scopes=["admin"], days=1, now=NOW)
        assert tokens.create_token(session, agent, "wang", name="own", scopes=["ask"], days=1, now=NOW)


def test_an_administrator_makes_no_token_that_acts_in_anothers_name(database: Database) -> None:
    with database.transaction() as session:
        for login, role in (("boss", Role.ADMIN), ("wu", Role.AGENT)):
            people.create_user(session, OPERATOR, login=login, name="", grants=[(role, None)], password=None, now=NOW)
        boss = people.actor_of(session, "boss", now=NOW)
        with pytest.raises(Denied, match="in wu's name"):
            tokens.create_token(session, boss, "wu", name="x", scopes=["read", "write"], days=1, now=NOW)
        assert tokens.create_token(session, boss, "wu", name="x", scopes=["read"], days=1, now=NOW)
        assert tokens.create_token(session, boss, "boss", name="x", scopes=["write"], days=1, now=NOW)
