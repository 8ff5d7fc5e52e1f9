"""Asking: the empty box, an answer in its dialogue, suggestions while typing.

An answer is shown in the reply, and has an address of its own besides (:mod:`web.public.addresses`), which the browser
is told: there it is found again after a reload, by Back, after signing in, and by a colleague.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from kb.actor import Actor
from kb.errors import Conflict, Invalid, NotFound
from kb.people.permissions import Action
from kb.reading import answers, browsing, opening
from retriever.answer import Answer, State
from retriever.errors import BadQuestion
from retriever.settings import AskSettings
from web.auth import check_rate, is_staff, permits, viewer
from web.error_replies import explained
from web.errors import TooManyRequests, problem_of
from web.insights.judging import judging
from web.public import public
from web.public.addresses import page_of
from web.public.answers import by_district_of
from web.public.dialogue import Asked, answer_id_of, exchanges, read_form, request_of, turns_after
from web.public.workspace import checked, examples, workspace
from web.wiring import edge

_TWICE_WITHIN = timedelta(minutes=1)  # the same question out of the same form is then one question, sent twice


@public.get("/")
@permits(Action.READ)
def home() -> str:
    """The empty box."""
    return workspace(Asked(), **_start())


@public.get("/ask")
@permits(Action.READ)
def ask_again() -> Response:
    """The address of an answer has nothing to show by itself: questions never stand in addresses."""
    return make_response(redirect(url_for("public.home")))


@public.post("/ask")
@permits(Action.READ, scope="ask")
def ask() -> Response:
    """Answer the form's question in its dialogue; a question that cannot be taken comes back with the reason."""
    parts, now = edge(), edge().clock()
    asked = read_form(request.form, parts.settings.limits)
    if not is_staff():  # a citizen has no call of the hotline's
        asked = replace(asked, call_ref="")
    try:
        check_rate()
        unanswered = _unanswered(asked, viewer(), now)
        if unanswered is None:
            return page_of(answer_id_of(asked))
        asked = unanswered
        # explanations are for staff: they tell how rare words are in all texts, the internal ones too
        request_made = replace(request_of(asked, parts, now), explain=is_staff())
        answer = parts.retriever.ask(request_made, viewer(), now=now)
        parts.metrics.count_ask(answer.took_ms, state=answer.state, reason=answer.reason, degraded=answer.degraded)
        answer, shown = checked(answer)
    except (BadQuestion, Invalid, TooManyRequests, Conflict) as error:
        problem = problem_of(error)
        return explained(workspace(asked, problem=problem, **({} if asked.turns else _start())), problem)
    return _answered(asked, answer, shown)


def _answered(asked: Asked, answer: Answer, shown: dict[str, Any]) -> Response:
    is_recorded = "not_recorded" not in answer.degraded
    is_question_kept = is_recorded and edge().settings.section(AskSettings).log_questions
    # a question that found nothing stays in the box, to be put in other words
    again = asked.question if answer.state is State.UNKNOWN and answer.reason != "no_question" else ""
    following = Asked(question=again, day=asked.day, audience=asked.audience, turns=turns_after(asked, answer),
                      follows=answer.answer_id if is_recorded else "", call_ref=asked.call_ref)
    response = make_response(workspace(following, sent=asked, answer=answer, earlier=exchanges(asked.turns),
                                       districts=by_district_of(asked.question, answer.by_district),
                                       is_question_kept=is_question_kept, has_address=is_recorded, **judging(None),
                                       **shown))
    if is_recorded:
        response.headers["HX-Push-Url"] = url_for("public.answer", answer_id=answer.answer_id)
    return response


def _unanswered(asked: Asked, who: Actor, now: datetime) -> Asked | None:
    """The question as one to be answered now; None where this form sent it a moment ago, however that came about: the
    first answer is the answer."""
    answer_id = answer_id_of(asked)
    if not answer_id:
        return asked
    with edge().database.reading() as session:
        try:
            kept = answers.open_answer(session, who, answer_id)
        except NotFound:
            return asked
    return None if now - kept.asked_at < _TWICE_WITHIN else replace(asked, form_id="")


def _start() -> dict[str, Any]:
    """What stands below the empty box."""
    with edge().database.reading() as session:
        departments = browsing.list_departments(session, viewer(), now=edge().clock())
    return {"examples": examples(), "departments": [d for d in departments if d.live_articles]}


@public.post("/suggest")
@permits(Action.READ)
def suggest() -> str:
    """Titles and known questions that go with what has been typed, as options of a list; nothing for what is no text
    yet."""
    check_rate(cost=0.1)
    parts = edge()
    try:
        found = parts.retriever.suggest(request.form.get("typed", ""), viewer(), now=parts.clock())
    except BadQuestion:
        return ""
    with parts.database.reading() as session:
        names = opening.department_names(session)
    return render_template("public/suggestions.html", found=found, names=names)
