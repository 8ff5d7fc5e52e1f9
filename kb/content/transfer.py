"""Taking everything out as files, so that importing them into an empty system gives the same system.

Every revision becomes ``<department>/<slug>.md`` (the newest) or ``<slug>.rN.md``, with all that its hash covers and
when it was created, signed, published and retired; departments, lexicon and attached files stand beside them.
Publications are not written down: importing publishes the revisions anew at their own times, which gives the same
rectangles. What the one who exports may not read, and what was erased by law, is missing. The folder appears whole or
not at all.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.actor import Actor
from kb.articles import file_store
from kb.articles.acts.hiding import spans_of
from kb.articles.revisions import knowable
from kb.clock import zone
from kb.content import lexicon
from kb.content.article_file import article_file, local, write_yaml
from kb.content.importers import DEPARTMENTS, LEXICON
from kb.content.importers.attached import FOLDER
from kb.db import Database
from kb.errors import Conflict, Unavailable
from kb.known.known import asks_of
from kb.markup import headings
from kb.markup.parse import parse
from kb.models import Article, Department, Revision
from kb.people.permissions import Action, require
from kb.settings import Settings

_CHUNK = 200  # articles read at once


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written."""

    articles: int
    revisions: int


def export(database: Database, settings: Settings, actor: Actor, folder: Path, *,
           progress: Callable[[int, int], None] | None = None) -> Exported:
    """Write everything the actor may read into a new folder, as of one moment; raises Conflict unless it is empty."""
    require(actor, Action.READ_HISTORY)
    target = folder.absolute()
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise Conflict("not_empty", "{folder}: exists and is not an empty folder; name a new one", folder=folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
        try:
            with database.reading() as session:
                written = _write_all(session, settings, actor, partial, progress)
            partial.chmod(0o755)  # mkdtemp's own mode hides it from everybody else
            partial.rename(target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise Unavailable("export", "{folder}: cannot be written: {strerror}", folder=folder,
                          strerror=error.strerror or error) from error
    return written


def _write_all(session: Session, settings: Settings, actor: Actor, folder: Path,
               progress: Callable[[int, int], None] | None) -> Exported:
    tz = zone(settings.hotline.timezone)
    departments = [_department(d, tz) for d in session.scalars(select(Department).order_by(Department.code))]
    write_yaml(folder / DEPARTMENTS, {"departments": departments})
    words = lexicon.stored(session)
    lists = {"words": list(words.words), "groups": [list(group) for group in words.groups],
             "said": [list(group) for group in words.said]}
    write_yaml(folder / LEXICON, {key: value for key, value in lists.items() if value or key != "said"})
    ids = list(session.scalars(select(Article.id).order_by(Article.slug)))
    slugs = {row[0]: row[1] for row in session.execute(select(Article.id, Article.slug))}
    articles = revisions = 0
    files: set[str] = set()
    for start in range(0, len(ids), _CHUNK):
        spans = spans_of(session, ids[start:start + _CHUNK])
        for article, known in _articles(session, actor, ids[start:start + _CHUNK]):
            articles += 1
            revisions += len(known)
            files.update(each["sha256"] for revision in known for each in revision.attachments)
            place = folder / article.owner
            place.mkdir(exist_ok=True)
            asks = _asks(session, article, known)
            for revision in known:
                is_newest = revision is known[-1]
                name = f"{article.slug}.md" if is_newest else f"{article.slug}.r{revision.number}.md"
                retired = _retired(article, slugs, tz) if is_newest else None
                (place / name).write_bytes(article_file(
                    revision, tz, retired, asks.get(revision.id), article.owner if is_newest else "",
                    spans.get(article.id, ()) if is_newest else ()))
        session.expunge_all()
        if progress:
            progress(min(start + _CHUNK, len(ids)), len(ids))
    _write_files(session, folder / FOLDER, files)
    return Exported(articles, revisions)


def _write_files(session: Session, folder: Path, hashes: Collection[str]) -> None:
    """The attached files by their hashes; those that are not kept here are missing."""
    for sha256 in sorted(hashes):
        if file_store.kept(session, [sha256]):
            folder.mkdir(exist_ok=True)
            (folder / sha256).write_bytes(file_store.content(session, sha256))
            session.expunge_all()


def _articles(session: Session, actor: Actor, ids: list[str]) -> Iterator[tuple[Article, list[Revision]]]:
    """Articles by slug with the revisions that the actor may know, in number order; those without any are left out."""
    known: dict[str, list[Revision]] = {}
    query = select(Revision).where(Revision.article_id.in_(ids), Revision.redacted_at.is_(None),
                                   knowable(actor)).order_by(Revision.number).options(
        selectinload(Revision.co_owners), selectinload(Revision.bases), selectinload(Revision.signatures),
        selectinload(Revision.publications))
    for revision in session.scalars(query):
        known.setdefault(revision.article_id, []).append(revision)
    for article in session.scalars(select(Article).where(Article.id.in_(ids)).order_by(Article.slug)):
        if article.id in known:
            yield article, known[article.id]


def _asks(session: Session, article: Article, revisions: Sequence[Revision]) -> dict[str, dict[str, list[str]]]:
    """The released questions by heading, each with the newest of these revisions that has the heading."""
    waiting = asks_of(session, article.id)
    found: dict[str, dict[str, list[str]]] = {}
    for revision in reversed(revisions) if waiting else ():
        paths = [headings.below_title(place.path, revision.title) for place in headings.places(parse(revision.source))]
        for path, text in waiting:
            if path in paths:
                asked = found.setdefault(revision.id, {})
                asked.setdefault(headings.name_of(paths, path, revision.title), []).append(text)
        waiting = [(path, text) for path, text in waiting if path not in paths]
    return found


def _retired(article: Article, slugs: dict[str, str], tz: ZoneInfo) -> dict[str, Any] | None:
    if article.retired_at is None:
        return None
    successor = slugs[article.successor_id] if article.successor_id else None
    return {"at": local(article.retired_at, tz), "reason": article.retired_reason or "", "successor": successor}


def _department(department: Department, tz: ZoneInfo) -> dict[str, Any]:
    found = {"code": department.code, "name_zh": department.name_zh, "name_en": department.name_en,
             "phone": department.phone}
    found |= {key: value for key in ("head", "deputies", "contacts", "district", "successor")
              if (value := getattr(department, key))}
    return found | ({"dissolved_at": local(department.dissolved_at, tz)} if department.dissolved_at else {})
