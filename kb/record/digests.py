"""Digests of the rows that an act changed, for its entry in the audit log: so that whatever is changed beside the
services is found, whichever column of whichever table it is.

No service names its rows. A session notes by itself which watched rows are written through it, by objects and by
UPDATE and DELETE alike, and the next entry tells what became of them; what is left over when the transaction commits
gets an entry of its own. The rows are read again after the log's lock is taken: what another transaction did to them
stands in its entry before, or will in the one after.

A digest is SHA-256 over the row's watched columns. It is no key to a secret: of a password it covers the Argon2 string,
whose random salt nobody can guess who has not read the row itself, of tokens and sessions the SHA-256 of 256 random
bits. After it stand a few bits for each column, by which a check can say what differs; so few that they confirm
nothing.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from json import JSONEncoder
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Row,
    Select,
    Table,
    any_,
    bindparam,
    event,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, class_mapper, object_mapper
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.sql.dml import Delete, Insert, Update

from kb.dialects import has_several_writers
from kb.record.watched import JOINED, SILENT, WATCHED, columns_of

Told = dict[str, str | None]  # by the row's name: its digest, None where it is gone
_FULL, _HINT = 43, 3  # characters of a digest, and of what stands for a column after it
_IN = 400  # keys looked up at once
_CHANGED, _SUSPENDED = "changed_rows", "rows_unwatched"  # in a session's info


def key_text(table: Table, key: Sequence[Any]) -> str:
    """How an entry names a row."""
    return f"{table.name}:" + "/".join(str(part).replace("%", "%25").replace("/", "%2F") for part in key)


def digest(table: Table, values: Mapping[str, Any]) -> str:
    """The row's digest, then the few bits of each column that is not empty."""
    named = _named(table, values)
    return _whole(table, named) + "".join(_hint(name, value) for name, value in named.items())


def whole(table: Table, values: Mapping[str, Any]) -> str:
    """Of :func:`digest` the part that is of the whole row."""
    return _whole(table, _named(table, values))


def whole_of(told: str) -> str:
    """The same of a digest as an entry tells it."""
    return told[:_FULL]


def differing(table: Table, values: Mapping[str, Any], told: str) -> list[str]:
    """The columns that are not as the digest tells; where one was emptied, all that are empty now."""
    hints = {told[start:start + _HINT] for start in range(_FULL, len(told), _HINT)}
    named = _named(table, values)
    return ([name for name, value in named.items() if _hint(name, value) not in hints]
            or [column.name for column in columns_of(table) if column.name not in named])


def _named(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is hashed: the columns by name; those that are empty, or as all were before they joined, are left out."""
    found = {column.name: values[column.name] for column in columns_of(table) if values[column.name] is not None}
    for name, before in JOINED.items():
        place, _, column = name.partition(".")
        if place == table.name and found.get(column) == before:
            del found[column]
    return found


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a watched column holds a {type(value).__name__}: say how it is written down")


_json = JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain).encode


def _whole(table: Table, named: Mapping[str, Any]) -> str:
    return _hashed(_json([table.name, named]))[:_FULL]


def _hashed(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).decode()


def _hint(name: str, value: Any) -> str:
    return _hashed(f"{name}={_json(value)}")[:_HINT]


def is_silent(table: Table, values: Mapping[str, Any]) -> bool:
    """Whether the row is one that no act needs to have made."""
    rule = SILENT.get(table.name)
    return rule is not None and rule(values)


def changed(session: Session) -> bool:
    """Whether watched rows were written that no entry tells of yet; nothing may wait to be flushed."""
    return bool(session.info.get(_CHANGED))


def take_changed(session: Session) -> Told:
    """The digests of what was written since the last entry, as it stands now."""
    written: set[tuple[str, tuple[Any, ...]]] = session.info.pop(_CHANGED, set())
    told: Told = {}
    for name in sorted({name for name, _ in written}):
        table, keys = WATCHED[name], [key for each, key in written if each == name]
        told.update(dict.fromkeys(key_text(table, key) for key in keys))
        for start in range(0, len(keys), _IN):
            part = keys[start:start + _IN]
            given = [key[0] for key in part] if len(table.primary_key) == 1 else part
            told.update(_digests(table, session.execute(_by_keys(table), {"keys": given})))
    return told


@cache
def _by_keys(table: Table) -> Select[Any]:
    """Every act asks this: to put it together anew would take longer than the database does."""
    columns = list(table.primary_key)
    key: Any = columns[0] if len(columns) == 1 else tuple_(*columns)
    return select(*columns_of(table)).where(key.in_(bindparam("keys", expanding=True)))


def all_rows(session: Session) -> Iterator[tuple[str, str]]:
    """Every watched row there is, with its digest."""
    for table in WATCHED.values():
        yield from _digests(table, session.execute(every_row(table)))


@cache
def every_row(table: Table) -> Select[Any]:
    """What reads the watched columns of all rows, page by page. Made once: every new knowledge base asks some thirty of
    them, and so does every test."""
    return select(*columns_of(table)).execution_options(yield_per=_IN)


def _digests(table: Table, rows: Any) -> Iterator[tuple[str, str]]:
    for row in rows:
        values = row._mapping
        yield key_of(table, values), digest(table, values)


def key_of(table: Table, values: Mapping[str, Any]) -> str:
    """How an entry names the row of these values."""
    return key_text(table, [values[column.name] for column in table.primary_key])


@contextmanager
def copying(session: Session) -> Iterator[None]:
    """Rows are copied together with the log that tells of them: a block that notes nothing."""
    session.info[_SUSPENDED] = True
    try:
        yield
        session.flush()
    finally:
        del session.info[_SUSPENDED]


def watch(left_over: Callable[[Session], None]) -> None:
    """Have every session note what is written; ``left_over`` is called before a commit with rows nobody told of."""
    event.listen(Session, "after_flush", _note_flushed)
    event.listen(Session, "do_orm_execute", _note_executed)
    event.listen(Session, "after_soft_rollback", _forget)

    @event.listens_for(Session, "before_commit")
    def before_commit(session: Session) -> None:
        if session.in_nested_transaction():
            return  # the transaction around it goes on, and may tell of them yet
        session.flush()
        if changed(session):
            left_over(session)


def _forget(session: Session, _transaction: Any) -> None:
    if not session.in_transaction():
        session.info.pop(_CHANGED, None)


def _note(session: Session, table: str, keys: Sequence[Any]) -> None:
    session.info.setdefault(_CHANGED, set()).update((table, tuple(key)) for key in keys)


def _note_flushed(session: Session, _context: UOWTransaction) -> None:
    if session.info.get(_SUSPENDED):
        return
    for row in (*session.new, *session.deleted, *(r for r in session.dirty if _is_rewritten(r))):
        name = row.__tablename__
        if name in WATCHED:
            _note(session, name, [object_mapper(row).primary_key_from_instance(row)])


def _is_rewritten(row: Any) -> bool:
    table = WATCHED.get(row.__tablename__)
    if table is None:
        return False
    return any(get_history(row, key).has_changes() for key in _attributes(row.__class__))


@cache
def _attributes(model: type[Any]) -> tuple[str, ...]:
    """The attributes of the model's watched columns."""
    mapper = class_mapper(model)
    names = {column.name for column in columns_of(WATCHED[model.__tablename__])}
    return tuple(attribute.key for attribute in mapper.column_attrs if attribute.columns[0].name in names)


def _note_executed(state: ORMExecuteState) -> None:
    """Look which rows an UPDATE or DELETE will meet, hold them until it does, and let it meet no others."""
    statement = state.statement
    if not isinstance(statement, (Update, Delete, Insert)) or state.session.info.get(_SUSPENDED):
        return
    table: Any = statement.table
    if table.name not in WATCHED or (table.name in SILENT and isinstance(statement, Insert)):
        return
    if isinstance(statement, Insert):
        raise TypeError(f"rows of {table.name} are added as objects: the audit log must know which they are")
    if isinstance(statement, Update) and not _writes_watched(statement, table):
        return
    where = statement.whereclause
    query = select(*table.primary_key).with_for_update(of=table)
    met: Sequence[Row[Any]] = state.session.execute(
        query if where is None else query.where(where), state.parameters or {}).all()
    _note(state.session, table.name, met)
    if has_several_writers(state.session):  # one of them may have added a row since, which its own entry tells of
        state.statement = statement.where(_is_one_of(table, met))


def _is_one_of(table: Table, keys: Sequence[Row[Any]]) -> ColumnElement[bool]:
    """A condition of one value, where the key has one column: a statement holds no more than some ten thousands."""
    columns: Sequence[Column[Any]] = list(table.primary_key)
    if len(columns) > 1:
        return tuple_(*columns).in_([tuple(key) for key in keys])
    return columns[0] == any_(literal([key[0] for key in keys], ARRAY(columns[0].type)))


def _writes_watched(statement: Update, table: Table) -> bool:
    watched = {column.name for column in columns_of(table)}
    written: Any = statement._values  # None where they are given in another way: then any may be among them
    return written is None or any(getattr(column, "name", column) in watched for column in written)
