"""Keeping the figures of published texts: what is missing is read, whenever it became missing.

A published text never changes, so a revision without a mark of the present reader is all that there is to do: after a
publication, an import, a restore, or with a better reader. Publishing itself does not wait for it; whoever needs the
figures of a text that is not read yet reads them then (``where_used``). Erased words go with :func:`forget_facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select
from sqlalchemy.orm import Session

from kb.db import Database
from kb.markup.facts.fact import Fact
from kb.markup.facts.sought import kept_value
from kb.markup.facts.stated import facts_of
from kb.models import FactReading, FactRow, Revision, State

READER = 1  # goes up with every change of what is read, so that all is read anew
_BATCH = 20  # revisions of one transaction
_LONGEST = {"value": 200, "unit": 60, "attribute": 100}  # characters, as the columns have them


def is_unread() -> ColumnElement[bool]:
    """Whether a published Revision's figures are not kept, or not by the present reader."""
    return and_(Revision.state == State.PUBLISHED, Revision.redacted_at.is_(None),
                ~exists().where(FactReading.revision_id == Revision.id, FactReading.reader == READER))


def count_unread(session: Session) -> int:
    """How many published revisions wait to be read."""
    return session.scalar(select(func.count()).select_from(Revision).where(is_unread())) or 0


def keep_facts(database: Database) -> int:
    """Read every published revision that is not read yet, the newest first, in small transactions; how many."""
    done = 0
    while True:
        with database.reading() as session:
            found = session.execute(select(Revision.id, Revision.title, Revision.source).where(is_unread())
                                    .order_by(Revision.created_at.desc(), Revision.id).limit(_BATCH)).all()
        if not found:
            return done
        read = {key: facts_of(source, title=title) for key, title, source in found}  # while nobody waits for it
        with database.transaction() as session:
            still = session.scalars(select(Revision.id).where(Revision.id.in_(read), is_unread()).with_for_update())
            _keep(session, {key: read[key] for key in still})  # not what was erased or read by another meanwhile
        done += len(found)


def forget_facts(session: Session, revision_ids: Iterable[str]) -> None:
    """Remove what is kept of these revisions."""
    ids = list(revision_ids)
    session.execute(delete(FactRow).where(FactRow.revision_id.in_(ids)))
    session.execute(delete(FactReading).where(FactReading.revision_id.in_(ids)))


def _keep(session: Session, read: Mapping[str, Sequence[Fact]]) -> None:
    if not read:
        return
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
