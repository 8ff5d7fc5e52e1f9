"""Importing article folders: files to revisions, with a report of every file.

An article's files land together or not at all, and what is stored already changes nothing: an import that was killed
is continued by running it again. Some articles share a transaction, since a commit waits for the disk, and each has a
savepoint of its own. A database that cannot serve stops the import; a bad file does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.rules import review_days_of
from kb.content import lexicon
from kb.content.importers.archive import is_archive, unpacked
from kb.content.importers.attached import bring_files
from kb.content.importers.files import ArticleFile, Root, article_files
from kb.content.importers.hidden import HiddenText
from kb.content.importers.markdown import FileRevision, read_revision
from kb.content.importers.storing import Names, store_article
from kb.db import Database
from kb.driver_errors import translated
from kb.errors import Invalid, KbError, Unavailable
from kb.messages.message import Message
from kb.people import departments
from kb.people.departments import Difference
from kb.people.permissions import Action, can
from kb.settings import Settings
from kb.text import SLUG

DEPARTMENTS, LEXICON = "departments.yaml", "lexicon.yaml"
_BATCH = 20  # articles in one transaction: other writers wait for about a fifth of a second
_TRIES = 3  # for a batch while the database is busy; each waits for database.busy_timeout_ms


@dataclass(slots=True)
class Report:
    """What an import did; the three counts and the failures add up to the files read."""

    created: int = 0  # files that were stored, or whose draft was published
    unchanged: int = 0
    refused: list[tuple[str, Message]] = field(default_factory=list)  # (path, "line n: reason")
    hidden: list[tuple[str, HiddenText]] = field(default_factory=list)  # (path, what its readers will not see)
    departments: list[tuple[str, Difference]] = field(default_factory=list)  # (path, what its list changed)
    departments_left: list[tuple[str, Difference]] = field(default_factory=list)  # (path, what it says in vain)
    twins: list[tuple[str, str]] = field(default_factory=list)  # (path, slug of another article with its title)
    words: list[tuple[str, lexicon.Difference]] = field(default_factory=list)  # (path, what its lexicon changed)
    words_left: list[tuple[str, lexicon.Difference]] = field(default_factory=list)  # (path, what it says in vain)

    @property
    def files(self) -> int:
        return self.created + self.unchanged + len(self.refused)

    @property
    def failed(self) -> list[tuple[str, str]]:
        """What was refused, in English."""
        return [(file, str(reason)) for file, reason in self.refused]


def import_paths(database: Database, settings: Settings, actor: Actor, paths: Sequence[Path], *, now: datetime,
                 department: str | None = None, approver: Actor | None = None, takes_lists: bool = False,
                 progress: Callable[[int, int], None] | None = None) -> Report:
    """Import every article below ``paths`` (folders, files, archives); with an ``approver`` they sign and publish.

    Without one everything lands as draft. Lists of departments and of words in the folders come first; what they change
    counts at once for every caller, so that without an approver it is only told, unless ``takes_lists`` says otherwise:
    only departments that are new are added, for the drafts need them. An approver who may import history keeps the
    files' own approvers, times of publication and retirements; otherwise the approver alone signs, and everything is
    published at ``now``. Raises Invalid for a path that is no article file, folder or archive, Unavailable when the
    database fails; what was stored before stays.
    """
    with ExitStack() as stack:
        roots = [Root(stack.enter_context(unpacked(path, settings)) if is_archive(path) else path, str(path))
                 for path in paths]
        groups, refused = article_files(roots)
        with database.reading() as session:
            names, intervals = Names.load(session), review_days_of(session)
        work = _Import(database, settings, actor, approver, department, now, names, intervals, Report(refused=refused),
                       takes_lists or approver is not None)
        for root in roots:
            work.lists(root)
        work.run(groups, progress)
    return work.report


@dataclass(frozen=True, slots=True)
class _Article:
    """An article that was read and waits to be stored."""

    slug: str
    files: Sequence[ArticleFile]
    revisions: Sequence[FileRevision]


@dataclass(frozen=True, slots=True)
class _Import:
    """One run: what its articles share, and the steps of each."""

    database: Database
    settings: Settings
    actor: Actor
    approver: Actor | None
    department: str | None
    now: datetime
    names: Names
    review_days: Mapping[str, int]  # of categories
    report: Report
    takes_lists: bool

    def lists(self, root: Root) -> None:
        """The departments and the lexicon of a folder, for who may change them: before any text is cut by its words."""
        for name, take in ((DEPARTMENTS, self.take_departments), (LEXICON, self.take_words)):
            path, label = root.path / name, f"{root.label}/{name}"
            if not path.is_file() or path.is_symlink():
                continue
            try:
                changed = take(path, label)
            except Unavailable:
                raise
            except KbError as error:
                self.report.refused.append((label, _told(error)))
            else:
                if changed is not None:
                    self.report.created += changed > 0
                    self.report.unchanged += changed == 0

    def take_departments(self, path: Path, label: str) -> int | None:
        """How many departments a list changed, None where it may change none; what it leaves is told."""
        may_change, taken = can(self.actor, Action.OPERATE), list[Difference]()
        if may_change:
            with self.database.transaction() as session:
                taken = departments.import_file(session, self.actor, path, now=self.now, only_new=not self.takes_lists)
        with self.database.reading() as session:
            left = departments.differences(session, path)
        self.report.departments += [(label, each) for each in taken]
        self.report.departments_left += [(label, each) for each in left]
        return len(taken) if may_change else None

    def take_words(self, path: Path, label: str) -> int | None:
        """How many words and groups a lexicon changed, None where it may change none; what it leaves is told."""
        with self.database.reading() as session:
            found = [(label, each) for each in lexicon.differences(session, path)]
        may_change = can(self.actor, Action.EDIT_LEXICON)
        if not may_change or not self.takes_lists:
            self.report.words_left += found
            return 0 if may_change else None
        with self.database.transaction() as session:
            lexicon.import_file(session, self.actor, path, now=self.now)
        self.report.words += found
        return len(found)

    def run(self, groups: Mapping[str, Sequence[ArticleFile]], progress: Callable[[int, int], None] | None) -> None:
        """Every article, batch by batch."""
        batch: list[_Article] = []
        for done, article in enumerate(self.in_order(groups), 1):
            batch += [article] if article.revisions else []
            if len(batch) >= _BATCH or done == len(groups):
                self.store(batch)
                batch = []
                if progress:
                    progress(done, len(groups))

    def in_order(self, groups: Mapping[str, Sequence[ArticleFile]]) -> Iterator[_Article]:
        """Every article as it was read, a retired one after the successor that it names."""
        waiting: dict[str, _Article] = {}
        done: set[str] = set()
        for first in groups:
            pending = [first] if first not in done else []
            while pending:
                slug = pending[-1]
                if slug not in waiting:
                    waiting[slug] = _Article(slug, groups[slug], self.read(slug, groups[slug]))
                retired = waiting[slug].revisions[-1].retired if waiting[slug].revisions else None
                heir = retired.successor if retired else None
                if heir is not None and heir in groups and heir not in done and heir not in pending:
                    pending.append(heir)
                    continue
                done.add(pending.pop())
                yield waiting.pop(slug)

    def read(self, slug: str, files: Sequence[ArticleFile]) -> list[FileRevision]:
        """The revisions of an article's files; none when one of them is refused, which is reported."""
        revisions: list[FileRevision] = []
        for file in files:
            try:
                if not SLUG.fullmatch(slug):
                    raise Invalid("slug", "file name {slug!r}: use lower-case letters, digits and hyphens",
                                  slug=slug[:40])
                if file.path.parent != files[0].path.parent:
                    raise Invalid("duplicate_slug", "slug {slug} is used in two folders; slugs are unique: see {label}",
                                  slug=slug, label=files[0].label)
                revisions.append(read_revision(file.path, self.settings, department=self.department, now=self.now,
                                               review_days=self.review_days))
                self.report.hidden.extend((file.label, hidden) for hidden in revisions[-1].hidden)
            except KbError as error:
                self.refuse(files, file, error)
                return []
        return revisions

    def store(self, batch: Sequence[_Article]) -> None:
        """Store the articles, each whole or not at all; a busy database is tried again a few times."""
        for attempt in range(1, _TRIES + 1):
            changed: dict[str, int] = {}
            refused: list[tuple[_Article, KbError]] = []
            try:
                with self.database.transaction() as session:
                    for article in batch:
                        try:
                            with translated(), session.begin_nested():
                                changed[article.slug] = self.store_one(session, article)
                        except Unavailable:
                            raise
                        except KbError as error:
                            session.expunge_all()  # SQLite gives the rows that were taken back their numbers again
                            refused.append((article, error))
            except Unavailable as error:
                if error.code != "database_busy" or attempt == _TRIES:
                    raise Unavailable(error.code, "{reason}; {created} files were imported before: import again to go "
                                      "on", reason=error, created=self.report.created) from error
            else:
                break
        for article, reason in refused:
            at = reason.facts.get("file", -1)
            self.refuse(article.files, article.files[at if isinstance(at, int) else -1], reason)
        self.report.created += sum(changed.values())
        self.report.unchanged += sum(len(a.files) - changed[a.slug] for a in batch if a.slug in changed)

    def store_one(self, session: Session, article: _Article) -> int:
        """Store one article; how many of its files changed anything."""
        numbered = [(f.number, r) for f, r in zip(article.files, article.revisions, strict=True)]
        changed = store_article(session, self.actor, self.approver, article.slug, numbered, self.names, now=self.now)
        bring_files(session, self.actor, article.files[0].path.parent, (r.text for r in article.revisions),
                    self.settings.limits, now=self.now)
        newest = article.revisions[-1]
        owner = "" if newest.retired else newest.now_owned_by or newest.text.owner
        if owner:
            self.report.twins += [(article.files[-1].label, twin)
                                  for twin in self.names.twins(article.slug, newest.text.title, owner)]
        self.names.add(article.slug, newest.text.title, owner)
        return changed

    def refuse(self, files: Sequence[ArticleFile], culprit: ArticleFile, error: KbError) -> None:
        because = Message("not imported: {file} failed", file=culprit.path.name)
        self.report.refused.extend((file.label, _told(error) if file == culprit else because) for file in files)


def _told(error: KbError) -> Message:
    """What is wrong with a file, without its path, which the report has beside it."""
    reason = error.facts.get("reason")
    if error.template == "{path}: {reason}" and isinstance(reason, Message):
        return reason
    return Message(error.template, **error.facts)
