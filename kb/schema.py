"""Whether a database has the schema that this release works with; without loading what changes schemas.

A release neither reads nor writes tables of another one: it says what to do instead.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.sql import column, table

from kb.db import Database
from kb.driver_errors import NOT_INITIALISED
from kb.errors import Unavailable

_VERSIONS = Path(__file__).with_name("migrations") / "versions"


@cache
def newest() -> str:
    """The number of this release's last migration."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def check(database: Database) -> None:
    """Raise Unavailable where the database is not initialised, or is another release's."""
    with database.reading() as session:
        current = session.scalar(select(column("version_num")).select_from(table("alembic_version")))
    if current is None:
        raise Unavailable("not_initialised", NOT_INITIALISED.template)
    check_not_newer(current)
    if current != newest():
        raise Unavailable("older_database", "the database is at version {current}, this release works with {newest}, "
                          "and an upgrade is due or broke off: back up, then run `kb init`", current=current,
                          newest=newest())


def check_not_newer(current: str) -> None:
    """Raise Unavailable for a version that a newer release made: there is no way back."""
    if current > newest():
        raise Unavailable("newer_database", "the database is at version {current}, which this release does not "
                          "know; install the newer release or restore a backup", current=current)
