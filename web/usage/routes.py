"""Where a phone, a sum, an address or a document is stated, and one change of it carried as drafts.

The page finds with a GET that can be sent to somebody; carrying is a form of its own, whose reply names the drafts and
the articles that are left to others.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request

from kb.errors import Conflict, Invalid
from kb.markup.facts.sought import LONGEST
from kb.people import directory
from kb.people.permissions import Action, may_anywhere
from kb.reading.carrying import carry_change
from kb.reading.where_used import Uses, where_used
from web.auth import permits, viewer
from web.error_replies import explained
from web.error_words import said
from web.errors import Problem, problem_of
from web.filters import named
from web.people import introduce
from web.wiring import edge

usage = Blueprint("usage", __name__, template_folder="templates", static_folder="static", url_prefix="/where-used")

_ORIGIN = "web"


@usage.get("")
@permits(Action.READ_HISTORY)
def find() -> str | Response:
    """Every place that states the figure that is sought."""
    words = request.args.get("q", "").strip()
    if not words:
        return _page("")
    try:
        return _page(words, _found(words))
    except Invalid as error:
        problem = problem_of(error)
        return explained(_page(words, problem=problem), problem)


@usage.post("/carry")
@permits(Action.DRAFT)
def carry() -> Response:
    """Begin the drafts; what was wrong is said on the page that the form came from."""
    old, new = (request.form.get(name, "").strip() for name in ("old", "new"))
    try:
        with edge().database.transaction() as session:
            departments = directory.department_names(session)
            change = carry_change(session, viewer(), old[:LONGEST], new[:LONGEST],
                                  slugs=request.form.getlist("slug"), note=request.form.get("note", ""),
                                  now=edge().clock(), origin=_ORIGIN)
    except (Conflict, Invalid) as error:
        problem = problem_of(error)
        return explained(_page(old, _found(old) if "q" not in (problem.fields or {}) else None, problem=problem,
                               new=new, note=request.form.get("note", ""), ticked=request.form.getlist("slug")),
                         problem)
    return make_response(render_template("usage/carried.html", change=change,
                                         names={one.code: named(one) for one in departments}))


def _found(words: str) -> Uses | None:
    with edge().database.reading() as session:
        return where_used(session, viewer(), words, now=edge().clock())


def _page(words: str, found: Uses | None = None, *, problem: Problem | None = None, new: str = "", note: str = "",
          ticked: Sequence[str] | None = None) -> str:
    """The page; ``ticked`` are the articles that the form named, where it was sent."""
    with edge().database.reading() as session:
        departments = directory.department_names(session)
        introduce(session, (use.author for use in found.places) if found else ())
    return render_template("usage/usage.html", words=words, found=found, problem=problem, new=new, note=note,
                           ticked=None if ticked is None else frozenset(ticked), longest=LONGEST,
                           said=said(problem) if problem else "", may_carry=may_anywhere(viewer(), Action.DRAFT),
                           names={one.code: named(one) for one in departments})
