"""Importing article folders: files to revisions, one transaction an article, with a report of every file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kb import publication
from kb.articles import add_revision
from kb.db import Database
from kb.errors import Invalid, KbError
from kb.importers.markdown import FileRevision, read_revision
from kb.models import Article
from kb.permissions import Action, Actor, can
from kb.settings import Settings
from kb.text import SLUG

_NAME = re.compile(r"(?P<slug>.+?)(?:\.r(?P<number>\d{1,6}))?\.md")


@dataclass(slots=True)
class Report:
    """What an import did; the three counts and the failures add up to the files read."""

    created: int = 0
    unchanged: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)  # (path, "line n: reason")

    @property
    def files(self) -> int:
        return self.created + self.unchanged + len(self.failed)


def article_files(paths: Sequence[Path]) -> dict[str, list[tuple[int, Path]]]:
    """Markdown files by slug, each with its revision number, oldest first; the file without a number is the newest."""
    groups: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    for path in paths:
        if not path.exists():
            raise Invalid("no_file", f"{path}: no such file or folder")
        for file in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
            match = _NAME.fullmatch(file.name)
            if match and file.is_file() and not file.is_symlink():
                groups[match["slug"]].append((int(match["number"] or 999_999_999), file))
    return {slug: sorted(files) for slug, files in sorted(groups.items())}


def import_paths(database: Database, settings: Settings, actor: Actor, paths: Sequence[Path], *, now: datetime,
                 department: str | None = None, approver: Actor | None = None,
                 progress: Callable[[int, int], None] | None = None) -> Report:
    """Import every article below ``paths``; with an ``approver`` its revisions are approved by them and published.

    An article's files land together or not at all. Files already stored with the same text change nothing, so an
    interrupted import is continued by running it again. An approver who may import history keeps the files' own
    publishing times; otherwise everything is published at ``now``.
    """
    report = Report()
    groups = article_files(paths)
    for done, (slug, files) in enumerate(groups.items(), 1):
        path = files[0][1]
        try:
            if len({f.parent for _, f in files}) > 1:
                raise Invalid("duplicate_slug", f"slug {slug} is used in two folders; slugs are unique")
            revisions = []
            for _, path in files:
                revisions.append(read_revision(path, settings, department=department, now=now))
            created = _store(database, actor, slug, revisions, approver, now)
            report.created += created
            report.unchanged += len(files) - created
        except KbError as error:
            report.failed.extend((str(f), error.message if f == path else f"not imported: {path.name} failed")
                                 for _, f in files)
        if progress:
            progress(done, len(groups))
    return report


def _store(database: Database, actor: Actor, slug: str, revisions: Sequence[FileRevision], approver: Actor | None,
           now: datetime) -> int:
    """One article's revisions in one transaction; how many were new."""
    if not SLUG.fullmatch(slug):
        raise Invalid("slug", f"file name {slug[:40]!r}: use lower-case letters, digits and hyphens")
    created = 0
    keeps_history = approver is not None and can(approver, Action.IMPORT_HISTORY)
    with database.transaction() as session:
        for item in revisions:
            at = item.published_at if keeps_history and item.published_at else now
            if at > now:
                raise Invalid("published_at", "published_at lies in the future")
            signers = tuple(dict.fromkeys((*item.approvers, approver.name))) if approver else ()
            revision, is_new = add_revision(session, actor, slug, item.text, number=item.number, now=at,
                                            origin="import", approvers=signers)
            if is_new:
                created += 1
                if approver:
                    publication.publish(session, approver, revision, now=at, origin="import")
        last = revisions[-1]
        if created and approver and last.retired_at:
            article = session.get_one(Article, revision.article_id)
            publication.retire(session, approver, article, reason=last.retired_reason or "retired", successor=None,
                               now=last.retired_at if keeps_history else now, origin="import")
    return created
