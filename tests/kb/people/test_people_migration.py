"""People and their sessions of the release before go on after the upgrade."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from alembic import command
from sqlalchemy import text

from kb.actor import OPERATOR
from kb.db import Database
from kb.migrations import config_of, migrate
from kb.people import directory
from kb.people.passwords import hash_password, hash_secret
from kb.settings import load_settings
from tests.conftest import NOW
from tests.kb.people.accounts import PASSWORD, opened, signed_in


def test_people_and_sessions_of_the_release_before_go_on(tmp_path: Path) -> None:
    database = Database(load_settings(tmp_path, {}, data={"dir": str(tmp_path)}))
    command.upgrade(config_of(database), "0003")
    first, last, ends = (str((NOW + timedelta(hours=h)).replace(tzinfo=None)) for h in (-2, -1, 1))
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO user_account (id, login, name, password_hash, created_at) VALUES "
                                "('u1', 'wang', '王', :hash, :at), ('u2', 'li', '李', NULL, :at)"),
                           {"hash": hash_password(PASSWORD), "at": first})
        for key, at in (("one", first), ("two", last)):
            connection.execute(text("INSERT INTO web_session (id_sha256, user_id, created_at, expires_at) VALUES "
                                    "(:key, 'u1', :at, :ends)"), {"key": hash_secret(key), "at": at, "ends": ends})
    migrate(database)
    assert opened(database, "one") is not None and opened(database, "one", hours=1) is None
    with database.reading() as session:
        people = {u.login: (u.last_sign_in_at, u.must_change_password)
                  for u in directory.list_users(session, OPERATOR)}
    assert people == {"wang": (NOW - timedelta(hours=1), False), "li": (None, False)}
    found = opened(database, signed_in(database))
    assert found is not None and not found.must_change_password
    database.close()
