"""The schema's one chain of migrations, and the function that brings a database to its head."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from kb.clock import utc_now
from kb.db import Database
from kb.driver_errors import translated
from kb.errors import Unavailable
from kb.record.journal import begin_rows


def config_of(database: Database) -> Config:
    """Alembic's settings for this database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = database.engine
    return config


def migrate(database: Database) -> None:
    """Bring the schema to the newest version; refuses a database made by a newer release."""
    config = config_of(database)
    scripts = ScriptDirectory.from_config(config)
    with translated():
        with database.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in scripts.walk_revisions()}
        if current is not None and current not in known:
            raise Unavailable("newer_database", "the database is at version {current}, which this release does not "
                              "know; install the newer release or restore a backup", current=current)
        command.upgrade(config, "head")
    with database.transaction() as session:
        begin_rows(session, now=utc_now())


def pending(database: Database) -> list[str]:
    """The migrations that this database has not had, newest first; empty when its schema is up to date."""
    scripts = ScriptDirectory.from_config(config_of(database))
    with translated(), database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return [script.revision for script in scripts.iterate_revisions("heads", current or "base")]
