"""The callback list: calls that were told a text which has been replaced, what to tell them, and a table of it all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kb.errors import Conflict, Invalid, InvalidTransition
from kb.people.permissions import Action, departments_for
from kb.reading import opening
from kb.upkeep import callback_list
from kb.upkeep.callbacks import CallbackState
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import BadRequest, Problem, problem_of
from web.filters import moment
from web.insights.blueprint import ORIGIN, insights, skipped
from web.people import introduce
from web.wiring import edge

MOST = 10_000  # calls of one table


@insights.get("/callbacks")
@permits(Action.SEE_INSIGHTS)
def callbacks() -> str:
    """The calls that the visitor may see."""
    return _page()


def _narrowed() -> tuple[CallbackState | None, str, str]:
    """State, department and article that the address asks for."""
    given = request.args.get("state", "open")
    state = None if given == "all" else CallbackState(given) if given in list(CallbackState) else CallbackState.OPEN
    return state, request.args.get("department", ""), request.args.get("article", "")[:120]


def _page(problem: Problem | None = None) -> str:
    after, who = skipped(), viewer()
    state, chosen, slug = _narrowed()
    with edge().database.reading() as session:
        names = opening.department_names(session)
        mine = departments_for(who, Action.SEE_INSIGHTS)
        codes = sorted(names) if mine is None else sorted(mine)
        found = callback_list.list_callbacks(session, who, state=state, department=chosen or None, slug=slug or None,
                                             after=after, limit=callback_list.PAGE + 1)
        introduce(session, (one.done_by for one in found))
    kept: dict[str, Any] = {"state": state.value if state else "all", "department": chosen or None,
                            "article": slug or None}
    more = url_for("insights.callbacks", **kept, after=after + callback_list.PAGE) \
        if len(found) > callback_list.PAGE else ""
    return render_template("insights/callbacks.html", found=found[:callback_list.PAGE], kept=kept, codes=codes,
                           chosen=chosen, departments=names, problem=problem, next=more,
                           first=url_for("insights.callbacks", **kept) if after else "")


@insights.get("/callbacks.csv")
@permits(Action.SEE_INSIGHTS)
def export_callbacks() -> Response:
    """The same as a table for a spreadsheet."""
    state, chosen, slug = _narrowed()
    with edge().database.reading() as session:
        found = callback_list.list_callbacks(session, viewer(), state=state, department=chosen or None,
                                             slug=slug or None, limit=MOST)
    heads = (_("Call"), _("Asked at"), _("Question"), _("Article"), _("Revision told"), _("What was told"),
             _("Revision now"), _("What holds now"), _("State"), _("By whom"), _("When"), _("Note"), _("Answer"))
    states = {"open": _("To be called"), "called": _("Called"), "not_needed": _("Not needed")}
    response = make_response(callback_list.as_table(found, heads, states, moment))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = "attachment; filename=callbacks.csv"
    return response


@insights.post("/callbacks/<uuid:callback_id>")
@permits(Action.CALL_BACK)
def set_callback(callback_id: UUID) -> Response:
    """Note that the caller was told, or need not be."""
    wanted = request.form.get("state", "")
    if wanted not in list(CallbackState):
        raise BadRequest("state", "send what the page holds")
    try:
        with edge().database.transaction() as session:
            callback_list.set_callback(session, viewer(), str(callback_id), CallbackState(wanted),
                                       note=request.form.get("note", ""), now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid, InvalidTransition) as error:
        problem = problem_of(error)
        return explained(_page(problem), problem)
    kept: dict[str, Any] = {name: request.args.get(name) or None for name in ("state", "department", "article")}
    return make_response(redirect(url_for("insights.callbacks", **kept), code=303))
