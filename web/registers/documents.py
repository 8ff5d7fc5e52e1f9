"""The register of basis documents: searched and read by the staff, kept by knowledge managers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.errors import Conflict, Invalid, NotFound
from kb.people.permissions import Action
from kb.registers import document_sheets, documents, fields, history
from kb.registers.document_values import DocumentStatus, DocumentText
from kb.registers.document_values import Standing as DocumentStanding
from kb.registers.sheets import SheetReport
from kb.upkeep import registering
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import Form, form_of
from web.registers.blueprint import (
    ORIGIN,
    as_file,
    page_asked,
    registers,
    seen,
    tabs,
    taken_in,
    words_asked,
)
from web.wiring import edge

_MOST_EXPORTED = 20_000
_DAYS = ("issued_on", "effective_from", "effective_to")


@registers.get("/documents")
@permits(Action.READ_HISTORY)
def list_documents() -> str:
    """The documents, a page of those that are asked for."""
    return _list_page()


@registers.post("/documents")
@permits(Action.EDIT_REGISTERS)
def add_document() -> Response:
    """Enter a document."""
    try:
        done = registering.enter_document(edge().database, viewer(), _given(DocumentText("")), seen=0,
                                          now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_list_page(problem), problem)
    return make_response(redirect(url_for("registers.document", document_id=done.row.id), code=303))


@registers.post("/documents/take")
@permits(Action.EDIT_REGISTERS)
def take_documents() -> Response:
    """Enter what texts in force name as their basis."""
    taken = registering.take_from_articles(edge().database, viewer(), now=edge().clock(), origin=ORIGIN)
    return make_response(_list_page(taken=taken))


@registers.get("/documents/<uuid:document_id>")
@permits(Action.READ_HISTORY)
def document(document_id: UUID) -> str:
    """A document with its history, what rests on it, and what may be done to it."""
    return _entry_page(str(document_id))


@registers.post("/documents/<uuid:document_id>")
@permits(Action.EDIT_REGISTERS)
def save_document(document_id: UUID) -> Response:
    """Say otherwise of a document."""
    with edge().database.reading() as session:
        row = documents.get_document(session, viewer(), str(document_id))
    try:
        registering.enter_document(edge().database, viewer(), _given(row.text), document_id=row.id, seen=seen(),
                                   now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_entry_page(row.id, problem), problem)
    return make_response(redirect(url_for("registers.document", document_id=row.id), code=303))


@registers.post("/documents/<uuid:document_id>/standing")
@permits(Action.EDIT_REGISTERS)
def change_document(document_id: UUID) -> Response:
    """Say that a document is repealed or amended, or in force after all."""
    try:
        registering.change_standing(
            edge().database, viewer(), str(document_id), _standing_given(), seen=seen(),
            note=request.form.get("note", ""), now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_entry_page(str(document_id), problem, is_standing=True), problem)
    return make_response(redirect(url_for("registers.document", document_id=document_id), code=303))


@registers.get("/documents/export")
@permits(Action.READ_HISTORY)
def export_documents() -> Response:
    """All that are found, as a table that can be imported again."""
    with edge().database.reading() as session:
        rows = documents.documents_after(session, viewer(), words_asked(), status=_status(), limit=_MOST_EXPORTED)
    return as_file(document_sheets.export_documents(rows), "documents.csv")


@registers.get("/documents/import")
@permits(Action.EDIT_REGISTERS)
def document_sheet() -> str:
    """Where a table is sent to."""
    return _sheet_page()


@registers.post("/documents/import")
@permits(Action.EDIT_REGISTERS)
def import_documents() -> Response:
    """Say what would come of a table; take in what was rehearsed."""
    return taken_in(lambda data, is_trial: registering.import_documents(
        edge().database, viewer(), data, is_trial=is_trial, now=edge().clock(), origin="import"), _sheet_page)


def _given(before: DocumentText) -> DocumentText:
    """The document as the form has it."""
    form = request.form
    given: dict[str, Any] = {name: form[name] for name in ("title", "number", "issuer", "url", "note") if name in form}
    given |= {name: fields.day(form.get(name, ""), name) for name in _DAYS}
    return replace(before, **given)


def _standing_given() -> DocumentStanding:
    """How the form says that the document stands; the other document is found by its number or title."""
    form = request.form
    given = form.get("status", "")
    status = DocumentStatus(given) if given in list(DocumentStatus) else DocumentStatus.IN_FORCE
    by = form.get("changed_by", "").strip()
    standing = DocumentStanding(status, fields.day(form.get("changed_on", ""), "changed_on"), changed_by_text=by[:301])
    if not by:
        return standing
    try:
        with edge().database.reading() as session:
            found = documents.find_document(session, viewer(), by)
    except NotFound:
        return standing
    return replace(standing, changed_by_id=found.id, changed_by_text="")


def _status() -> DocumentStatus | None:
    given = request.args.get("status", "")
    return DocumentStatus(given) if given in list(DocumentStatus) else None


def _list_page(problem: Problem | None = None, taken: registering.Taken | None = None) -> str:
    status = _status()
    with edge().database.reading() as session:
        found = documents.find_documents(session, viewer(), words_asked(), status=status, page=page_asked())
    asked = {"q": words_asked() or None, "status": status.value if status else None}
    return render_template("registers/documents.html", found=found, asked=asked, problem=problem, taken=taken,
                           form=form_of(request.form if problem else {}, problem),
                           search=Form({**asked, "q": words_asked()}), tabs_of=tabs())


def _entry_page(document_id: str, problem: Problem | None = None, *, is_standing: bool = False) -> str:
    now = edge().clock()
    with edge().database.reading() as session:
        row = documents.get_document(session, viewer(), document_id)
        changes = history.changes_of(session, viewer(), f"register:{row.id}")
        resting = registering.resting_texts(session, viewer(), row.id, now=now)
    stored: Mapping[str, object] = {name: "" if value is None else value for name, value in row.as_dict().items()}
    editing = form_of(request.form, problem) if problem and not is_standing else Form(stored)
    standing = form_of(request.form, problem) if problem and is_standing else Form(stored)
    return render_template("registers/document.html", row=row, changes=changes, resting=resting, problem=problem,
                           form=editing, standing=standing, is_standing=is_standing, tabs_of=tabs())


def _sheet_page(report: SheetReport | None = None, text: str = "", problem: Problem | None = None) -> str:
    return render_template("registers/sheet.html", report=report, text=text, problem=problem, tabs_of=tabs(),
                           columns=list(document_sheets.COLUMNS), needed=("title",), is_phones=False)
