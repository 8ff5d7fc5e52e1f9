"""Restoring a backup: checked whole beside the database, then put into its place by one rename.

The search index is put out of use first: it may have seen more than the backup, or other things under the same event
numbers. Whatever ends a restore early leaves the old database in place; at worst its index is built anew.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import CursorResult, delete, update

from kb.actor import OPERATOR
from kb.content import verification
from kb.content.backup import archive, postgresql, rows, sqlite
from kb.content.backup.archive import Manifest, Show
from kb.content.backup.take import backup, scratch
from kb.db import Database
from kb.errors import Conflict, Invalid, Unavailable
from kb.migrations import migrate
from kb.models import SignInAttempt, WebSession
from kb.record import audit
from kb.record.journal import record
from kb.settings import Settings

_COMPARED = "0026"  # the schema from which a backup told that all its rows hold; before, that the log's chain did
# Of the data folder: what names the index in use, and how far each has followed the database. Without either one is
# built anew; while an index says how far it is, a pointer that was lost is written anew for it.
_POINTER, _CHECKPOINTS = "index/CURRENT", "index/gen-*/checkpoint"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, where the former database is now, and what was ended."""

    manifest: Manifest
    kept_aside: Path | None
    sessions_ended: int
    attempts_forgotten: int
    log_holds: bool


def restore(database: Database, settings: Settings, path: Path, *, now: datetime, force: bool = False,
            show: Show = lambda _done, _of: None) -> Restored:
    """Put a backup into the place of the database; a present one is replaced, and kept aside, with ``force`` alone."""
    if path.is_dir():
        raise Invalid("no_backup", "{path} is a folder: give the file that `kb backup` wrote", path=path)
    if not path.is_file():
        raise Invalid("no_backup", "{path}: no such file", path=path)
    if not database.is_sqlite:
        return _restore_to_server(database, settings, path, now, force, show)
    place = sqlite.file_of(database)
    if place.exists() and not force:
        raise Conflict("exists", "{place}: a knowledge base is here; add --force to put the backup in its place (the "
                       "present database is kept aside)", place=place)
    database.close()
    with scratch(place.parent, ".restore-", place) as folder:
        fresh = folder / archive.DATABASE
        manifest = archive.unpack(path, fresh, show, ratio=settings.limits.archive_ratio)
        fresh.chmod(0o600)
        _check(fresh, path, manifest)
        sessions, attempts, holds = _prepare(settings, fresh, path, manifest, now)
        with sqlite.held_alone(place):
            if place.exists() and not force:  # made in the meantime
                raise Conflict("exists", "{place}: a knowledge base is here now; add --force to replace it",
                               place=place)
            aside = _swap(fresh, place, settings.data_dir, now)
    return Restored(manifest, aside, sessions, attempts, holds)


def _restore_to_server(database: Database, settings: Settings, path: Path, now: datetime, force: bool, show: Show,
                       ) -> Restored:
    """The same on PostgreSQL: the present rows are kept aside in a backup of their own, then replaced in one
    transaction."""
    is_there = postgresql.is_initialised(database)
    if is_there and not force:
        raise Conflict("exists", "the database already holds a knowledge base; add --force to put the backup in its "
                       "place (the present one is kept aside in a backup of its own)")
    postgresql.check_idle(database)
    folder = settings.make_data_dir()
    with scratch(folder, ".restore-", folder) as scratched:
        fresh = scratched / archive.DATABASE
        manifest = archive.unpack(path, fresh, show, ratio=settings.limits.archive_ratio)
        fresh.chmod(0o600)
        _check(fresh, path, manifest)
        sessions, attempts, holds = _prepare(settings, fresh, path, manifest, now)
        migrate(database)
        aside = folder / f"kb.before-{now:%Y%m%dT%H%M%SZ}.kbz" if is_there else None
        if aside:
            backup(database, settings, aside, now=now)
        copied = Database(sqlite.elsewhere(settings, fresh))
        try:
            with copied.reading() as source, postgresql.refilled(database) as target:
                put_out_of_use(settings.data_dir)
                rows.copy(source, target, show)
                rows.check_same(source, target)
        finally:
            copied.close()
    return Restored(manifest, aside, sessions, attempts, holds)


def put_out_of_use(data_dir: Path) -> None:
    """Have the search index built anew at its next use: it knows other events than the database now holds."""
    for path in (*data_dir.glob(_CHECKPOINTS), data_dir / _POINTER):
        if path.exists():
            path.unlink()
            sqlite.synced(path.parent)


def _check(fresh: Path, path: Path, manifest: Manifest) -> None:
    """The database is sound, and is the one that the manifest speaks of."""
    sqlite.check_sound(fresh, path)
    try:
        schema, entries, head = sqlite.schema_and_head(fresh)
    except Unavailable as error:
        raise Invalid("bad_backup", "{path}: holds no knowledge base ({code})", path=path, code=error.code) from error
    found: tuple[str, int, str, Mapping[str, int]] = (schema, entries, head, sqlite.counts(fresh))
    if found != (manifest.schema, manifest.audit_entries, manifest.audit_head, manifest.counts):
        raise Invalid("bad_backup", "{path}: its database is not the one that its manifest speaks of; take another "
                      "backup", path=path)


def _prepare(settings: Settings, fresh: Path, path: Path, manifest: Manifest, now: datetime) -> tuple[int, int, bool]:
    """Bring the schema up, check the log, end what was open when the backup was taken; how much that was."""
    copied = Database(sqlite.elsewhere(settings, fresh))
    try:
        try:
            migrate(copied)
        except Unavailable as error:
            if error.code != "newer_database":
                raise
            raise Unavailable("newer_backup", "{path}: was made by release {product} with schema {schema}, which this "
                              "release does not know; restore it with that release", path=path,
                              product=manifest.product, schema=manifest.schema) from error
        with copied.reading() as session:
            finding = verification.verify(session).finding
            is_told = manifest.schema >= _COMPARED or audit.verify(session).broken_at is not None
        if finding and is_told and manifest.audit_holds is not False:
            raise Invalid("altered_backup", "{path}: held when it was taken and was altered since ({subject}: "
                          "{reason}); take another backup", path=path, subject=finding.subject, reason=finding.reason)
        with copied.transaction() as session:
            is_open = (WebSession.revoked_at.is_(None), WebSession.expires_at > now)
            ended = session.execute(update(WebSession).where(*is_open).values(revoked_at=now))
            forgotten = session.execute(delete(SignInAttempt))
            record(session, OPERATOR, "restore_backup", f"backup:{manifest.created_at}", now=now, origin="cli",
                   after={"sha256": manifest.sha256, "audit_head": manifest.audit_head})
            assert isinstance(ended, CursorResult) and isinstance(forgotten, CursorResult)
            return ended.rowcount, forgotten.rowcount, finding is None
    finally:
        copied.close()


def _swap(fresh: Path, place: Path, data_dir: Path, now: datetime) -> Path | None:
    """Put the new file in place; where the former one is now. The old is reachable under one name at every moment."""
    sqlite.make_single(fresh)
    fresh.chmod(0o600)
    sqlite.synced(fresh)
    put_out_of_use(data_dir)
    was_here = place.exists()
    aside = place.with_name(f"{place.name}.before-{now:%Y%m%dT%H%M%SZ}")
    if was_here:
        os.link(place, aside)
    for side in sqlite.SIDES:  # of a damaged database, or of one that is gone: a foreign log would be read into the new
        beside = place.with_name(place.name + side)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + side))
    fresh.replace(place)
    sqlite.synced(place.parent)
    return aside if was_here else None
