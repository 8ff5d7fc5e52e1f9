"""Keeping what published texts say of articles, documents and days, so that a look at all of them reads no text.

As with figures (``kept_facts``) a published text never changes: a revision without a mark of the present reader is all
that there is to do. Erased words go with :func:`forget_readings`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, delete, insert, select
from sqlalchemy.orm import Session

from kb.db import Database
from kb.markup.facts.gone import EVER, gone_by
from kb.markup.links import anchors_of, links_of
from kb.markup.parse import parse
from kb.markup.repeals import number_key, repeals_of, title_key
from kb.models import Basis, Publication, Revision, TextDate, TextDocument, TextLink, TextReading

READER = 6  # goes up with every change of what is read, so that all is read anew
_BATCH = 50  # revisions of one transaction
_IN = 500  # values of one IN list, below SQLite's limit
_SECTION = 200  # characters of a section's name
_ANCHORS = 400  # of one text
_AROUND = 150  # characters of a sentence on either side of a date
_ENDS = re.compile(r"[。！？；!?;\n]|\.(?=\s)")
_MARKS = re.compile(r"[\s>#|*+-]*")
_KEPT = (TextLink, TextDate, TextDocument, TextReading)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is kept of one text: the names of its headings, and rows for the tables, without its id."""

    anchors: tuple[str, ...] = ()
    links: tuple[dict[str, Any], ...] = ()
    dates: tuple[dict[str, Any], ...] = ()
    documents: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    title: str
    source: str
    effective_from: datetime
    bases: list[tuple[int, str, str]] = field(default_factory=list)  # ordinal, title, number


def read(title: str, source: str, effective_from: datetime, tz: ZoneInfo,
         bases: Sequence[tuple[int, str, str]] = ()) -> Reading:
    """What there is to keep of a text; ``bases`` are the place, title and number of each document that it rests on."""
    document = parse(source)
    links = [{"slug": link.slug, "section": link.section[:_SECTION].replace("\0", ""), "start": link.start,
              "end": link.end} for link in links_of(document)]
    written = effective_from.astimezone(tz).date()
    dates = [{"kind": gone.kind, "since": gone.since, "gone_on": gone.gone_on,
              **dict(zip(("start", "end"), sentence_at(source, gone.start, gone.end), strict=True))}
             for gone in gone_by(source, effective_from=written, as_of=EVER, title=title)]
    return Reading(tuple(sorted(anchors_of(document)))[:_ANCHORS], tuple(links), tuple(dates),
                   (*_bases(bases), *_repeals(source)))


def sentence_at(source: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a stretch, within its line and without the marks that the line opens with."""
    low = max(source.rfind("\n", 0, start) + 1, start - _AROUND)
    for found in _ENDS.finditer(source, low, start):
        low = found.end()
    stop = _ENDS.search(source, end, end + _AROUND)
    high = (stop.start() if stop.group() == "\n" else stop.end()) if stop else min(len(source), end + _AROUND)
    opened = _MARKS.match(source, low, start)
    low = opened.end() if opened else low
    return low, high - (len(source[low:high]) - len(source[low:high].rstrip(" |")))


def _bases(bases: Sequence[tuple[int, str, str]]) -> Iterator[dict[str, Any]]:
    for ordinal, title, number in bases:
        keys = {"number_key": number_key(number), "title_key": title_key(title)}
        if any(keys.values()):
            yield _document("basis", ordinal=ordinal, **keys)


def _repeals(source: str) -> Iterator[dict[str, Any]]:
    for repeal in repeals_of(source):
        at = {"start": repeal.start, "end": repeal.end, "from_day": repeal.from_day}
        yield from (_document("repeal", number_key=number, title_key=title, **at) for number, title in repeal.documents)


def _document(role: str, **given: Any) -> dict[str, Any]:
    return {"role": role, "number_key": "", "title_key": "", "ordinal": 0, "start": 0, "end": 0, "from_day": None,
            **given}


def keep_readings(database: Database, *, tz: ZoneInfo, articles: Collection[str] | None = None) -> int:
    """Read every published revision, of these articles or of all, that is not read yet, in small transactions; how
    many."""
    done = 0
    chunks: list[list[str] | None] = [None] if articles is None else list(_chunks(articles))
    for chunk in chunks:
        while ids := _unread(database, chunk):
            texts = _texts(database, ids)
            found = {key: read(text.title, text.source, text.effective_from, tz, text.bases)
                     for key, text in texts.items()}  # while nobody waits for it
            with database.transaction() as session:
                rows = session.execute(select(Revision.id, Revision.redacted_at).where(Revision.id.in_(ids))
                                       .order_by(Revision.id).with_for_update())  # nobody erases its words meanwhile
                _keep(session, {key: Reading() if redacted_at else found.get(key, Reading())
                                for key, redacted_at in rows})
            done += len(ids)
    return done


def forget_readings(session: Session, revision_ids: Iterable[str]) -> None:
    """Remove what is kept of these revisions."""
    ids = list(revision_ids)
    for table in _KEPT:
        session.execute(delete(table).where(table.revision_id.in_(ids)))


def _unread(database: Database, articles: Sequence[str] | None) -> list[str]:
    query: Select[str] = (
        select(Publication.revision_id)
        .outerjoin(TextReading, and_(TextReading.revision_id == Publication.revision_id, TextReading.reader == READER))
        .where(TextReading.revision_id.is_(None)).order_by(Publication.id.desc()).limit(_BATCH))
    with database.reading() as session:
        return list(dict.fromkeys(session.scalars(
            query if articles is None else query.where(Publication.article_id.in_(articles)))))


def _texts(database: Database, ids: Sequence[str]) -> dict[str, _Text]:
    with database.reading() as session:
        texts = {row[0]: _Text(*row[1:]) for row in session.execute(
            select(Revision.id, Revision.title, Revision.source, Revision.effective_from)
            .where(Revision.id.in_(ids), Revision.redacted_at.is_(None)))}
        for revision_id, ordinal, title, number in session.execute(
                select(Basis.revision_id, Basis.ordinal, Basis.title, Basis.number).where(Basis.revision_id.in_(ids))):
            if revision_id in texts:
                texts[revision_id].bases.append((ordinal, title, number))
    return texts


def _keep(session: Session, found: Mapping[str, Reading]) -> None:
    """Keep these in the place of what was kept; of erased words nothing but the mark."""
    forget_readings(session, found)
    for table, name in ((TextLink, "links"), (TextDate, "dates"), (TextDocument, "documents")):
        rows = [{"revision_id": key, **row} for key, reading in found.items() for row in getattr(reading, name)]
        if rows:
            session.execute(insert(table), rows)
    session.execute(insert(TextReading), [{"revision_id": key, "reader": READER, "anchors": list(reading.anchors)}
                                          for key, reading in found.items()])


def _chunks(values: Collection[str]) -> Iterator[list[str]]:
    wanted = sorted(values)
    for start in range(0, len(wanted), _IN):
        yield wanted[start:start + _IN]
