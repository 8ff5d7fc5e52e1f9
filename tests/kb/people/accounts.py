"""People for tests: added, signed in, looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy import update

from kb.actor import OPERATOR, Actor, Role
from kb.db import Database
from kb.models import User
from kb.people import people, sessions
from tests.conftest import NOW

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LASTING = sessions.Lasting(hours=12, idle_minutes=720)
HOME, ELSEWHERE = "192.0.2.1", "192.0.2.99"


def added(database: Database, login: str = "wang", grants: Sequence[people.Grant] = ((Role.AGENT, None),),
          password: str | None = PASSWORD, *, is_once: bool = False) -> str:
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login=login, name=login, grants=grants, password=password,
                           is_once=is_once, now=NOW)
    return login


def guessed_cheaply(database: Database) -> None:
    """Everybody's password is PASSWORD, kept so that a thousand guesses at it take a second; a hash says how it was
    made, and is checked that way."""
    with database.transaction() as session:
        session.execute(update(User).values(password_hash=CHEAP.hash(PASSWORD)))


def admin(database: Database, login: str = "root") -> str:
    return added(database, login, [(Role.ADMIN, None)])


def actor(database: Database, login: str = "wang") -> Actor:
    with database.reading() as session:
        return people.actor_of(session, login, now=NOW)


def signed_in(database: Database, login: str = "wang", password: str = PASSWORD, *, address: str = HOME,
              minutes: float = 0, tries: int = 3, device: str = "") -> str:
    return sessions.sign_in(database, login, password, address=address, now=NOW + timedelta(minutes=minutes),
                            lasting=LASTING, tries=tries, device=device)


def opened(database: Database, session_id: str, hours: float = 0) -> sessions.OpenSession | None:
    with database.reading() as session:
        return sessions.find_session(session, session_id, now=NOW + timedelta(hours=hours))


def viewer(database: Database, session_id: str, hours: float = 0) -> Actor | None:
    found = opened(database, session_id, hours)
    return found and found.actor
