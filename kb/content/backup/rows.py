"""All rows of one knowledge base into another, empty one, whichever databases they are in; compared row by row after.

Tables go in the order of their references; a column that refers to its own table is filled once all rows are there.
Values travel as Python's own (instants, JSON, numbers), so that each database stores them in its own way and gives back
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Integer, Row, Table, bindparam, func, select, text, update
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

import kb.models  # noqa: F401  registers every table
from kb.db import Base
from kb.errors import Invalid, Unavailable
from kb.record.digests import copying

Show = Callable[[int, int], None]  # called with how many rows are done, of how many
_BATCH = 500  # rows


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row in which two knowledge bases differ."""

    table: str
    key: str
    what: str


def tables() -> list[Table]:
    """Every table of the schema, each after those that it refers to."""
    return list(Base.metadata.sorted_tables)


def counts(session: Session) -> dict[str, int]:
    """How many rows each table has."""
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables()}


def copy(source: Session, target: Session, show: Show = lambda _done, _of: None) -> int:
    """Write every row of ``source`` into the empty tables of ``target``; how many that were.

    Raises Invalid naming the row that the target's database cannot take (a null byte, a text longer than its column).
    """
    total = sum(counts(source).values())
    done = 0
    with copying(target):  # the log comes with what it tells of
        for table in tables():
            own = _own_references(table)
            for rows in _pages(source, table):
                values = [dict(row._mapping) for row in rows]
                first = [{**v, **dict.fromkeys((c.name for c in own), None)} for v in values] if own else values
                _insert(target, table, first)
                done += len(rows)
                show(done, total)
            _fill(source, target, table, own)
    _advance_sequences(target)
    return done


def first_difference(one: Session, other: Session, show: Show = lambda _done, _of: None) -> Difference | None:
    """The first row in which the two differ, in the order of tables and keys; None where they are the same."""
    total = sum(counts(one).values())
    done = 0
    for table in tables():
        pages, others = _pages(one, table), _pages(other, table)
        for rows in pages:
            pair = next(others, [])
            for row, twin in zip(rows, [*pair, *[None] * len(rows)], strict=False):
                if twin is None:
                    return Difference(table.name, _key(table, row), "is missing")
                if tuple(row) != tuple(twin):
                    changed = next(c.name for c, a, b in zip(table.columns, row, twin, strict=True) if a != b)
                    return Difference(table.name, _key(table, row), f"differs in {changed}")
            if len(pair) > len(rows):
                return Difference(table.name, _key(table, pair[len(rows)]), "is new")
            done += len(rows)
            show(done, total)
        more = next(others, None)
        if more:
            return Difference(table.name, _key(table, more[0]), "is new")
    return None


def empty(session: Session) -> None:
    """Remove every row, in this transaction."""
    if session.get_bind().dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in tables())
        session.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        return
    with copying(session):
        for table in reversed(tables()):
            session.execute(table.delete())


def _key(table: Table, row: Row[Any]) -> str:
    return " ".join(str(row._mapping[c.name]) for c in table.primary_key)


def _pages(session: Session, table: Table) -> Iterator[Sequence[Row[Any]]]:
    """The rows in the order of their key, a page at a time. Keys are compared by bytes: two databases' languages must
    not order them otherwise."""
    order = [c.collate("C") if session.get_bind().dialect.name == "postgresql" and c.type.python_type is str else c
             for c in table.primary_key]
    result = session.execute(select(table).order_by(*order).execution_options(yield_per=_BATCH))
    yield from result.partitions(_BATCH)


def _own_references(table: Table) -> list[Column[Any]]:
    """The columns that refer to the table itself."""
    return [c for c in table.columns if c.nullable and any(f.column.table is table for f in c.foreign_keys)]


def _insert(session: Session, table: Table, values: list[dict[str, Any]]) -> None:
    try:
        with session.begin_nested():
            session.execute(table.insert(), values)
        return
    except (DataError, UnicodeEncodeError):
        pass
    for value in values:  # one by one, to name the row that does not fit
        try:
            with session.begin_nested():
                session.execute(table.insert(), [value])
        except (DataError, UnicodeEncodeError) as error:
            key = " ".join(str(value[c.name]) for c in table.primary_key)
            said = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise Invalid("row_does_not_fit", "{name} {key}: the database cannot take this row: {said}; mend it where "
                          "it is and try again", name=table.name, said=said[:160], table=table.name, key=key) from error


def _fill(source: Session, target: Session, table: Table, own: list[Column[Any]]) -> None:
    """Put in the references of a table to itself, now that all its rows are there."""
    keys = list(table.primary_key)
    for column in own:
        rows = source.execute(select(*keys, column).where(column.is_not(None))).all()
        if rows:
            statement = (update(table).where(*(k == bindparam(f"key_{k.name}") for k in keys))
                         .values({column.name: bindparam("value")}))
            target.connection().execute(statement, [
                {**{f"key_{k.name}": row._mapping[k.name] for k in keys}, "value": row._mapping[column.name]}
                for row in rows])


def _advance_sequences(session: Session) -> None:
    """Let PostgreSQL go on counting after the rows that were written with their own numbers."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in tables():
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, Integer):
            continue
        sequence = session.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"),
                                  {"table": table.name, "column": column.name})
        if sequence is None:
            continue
        last = session.scalar(select(func.max(column)))
        session.execute(text("SELECT setval(CAST(:sequence AS regclass), :last, :called)"),
                        {"sequence": sequence, "last": last or 1, "called": last is not None})


def check_same(one: Session, other: Session, show: Show = lambda _done, _of: None) -> None:
    """Raise Unavailable naming the first row in which a copy differs."""
    found = first_difference(one, other, show)
    if found is not None:
        raise Unavailable("copy_differs", "the copy is not the same: {table} {key} {what}; nothing was changed where "
                          "it came from", table=found.table, key=found.key, what=found.what)
