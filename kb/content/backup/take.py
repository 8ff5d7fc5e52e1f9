"""Taking a backup: a consistent copy while others write, into a file that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kb.content import verification
from kb.content.backup import archive, rows, sqlite
from kb.content.backup.archive import Manifest, Show
from kb.db import Database
from kb.errors import Conflict, KbError, Unavailable
from kb.migrations import migrate, pending
from kb.record import audit
from kb.settings import Settings


def backup(database: Database, settings: Settings, target: Path, *, now: datetime, force: bool = False,
           show: Show = lambda _done, _of: None) -> Manifest:
    """Write the knowledge base as of now into one new file; an existing one is replaced with ``force`` alone."""
    target = target.absolute()
    if database.is_sqlite and target.resolve() == sqlite.file_of(database).resolve():
        raise Conflict("exists", "{target}: is the database itself; name another file", target=target)
    with database.reading() as session:
        audit.head(session)  # says so where there is no knowledge base yet
    _check_free(target, force)
    with scratch(target.parent, f".{target.name}-", target) as folder:
        copied = folder / archive.DATABASE
        _copy(database, settings, copied, show)
        manifest = _describe(settings, copied, now)
        archive.pack(folder / "whole", manifest, copied, show)
        _check_free(target, force)
        (folder / "whole").replace(target)
        sqlite.synced(target.parent)
    return manifest


def _check_free(target: Path, force: bool) -> None:
    if target.is_dir() or (target.exists() and not force):
        raise Conflict("exists", "{target}: exists; name a new file, or add --force to replace a file", target=target)


def _copy(database: Database, settings: Settings, copied: Path, show: Show) -> None:
    """One consistent copy as a SQLite file, wherever the knowledge base is kept: a backup fits either database."""
    if database.is_sqlite:
        sqlite.copy(sqlite.file_of(database), copied, show)
        return
    if pending(database):
        raise Unavailable("old_schema", "the database has an older schema: run `kb init`, then take the backup")
    fresh = Database(sqlite.elsewhere(settings, copied))
    try:
        migrate(fresh)
        with database.reading() as source, fresh.transaction() as target:
            rows.empty(target)
            rows.copy(source, target, show)
    finally:
        fresh.close()
    sqlite.make_single(copied)


def _describe(settings: Settings, file: Path, now: datetime) -> Manifest:
    schema, entries, head = sqlite.schema_and_head(file)
    holds = _log_holds(settings, file)
    return Manifest(archive.FORMAT, product(), schema, now.isoformat(timespec="seconds"), entries, head, holds,
                    sqlite.counts(file), file.stat().st_size, archive.file_sha256(file))


def _log_holds(settings: Settings, file: Path) -> bool | None:
    """Whether the copy's audit log holds, and all that it speaks of is as it says; None before its schema is this
    release's. A backup is taken all the same."""
    copied = Database(sqlite.elsewhere(settings, file))
    try:
        if pending(copied):
            return None
        with copied.reading() as session:
            return verification.verify(session).finding is None
    except KbError:
        return None
    finally:
        copied.close()
        sqlite.make_single(file)


def product() -> str:
    """This release."""
    try:
        return version("hotline-kb")
    except PackageNotFoundError:
        return "unknown"


@contextmanager
def scratch(parent: Path, prefix: str, named: Path) -> Iterator[Path]:
    """A folder of one's own that is gone afterwards; what the disk refuses is one line that names ``named``."""
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
        yield folder
    except OSError as error:
        raise Unavailable("cannot_write", "{named}: {strerror}; check the folder, its permissions and its free space",
                          named=named, strerror=error.strerror or error) from error
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
