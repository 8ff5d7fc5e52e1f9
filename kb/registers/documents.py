"""The register of basis documents: what each is called, since when it holds, and whether another took its place.

A document is known by its number, or by its title where it has none. It is never removed. That it was repealed or
amended is one act with a day and, where it is known, the document that did it; taking it back is an act, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Conflict, Invalid, NotFound
from kb.models import RegisterDocument
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.registers import fields
from kb.registers.document_values import (
    DocumentPage,
    DocumentStatus,
    DocumentText,
    DocumentView,
    Outcome,
    Standing,
)
from kb.registers.history import changed_fields
from kb.registers.keys import LONGEST_NUMBER, document_key, title_key
from kb.text import clean_label

PAGE = 50
_LONGEST_WORDS = 100
_LONGEST_URL = 500


def find_documents(session: Session, viewer: Actor, words: str = "", *, status: DocumentStatus | None = None,
                   page: int = 1) -> DocumentPage:
    """The documents with each of the words in title, number or issuer, by title; a page that is not there is the last.
    """
    found = _found(viewer, words, status)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    at = min(max(1, page), pages)
    rows = session.scalars(found.order_by(RegisterDocument.title_key, RegisterDocument.id).limit(PAGE)
                           .offset((at - 1) * PAGE)).all()
    return DocumentPage(tuple(_views(session, rows)), at, pages, total)


def documents_after(session: Session, viewer: Actor, words: str = "", *, status: DocumentStatus | None = None,
                    after: str = "", limit: int) -> list[DocumentView]:
    """The first so many of them by their ids, after this one."""
    found = _found(viewer, words, status).where(RegisterDocument.id > after)
    return _views(session, session.scalars(found.order_by(RegisterDocument.id).limit(limit)).all())


def all_views(session: Session) -> list[DocumentView]:
    """Every document, for who compares a whole file with them."""
    return _views(session, session.scalars(select(RegisterDocument)).all())


def get_document(session: Session, viewer: Actor, document_id: str) -> DocumentView:
    """One row by its id; raises NotFound."""
    require(viewer, Action.READ_HISTORY)
    return _views(session, [_there(session.get(RegisterDocument, document_id))])[0]


def find_document(session: Session, viewer: Actor, named: str) -> DocumentView:
    """One row by its number, or by its title; raises NotFound."""
    require(viewer, Action.READ_HISTORY)
    key = document_key(named)
    row = session.scalar(select(RegisterDocument).where(RegisterDocument.number_key == key)) if key else None
    if row is None:
        rows = session.scalars(select(RegisterDocument).where(RegisterDocument.title_key == title_key(named))).all()
        row = rows[0] if len(rows) == 1 else None
    return _views(session, [_there(row)])[0]


def put_document(session: Session, actor: Actor, text: DocumentText, *, document_id: str | None = None,
                 seen: int | None = None, now: datetime, origin: str) -> Outcome:
    """Enter a document, or say otherwise of one that is there: the one of this id, else of this number or title.

    ``seen`` is the version that the change rests on (0: that there was none); without one whatever stands is replaced.
    How it stands is left as it is: that is another act.
    """
    require(actor, Action.EDIT_REGISTERS)
    given = checked(text)
    row = _there(_held(session, RegisterDocument.id == document_id)) if document_id else _same(session, given)
    if seen is not None and (row.version if row else 0) != seen:
        raise Conflict("document_changed" if seen else "document_listed", "the document is in the register already, "
                       "or was changed meanwhile; look at it again")
    twin = _same(session, given)
    if row is not None and twin is not None and twin.id != row.id:
        raise Conflict("document_twin", "another document of the register has this number or title",
                       fields={"number": "another document's"})
    before = _text(row).as_dict() if row else {}
    _, after = changed_fields(before, given.as_dict())
    if row is not None and not after:
        return Outcome(_views(session, [row])[0])
    if row is None:
        row = RegisterDocument(id=str(uuid4()), version=0, status=DocumentStatus.IN_FORCE.value)
        session.add(row)
    _set_text(row, given)
    _write(session, actor, row, "edit_document" if before else "add_document", before, given.as_dict(), now=now,
           origin=origin)
    return Outcome(_views(session, [row])[0], not before, bool(before))


def change_standing(session: Session, actor: Actor, document_id: str, standing: Standing, *, seen: int | None = None,
                    note: str = "", now: datetime, origin: str) -> Outcome:
    """Say that a document is repealed or amended from a day on, or that it is in force after all."""
    require(actor, Action.EDIT_REGISTERS)
    row = _there(_held(session, RegisterDocument.id == document_id))
    if seen is not None and row.version != seen:
        raise Conflict("document_changed", "the document is at version {version}, you saw {seen}; look at it again",
                       version=row.version, seen=seen)
    given = _checked_standing(session, row, standing)
    before, after = _told(session, _standing(row)), _told(session, given)
    remark = fields.label(note, "note", longest=500)
    if before == after and remark in ("", row.note):
        return Outcome(_views(session, [row])[0])
    row.status, row.changed_on = given.status.value, given.changed_on
    row.changed_by_id, row.changed_by_text = given.changed_by_id, given.changed_by_text
    row.changed_at = None if given.status is DocumentStatus.IN_FORCE else now
    if remark:
        before, after, row.note = {**before, "note": row.note}, {**after, "note": remark}, remark
    action = {"repealed": "repeal_document", "amended": "amend_document"}.get(row.status, "restore_document")
    _write(session, actor, row, action, before, after, now=now, origin=origin)
    return Outcome(_views(session, [row])[0], changed=True)


def checked(text: DocumentText) -> DocumentText:
    """The row in its one form; raises Invalid naming the field."""
    fields.check_days(text.effective_from, text.effective_to, "effective_to")
    url = text.url.strip()
    if url and not (url.startswith(("http://", "https://")) and len(url) <= _LONGEST_URL and url.isprintable()
                    and " " not in url):
        raise Invalid("document_url", "url: an address begins with http:// or https:// and has at most {longest} "
                      "characters", longest=_LONGEST_URL, fields={"url": "not an address"})
    given = replace(text, title=fields.label(text.title, "title", longest=300, is_required=True),
                    number=fields.label(text.number, "number", longest=LONGEST_NUMBER),
                    issuer=fields.label(text.issuer, "issuer", longest=200), url=url,
                    note=fields.label(text.note, "note", longest=500))
    if not title_key(given.title):
        raise Invalid("field_required", "{field}: must be given", field="title", fields={"title": "required"})
    return given


def same_document(text: DocumentText) -> ColumnElement[bool]:
    """The row of the same number; of a document without one, of the same title without a number."""
    key = document_key(text.number)
    if key:
        return RegisterDocument.number_key == key
    return and_(RegisterDocument.number_key == "", RegisterDocument.title_key == title_key(text.title))


def _same(session: Session, text: DocumentText) -> RegisterDocument | None:
    """The row of this document, held; one that was known by its title alone is it too, and gets the number."""
    row = _held(session, same_document(text))
    if row is None and document_key(text.number):
        return _held(session, and_(RegisterDocument.number_key == "",
                                   RegisterDocument.title_key == title_key(text.title)))
    return row


def _checked_standing(session: Session, row: RegisterDocument, standing: Standing) -> Standing:
    if standing.status is DocumentStatus.IN_FORCE:
        return Standing()
    if standing.changed_on is None:
        raise Invalid("changed_on", "say from which day it is so", fields={"changed_on": "required"})
    by = standing.changed_by_id
    if by == row.id:
        raise Invalid("changed_by", "a document is not repealed or amended by itself",
                      fields={"changed_by": "the same document"})
    if by is not None and session.get(RegisterDocument, by) is None:
        raise NotFound("no_document", "the register has no such document")
    text = fields.label(standing.changed_by_text, "changed_by", longest=300)
    return replace(standing, changed_by_text="" if by else text)


def _found(viewer: Actor, words: str, status: DocumentStatus | None) -> Select[RegisterDocument]:
    require(viewer, Action.READ_HISTORY)
    found = select(RegisterDocument)
    if status:
        found = found.where(RegisterDocument.status == status.value)
    for word in clean_label(words)[:_LONGEST_WORDS].split():
        found = found.where(or_(RegisterDocument.number_key.contains(document_key(word), autoescape=True), *(
            column.icontains(word, autoescape=True)
            for column in (RegisterDocument.title, RegisterDocument.number, RegisterDocument.issuer))))
    return found


def _held(session: Session, which: ColumnElement[bool]) -> RegisterDocument | None:
    return session.scalar(select(RegisterDocument).where(which).with_for_update()
                          .execution_options(populate_existing=True))


def _there(row: RegisterDocument | None) -> RegisterDocument:
    if row is None:
        raise NotFound("no_document", "the register has no such document")
    return row


def _set_text(row: RegisterDocument, text: DocumentText) -> None:
    for name in ("title", "number", "issuer", "issued_on", "effective_from", "effective_to", "url", "note"):
        setattr(row, name, getattr(text, name))
    row.number_key, row.title_key = document_key(text.number), title_key(text.title)


def _write(session: Session, actor: Actor, row: RegisterDocument, action: str, before: dict[str, Any],
           after: dict[str, Any], *, now: datetime, origin: str) -> None:
    row.version, row.updated_at, row.updated_by = row.version + 1, now, actor.name
    session.flush()
    was, became = changed_fields(before, after)
    record(session, actor, action, f"register:{row.id}", now=now, origin=origin, before=was or None, after=became)


def _text(row: RegisterDocument) -> DocumentText:
    return DocumentText(row.title, row.number, row.issuer, row.issued_on, row.effective_from, row.effective_to,
                        row.url, row.note)


def _standing(row: RegisterDocument) -> Standing:
    return Standing(DocumentStatus(row.status), row.changed_on, row.changed_by_id, row.changed_by_text)


def _told(session: Session, standing: Standing) -> dict[str, Any]:
    """How a document stands as the log has it: with the other document's name, which may be another one day."""
    by = session.get(RegisterDocument, standing.changed_by_id) if standing.changed_by_id else None
    told = standing.as_dict() | {"changed_by": f"{by.title} {by.number}".strip() if by else standing.changed_by_text}
    told.pop("changed_by_text")
    return told


def _views(session: Session, rows: Sequence[RegisterDocument]) -> list[DocumentView]:
    """The rows as they are read, with the names of those that changed them: one statement for all."""
    ids = {row.changed_by_id for row in rows if row.changed_by_id}
    names = {key: f"{title} {number}".strip() for key, title, number in session.execute(
        select(RegisterDocument.id, RegisterDocument.title, RegisterDocument.number).where(
            RegisterDocument.id.in_(ids)))} if ids else {}
    return [DocumentView(row.id, row.version, _text(row), _standing(row),
                         names.get(row.changed_by_id or "", row.changed_by_text), row.updated_at, row.updated_by)
            for row in rows]

