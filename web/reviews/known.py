"""Known questions: lists of those that wait, that are released and that were dropped, for those who decide on them."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.errors import Conflict, Invalid, InvalidTransition, NotFound
from kb.known import known
from kb.known.known import KnownState
from kb.people.permissions import Action, can
from kb.reading import opening
from web.auth import viewer
from web.error_replies import explained
from web.errors import BadRequest, Problem, problem_of
from web.people import introduce
from web.wiring import edge

_PAGE = 50  # questions


def known_page(problem: Problem | None = None) -> str:
    """The questions of the departments that the visitor releases for, or of one of them: proposed, unless the address
    asks for others."""
    chosen, given, done = request.args.get("department", ""), request.args.get("state", ""), None
    state = KnownState(given) if given in list(KnownState) else KnownState.PROPOSED
    with edge().database.reading() as session:
        departments = opening.department_names(session)
        mine = sorted(code for code in departments if can(viewer(), Action.RELEASE_KNOWN, code))
        wanted = [chosen] if chosen in mine else mine
        found = known.list_known(session, viewer(), state=state, departments=wanted,
                                 after=request.args.get("after", ""), limit=_PAGE + 1, now=edge().clock())
        with suppress(NotFound):
            told = request.args.get("done", "") if problem is None else ""
            done = known.known_question(session, viewer(), told, now=edge().clock()) if told else None
        introduce(session, (login for one in found for login in (one.proposer, one.releaser, one.dropper)))
    return render_template("reviews/known.html", found=found[:_PAGE], mine=mine, chosen=chosen, problem=problem,
                           state=state.value, done=done,
                           departments=departments, next_after=found[_PAGE - 1].id if len(found) > _PAGE else "")


def release_or_drop(known_id: str) -> Response:
    """Do what the button says; what was decided meanwhile is told above the list as it is now."""
    act, reason = request.form.get("act"), request.form.get("reason", "")
    if act not in ("release", "drop"):
        raise BadRequest("act", "act must be release or drop")
    try:
        with edge().database.transaction() as session:
            if act == "release":
                known.release(session, viewer(), known_id, now=edge().clock(), origin="web")
            else:
                if not reason.strip():
                    raise Invalid("reason", "say why the question is refused", fields={"reason": "required"})
                known.drop(session, viewer(), known_id, reason=reason, now=edge().clock(), origin="web")
    except (Conflict, Invalid, InvalidTransition) as error:
        problem = problem_of(error)
        return explained(known_page(problem), problem)
    return make_response(redirect(url_for(
        "reviews.list_known", department=request.args.get("department") or None,
        state=request.args.get("state") or None, done=known_id), code=303))
