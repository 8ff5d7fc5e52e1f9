"""Out of the office: one's own days and substitute, or, for who may, another person's."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.errors import Conflict, Invalid, NotFound
from kb.people.duty import absences
from kb.people.permissions import Action
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import form_of
from web.people import introduce
from web.tasks.blueprint import ORIGIN, required_day, tasks
from web.wiring import edge


@tasks.get("/tasks/absence")
@permits(Action.KEEP_ABSENCE)
def absence() -> str:
    """The days on which somebody is out of the office; one's own unless another is named."""
    return _page()


@tasks.post("/tasks/absence")
@permits(Action.KEEP_ABSENCE)
def announce_absence() -> Response:
    """Say when somebody is out of the office, and who stands in."""
    given = request.form.get
    try:
        with edge().database.transaction() as session:
            absences.announce(session, viewer(), _whose(), first_day=required_day(given("first_day", ""), "first_day"),
                              last_day=required_day(given("last_day", ""), "last_day"),
                              substitute=given("substitute", "").strip(), now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_page(problem), problem)
    return _back()


@tasks.post("/tasks/absence/<int(max=2147483647):absence_id>/end")
@permits(Action.KEEP_ABSENCE)
def end_absence(absence_id: int) -> Response:
    """End an absence, or take one back that is to come."""
    try:
        with edge().database.transaction() as session:
            absences.end(session, viewer(), absence_id, now=edge().clock(), origin=ORIGIN)
    except NotFound:
        pass  # it is over already, as the page will show
    return _back()


def _whose() -> str:
    return request.values.get("person", "").strip() or viewer().name


def _page(problem: Problem | None = None) -> str:
    whose = _whose()
    with edge().database.reading() as session:
        found = absences.absences_of(session, viewer(), whose, now=edge().clock())
        colleagues = absences.substitutes_for(session, viewer(), whose)
        introduce(session, (whose, *(one.substitute for one in found)))
    return render_template("tasks/absence.html", found=found, colleagues=colleagues, whose=whose, problem=problem,
                           form=form_of(request.form, problem))


def _back() -> Response:
    whose = _whose()
    return make_response(redirect(url_for("tasks.absence", person=None if whose == viewer().name else whose),
                                  code=303))
