"""The registers for programs: the phone ledger, basis documents, and the pages that texts name as their source.

An entry's ETag is its version: ``If-Match`` is required where one is changed. What an entry means for texts is looked
at before the reply is given.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from kb.db import Session
from kb.errors import NotFound
from kb.people.permissions import Action
from kb.registers import documents, history, phones
from kb.registers.document_values import DocumentStatus, DocumentText, DocumentView, Standing
from kb.registers.phones import PhoneText, PhoneView
from kb.upkeep import registering
from kb.upkeep.links import looking
from kb.upkeep.links.looking import LinkView, Which
from web.api.contract import Tag, route
from web.api.shapes.registers import (
    Document,
    DocumentFilter,
    DocumentGiven,
    Documents,
    DocumentStanding,
    Link,
    LinkFilter,
    LinkLook,
    Links,
    Phone,
    PhoneFilter,
    PhoneGiven,
    PhoneRetired,
    Phones,
    RowHistory,
    Taken,
)
from web.api.taking import paged, read_cursor
from web.auth import viewer
from web.wiring import edge

_PHONE, _DOCUMENT = "/registers/phones/<uuid:phone_id>", "/registers/documents/<uuid:document_id>"
_ORIGIN = "api"
_STALE = {412: "It was changed meanwhile"}


@route("GET", "/registers/phones", Action.READ_HISTORY, query=PhoneFilter, reply=Phones)
def list_phones(session: Session, query: PhoneFilter) -> dict[str, Any]:
    """The numbers of the phone ledger"""
    found = phones.phones_after(
        session, viewer(), query.q or "", department=query.department or "",
        standing=phones.Standing(query.standing) if query.standing else None, after=read_cursor(query) or "",
        limit=query.limit + 1, now=edge().clock())
    return paged(found, query, PhoneView.as_dict, lambda row: row.text.number)


@route("POST", "/registers/phones", Action.EDIT_REGISTERS, scope="write", body=PhoneGiven, reply=Phone, status=201,
       tag=Tag.VERSION, problems={409: "The number is in the ledger already"})
def add_phone(body: PhoneGiven) -> dict[str, Any]:
    """Enter a number"""
    return registering.enter_phone(edge().database, viewer(), _phone_text(body), seen=0, now=edge().clock(),
                                   origin=_ORIGIN).row.as_dict()


@route("GET", _PHONE, Action.READ_HISTORY, reply=Phone, tag=Tag.VERSION)
def read_phone(session: Session, phone_id: UUID) -> dict[str, Any]:
    """An entry of the ledger"""
    return phones.get_phone(session, viewer(), str(phone_id), now=edge().clock()).as_dict()


@route("PUT", _PHONE, Action.EDIT_REGISTERS, scope="write", body=PhoneGiven, reply=Phone, tag=Tag.VERSION,
       takes_version=True, problems=_STALE)
def save_phone(phone_id: UUID, body: PhoneGiven, seen: int) -> dict[str, Any]:
    """Say otherwise of a number; the number itself stays"""
    now = edge().clock()
    with edge().database.reading() as session:
        row = phones.get_phone(session, viewer(), str(phone_id), now=now)
    return registering.enter_phone(edge().database, viewer(), replace(_phone_text(body), number=row.text.number),
                                   seen=seen, now=now, origin=_ORIGIN).row.as_dict()


@route("POST", f"{_PHONE}/retire", Action.EDIT_REGISTERS, scope="write", body=PhoneRetired, reply=Phone,
       tag=Tag.VERSION, takes_version=True, problems=_STALE)
def retire_phone(phone_id: UUID, body: PhoneRetired, seen: int) -> dict[str, Any]:
    """List a number no longer; texts that give it are told at once"""
    now = edge().clock()
    return registering.retire_phone(
        edge().database, viewer(), str(phone_id), on=body.on or now.astimezone(edge().tz).date(),
        replaced_by=body.replaced_by or "", note=body.note or "", seen=seen, now=now, origin=_ORIGIN).as_dict()


@route("GET", f"{_PHONE}/history", Action.READ_HISTORY, reply=RowHistory)
def phone_history(session: Session, phone_id: UUID) -> dict[str, Any]:
    """What was done to an entry of the ledger"""
    row = phones.get_phone(session, viewer(), str(phone_id), now=edge().clock())
    return {"items": [change.as_dict() for change in history.changes_of(session, viewer(), f"phone:{row.id}")]}


@route("GET", "/registers/documents", Action.READ_HISTORY, query=DocumentFilter, reply=Documents)
def list_documents(session: Session, query: DocumentFilter) -> dict[str, Any]:
    """The documents of the register"""
    found = documents.documents_after(session, viewer(), query.q or "",
                                      status=DocumentStatus(query.status) if query.status else None,
                                      after=read_cursor(query) or "", limit=query.limit + 1)
    return paged(found, query, DocumentView.as_dict, lambda row: row.id)


@route("POST", "/registers/documents", Action.EDIT_REGISTERS, scope="write", body=DocumentGiven, reply=Document,
       status=201, tag=Tag.VERSION, problems={409: "The document is in the register already"})
def add_document(body: DocumentGiven) -> dict[str, Any]:
    """Enter a document"""
    return registering.enter_document(edge().database, viewer(), _document_text(body), seen=0, now=edge().clock(),
                                      origin=_ORIGIN).row.as_dict()


@route("POST", "/registers/documents/take", Action.EDIT_REGISTERS, scope="write", reply=Taken)
def take_documents() -> dict[str, Any]:
    """Enter the documents that texts in force name as their basis and that the register does not have"""
    taken = registering.take_from_articles(edge().database, viewer(), now=edge().clock(), origin=_ORIGIN)
    return {"added": taken.added, "named": taken.named}


@route("GET", _DOCUMENT, Action.READ_HISTORY, reply=Document, tag=Tag.VERSION)
def read_document(session: Session, document_id: UUID) -> dict[str, Any]:
    """A document of the register"""
    return documents.get_document(session, viewer(), str(document_id)).as_dict()


@route("PUT", _DOCUMENT, Action.EDIT_REGISTERS, scope="write", body=DocumentGiven, reply=Document, tag=Tag.VERSION,
       takes_version=True, problems={**_STALE, 409: "Another document has this number or title"})
def save_document(document_id: UUID, body: DocumentGiven, seen: int) -> dict[str, Any]:
    """Say otherwise of a document; how it stands is left as it is"""
    return registering.enter_document(edge().database, viewer(), _document_text(body), document_id=str(document_id),
                                      seen=seen, now=edge().clock(), origin=_ORIGIN).row.as_dict()


@route("PUT", f"{_DOCUMENT}/standing", Action.EDIT_REGISTERS, scope="write", body=DocumentStanding, reply=Document,
       tag=Tag.VERSION, takes_version=True, problems=_STALE)
def change_document(document_id: UUID, body: DocumentStanding, seen: int) -> dict[str, Any]:
    """Say that a document is repealed or amended, or in force after all

    All articles whose texts in force name it are looked at before the reply is given."""
    standing = Standing(DocumentStatus(body.status), body.changed_on, changed_by_text=body.changed_by or "")
    if body.changed_by:
        with suppress(NotFound), edge().database.reading() as session:  # else it is named by its text
            found = documents.find_document(session, viewer(), body.changed_by)
            standing = replace(standing, changed_by_id=found.id, changed_by_text="")
    return registering.change_standing(edge().database, viewer(), str(document_id), standing, seen=seen,
                                       note=body.note or "", now=edge().clock(), origin=_ORIGIN).row.as_dict()


@route("GET", f"{_DOCUMENT}/history", Action.READ_HISTORY, reply=RowHistory)
def document_history(session: Session, document_id: UUID) -> dict[str, Any]:
    """What was done to a document's entry"""
    row = documents.get_document(session, viewer(), str(document_id))
    return {"items": [change.as_dict() for change in history.changes_of(session, viewer(), f"register:{row.id}")]}


@route("GET", "/registers/links", Action.READ_HISTORY, query=LinkFilter, reply=Links)
def list_links(session: Session, query: LinkFilter) -> dict[str, Any]:
    """The pages that texts in force name as their source"""
    found = looking.links_after(session, viewer(), which=Which(query.which), after=read_cursor(query) or "",
                                limit=query.limit + 1, now=edge().clock())
    return paged(found, query, LinkView.as_dict, lambda row: row.id)


@route("POST", "/registers/links/<uuid:link_id>/look", Action.CONFIRM, scope="write", body=LinkLook, reply=Link,
       problems={409: "Something else is known of it by now"})
def look_at_link(link_id: UUID, body: LinkLook) -> dict[str, Any]:
    """Say that the texts of a department are still right, though the page is gone or says something else"""
    return registering.note_look(edge().database, viewer(), str(link_id), body.department, seen=body.seen,
                                 note=body.note or "", now=edge().clock(), origin=_ORIGIN).as_dict()


def _phone_text(body: PhoneGiven) -> PhoneText:
    return PhoneText(body.number, body.name_zh, body.name_en or "", body.department, body.hours or "",
                     body.valid_from, body.valid_to, body.replaced_by or "", body.note or "")


def _document_text(body: DocumentGiven) -> DocumentText:
    return DocumentText(body.title, body.number or "", body.issuer or "", body.issued_on, body.effective_from,
                        body.effective_to, body.url or "", body.note or "")
