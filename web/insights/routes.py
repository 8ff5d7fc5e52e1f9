"""Feedback: what was said of one's department's articles, to be answered; and what became of what one said."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.errors import Conflict, Invalid, InvalidTransition
from kb.feedback import queue
from kb.feedback.verdicts import FeedbackState
from kb.people.directory import people_names
from kb.people.permissions import Action, departments_for, may_anywhere
from kb.reading import opening
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import BadRequest, Problem, problem_of
from web.insights.blueprint import ORIGIN, insights, skipped
from web.wiring import edge


@insights.get("/feedback")
@permits(Action.GIVE_FEEDBACK)
def feedback() -> Response:
    """The queue, for who answers it; else one's own."""
    leads_to = "insights.feedback_queue" if may_anywhere(viewer(), Action.RESOLVE_FEEDBACK) else "insights.own_feedback"
    return make_response(redirect(url_for(leads_to), code=303))


@insights.get("/feedback/queue")
@permits(Action.SEE_INSIGHTS)
def feedback_queue() -> str:
    """What was said of the articles of one's departments."""
    return _queue_page()


def _queue_page(problem: Problem | None = None) -> str:
    given, after = request.args.get("state", ""), skipped()
    state = FeedbackState(given) if given in list(FeedbackState) else FeedbackState.OPEN
    who, chosen = viewer(), request.args.get("department", "")
    with edge().database.reading() as session:
        names = opening.department_names(session)
        mine = departments_for(who, Action.SEE_INSIGHTS)
        codes = sorted(names) if mine is None else sorted(mine)
        found = queue.waiting(session, who, state=state, department=chosen if chosen in codes else None, after=after,
                              limit=queue.PAGE + 1)
        people = people_names(session, (login for one in found for login in (one.given_by, one.resolved_by)))
    kept: dict[str, Any] = {"state": state.value, "department": chosen or None}
    more = url_for("insights.feedback_queue", **kept, after=after + queue.PAGE) if len(found) > queue.PAGE else ""
    return render_template("insights/queue.html", found=found[:queue.PAGE], state=state.value, codes=codes,
                           chosen=chosen, departments=names, people=people, problem=problem, next=more,
                           first=url_for("insights.feedback_queue", **kept) if after else "")


@insights.post("/feedback/<uuid:feedback_id>")
@permits(Action.RESOLVE_FEEDBACK)
def resolve(feedback_id: object) -> Response:
    """Answer a verdict; what was refused is told above the queue as it is now."""
    wanted, seen = request.form.get("state", ""), request.form.get("seen", FeedbackState.OPEN.value)
    if wanted not in list(FeedbackState) or seen not in list(FeedbackState):
        raise BadRequest("state", "send what the page holds")
    try:
        with edge().database.transaction() as session:
            queue.resolve(session, viewer(), str(feedback_id), FeedbackState(wanted),
                          reply=request.form.get("reply", ""), seen=FeedbackState(seen), now=edge().clock(),
                          origin=ORIGIN)
    except (Conflict, Invalid, InvalidTransition) as error:
        problem = problem_of(error)
        return explained(_queue_page(problem), problem)
    return make_response(redirect(url_for("insights.feedback_queue", state=request.args.get("state") or None,
                                          department=request.args.get("department") or None), code=303))


@insights.get("/feedback/mine")
@permits(Action.GIVE_FEEDBACK)
def own_feedback() -> str:
    """What one said of answers, and what became of it; what is shown is news no more."""
    who, after = viewer(), skipped()
    with edge().database.reading() as session:
        names = opening.department_names(session)
        found = queue.given_by(session, who, after=after, limit=queue.PAGE + 1)
        people = people_names(session, (one.resolved_by for one in found))
    shown = found[:queue.PAGE]
    news = [item.id for item in shown if item.is_news]
    if news:
        with edge().database.transaction() as session:
            queue.note_seen(session, who, news, now=edge().clock())
    more = url_for("insights.own_feedback", after=after + queue.PAGE) if len(found) > queue.PAGE else ""
    return render_template("insights/own.html", found=shown, departments=names, people=people, next=more,
                           first=url_for("insights.own_feedback") if after else "")
