"""Keeping the figures of published texts: what is missing is read, whenever it became missing.

A published text never changes, so a revision without a mark of the present reader is all that there is to do: after a
publication, an import, a restore, or with a better reader. Publishing itself does not wait for it; whoever needs the
figures of a text that is not read yet reads them then (``where_used``). Erased words go with :func:`forget_facts`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Select, and_, delete, func, insert, select
from sqlalchemy.orm import Session

from kb.db import Database
from kb.markup.facts.fact import Fact
from kb.markup.facts.sought import kept_value
from kb.markup.facts.stated import facts_of
from kb.models import FactReading, FactRow, Publication, Revision

READER = 5  # goes up with every change of what is read, so that all is read anew
_BATCH = 20  # revisions of one transaction
_IN = 500  # values of one IN list, below SQLite's limit
_LONGEST = {"value": 200, "unit": 60, "attribute": 100}  # characters, as the columns have them


def _unread() -> Select[str]:
    """The revisions of publications without a mark of the present reader. Their own rows, wide with text, are not
    looked at: at 100,000 articles that took half a second, and this is asked whenever a figure is sought."""
    return (select(Publication.revision_id)
            .outerjoin(FactReading, and_(FactReading.revision_id == Publication.revision_id,
                                         FactReading.reader == READER))
            .where(FactReading.revision_id.is_(None)))


def unread_ids(session: Session, *, limit: int, articles: Sequence[str] | None = None) -> list[str]:
    """Published revisions that wait to be read, of these articles or of all, the newest first, at most so many."""
    query = _unread() if articles is None else _unread().where(Publication.article_id.in_(articles))
    return list(dict.fromkeys(session.scalars(query.order_by(Publication.id.desc()).limit(limit))))


def count_unread(session: Session) -> int:
    """How many published revisions wait to be read."""
    return session.scalar(select(func.count(_unread().subquery().c.revision_id.distinct()))) or 0


def keep_facts(database: Database, *, articles: Collection[str] | None = None) -> int:
    """Read every published revision that is not read yet, of these articles or of all, the newest first, in small
    transactions; how many. To ask for all is to look at every publication: who knows what changed names it."""
    if articles is None:
        return _keep_unread(database, None)
    wanted = sorted(articles)
    return sum(_keep_unread(database, wanted[start:start + _IN]) for start in range(0, len(wanted), _IN))


def _keep_unread(database: Database, articles: Sequence[str] | None) -> int:
    done = 0
    while True:
        with database.reading() as session:
            ids = unread_ids(session, limit=_BATCH, articles=articles)
            texts = session.execute(select(Revision.id, Revision.title, Revision.source)
                                    .where(Revision.id.in_(ids), Revision.redacted_at.is_(None))).all()
        if not ids:
            return done
        read = {key: facts_of(source, title=title) for key, title, source in texts}  # while nobody waits for it
        with database.transaction() as session:
            rows = session.execute(select(Revision.id, Revision.redacted_at).where(Revision.id.in_(ids))
                                   .order_by(Revision.id).with_for_update())  # nobody erases its words meanwhile
            _keep(session, {key: () if redacted_at else read.get(key, ()) for key, redacted_at in rows})
        done += len(ids)


def forget_facts(session: Session, revision_ids: Iterable[str]) -> None:
    """Remove what is kept of these revisions."""
    ids = list(revision_ids)
    session.execute(delete(FactRow).where(FactRow.revision_id.in_(ids)))
    session.execute(delete(FactReading).where(FactReading.revision_id.in_(ids)))


def _keep(session: Session, read: Mapping[str, Sequence[Fact]]) -> None:
    """Keep these in the place of what was kept; of erased words nothing but the mark."""
    forget_facts(session, read)
    rows = [_row(key, fact) for key, facts in read.items() for fact in facts]
    if rows:
        session.execute(insert(FactRow), rows)
    session.execute(insert(FactReading), [{"revision_id": key, "reader": READER} for key in read])


def _row(revision_id: str, fact: Fact) -> dict[str, object]:
    words = {"value": kept_value(fact), "unit": fact.unit, "attribute": fact.attribute}
    return {"revision_id": revision_id, "kind": fact.kind, "op": fact.op, "start": fact.start, "end": fact.end,
            "figure_start": fact.figure[0], "figure_end": fact.figure[1], "conditions": list(fact.conditions),
            **{name: value[:_LONGEST[name]].replace("\0", "") for name, value in words.items()}}
