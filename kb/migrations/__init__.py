"""The schema's one chain of migrations, and the function that brings a database to its head."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from kb import schema
from kb.clock import utc_now
from kb.db import Database
from kb.driver_errors import translated
from kb.record.journal import begin_rows


def config_of(database: Database) -> Config:
    """Alembic's settings for this database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = database.engine
    return config


def migrate(database: Database) -> None:
    """Bring the schema to the newest version; refuses a database made by a newer release."""
    _current(database)
    with translated():
        command.upgrade(config_of(database), "head")
    with database.transaction() as session:
        begin_rows(session, now=utc_now())


def pending(database: Database) -> list[str]:
    """The migrations that this database has not had, newest first; empty when its schema is up to date.

    Raises Unavailable for a database made by a newer release.
    """
    scripts = ScriptDirectory.from_config(config_of(database))
    return [script.revision for script in scripts.iterate_revisions("heads", _current(database) or "base")]


def _current(database: Database) -> str | None:
    with translated(), database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None:
        schema.check_not_newer(current)
    return current
