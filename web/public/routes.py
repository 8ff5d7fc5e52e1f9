"""Pages that only read: help, search, the catalogue by department."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from kb.errors import Invalid, NotFound
from kb.people.permissions import Action
from kb.reading import browsing, opening
from retriever.errors import BadQuestion
from web.auth import check_rate, permits, viewer
from web.error_replies import explained
from web.error_words import said
from web.errors import TooManyRequests, problem_of
from web.insights.judging import judging_results
from web.public import public
from web.public.excerpts import results_of
from web.wiring import edge

RESULTS = 10  # search results on one page
ARTICLES = 50  # articles on one page of the catalogue


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
    results = results_of(found)
    return make_response(render_template("public/search.html", found=found, results=results, **shown,
                                         **judging_results(words, [result.excerpts[0].hit for result in results])))


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
