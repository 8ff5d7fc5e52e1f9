"""Answers at their addresses: shown again, taken from what was offered, and told when what they cite holds no more."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response, make_response, render_template, request, url_for

from kb.errors import Conflict, Invalid, KbError, NotFound
from kb.known.uses import Section, Use, note_use
from kb.people.permissions import Action
from kb.reading import answers, opening
from kb.reading.answers import KeptAnswer, Overtaken
from retriever.answer import Answer, State
from web.auth import check_rate, permits, viewer
from web.error_replies import explained
from web.errors import BadRequest, TooManyRequests, problem_of
from web.insights.judging import judging
from web.public import public
from web.public.answers import by_district_of, shown_of
from web.public.dialogue import Asked, exchanges, read_form, request_of, turns_after
from web.public.kept import answer_of, asked_of, choice_of
from web.public.taken import Place, held_at, read_headings, read_place, taken_of
from web.public.workspace import checked, may_propose, workspace
from web.still import moments_of
from web.wiring import edge

log = logging.getLogger(__name__)


@public.get("/answers/<uuid:answer_id>")
@permits(Action.READ)
def answer(answer_id: object) -> Response:
    """The answer as it was given, in its conversation; and a notice where it would be another one today."""
    return page_of(str(answer_id))


def page_of(answer_id: str) -> Response:
    """The page of an answer that the log holds; NotFound where there is none for this viewer."""
    parts, who, now = edge(), viewer(), edge().clock()
    with parts.database.reading() as session:
        kept = answers.open_answer(session, who, answer_id)
        before = answers.earlier(session, who, kept, limit=parts.settings.limits.history_turns)
        over = answers.overtaken(session, who, kept, _moments(kept, now), now=now)
    sent, found = asked_of(kept, before), answer_of(kept)
    try:
        place = choice_of(kept)
        found, shown = _as_taken(sent, kept.id, place, now) if place else checked(found)
    except (Conflict, NotFound, Invalid):  # erased, hidden, or not for this viewer any more: nothing of it is shown
        return _workspace(sent, found, {"is_gone": True}, ())
    return _workspace(sent, found, shown, over)


def _workspace(sent: Asked, found: Answer, shown: dict[str, Any], over: Sequence[Overtaken]) -> Response:
    turns = sent.turns if shown.get("is_gone") else turns_after(sent, found)
    following = Asked(day=sent.day, audience=sent.audience, turns=turns, follows=found.answer_id,
                      call_ref=sent.call_ref)
    response = make_response(workspace(
        following, sent=sent, answer=found, earlier=exchanges(sent.turns), overtaken=over, has_address=True,
        districts=by_district_of(sent.question, found.by_district), is_question_kept=bool(sent.question),
        **judging(found.answer_id), **shown))
    response.headers["HX-Push-Url"] = url_for("public.answer", answer_id=found.answer_id)
    return response


def _moments(kept: KeptAnswer, now: datetime) -> tuple[datetime, ...]:
    """When what it rests on must be in force, were it asked now: an answer for today is one for today still."""
    return (now,) if kept.as_of == kept.known_at else moments_of(answer_of(kept))


@public.get("/answers/<uuid:answer_id>/standing")
@permits(Action.READ, is_use=False)
def standing(answer_id: object) -> str:
    """The notice for a tab that shows the answer still, where what it cites holds no more; else nothing."""
    parts, who, now = edge(), viewer(), edge().clock()
    with parts.database.reading() as session:
        kept = answers.open_answer(session, who, str(answer_id))
        over = answers.overtaken(session, who, kept, _moments(kept, now), now=now)
        before = answers.earlier(session, who, kept, limit=parts.settings.limits.history_turns) if over else ()
    return render_template("public/standing.html", overtaken=over, sent=asked_of(kept, before), form_id=uuid.uuid4())


@public.post("/answers/<uuid:answer_id>/taken")
@permits(Action.READ, scope="ask")
def take(answer_id: object) -> Response:
    """Show a section that was offered to be checked as the answer, and note that it was taken."""
    parts, now, sent = edge(), edge().clock(), read_form(request.form, edge().settings.limits)
    try:
        check_rate(cost=0.1)
        place = read_place(request.form)
        day = request_of(sent, parts, now).as_of or now
        found, shown = _as_taken(sent, str(answer_id), place, day)
    except (Invalid, TooManyRequests, NotFound) as error:
        problem = problem_of(error)
        return explained(workspace(sent, problem=problem), problem)
    assert found.section is not None
    _remember(found, place)
    _note(found.answer_id, Use.CHOSEN, found.section.article_id, found.section.heading_path)
    return _workspace(sent, found, shown, ())


def _as_taken(sent: Asked, answer_id: str, place: Place, day: datetime) -> tuple[Answer, dict[str, Any]]:
    """The section at this place as an answer, and what a page shows of it."""
    now = edge().clock()
    with edge().database.reading() as session:
        page = opening.open_revision(session, viewer(), place.slug, place.number, now=now)
        names = opening.department_names(session)
    sentences, citations, section = taken_of(page, place)
    found = Answer(
        answer_id=answer_id, question=sent.question, as_of=held_at(page, day), known_at=now, state=State.ANSWERED,
        reason=None, confidence=0.0, sentences=sentences, citations=citations, nearest=(), engine="", composer="",
        took_ms=0.0, section=section)
    found = edge().retriever.differing(found, viewer(), now=now)
    shown = shown_of(sentences, citations, section, {page.revision_id: page})
    return found, {"names": names, "taken": True, "shown": shown, "may_propose": may_propose()}


def _remember(found: Answer, place: Place) -> None:
    """Let the answer's address show what was taken; what was never offered there, it does not."""
    section = found.section
    if section is None:
        return
    try:
        with edge().database.logging() as session:
            answers.take_choice(session, viewer(), found.answer_id, section.revision_id, *place.span)
    except KbError as error:
        log.info("taken section not remembered", extra={"code": error.code})


@public.post("/answers/<uuid:answer_id>/used")
@permits(Action.PROPOSE_KNOWN, scope="ask")
def used(answer_id: object) -> Response:
    """Note that the agent opened or copied another section than the one shown."""
    action, article_id = request.form.get("action", ""), request.form.get("article_id", "")
    if action not in (Use.OPENED, Use.COPIED) or not article_id:
        raise BadRequest("action", "send action opened or copied, and the section's article_id and headings")
    check_rate(cost=0.1)
    _note(str(answer_id), Use(action), article_id, read_headings(request.form))
    return Response(status=204)


def _note(answer_id: str, use: Use, article_id: str, heading_path: tuple[str, ...]) -> None:
    """Remember what the agent took for the question; the caller gets the section also where that cannot be."""
    if not may_propose():
        return
    try:
        with edge().database.transaction() as session:
            note_use(session, viewer(), answer_id, use, Section(article_id, heading_path), now=edge().clock(),
                     origin="web")
    except KbError as error:
        log.info("use not noted", extra={"code": error.code})
