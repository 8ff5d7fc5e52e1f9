"""Keeping the sentences of published texts, and what later texts changed of earlier ones, so that a copy whose original
went on is found without reading texts.

As with other readings (``kept_readings``) a published text never changes: a revision without a mark of the present
reader is all that there is to do. Erased words go with :func:`forget_copies`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, delete, exists, insert, select
from sqlalchemy.orm import Session

from kb.db import Database
from kb.markup.copied import Sentence, changed, sentences
from kb.models import CopyChange, CopyReading, CopySentence, Publication, Revision

READER = 1  # goes up with every change of what is read, so that all is read anew
_BATCH = 100  # revisions of one transaction
_IN = 500  # values of one IN list, below SQLite's limit
_EARLIER = 5  # published texts before one that it is compared with
_MOST = 60  # changes that are kept of one text


@dataclass(frozen=True, slots=True)
class Copy:
    """What is kept of one text: its sentences, and rows of what it changed, without its number."""

    sentences: tuple[Sentence, ...] = ()
    changes: tuple[dict[str, Any], ...] = ()


def read(source: str, earlier: Sequence[str]) -> Copy:
    """What there is to keep of a text; ``earlier`` are the published texts before it, the latest first."""
    own = sentences(source)
    changes: dict[int, dict[str, Any]] = {}
    for text in earlier:
        for one in changed(sentences(text), own):
            what = "gone" if one.now is None else "figure" if one.is_figure else "words"
            changes.setdefault(one.old.hash, {
                "hash": one.old.hash, "what": what, "now_start": one.now.start if one.now else 0,
                "now_end": one.now.end if one.now else 0, "near": list(one.near)})
    first = {one.hash: one for one in reversed(own)}
    return Copy(tuple(first.values()), tuple(changes.values())[:_MOST])


def keep_copies(database: Database, *, articles: Collection[str] | None = None) -> int:
    """Read every published revision, of these articles or of all, that is not read yet, in small transactions; how
    many."""
    done = 0
    wanted = None if articles is None else sorted(articles)
    for chunk in [None] if wanted is None else [wanted[n:n + _IN] for n in range(0, len(wanted), _IN)]:
        before: int | None = None  # what was read is not passed by again
        while True:
            ids, before = _unread(database, chunk, before)
            if not ids:
                break
            found = dict(_read(database, ids))  # while nobody waits for it
            with database.transaction() as session:
                rows = session.execute(select(Revision.id, Revision.redacted_at).where(Revision.id.in_(ids))
                                       .order_by(Revision.id).with_for_update())  # nobody erases its words meanwhile
                _keep(session, {key: Copy() if redacted_at else found.get(key, Copy()) for key, redacted_at in rows})
            done += len(ids)
    return done


def forget_copies(session: Session, revision_ids: Iterable[str]) -> None:
    """Remove what is kept of these revisions, and what later texts are known to have changed of their words."""
    ids = list(revision_ids)
    said = select(CopySentence.hash).join(CopyReading, CopyReading.id == CopySentence.reading_id).where(
        CopyReading.revision_id.in_(ids))
    session.execute(delete(CopyChange).where(CopyChange.hash.in_(said)))
    _remove(session, ids)


def _remove(session: Session, revision_ids: Collection[str]) -> None:
    readings = select(CopyReading.id).where(CopyReading.revision_id.in_(list(revision_ids)))
    for table in (CopySentence, CopyChange):
        session.execute(delete(table).where(table.reading_id.in_(readings)))
    session.execute(delete(CopyReading).where(CopyReading.revision_id.in_(list(revision_ids))))


def _unread(database: Database, articles: Sequence[str] | None, before: int | None) -> tuple[list[str], int | None]:
    """The latest revisions that are not read, of publications before one; and the publication to go on from."""
    query: Select[str, int] = (
        select(Publication.revision_id, Publication.id)
        .outerjoin(CopyReading, and_(CopyReading.revision_id == Publication.revision_id, CopyReading.reader == READER))
        .where(CopyReading.id.is_(None)).order_by(Publication.id.desc()).limit(_BATCH))
    if articles is not None:
        query = query.where(Publication.article_id.in_(articles))
    if before is not None:
        query = query.where(Publication.id < before)
    with database.reading() as session:
        rows = session.execute(query).all()
    return list(dict.fromkeys(row[0] for row in rows)), rows[-1][1] if rows else None


def _read(database: Database, ids: Sequence[str]) -> Iterator[tuple[str, Copy]]:
    published = exists().where(Publication.revision_id == Revision.id)
    with database.reading() as session:
        own = session.execute(select(Revision.id, Revision.article_id, Revision.number, Revision.source)
                              .where(Revision.id.in_(ids), Revision.redacted_at.is_(None))).all()
        numbers = {row[1]: row[2] for row in sorted(own, key=lambda row: int(row[2]))}
        query = (select(Revision.article_id, Revision.number, Revision.source)
                 .where(Revision.redacted_at.is_(None), published).order_by(Revision.number.desc()))
        texts: dict[str, list[tuple[int, str]]] = {}
        for article_id in (key for key, number in numbers.items() if number > 1):
            texts[article_id] = [(row[1], row[2]) for row in session.execute(
                query.where(Revision.article_id == article_id, Revision.number < numbers[article_id]))]
    for key, article_id, number, source in own:
        yield key, read(source, [text for n, text in texts.get(article_id, ()) if n < number][:_EARLIER])


def _keep(session: Session, found: Mapping[str, Copy]) -> None:
    """Keep these in the place of what was kept; of erased words nothing but the mark."""
    _remove(session, found)
    session.execute(insert(CopyReading), [{"revision_id": key, "reader": READER} for key in found])
    numbers = {row[0]: row[1] for row in session.execute(
        select(CopyReading.revision_id, CopyReading.id).where(CopyReading.revision_id.in_(list(found))))}
    said = [{"reading_id": numbers[key], "hash": one.hash, "start": one.start, "end": one.end}
            for key, copy in found.items() for one in copy.sentences]
    changes = [{"reading_id": numbers[key], **row} for key, copy in found.items() for row in copy.changes]
    for table, rows in ((CopySentence, said), (CopyChange, changes)):
        if rows:
            session.execute(insert(table), rows)
