"""Departments as administrators see them: names, who heads them, how they are reached; merging and dissolving.

Every act is a form of its own. What gives a department's articles away asks for its code, so that it is not done by a
slip, and names afterwards whose roles mean nothing any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.actor import Actor
from kb.articles.acts import reorganising
from kb.articles.acts.reorganising import Reorganised
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.people import department_editing as editing
from kb.people.permissions import Action
from kb.reading import departments as reading
from web.admin.routes import admin
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import form_of, served_by
from web.wiring import edge

_ORIGIN = "web"
_SEPARATORS = re.compile(r"[\s、，,；;]+")


@admin.get("/departments")
@permits(Action.EDIT_DEPARTMENTS)
def list_departments() -> str:
    """All of them, the dissolved ones last."""
    with edge().database.reading() as session:
        found = reading.list_with_articles(session, viewer())
    return render_template("admin/departments.html", found=found, names={one.code: one for one, _ in found})


@admin.get("/departments/<code:code>")
@permits(Action.EDIT_DEPARTMENTS)
def department(code: str) -> str:
    """One of them, and all that may be done."""
    return _page(code)


@admin.post("/departments/<code:code>/names")
@permits(Action.EDIT_DEPARTMENTS)
def rename_department(code: str) -> Response:
    """Give it other names."""
    given = {name: request.form.get(name, "") for name in ("name_zh", "name_en")}
    return _act(code, lambda session, me: editing.rename(session, me, code, **given, now=edge().clock(),
                                                         origin=_ORIGIN))


@admin.post("/departments/<code:code>/people")
@permits(Action.EDIT_DEPARTMENTS)
def set_department(code: str) -> Response:
    """Say who heads it and deputises, how it is reached, which district it is of."""
    form = request.form
    rows = zip(form.getlist("contact_name"), form.getlist("contact_phone"), strict=False)
    contacts = [{"name": name, "phone": phone} for name, phone in rows if name.strip() or phone.strip()]
    deputies = [login for login in _SEPARATORS.split(form.get("deputies", "")) if login]
    return _act(code, lambda session, me: editing.set_department(
        session, me, code, phone=form.get("phone", ""), head=form.get("head", "").strip(), deputies=deputies,
        contacts=contacts, district=form.get("district", ""), now=edge().clock(), origin=_ORIGIN))


@admin.post("/departments/<code:code>/merge")
@permits(Action.EDIT_DEPARTMENTS)
def merge_department(code: str) -> Response:
    """Give all that it has to another one, and dissolve it."""
    def act(session: Any, me: Actor) -> Reorganised:
        _check_meant(code)
        return reorganising.merge(session, me, code, into=_other("into"), now=edge().clock(), origin=_ORIGIN)

    return _act(code, act)


@admin.post("/departments/<code:code>/dissolve")
@permits(Action.EDIT_DEPARTMENTS)
def dissolve_department(code: str) -> Response:
    """End one that has no articles; no other follows it."""
    def act(session: Any, me: Actor) -> Reorganised:
        _check_meant(code)
        return reorganising.dissolve(session, me, code, successor=None, now=edge().clock(), origin=_ORIGIN)

    return _act(code, act)


def _check_meant(code: str) -> None:
    if request.form.get("meant", "").strip() != code:
        raise Invalid("not_meant", "to confirm it, write the department's code: {code}", code=code,
                      fields={"meant": "not the code"})


def _other(name: str) -> str:
    code = request.form.get(name, "")
    if not editing.CODE.fullmatch(code):
        raise Invalid("unknown_department", "unknown department {department!r}", department=code[:64],
                      fields={name: "unknown"})
    return code


def _act(code: str, act: Callable[[Any, Actor], object]) -> Response:
    """Do it and go back to the department's page; or say there why it was refused."""
    try:
        with edge().database.transaction() as session:
            done = act(session, viewer())
    except (Conflict, Denied, Invalid, InvalidTransition, NotFound) as error:
        problem = problem_of(error)
        return explained(_page(code, problem), problem)
    if isinstance(done, Reorganised):
        return make_response(_page(code, given=done))
    return make_response(redirect(url_for("admin.department", code=code, done=served_by()), code=303))


def _page(code: str, problem: Problem | None = None, given: Reorganised | None = None) -> str:
    with edge().database.reading() as session:
        found = reading.open_department(session, viewer(), code)
        others = [one for one in editing.list_all(session) if one.dissolved_at is None and one.code != code]
    sent = served_by() if problem else ""
    districts = [name for item in edge().settings.hotline.districts.split("｜") if (name := item.split("/")[0].strip())]
    return render_template(
        "admin/department.html", found=found, department=found.view, others=others, districts=districts, given=given,
        problem=problem, sent=sent, form=form_of(request.form, problem), stored=form_of(_stored(found.view)),
        contacts=_contacts(found.view) if sent != "set_department" else list(zip(
            request.form.getlist("contact_name"), request.form.getlist("contact_phone"), strict=False)))


def _stored(view: editing.DepartmentView) -> dict[str, object]:
    return {"name_zh": view.name_zh, "name_en": view.name_en, "phone": view.phone, "head": view.head,
            "deputies": "、".join(view.deputies), "district": view.district}


def _contacts(view: editing.DepartmentView) -> list[tuple[str, str]]:
    """The contacts, and room for two more."""
    return [*((one.get("name", ""), one.get("phone", "")) for one in view.contacts), ("", ""), ("", "")]
