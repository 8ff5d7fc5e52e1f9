"""The pages that texts name as their source: what is known of each, and the word that somebody looked."""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.errors import Conflict, Invalid
from kb.people.permissions import Action
from kb.upkeep import registering
from kb.upkeep.links import looking
from kb.upkeep.links.looking import Which
from kb.upkeep.links.settings import LinkSettings
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import Form
from web.registers.blueprint import (
    ORIGIN,
    department_names,
    own_departments,
    page_asked,
    registers,
    tabs,
)
from web.wiring import edge

_ALL = "all"  # of every department


@registers.get("/links")
@permits(Action.READ_HISTORY)
def list_links() -> str:
    """The pages, those of one's own departments first."""
    return _list_page()


@registers.post("/links/<uuid:link_id>/look")
@permits(Action.CONFIRM)
def look_at_link(link_id: UUID) -> Response:
    """Say that the texts are still right, though the page is gone or says something else."""
    form = request.form
    try:
        registering.note_look(edge().database, viewer(), str(link_id), form.get("department", ""),
                              seen=form.get("seen", ""), note=form.get("note", ""), now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_list_page(problem), problem)
    which, department = (form.get(f"back_{name}", "")[:64] or None for name in ("which", "department"))
    return make_response(redirect(url_for("registers.list_links", which=which, department=department), code=303))


def _list_page(problem: Problem | None = None) -> str:
    given = request.args.get("which", "")
    which = Which(given) if given in list(Which) else Which.TROUBLE
    who = viewer()
    department = request.args.get("department", "")[:64]
    departments = [] if department == _ALL else [department] if department else own_departments(who)
    with edge().database.reading() as session:
        found = looking.find_links(session, who, which=which, departments=departments, page=page_asked(),
                                   now=edge().clock())
        names = department_names(session)
    asked = {"which": which.value, "department": department or None}
    return render_template("registers/links.html", found=found, names=names, asked=asked, problem=problem,
                           search=Form({**asked, "department": department or ("" if departments else _ALL)}),
                           own=own_departments(who), tabs_of=tabs(),
                           is_watching=bool(edge().settings.section(LinkSettings).listed))
