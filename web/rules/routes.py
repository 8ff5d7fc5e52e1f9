"""Categories and signature rules: read by the staff, kept by knowledge managers.

Every act is a form of its own, which puts its values in place of those that were; texts in review wait by the new rule
at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from kb.actor import Actor
from kb.articles.acts import rules as service
from kb.errors import Conflict, Denied, Invalid
from kb.people.permissions import Action, can
from kb.reading import opening
from web.auth import permits, viewer
from web.error_replies import explained
from web.errors import Problem, problem_of
from web.forms import form_of, served_by
from web.wiring import edge

rules = Blueprint("rules", __name__, template_folder="templates", url_prefix="/rules")

_ORIGIN = "web"


@rules.get("")
@permits(Action.READ_HISTORY)
def show() -> str:
    """Both lists, and for who keeps them the forms."""
    return _page()


@rules.post("/categories")
@permits(Action.EDIT_RULES)
def set_category() -> Response:
    """Add a category, or change its risk and its review interval."""
    def act(session: Any, me: Actor) -> object:
        written = request.form.get("review_days", "").strip()
        return service.set_category(
            session, me, request.form.get("category", "").strip(), risk=request.form.get("risk", ""),
            review_days=_number("review_days", written) if written else None, now=edge().clock(), origin=_ORIGIN)

    return _act(act)


@rules.post("/signatures")
@permits(Action.EDIT_RULES)
def set_rule() -> Response:
    """Say how often the owner signs, by department, by category, or both."""
    return _act(lambda session, me: service.set_rule(
        session, me, department=request.form.get("department", ""), category=request.form.get("of_category", ""),
        owner_signatures=_number("owner_signatures", request.form.get("owner_signatures", "")), now=edge().clock(),
        origin=_ORIGIN))


def _number(name: str, written: str) -> int:
    """A whole number as people type it; the service says which are taken."""
    if not (written.isascii() and written.isdigit() and len(written) < 7):
        raise Invalid("number", "{name}: write a whole number", name=name, fields={name: "not a number"})
    return int(written)


def _act(act: Callable[[Any, Actor], object]) -> Response:
    try:
        with edge().database.transaction() as session:
            act(session, viewer())
    except (Conflict, Denied, Invalid) as error:
        problem = problem_of(error)
        return explained(_page(problem), problem)
    return make_response(redirect(url_for("rules.show", done=1), code=303))


def _page(problem: Problem | None = None) -> str:
    with edge().database.reading() as session:
        categories, listed = service.list_categories(session), service.list_rules(session)
        departments = opening.department_names(session)
    sent = served_by() if problem else ""
    return render_template(
        "rules/rules.html", categories=categories, listed=listed, departments=departments, problem=problem, sent=sent,
        form=form_of(request.form, problem), blank=form_of({"risk": "normal", "owner_signatures": "1"}),
        risks=service.RISKS, may_edit=can(viewer(), Action.EDIT_RULES),
        review_days=edge().settings.hotline.review_days)
