"""The phone ledger: searched and read by the staff, kept by knowledge managers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.errors import Conflict, Invalid
from kb.people.permissions import Action
from kb.registers import fields, history, phone_sheets, phones
from kb.registers.phones import PhoneText, Standing
from kb.registers.sheets import SheetReport
from kb.upkeep import registering
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import Form, form_of
from web.registers.blueprint import (
    ORIGIN,
    as_file,
    department_names,
    page_asked,
    registers,
    seen,
    tabs,
    taken_in,
    words_asked,
)
from web.registers.words import STANDINGS
from web.wiring import edge

_MOST_EXPORTED = 20_000


@registers.get("/phones")
@permits(Action.READ_HISTORY)
def list_phones() -> str:
    """The numbers, a page of those that are asked for."""
    return _list_page()


@registers.post("/phones")
@permits(Action.EDIT_REGISTERS)
def add_phone() -> Response:
    """Enter a number."""
    try:
        done = registering.enter_phone(edge().database, viewer(), _given(PhoneText("", "")), seen=0,
                                       now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_list_page(problem), problem)
    return make_response(redirect(url_for("registers.phone", phone_id=done.row.id), code=303))


@registers.get("/phones/<uuid:phone_id>")
@permits(Action.READ_HISTORY)
def phone(phone_id: UUID) -> str:
    """An entry with its history, and what may be done to it."""
    return _entry_page(str(phone_id))


@registers.post("/phones/<uuid:phone_id>")
@permits(Action.EDIT_REGISTERS)
def save_phone(phone_id: UUID) -> Response:
    """Say otherwise of a number; the number itself stays."""
    now = edge().clock()
    with edge().database.reading() as session:
        row = phones.get_phone(session, viewer(), str(phone_id), now=now)
    try:
        registering.enter_phone(edge().database, viewer(), replace(_given(row.text), number=row.text.number),
                                seen=seen(), now=now, origin=ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_entry_page(str(phone_id), problem), problem)
    return make_response(redirect(url_for("registers.phone", phone_id=phone_id), code=303))


@registers.post("/phones/<uuid:phone_id>/retire")
@permits(Action.EDIT_REGISTERS)
def retire_phone(phone_id: UUID) -> Response:
    """List a number no longer."""
    now = edge().clock()
    try:
        on = fields.day(request.form.get("on", ""), "on") or now.astimezone(edge().tz).date()
        registering.retire_phone(
            edge().database, viewer(), str(phone_id), on=on, replaced_by=request.form.get("replaced_by", ""),
            note=request.form.get("note", ""), seen=seen(), now=now, origin=ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_entry_page(str(phone_id), problem, is_retiring=True), problem)
    return make_response(redirect(url_for("registers.phone", phone_id=phone_id), code=303))


@registers.get("/phones/export")
@permits(Action.READ_HISTORY)
def export_phones() -> Response:
    """All that are found, as a table that can be imported again."""
    with edge().database.reading() as session:
        rows = phones.phones_after(session, viewer(), words_asked(), department=_department(), standing=_standing(),
                                   limit=_MOST_EXPORTED, now=edge().clock())
    return as_file(phone_sheets.export_phones(rows), "phones.csv")


@registers.get("/phones/import")
@permits(Action.EDIT_REGISTERS)
def phone_sheet() -> str:
    """Where a table is sent to."""
    return _sheet_page()


@registers.post("/phones/import")
@permits(Action.EDIT_REGISTERS)
def import_phones() -> Response:
    """Say what would come of a table; take in what was rehearsed."""
    return taken_in(lambda data, is_trial: registering.import_phones(
        edge().database, viewer(), data, is_trial=is_trial, now=edge().clock(), origin="import"), _sheet_page)


def _given(before: PhoneText) -> PhoneText:
    """The entry as the form has it."""
    form = request.form
    return replace(
        before, **{name: form.get(name, "") for name in ("number", "name_zh", "name_en", "hours", "note",
                                                         "replaced_by") if name in form},
        department=form.get("department") or None, valid_from=fields.day(form.get("valid_from", ""), "valid_from"),
        valid_to=fields.day(form.get("valid_to", ""), "valid_to"))


def _standing() -> Standing | None:
    given = request.args.get("standing", "")
    return Standing(given) if given in list(Standing) else None


def _department() -> str:
    return request.args.get("department", "")[:64]


def _list_page(problem: Problem | None = None) -> str:
    standing = _standing()
    with edge().database.reading() as session:
        found = phones.find_phones(session, viewer(), words_asked(), department=_department(), standing=standing,
                                   page=page_asked(), now=edge().clock())
        names = department_names(session)
    asked = {"q": words_asked() or None, "department": _department() or None,
             "standing": standing.value if standing else None}
    return render_template("registers/phones.html", found=found, names=names, asked=asked, standings=STANDINGS,
                           problem=problem, form=form_of(request.form if problem else {}, problem),
                           search=Form({**asked, "q": words_asked()}), tabs_of=tabs())


def _entry_page(phone_id: str, problem: Problem | None = None, *, is_retiring: bool = False) -> str:
    with edge().database.reading() as session:
        row = phones.get_phone(session, viewer(), phone_id, now=edge().clock())
        changes = history.changes_of(session, viewer(), f"phone:{row.id}")
        names = department_names(session)
    stored: Mapping[str, object] = {name: "" if value is None else value for name, value in row.text.as_dict().items()}
    editing = form_of(request.form, problem) if problem and not is_retiring else Form(stored)
    retiring = form_of(request.form, problem) if problem and is_retiring else Form()
    return render_template("registers/phone.html", row=row, changes=changes, names=names, problem=problem,
                           form=editing, retiring=retiring, standings=STANDINGS, tabs_of=tabs())


def _sheet_page(report: SheetReport | None = None, text: str = "", problem: Problem | None = None) -> str:
    return render_template("registers/sheet.html", report=report, text=text, problem=problem, tabs_of=tabs(),
                           columns=list(phone_sheets.COLUMNS), needed=("number", "name_zh"), is_phones=True)
