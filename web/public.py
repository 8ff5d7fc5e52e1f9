"""Pages for everybody: ask, suggestions while typing, search, and the catalogue by department."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from kb import browsing, reading
from kb.errors import Conflict, Invalid, NotFound
from kb.live import Moment, live_revisions
from kb.permissions import Action
from retriever.answer import Answer
from retriever.errors import BadQuestion
from retriever.settings import AskSettings
from web.articles import Panel, panel_of
from web.auth import check_rate, is_staff, permits, viewer
from web.dialogue import Asked, Source, exchanges, first_cited, read_form, request_of, sources_of, turns_after
from web.errors import Problem, TooManyRequests, explained, problem_of, said
from web.filters import language
from web.wiring import edge

public = Blueprint("public", __name__)

RESULTS = 10  # search results on one page
ARTICLES = 50  # articles on one page of the catalogue
FRAGMENT = "X-Fragment"  # sent by our script, which replaces a part of the page


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
        parts.metrics.count_ask(answer.took_ms, reason=answer.reason, degraded=answer.degraded)
        answer, sources, panel = _checked(answer)
    except (BadQuestion, Invalid, TooManyRequests, Conflict) as error:
        problem = problem_of(error)
        return explained(_workspace(asked, problem=problem), problem)
    with parts.database.reading() as session:
        names = reading.department_names(session)
    is_question_kept = parts.settings.section(AskSettings).log_questions and "not_recorded" not in answer.degraded
    following = Asked(day=asked.day, audience=asked.audience, turns=turns_after(asked, answer))
    return make_response(_workspace(following, answer=answer, sources=sources, panel=panel,
                                    earlier=exchanges(asked.turns), names=names, is_question_kept=is_question_kept))


def _checked(answer: Answer) -> tuple[Answer, tuple[Source, ...], Panel | None]:
    """The answer and what it cites, as they may be shown at this moment, and the first cited text to lie beside it.

    Rights and texts may have changed since the answer was made; then it is not shown at all, or not explained.
    """
    parts, who = edge(), viewer()
    wanted = {c.revision_id for c in answer.citations}
    told = {hit.passage.revision_id for hit in answer.hits} if answer.explain else set()
    with parts.database.reading() as session:
        live = live_revisions(session, who, Moment(answer.as_of, answer.known_at), wanted | told)
        if wanted - set(live):
            raise Conflict("changed", "the knowledge base changed while the answer was made: ask again")
        if told - set(live):
            answer = replace(answer, explain=None)
        if not answer.citations:
            return answer, (), None
        first = first_cited(answer)
        page = reading.open_revision(session, who, first.slug, first.revision, now=parts.clock())
    return answer, sources_of(answer, live), panel_of(page, (first.start, first.end), first.n)


def _workspace(asked: Asked, *, problem: Problem | None = None, **shown: object) -> str:
    template = "public/workspace.html" if FRAGMENT in request.headers else "public/ask.html"
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
        names = reading.department_names(session)
    return render_template("public/suggestions.html", found=found, names=names)


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
        names = reading.department_names(session)
        if department not in names:
            raise NotFound("no_department", f"no department {department}")
        page = browsing.browse(session, viewer(), now=now, department=department, lang=lang,
                              after=request.args.get("after", "")[:120], limit=ARTICLES)
    return render_template("public/department.html", department=names[department], page=page, lang=lang)
