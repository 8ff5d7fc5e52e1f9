"""Gaps: what callers ask and nothing answers, the weightiest first, one click from a draft."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.articles.writing import drafts
from kb.errors import Conflict, Invalid, InvalidTransition, NotFound
from kb.people.directory import people_names
from kb.people.permissions import Action, departments_for
from kb.reading import opening
from kb.upkeep import gap_list
from kb.upkeep.gaps import GapState
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import BadRequest, Problem, problem_of
from web.insights.blueprint import ORIGIN, insights, skipped
from web.wiring import edge


@insights.get("/gaps")
@permits(Action.SEE_INSIGHTS)
def gaps() -> str:
    """The gaps of one's departments, or all."""
    return _page()


def _page(problem: Problem | None = None) -> str:
    given, after, who = request.args.get("state", ""), skipped(), viewer()
    state = GapState(given) if given in list(GapState) else GapState.OPEN
    with edge().database.reading() as session:
        names = opening.department_names(session)
        mine = departments_for(who, Action.SEE_INSIGHTS)
        codes = sorted(names) if mine is None else sorted(mine)
        chosen = request.args.get("department", "")
        found = gap_list.list_gaps(session, who, state=state, department=chosen if chosen in codes else None,
                                   after=after, limit=gap_list.PAGE + 1)
        people = people_names(session, (one.decided_by for one in found))
    kept: dict[str, Any] = {"state": state.value, "department": chosen or None}
    more = url_for("insights.gaps", **kept, after=after + gap_list.PAGE) if len(found) > gap_list.PAGE else ""
    return render_template("insights/gaps.html", found=found[:gap_list.PAGE], state=state.value, codes=codes,
                           chosen=chosen, departments=names, people=people, problem=problem, next=more,
                           first=url_for("insights.gaps", **kept) if after else "")


@insights.post("/gaps/<uuid:gap_id>")
@permits(Action.RESOLVE_FEEDBACK)
def decide_gap(gap_id: UUID) -> Response:
    """Dismiss a gap with the reason, say that it is solved, or open it again."""
    wanted = request.form.get("state", "")
    if wanted not in list(GapState):
        raise BadRequest("state", "send what the page holds")
    try:
        with edge().database.transaction() as session:
            gap_list.decide(session, viewer(), str(gap_id), GapState(wanted), note=request.form.get("note", ""),
                            now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid, InvalidTransition) as error:
        problem = problem_of(error)
        return explained(_page(problem), problem)
    return make_response(redirect(url_for("insights.gaps", state=request.args.get("state") or None,
                                          department=request.args.get("department") or None), code=303))


@insights.post("/gaps/<uuid:gap_id>/draft")
@permits(Action.DRAFT)
def draft_for_gap(gap_id: UUID) -> Response:
    """Begin a draft of the article that lies nearest; the gap is being worked on from then."""
    try:
        with edge().database.transaction() as session:
            gap = gap_list.get_gap(session, viewer(), str(gap_id))
            if gap.slug is None:
                raise NotFound("no_article", "no article lies near this gap; begin a new one")
            made = drafts.edit(session, viewer(), gap.slug, now=edge().clock(), origin=ORIGIN)
            gap_list.decide(session, viewer(), gap.id, GapState.DRAFTING, now=edge().clock(), origin=ORIGIN)
    except (Conflict, Invalid, InvalidTransition) as error:
        problem = problem_of(error)
        return explained(_page(problem), problem)
    return make_response(redirect(url_for("editor.draft", draft_id=made.id), code=303))
