"""People for tests: added, signed in, looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from kb.actor import SYSTEM, Actor, Role
from kb.db import Database
from kb.people import people, sessions
from tests.conftest import NOW

PASSWORD = "correct horse battery"
HOME, ELSEWHERE = "192.0.2.1", "192.0.2.99"


def added(database: Database, login: str = "wang", grants: Sequence[people.Grant] = ((Role.AGENT, None),),
          password: str | None = PASSWORD) -> str:
    with database.transaction() as session:
        people.create_user(session, SYSTEM, login=login, name=login, grants=grants, password=password, now=NOW)
    return login


def admin(database: Database, login: str = "root") -> str:
    return added(database, login, [(Role.ADMIN, None)])


def actor(database: Database, login: str = "wang") -> Actor:
    with database.reading() as session:
        return people.actor_of(session, login, now=NOW)


def signed_in(database: Database, login: str = "wang", password: str = PASSWORD, *, address: str = HOME,
              minutes: float = 0, tries: int = 3) -> str:
    return sessions.sign_in(database, login, password, address=address, now=NOW + timedelta(minutes=minutes),
                            session_hours=12, tries=tries)


def viewer(database: Database, session_id: str, hours: float = 0) -> Actor | None:
    with database.reading() as session:
        return sessions.viewer_by_session(session, session_id, now=NOW + timedelta(hours=hours))
