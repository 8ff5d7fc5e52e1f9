"""Pages for everybody: ask, take what is offered, suggestions while typing, search, the catalogue by department."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from kb.articles.live import LiveRevision, Moment, live_revisions
from kb.errors import Conflict, Invalid, KbError, NotFound
from kb.known.uses import Section, Use, note_use
from kb.people.permissions import Action, may_anywhere
from kb.reading import browsing, opening
from retriever.answer import Answer, State
from retriever.errors import BadQuestion
from retriever.settings import AskSettings
from web import fragments
from web.auth import check_rate, is_staff, permits, viewer
from web.errors import BadRequest, Problem, TooManyRequests, explained, problem_of, said
from web.filters import language
from web.public.answers import by_district_of, moments_of, near_of, offered_of, shown_of
from web.public.dialogue import Asked, exchanges, read_form, request_of, turns_after
from web.public.taken import held_at, read_headings, read_place, taken_of
from web.wiring import edge

log = logging.getLogger(__name__)

public = Blueprint("public", __name__, template_folder="templates", static_folder="static",
                   static_url_path="/static/public")

RESULTS = 10  # search results on one page
ARTICLES = 50  # articles on one page of the catalogue


@public.get("/")
@permits(Action.READ)
def home() -> str:
    """The empty box."""
    with edge().database.reading() as session:
        departments = browsing.list_departments(session, viewer(), now=edge().clock())
    return render_template("public/ask.html", asked=Asked(), examples=_examples(),
                           departments=[d for d in departments if d.live_articles])


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
    try:
        check_rate()
        # explanations are for staff: they tell how rare words are in all texts, the internal ones too
        request_made = replace(request_of(asked, parts, now), explain=is_staff())
        answer = parts.retriever.ask(request_made, viewer(), now=now)
        parts.metrics.count_ask(answer.took_ms, state=answer.state, reason=answer.reason, degraded=answer.degraded)
        answer, shown = _checked(answer)
    except (BadQuestion, Invalid, TooManyRequests, Conflict) as error:
        problem = problem_of(error)
        return explained(_workspace(asked, problem=problem), problem)
    is_question_kept = parts.settings.section(AskSettings).log_questions and "not_recorded" not in answer.degraded
    # a question that found nothing stays in the box, to be put in other words
    again = asked.question if answer.state is State.UNKNOWN and answer.reason != "no_question" else ""
    following = Asked(question=again, day=asked.day, audience=asked.audience, turns=turns_after(asked, answer))
    return make_response(_workspace(following, sent=asked, answer=answer, earlier=exchanges(asked.turns),
                                    districts=by_district_of(asked.question, answer.by_district),
                                    is_question_kept=is_question_kept, **shown))


def _checked(answer: Answer) -> tuple[Answer, dict[str, Any]]:
    """The answer, and what a page shows of it, as it may be shown at this moment.

    Rights and texts may have changed since the answer was made; then it is not shown at all, or not explained.
    """
    parts, who = edge(), viewer()
    wanted = {c.revision_id for c in answer.citations} | {s.revision_id for s in answer.choices}
    told = {hit.passage.revision_id for hit in answer.hits} if answer.explain or answer.nearest else set()
    with parts.database.reading() as session:
        names = opening.department_names(session)
        live: dict[str, LiveRevision] = {}
        for moment in moments_of(answer):
            asked = Moment(moment, answer.known_at, parts.clock())
            live |= live_revisions(session, who, asked, (wanted | told) - set(live))
        if wanted - set(live):
            raise Conflict("changed", "the knowledge base changed while the answer was made: ask again")
        if told - set(live):
            answer = replace(answer, explain=None)
        pages = {c.revision_id: opening.open_revision(session, who, c.slug, c.revision, now=parts.clock())
                 for c in answer.citations}
    shown = None
    if answer.citations:
        shown = shown_of(answer.sentences, answer.citations, answer.section, pages, answer.rules)
    return answer, {"names": names, "shown": shown, "choices": offered_of(answer.choices, live),
                    "near": near_of(answer.nearest, live), "may_propose": _may_propose()}


@public.post("/answers/<uuid:answer_id>/taken")
@permits(Action.READ, scope="ask")
def take(answer_id: object) -> Response:
    """Show a section that was offered to be checked as the answer, and note that it was taken."""
    parts, now, who = edge(), edge().clock(), viewer()
    asked = read_form(request.form, parts.settings.limits)
    try:
        check_rate(cost=0.1)
        place = read_place(request.form)
        day = request_of(asked, parts, now).as_of or now
        with parts.database.reading() as session:
            page = opening.open_revision(session, who, place.slug, place.number, now=now)
            names = opening.department_names(session)
        sentences, citations, section = taken_of(page, place)
    except (Invalid, TooManyRequests, NotFound) as error:
        problem = problem_of(error)
        return explained(_workspace(asked, problem=problem), problem)
    answer = Answer(
        answer_id=str(answer_id), question=asked.question, as_of=held_at(page, day), known_at=now,
        state=State.ANSWERED, reason=None, confidence=0.0, sentences=sentences, citations=citations, nearest=(),
        engine="", composer="", took_ms=0.0, section=section)
    _note(answer.answer_id, Use.CHOSEN, section.article_id, section.heading_path)
    following = Asked(day=asked.day, audience=asked.audience, turns=turns_after(asked, answer))
    return make_response(_workspace(
        following, sent=asked, answer=answer, earlier=exchanges(asked.turns), names=names, taken=True,
        shown=shown_of(sentences, citations, section, {page.revision_id: page}), may_propose=_may_propose()))


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


def _may_propose() -> bool:
    return may_anywhere(viewer(), Action.PROPOSE_KNOWN)


def _note(answer_id: str, use: Use, article_id: str, heading_path: tuple[str, ...]) -> None:
    """Remember what the agent took for the question; the caller gets the section also where that cannot be."""
    if not _may_propose():
        return
    try:
        with edge().database.transaction() as session:
            note_use(session, viewer(), answer_id, use, Section(article_id, heading_path), now=edge().clock(),
                     origin="web")
    except KbError as error:
        log.info("use not noted", extra={"code": error.code})


def _workspace(asked: Asked, *, problem: Problem | None = None, **shown: object) -> str:
    template = "public/workspace.html" if fragments.is_wanted() else "public/ask.html"
    return render_template(template, asked=asked, problem=problem, said=said(problem) if problem else "", **shown)


def _examples() -> list[str]:
    web = edge().web
    return [e.strip() for e in (web.examples_en if language() == "en" else web.examples_zh).split("｜") if e.strip()]


@public.post("/suggest")
@permits(Action.READ)
def suggest() -> str:
    """Titles that go with what has been typed, as options of a list; nothing for what is no text yet."""
    check_rate(cost=0.1)
    parts = edge()
    try:
        found = parts.retriever.suggest(request.form.get("typed", ""), viewer(), now=parts.clock())
    except BadQuestion:
        return ""
    with parts.database.reading() as session:
        names = opening.department_names(session)
    return render_template("public/suggestions.html", found=found, names=names)


@public.get("/help")
@permits(Action.READ)
def help_page() -> str:
    """How to ask, what the marks mean, and the shortcuts."""
    return render_template("public/help.html")


@public.get("/search")
@permits(Action.READ)
def search() -> Response:
    """Passages for some words, page by page."""
    parts, words = edge(), request.args.get("q", "").strip()
    department, lang = request.args.get("department", ""), request.args.get("lang", "")
    with parts.database.reading() as session:
        departments = browsing.list_departments(session, viewer(), now=parts.clock())
    shown = {"words": words, "department": department, "lang": lang, "page": 1,
             "departments": [d for d in departments if d.live_articles], "names": {d.code: d for d in departments}}
    if not words:
        return make_response(render_template("public/search.html", **shown))
    try:
        check_rate()
        shown["page"] = page = _page_number(request.args.get("page", "1"))
        found = parts.retriever.search(words, viewer(), now=parts.clock(), department=department or None,
                                       lang=lang or None, limit=RESULTS, offset=(page - 1) * RESULTS)
    except (BadQuestion, Invalid, TooManyRequests) as error:
        problem = problem_of(error)
        return explained(render_template("public/search.html", problem=problem, said=said(problem), **shown), problem)
    return make_response(render_template("public/search.html", found=found, **shown))


def _page_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        raise Invalid("page", "page must be a whole number from 1")
    return int(text)


@public.get("/browse")
@permits(Action.READ)
def browse() -> str:
    """The departments with the number of their live articles."""
    with edge().database.reading() as session:
        departments = browsing.list_departments(session, viewer(), now=edge().clock())
    return render_template("public/browse.html", departments=departments)


@public.get("/browse/<code:department>")
@permits(Action.READ)
def browse_department(department: str) -> str:
    """One department's live articles, page by page."""
    now = edge().clock()
    lang = request.args.get("lang") if request.args.get("lang") in ("zh", "en") else None
    with edge().database.reading() as session:
        names = opening.department_names(session)
        if department not in names:
            raise NotFound("no_department", "no department {department}", department=department)
        page = browsing.browse(session, viewer(), now=now, department=department, lang=lang,
                              after=request.args.get("after", "")[:120], limit=ARTICLES)
    return render_template("public/department.html", department=names[department], page=page, lang=lang)
