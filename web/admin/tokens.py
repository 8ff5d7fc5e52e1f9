"""API tokens as administrators see them: every one that there is, and new ones for a person or a program."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from kb.errors import Denied, Invalid
from kb.people import tokens
from kb.people.permissions import Action
from web.admin.routes import admin, person_page
from web.auth import permits, viewer
from web.error_replies import explained
from web.error_words import said
from web.errors import BadRequest, problem_of
from web.wiring import edge

LASTING = (30, 90, 365)  # days
_PAGE = 100


@admin.get("/tokens")
@permits(Action.MANAGE_USERS)
def list_tokens() -> str:
    """All that are good still, the newest first; with ``ended`` the others too."""
    now, is_all = edge().clock(), "ended" in request.args
    page = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    with edge().database.reading() as session:
        found = tokens.list_tokens(session, viewer())[::-1]
    shown = [one for one in found if is_all or not one.is_over(now)]
    return render_template("admin/tokens.html", tokens=shown[(page - 1) * _PAGE:page * _PAGE], now=now, is_all=is_all,
                           page=page, is_more=len(shown) > page * _PAGE)


@admin.post("/people/<login>/tokens/new")
@permits(Action.MANAGE_USERS)
def create_token(login: str) -> Response:
    """Make one, and show it in the reply, this once."""
    try:
        with edge().database.transaction() as session:
            made = tokens.create_token(session, viewer(), login, name=request.form.get("name", ""),
                                       scopes=request.form.getlist("scope"), days=days_given(), now=edge().clock(),
                                       origin="web")
    except (Denied, Invalid) as error:
        problem = problem_of(error)
        return explained(person_page(login, said=said(problem), token_name=request.form.get("name", ""),
                                     token_scopes=request.form.getlist("scope")), problem)
    return make_response(person_page(login, token_once=made))


def days_given() -> int:
    """How long the token of the form is to last; raises BadRequest."""
    written = request.form.get("days", "")
    if written not in map(str, LASTING):
        raise BadRequest("bad_value", "{name}: send what the page holds", name="days", fields={"days": "unknown"})
    return int(written)
